"""A child process that is kept running, as `supervised` keeps everything running.

A child reads its settings from stdin and watches it: when the parent dies, however it dies, stdin ends and so does the
child. So a killed service leaves no learner behind that would fight with the next one. A Ctrl-C of the terminal reaches
the parent alone, which ends its children in order.

It says by a pipe of its own that it lives (`heart`). One that does not, as `vitals` judges it, is killed and replaced:
a stopped process answers nobody, and does not end by itself.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from pointsman_service.observability.structured_log import structlog
from pointsman_service.process.lives import ChildHealth, Lives
from pointsman_service.process.supervised import Ended, keep_running
from pointsman_service.process.vitals import WORKER_LIMITS, VitalLimits, Vitals

LOOK_S = 0.5  # between two looks at a child's vitals

_log: structlog.stdlib.BoundLogger = structlog.get_logger("pointsman")


@dataclass(frozen=True, slots=True)
class ChildSpec:
    """module: run as `python -P -m module`; payload: what it reads from stdin, one line.

    niceness: how far it stands back where processors are short, 0 not at all, 19 the furthest. stop_s: seconds that it
    may take to end after SIGTERM. environment: variables beside those of this process. vitals: what it may leave out
    before it is replaced.
    """

    name: str
    module: str
    payload: str
    niceness: int = 0
    stop_s: float = 10.0
    environment: Mapping[str, str] = field(default_factory=dict)
    vitals: VitalLimits = WORKER_LIMITS


class Supervisor:
    """One supervised child. `start` returns when it runs; `stop` ends it by SIGTERM, and waits for it."""

    def __init__(
        self,
        spec: ChildSpec,
        on_ready: Callable[[str], None] = lambda _line: None,
        on_end: Callable[[], None] = lambda: None,
    ) -> None:
        """on_ready: told of each line that the child prints, such as that it is ready; on_end: of each end of it."""
        self._spec = spec
        self._on_line = on_ready
        self._on_end = on_end
        self._task: asyncio.Task[None] | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._spawned = asyncio.Event()
        self._stopping = False
        self._standing: dict[str, str] = {}
        self._spawns = 0
        self._lives = Lives()
        self._vitals: Vitals | None = None
        self._facts: Mapping[str, Any] = {}

    @property
    def name(self) -> str:
        """Of the child, as log lines and metrics have it."""
        return self._spec.name

    @property
    def restarts(self) -> int:
        """How often it was started again."""
        return max(self._spawns - 1, 0)

    @property
    def pid(self) -> int | None:
        """Process id of the running child, None between two of them."""
        running = self._process is not None and self._process.returncode is None
        return self._process.pid if running and self._process else None

    def health(self) -> ChildHealth:
        """How it does now; one that is to end does well."""
        if self._stopping:
            return ChildHealth(True, "", self._facts)
        now = asyncio.get_running_loop().time()
        quiet_s = 0.0 if self._vitals is None else self._vitals.quiet_s(now)
        return self._lives.health(now, self._facts, quiet_s)

    async def start(self) -> None:
        """Start, and keep running. The child has its process then, and may still be getting ready."""
        self._task = asyncio.create_task(
            keep_running(self._spec.name, self._run_once, still_wanted=lambda: not self._stopping)
        )
        await self._spawned.wait()

    def tell(self, line: str) -> None:
        """Say something to the running child, and to each that comes after it, once that is ready.

        Those hear the last line that began with the same word.
        """
        self._standing[line.partition(" ")[0]] = line
        self._say(line)

    def mention(self, line: str) -> None:
        """Say something to the running child that is said again and again: one that reads nothing misses it."""
        process = self._process
        if process is not None and process.stdin is not None and not process.stdin.transport.get_write_buffer_size():
            self._say(line)

    def _say(self, line: str) -> None:
        process = self._process
        if process is not None and process.returncode is None and process.stdin is not None:
            process.stdin.write(line.encode() + b"\n")

    def expect_end(self) -> None:
        """From now on the child may end: whoever ends the service may have told the child, too (systemd does)."""
        self._stopping = True

    async def stop(self) -> None:
        """End the child; kill it where it does not end by itself."""
        self.expect_end()
        process = self._process
        if process is not None and process.returncode is None:
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(process.wait(), self._spec.stop_s)
            except TimeoutError:
                _log.error("did not end in time, killing it", part=self._spec.name, stop_s=self._spec.stop_s)
                process.kill()
                await process.wait()
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _run_once(self) -> None:
        """One life of the child. Raises Ended where it ends by itself, and not in order."""
        beats, pipe = os.pipe()
        try:
            self._process = process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-P",  # a file of the current folder cannot pass for a module
                "-m",
                self._spec.module,
                str(pipe),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                process_group=0,
                env={**os.environ, **self._spec.environment},
                pass_fds=(pipe,),
            )
        except BaseException:
            os.close(beats)
            raise
        finally:
            os.close(pipe)
        self._spawns += 1
        with suppress(ProcessLookupError):
            os.setpriority(os.PRIO_PROCESS, process.pid, self._spec.niceness)
        self._spawned.set()
        assert process.stdin is not None
        with suppress(ConnectionError):  # a child that died at once says so by its exit code
            process.stdin.write(self._spec.payload.encode() + b"\n")
            await process.stdin.drain()
        loop = asyncio.get_running_loop()
        self._vitals, self._facts = Vitals(self._spec.vitals, loop.time()), {}
        watching = (self._watch(process, self._vitals), self._hear(beats, self._vitals))
        tasks = [asyncio.create_task(each) for each in watching]
        try:
            await self._listen(process, self._vitals)
            code = await process.wait()
        finally:
            for task in tasks:
                task.cancel()
            self._lives.ended(loop.time(), in_order=process.returncode == 0)
            self._on_end()
        if code != 0:
            raise Ended(f"exit code {code}")

    async def _listen(self, process: asyncio.subprocess.Process, vitals: Vitals) -> None:
        """Hear what it says, until it says no more."""
        assert process.stdout is not None
        async for number, line in _numbered(process.stdout):
            for said in self._standing.values() if number == 0 else ():  # before it was ready, it may not have heard
                self._say(said)
            vitals.ready()
            self._lives.ready(asyncio.get_running_loop().time())
            self._on_line(line.decode(errors="replace").strip())

    async def _hear(self, beats: int, vitals: Vitals) -> None:
        """Hear its beats, until there are no more. beats: the end of the pipe that is ours, closed here."""
        loop, reader = asyncio.get_running_loop(), asyncio.StreamReader()
        pipe = open(beats, "rb", buffering=0)  # noqa: ASYNC230, SIM115 - a descriptor, which the transport closes
        transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), pipe)
        try:
            async for line in reader:
                self._facts = json.loads(line)
                vitals.beat(float(self._facts["busy_s"]), loop.time())
        finally:
            transport.close()

    async def _watch(self, process: asyncio.subprocess.Process, vitals: Vitals) -> None:
        """Kill it where it does not live any more; `keep_running` starts another."""
        while process.returncode is None:
            await asyncio.sleep(LOOK_S)
            wrong = vitals.wrong(asyncio.get_running_loop().time())
            if wrong is not None and not self._stopping:
                _log.error("does not live, killing it", part=self._spec.name, why=wrong)
                self._lives.killed(wrong)
                with suppress(ProcessLookupError):
                    process.kill()
                return


async def _numbered(lines: asyncio.StreamReader) -> AsyncIterator[tuple[int, bytes]]:
    number = 0
    async for line in lines:
        yield number, line
        number += 1
