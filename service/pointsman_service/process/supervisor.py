"""A child process that is kept running, as `supervised` keeps everything running.

A child reads its settings from stdin and watches it: when the parent dies, however it dies, stdin ends and so does the
child. So a killed service leaves no learner behind that would fight with the next one. A Ctrl-C of the terminal reaches
the parent alone, which ends its children in order.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from pointsman_service.observability.structured_log import structlog
from pointsman_service.process.supervised import Ended, keep_running

_log: structlog.stdlib.BoundLogger = structlog.get_logger("pointsman")


@dataclass(frozen=True, slots=True)
class ChildSpec:
    """module: run as `python -P -m module`; payload: what it reads from stdin, one line.

    niceness: how far it stands back where processors are short, 0 not at all, 19 the furthest. stop_s: seconds that it
    may take to end after SIGTERM.
    """

    name: str
    module: str
    payload: str
    niceness: int = 0
    stop_s: float = 10.0


class Supervisor:
    """One supervised child. `start` returns when it runs; `stop` ends it by SIGTERM, and waits for it."""

    def __init__(self, spec: ChildSpec, on_ready: Callable[[str], None] = lambda _line: None) -> None:
        """on_ready: told of each line that the child prints, such as that it is ready."""
        self._spec = spec
        self._on_line = on_ready
        self._task: asyncio.Task[None] | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._spawned = asyncio.Event()
        self._stopping = False
        self._spawns = 0

    @property
    def restarts(self) -> int:
        """How often it was started again."""
        return max(self._spawns - 1, 0)

    @property
    def pid(self) -> int | None:
        """Process id of the running child, None between two of them."""
        running = self._process is not None and self._process.returncode is None
        return self._process.pid if running and self._process else None

    async def start(self) -> None:
        """Start, and keep running. The child has its process then, and may still be getting ready."""
        self._task = asyncio.create_task(
            keep_running(self._spec.name, self._run_once, still_wanted=lambda: not self._stopping)
        )
        await self._spawned.wait()

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
        self._process = process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",  # a file of the current folder cannot pass for a module
            "-m",
            self._spec.module,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            process_group=0,
        )
        self._spawns += 1
        with suppress(ProcessLookupError):
            os.setpriority(os.PRIO_PROCESS, process.pid, self._spec.niceness)
        self._spawned.set()
        assert process.stdin is not None
        assert process.stdout is not None
        with suppress(ConnectionError):  # a child that died at once says so by its exit code
            process.stdin.write(self._spec.payload.encode() + b"\n")
            await process.stdin.drain()
        async for line in process.stdout:
            self._on_line(line.decode(errors="replace").strip())
        code = await process.wait()
        if code != 0:
            raise Ended(f"exit code {code}")
