"""Keeps child processes running: a crash is answered by a restart, later and later while it keeps crashing.

A child reads its settings from stdin and watches it: when the parent dies, however it dies, stdin ends and so does the
child. So a killed service leaves no learner behind that would fight with the next one.
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

FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 30.0
HEALTHY_S = 30.0  # a child that ran so long has earned a short pause again
STOP_S = 10.0

Logger = structlog.stdlib.BoundLogger


@dataclass(frozen=True, slots=True)
class ChildSpec:
    """module: run as `python -P -m module`; payload: what it reads from stdin, one line.

    niceness: how far it stands back where processors are short, 0 not at all, 19 the furthest.
    """

    name: str
    module: str
    payload: str
    niceness: int = 0


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
        self.restarts = 0
        self._log: Logger = structlog.get_logger("pointsman").bind(child=spec.name)

    @property
    def pid(self) -> int | None:
        """Process id of the running child, None between two of them."""
        running = self._process is not None and self._process.returncode is None
        return self._process.pid if running and self._process else None

    async def start(self) -> None:
        """Start, and keep running. The child has its process then, and may still be getting ready."""
        self._task = asyncio.create_task(self._keep_running())
        await self._spawned.wait()

    async def stop(self) -> None:
        """End the child; kill it where it does not end by itself."""
        self._stopping = True
        process = self._process
        if process is not None and process.returncode is None:
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(process.wait(), STOP_S)
            except TimeoutError:
                process.kill()
                await process.wait()
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _keep_running(self) -> None:
        clock = asyncio.get_running_loop().time
        pause_s = FIRST_PAUSE_S
        while not self._stopping:
            started = clock()
            code = await self._run_once()
            if self._stopping:
                return
            if clock() - started > HEALTHY_S:
                pause_s = FIRST_PAUSE_S
            self._log.error("child ended, starting it again", code=code, pause_s=pause_s, restarts=self.restarts)
            await asyncio.sleep(pause_s)
            pause_s = min(LONGEST_PAUSE_S, pause_s * 2)
            self.restarts += 1

    async def _run_once(self) -> int:
        self._process = process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",  # a file of the current folder cannot pass for a module
            "-m",
            self._spec.module,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
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
        return await process.wait()
