"""CPU time of everything that calls wait for: this process, and the processes it started.

But for the learner, and for those that evaluate policies: their work grows with the log, and they stand back for all
else.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

import psutil
from pointsman_service.process.evaluator import MODULE

_CHILDREN = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children")
LOOK_EVERY = 500
"""Calls between two searches for children where /proc does not list them; it takes a millisecond."""


class CpuClock:
    """Seconds of CPU time. Children count from when they are first seen, by the tick, 10 ms; their past by what it was.

    A process that judges is started anew where one was ended: its imports are no work of the call that sees it first.
    """

    def __init__(self, but_for=()):
        self._but_for, self._asked, self._pids = frozenset(but_for), 0, ()
        self._seen, self._sum = {}, 0.0
        self._evaluating = {}

    def now(self):
        """Seconds so far; never less than before."""
        self._look()
        for pid in self._pids:
            spent = _spent(pid)
            if spent is not None:
                self._sum += max(0.0, spent - self._seen.get(pid, spent))
                self._seen[pid] = spent
        return time.process_time() + self._sum

    def _look(self):
        try:
            pids = map(int, _CHILDREN.read_text().split())
        except OSError:
            self._asked += 1
            if self._asked % LOOK_EVERY != 1:
                return
            pids = (child.pid for child in psutil.Process().children())
        pids = [pid for pid in pids if pid not in self._but_for]
        self._evaluating = {pid: self._evaluating.get(pid) or _evaluates(pid) for pid in pids}
        self._pids = tuple(pid for pid in pids if not self._evaluating[pid])


def _evaluates(pid):
    with suppress(psutil.Error):
        return MODULE in psutil.Process(pid).cmdline()
    return False


def _spent(pid):
    with suppress(psutil.Error):
        times = psutil.Process(pid).cpu_times()
        return times.user + times.system
    return None
