"""Which snapshots stay: the newest, one for each of the last hours, one for each of the last days, those with a name.

Hours and days are counted that have a snapshot, not back from now: a clock that jumps ahead, or a service that stood
still for a month, takes nothing away. (The keep-hourly and keep-daily of the backup program restic mean the same.)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

HOUR_S = 3_600.0
DAY_S = 86_400.0
NAME = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,63}")
MOST_NAMED = 100
"""Of the size of a learner's state each: somebody who names one an hour by a script should hear of it in time."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A snapshot as far as its age counts. version grows; at: when it was stored, seconds since the epoch."""

    version: int
    at: float


@dataclass(frozen=True, slots=True)
class SnapshotRetention:
    """How many stay. newest: of the last ones, whatever their age; hours, days: each with the first one in it."""

    newest: int = 20
    hours: int = 24
    days: int = 31

    def __post_init__(self) -> None:
        if self.newest < 1:
            raise ValueError(f"the newest must stay at least, not {self.newest}")

    def kept(self, stored: Sequence[Stored]) -> frozenset[int]:
        """Versions that stay by their age. What stays once goes only with age: thinning twice is thinning once.

        >>> hourly = SnapshotRetention(newest=1, hours=2, days=0)
        >>> times = (0.0, 10.0, 3_600.0, 7_200.0, 7_300.0, 7_400.0)
        >>> sorted(hourly.kept([Stored(i, at) for i, at in enumerate(times)]))
        [2, 3, 5]
        """
        newest = sorted(s.version for s in stored)[-self.newest :]
        return frozenset([*newest, *_firsts(stored, HOUR_S, self.hours), *_firsts(stored, DAY_S, self.days)])


USUAL = SnapshotRetention()


def _firsts(stored: Iterable[Stored], width_s: float, count: int) -> list[int]:
    """The first version of each of the last `count` stretches of time that have one."""
    first: dict[int, int] = {}
    for s in stored:
        stretch = int(s.at // width_s)
        first[stretch] = min(s.version, first.get(stretch, s.version))
    return [first[stretch] for stretch in sorted(first, reverse=True)[:count]]


def is_snapshot_name(text: str) -> bool:
    """Whether a snapshot can be called so; a version or a time cannot be mistaken for it.

    >>> is_snapshot_name("before-gpt-5"), is_snapshot_name("12"), is_snapshot_name("2 h ago")
    (True, False, False)
    """
    return NAME.fullmatch(text) is not None and text.lower() not in {"now", "today", "yesterday"}
