"""One process of judges, as the service holds it: begun when it is first needed, ended when it does not answer."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress

from pointsman_learner.types import Verdict

from pointsman_service.domain import AnswerUnderJudgement
from pointsman_service.judges.apart.frames import Asked, Made, Replied, frame, received

GRACE_S = 0.25
"""Seconds after an answer's deadline: the process says by itself when a judge takes too long, unless it is held."""
PAUSE_S = 1.0
"""Seconds between two starts: a judge that holds each process would else cost half a second of processor each time."""
MOST_WAITING = 64
"""Answers that one process judges at once; beyond, a judge gives no verdict at once, and the answer none late."""


class JudgedNot(Exception):  # noqa: N818 - named for the fact
    """No verdict, and why."""


class JudgeProcess:
    """Judges made by `made`, in one process. `ask` from one event loop."""

    def __init__(self, made: Sequence[Made] = (), environ: Mapping[str, str] = os.environ) -> None:
        self._made = list(made)
        self._environ = environ
        self._process: asyncio.subprocess.Process | None = None
        self._starting: asyncio.Task[None] | None = None
        self._reading: asyncio.Task[None] | None = None
        self._waiting: dict[int, asyncio.Future[Replied]] = {}
        self._number = 0
        self._begin_at = 0.0
        self._ready = asyncio.Event()

    def add(self, made: Made) -> None:
        """One more judge, before the process is begun."""
        self._made.append(made)

    @property
    def ready(self) -> bool:
        """Whether it has said that its judges are made."""
        return self._ready.is_set()

    @property
    def pid(self) -> int | None:
        """Of the process that runs now, None for none."""
        return self._process.pid if self._process is not None else None

    def begin(self) -> None:
        """Start it, unless it runs or is being started; nobody waits for it."""
        now = asyncio.get_running_loop().time()
        if self._process is None and self._starting is None and now >= self._begin_at:
            self._begin_at = now + PAUSE_S
            self._starting = asyncio.create_task(self._start())

    async def ask(self, judge: str, subject: AnswerUnderJudgement, timeout_s: float) -> Verdict:
        """The verdict. Raises JudgedNot; a process that does not answer in time is ended, and the next one begun."""
        self.begin()
        if self._starting is not None:
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(self._starting), timeout_s)
        process = self._process
        if process is None or process.stdin is None:
            raise JudgedNot("its process is not there: it ended, or is being started")
        if len(self._waiting) >= MOST_WAITING:
            raise JudgedNot(f"its process has {MOST_WAITING} answers to judge already")
        self._number += 1
        number, loop = self._number, asyncio.get_running_loop()
        reply: asyncio.Future[Replied] = loop.create_future()
        self._waiting[number] = reply
        # Whoever asked may be gone by then; the process is held nonetheless.
        loop.call_later(timeout_s + GRACE_S, self._end_if_held, number, process)
        process.stdin.write(frame(Asked(number, judge, subject, timeout_s)))
        said = await asyncio.shield(reply)
        if said.verdict is None:
            raise JudgedNot(said.error)
        return said.verdict

    async def close(self) -> None:
        """End it."""
        starting, self._starting = self._starting, None
        if starting is not None:
            starting.cancel()
        process, self._process = self._process, None
        if process is not None:
            _kill(process)
            await process.wait()
        if self._reading is not None:
            await asyncio.gather(self._reading, return_exceptions=True)

    async def _start(self) -> None:
        # Plug-ins are found where this process finds them, whatever put them on its path.
        environ = {**self._environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "pointsman_service.judges.apart.child",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                env=environ,
            )
            assert process.stdin is not None, "asked for"
            process.stdin.write(frame(self._made))
            self._process = process
            self._reading = asyncio.create_task(self._read(process))
        finally:
            self._starting = None

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        """Hand on its replies, until it ends: then whatever was asked of it has none."""
        assert process.stdout is not None, "asked for"
        try:
            while True:
                said: Replied = await received(process.stdout)
                self._ready.set()
                waiting = self._waiting.pop(said.number, None)
                if waiting is not None and not waiting.done():
                    waiting.set_result(said)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._ended(process)
            await process.wait()

    def _ended(self, process: asyncio.subprocess.Process) -> None:
        _kill(process)
        if self._process is process:
            self._process = None
            self._ready.clear()
        waiting, self._waiting = self._waiting, {}
        for number, reply in waiting.items():
            if not reply.done():
                reply.set_result(Replied(number, None, "its process was ended: a judge in it did not answer in time"))

    def _end_if_held(self, number: int, process: asyncio.subprocess.Process) -> None:
        if number in self._waiting and self._process is process:
            self._ended(process)


def _kill(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        process.kill()
