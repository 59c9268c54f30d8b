"""Rates and counts in a table of fixed size: in this process's memory, or in a file that all workers have mapped.

A rate is kept as one number, the theoretical arrival time of the generic cell rate algorithm (ITU-T I.371, annex A): a
token bucket without a timer. The monotonic clock of a machine is one for all of its processes, so they can share it.
A count is kept by worker, so that what a killed worker had under way is forgotten with it.

Sharing costs a lock of one byte of the file, which is held for some microseconds. Where it cannot be had soon (its
holder was stopped in that moment) the table is used without it: each worker may then let one call too many pass.
"""

from __future__ import annotations

import fcntl
import hashlib
import mmap
import os
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

from pointsman_service.errors import ConfigurationError
from pointsman_service.machine.process_identity import has_ended, own_identity

SLOTS = 4096
"""Subjects that are kept. A key or a tenant has up to three; what is idle makes room, and nothing is lost by it."""
PROBES = 8  # neighbours that a subject may lie in; with 4,096 slots and 2,000 subjects all eight are taken in 0.4 %
WORKERS = 64  # as many as [server] workers can be
IDENTITY_BYTES = 96  # of a worker: namespace, number and start, see `process_identity`
LOCK_TRIES = 200  # of about 1 us each; a holder that runs is done within 10

_HEADER = WORKERS * IDENTITY_BYTES
_SLOT = struct.Struct(f"<Qd{WORKERS}H")
_RATE = struct.Struct("<d")
_COUNT = struct.Struct("<H")
_COUNTS = struct.Struct(f"<{WORKERS}H")
_MOST_COUNT = 0xFFFF
_ALONE = nullcontext()
_SIZE = _HEADER + SLOTS * _SLOT.size


class LimitTable:
    """Implements `ports.limits.LimitStore`. clock: seconds, monotonic, the same for all who share the file."""

    def __init__(self, path: Path | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        """path: of the file that is shared; None for a table of this process alone.

        Raises ConfigurationError where the file cannot be had.
        """
        self._clock = clock
        self._file = None if path is None else _opened(path)
        self._memory: bytearray | mmap.mmap = bytearray(_SIZE) if self._file is None else mmap.mmap(self._file, _SIZE)
        self._places: dict[str, tuple[int, int]] = {}
        self._worker = 0
        with self._locked():
            self._worker = self._claim()

    def take(self, subject: str, per_second: float, burst: float) -> float:
        """See the port."""
        now, each = self._clock(), 1.0 / per_second
        allowed = max(burst, 1.0) * each
        with self._locked():
            at = self._slot(subject) + 8
            (arrival,) = _RATE.unpack_from(self._memory, at)
            # Nothing that was taken lies further ahead than a burst: what does is of another boot, or another limit.
            arrival = now if arrival - now > allowed + each else max(arrival, now)
            wait = arrival + each - allowed - now
            if wait > 1e-9:  # rounding of clocks near 1e6 s is a hundredth of that
                return float(wait)
            _RATE.pack_into(self._memory, at, arrival + each)
            return 0.0

    def give_back(self, subject: str, per_second: float) -> None:
        """See the port."""
        with self._locked():
            at = self._slot(subject) + 8
            (arrival,) = _RATE.unpack_from(self._memory, at)
            _RATE.pack_into(self._memory, at, arrival - 1.0 / per_second)

    def enter(self, subject: str, most: int) -> bool:
        """See the port."""
        with self._locked():
            at = self._slot(subject) + 16
            mine = at + 2 * self._worker
            (count,) = _COUNT.unpack_from(self._memory, mine)
            all_of_it = count if self._file is None else sum(_COUNTS.unpack_from(self._memory, at))
            if all_of_it >= most or count == _MOST_COUNT:
                return False
            _COUNT.pack_into(self._memory, mine, count + 1)
            return True

    def leave(self, subject: str) -> None:
        """See the port."""
        with self._locked():
            mine = self._slot(subject) + 16 + 2 * self._worker
            (count,) = _COUNT.unpack_from(self._memory, mine)
            if count:  # 0 where the subject had to give up its slot meanwhile
                _COUNT.pack_into(self._memory, mine, count - 1)

    def close(self) -> None:
        """See the port."""
        if self._file is None:
            return
        with self._locked():
            self._forget(self._worker)
        assert isinstance(self._memory, mmap.mmap)
        self._memory.close()
        os.close(self._file)
        self._file = None

    def _locked(self) -> AbstractContextManager[None]:
        return _ALONE if self._file is None else _locked(self._file)

    def _slot(self, subject: str) -> int:
        """Where the subject's slot begins; made where there is none."""
        known = self._places.get(subject)
        if known is not None and _hash_at(self._memory, known[1]) == known[0]:
            return known[1]
        mark = int.from_bytes(hashlib.blake2b(subject.encode("utf-8", "replace"), digest_size=8).digest(), "little") | 1
        at = self._found(mark)
        if len(self._places) >= SLOTS:
            self._places.clear()
        self._places[subject] = mark, at
        return at

    def _found(self, mark: int) -> int:
        places = [_HEADER + (mark + i) % SLOTS * _SLOT.size for i in range(PROBES)]
        for at in places:
            if _hash_at(self._memory, at) == mark:
                return at
        at = min(places, key=self._loss)
        _SLOT.pack_into(self._memory, at, mark, 0.0, *(0,) * WORKERS)
        return at

    def _loss(self, at: int) -> tuple[int, float]:
        """How much is lost with a slot: what runs there, and until when its rate remembers."""
        _, arrival, *counts = _SLOT.unpack_from(self._memory, at)
        return sum(counts), max(0.0, arrival - self._clock())

    def _claim(self) -> int:
        """A column of counts for this process, once those of the dead are empty. Raises ConfigurationError."""
        if self._file is None:
            return 0
        free = []
        for worker in range(WORKERS):
            owner = self._owner(worker)
            if owner and has_ended(owner):
                self._forget(worker)
                owner = ""
            if not owner:
                free.append(worker)
        if not free:
            raise ConfigurationError(f"storage: {WORKERS} processes have the table of limits open; no more can")
        mine = own_identity().encode()[:IDENTITY_BYTES] or b"?"
        at = free[0] * IDENTITY_BYTES
        self._memory[at : at + IDENTITY_BYTES] = mine.ljust(IDENTITY_BYTES, b"\0")
        return free[0]

    def _owner(self, worker: int) -> str:
        at = worker * IDENTITY_BYTES
        return bytes(self._memory[at : at + IDENTITY_BYTES]).rstrip(b"\0").decode("ascii", "replace")

    def _forget(self, worker: int) -> None:
        at = worker * IDENTITY_BYTES
        self._memory[at : at + IDENTITY_BYTES] = bytes(IDENTITY_BYTES)
        for slot in range(SLOTS):
            _COUNT.pack_into(self._memory, _HEADER + slot * _SLOT.size + 16 + 2 * worker, 0)


def _hash_at(memory: bytearray | mmap.mmap, at: int) -> int:
    return int.from_bytes(memory[at : at + 8], "little")


def _opened(path: Path) -> int:
    """The file, with all of its blocks: a write into a hole of a full disk would end the process."""
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        os.posix_fallocate(file, 0, _SIZE)
    except OSError as e:
        raise ConfigurationError(f"storage.folder: cannot make {path}, by which workers share limits: {e}") from e
    return file


@contextmanager
def _locked(file: int) -> Iterator[None]:
    held = _try_lock(file)
    try:
        yield
    finally:
        if held:
            fcntl.lockf(file, fcntl.LOCK_UN, 1)


def _try_lock(file: int) -> bool:
    for _ in range(LOCK_TRIES):
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1)
        except OSError:  # another worker has it now
            continue
        return True
    return False
