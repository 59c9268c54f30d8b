"""Where services of the vectors are started: the harness's side of `forking`."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any, Self, TypeVar

READY_S = 300.0
"""For a start on a machine where dozens of processes wait for two cores; alone it takes tenths of a second."""

Told = TypeVar("Told")


class Started:
    """A process that was forked. Its end is known by its pidfd, whoever its parent is."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._fd = os.pidfd_open(pid)

    def send(self, number: signal.Signals) -> None:
        """Send a signal to this very process, never to another that has its number later."""
        signal.pidfd_send_signal(self._fd, number)

    async def ended(self) -> None:
        """Wait for its end."""
        loop, over = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(self._fd, over.set)
        try:
            await asyncio.wait_for(over.wait(), READY_S)
        finally:
            loop.remove_reader(self._fd)
        os.close(self._fd)


class Nursery:
    """Use it in an `async with`; what it started ends with it."""

    def __init__(self) -> None:
        self._asked = 0
        self._pids: dict[int, asyncio.Future[int]] = {}
        self._serve: dict[int, asyncio.Future[bool]] = {}

    async def __aenter__(self) -> Self:
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}  # a thread of its own would not outlive a fork
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.contracts.clients.forking"),
            cwd=Path(__file__).parents[3],
            env=environment,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        self._reading = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._process.wait()
        await self._reading

    async def start(self, settings: dict[str, Any], errors: Path) -> Started:
        """Until it serves. Raises RuntimeError with what it wrote to `errors` where it does not."""
        self._asked += 1
        number, loop = self._asked, asyncio.get_running_loop()
        pid, serves = self._pids[number], self._serve[number] = loop.create_future(), loop.create_future()
        line = json.dumps({"id": number, "settings": settings, "stderr": str(errors)})
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode() + b"\n")
        await self._process.stdin.drain()
        started = Started(await asyncio.wait_for(pid, READY_S))
        if not await asyncio.wait_for(serves, READY_S):
            raise RuntimeError(f"the service did not start: {await asyncio.to_thread(errors.read_text)}")
        return started

    async def _read(self) -> None:
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            told = json.loads(line)
            if "pid" in told:
                _tell(self._pids.pop(told["id"]), told["pid"])
            elif told["id"] in self._serve:
                _tell(self._serve.pop(told["id"]), told["serves"])


def _tell(future: asyncio.Future[Told], what: Told) -> None:
    """Unless whoever asked has given up."""
    if not future.done():
        future.set_result(what)
