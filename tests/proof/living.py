"""`pointsman serve` as processes that can be killed, stopped and started again on the same port and folder."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from contextlib import suppress

import psutil

PARTS = {"learner": "pointsman_service.process.learner", "worker": "pointsman_service.process.worker"}
START_S = 120.0


class Service:
    """One service of one file. log: what it wrote to stderr, of all its lives."""

    def __init__(self, config, log, address):
        self._config, self.log, self.address = config, log, address
        self._process = None

    async def start(self, **environment):
        """Start; whether it serves. False where it ended instead."""
        written = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as stderr:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "pointsman_service.cli", "serve", "--config", str(self._config)),
                stderr=stderr,
                env={**os.environ, "OPENBLAS_NUM_THREADS": "1", **environment},
                start_new_session=True,
            )
        async with asyncio.timeout(START_S):
            while self._process.returncode is None:
                if _serves(self.log, written):
                    return True
                await asyncio.sleep(0.02)
        return False

    @property
    def runs(self):
        """Whether the main process does."""
        return self._process is not None and self._process.returncode is None

    def processes(self):
        """By part, those that live now."""
        found = {"main": [], "learner": [], "worker": []}
        with suppress(psutil.NoSuchProcess):
            main = psutil.Process(self._process.pid)
            found["main"] = [main]
            for child in main.children(recursive=True):
                with suppress(psutil.Error):
                    line = child.cmdline()
                    for part, module in PARTS.items():
                        if module in line:
                            found[part].append(child)
        return found

    def signal(self, part, number, *, only_first=False):
        """Send it to a part; those it was sent to."""
        processes = self.processes()[part][: 1 if only_first else None]
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(number)
        return processes

    async def kill(self):
        """`kill -9` of the main process; the others are left to find out."""
        with suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()

    async def kill_all(self):
        """`kill -9` of all of them at once."""
        everybody = [p for part in self.processes().values() for p in part]
        for process in everybody:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        await self._process.wait()

    async def end(self):
        """SIGTERM, and SIGKILL where that does not do; the exit code."""
        if not self.runs:
            return self._process.returncode if self._process else None
        with suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM)
        try:
            return await asyncio.wait_for(self._process.wait(), 30)
        except TimeoutError:
            await self.kill_all()
            return -9


def _serves(log, written):
    with log.open("rb") as file:
        file.seek(written)
        for line in file.read().splitlines():
            with suppress(ValueError):
                if json.loads(line).get("event") == "serving":
                    return True
    return False
