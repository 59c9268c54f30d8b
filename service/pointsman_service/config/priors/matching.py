"""Which row of a table of public results a model's name means, and how sure that is.

The same family, version and variant must be there; of those rows the one of the size, then of the effort, then of the
date that the name says. Where there is none, the nearest relative stands in: another size of the same version, else
another version of the same variant and size. What differs is told, never passed over.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pointsman_service.config.priors.names import ModelName, read_name

USUAL_EFFORT = 3
"""Of a name that says none, where every row says one: medium."""
FARTHEST_VERSION = 1.0
"""Versions further apart than this are not taken for relatives."""
FARTHEST_YEARS = 0.75
"""What is dated further apart than this is a relative: some providers' versions are dates."""
FARTHEST_SIZE = 3.0
"""Sizes further apart than so many doublings neither."""


@dataclass(frozen=True, slots=True)
class Match:
    """row: its name in the table; how: what was taken for what; doublings: by how many the model is larger than it."""

    row: str
    how: str
    is_relative: bool = False
    doublings: float = 0.0


class Names:
    """The names of a table, read."""

    def __init__(self, rows: Iterable[str]) -> None:
        self._rows = [(row, read_name(row)) for row in sorted(rows)]

    def match(self, name: str) -> Match | None:
        """The row that is meant, None where the table knows neither it nor a relative.

        >>> names = Names(["gpt-4o-2024-05-13", "gpt-4o-2024-08-06", "gemma-2-9b-it", "gemma-2-27b-it"])
        >>> names.match("azure/gpt-4o-2024-05-13")
        Match(row='gpt-4o-2024-05-13', how='name', is_relative=False, doublings=0.0)
        >>> names.match("gpt-4o").row, names.match("gpt-4o").how
        ('gpt-4o-2024-08-06', 'latest date')
        >>> names.match("google/gemma-2-2b-it").how, names.match("gemma-7b"), names.match("gpt-4o-mini")
        ('relative: 9b for 2b', None, None)
        """
        if any(row == name for row, _ in self._rows):
            return Match(name, "name")
        asked = read_name(name)
        same = [(row, read) for row, read in self._rows if read.core == asked.core]
        fitting = _of_size(asked, same)
        if fitting:
            row, how = _nearest(asked, fitting)
            date = read_name(row).date
            if _years_apart(asked.date, date) >= FARTHEST_YEARS:
                return Match(row, f"relative: {date} for {asked.date}", is_relative=True)
            return Match(row, how)
        return self._relative(asked, same)

    def _relative(self, asked: ModelName, same: Sequence[tuple[str, ModelName]]) -> Match | None:
        if (size := asked.billions) is not None:
            sized = [(abs(math.log2(size / b)), row, read) for row, read in same if (b := read.billions)]
            near = min((far for far, _, _ in sized), default=math.inf)
            if near <= FARTHEST_SIZE:
                row, _ = _nearest(asked, [(row, read) for far, row, read in sized if far == near])
                other = next(read for r, read in self._rows if r == row)
                doublings = math.log2(size / (other.billions or size))
                return Match(row, f"relative: {_said(other.sizes)} for {_said(asked.sizes)}", True, doublings)
        if (version := asked.version) is None:
            return None
        others = [
            (abs(read.version - version), -read.version, row, read)
            for row, read in self._rows
            if read.version is not None and read.family == asked.family and read.sizes == asked.sizes
        ]
        if not others or min(others)[0] > FARTHEST_VERSION:
            return None
        best = min(others)[:2]
        row, _ = _nearest(asked, [(row, read) for *far, row, read in others if tuple(far) == best])
        return Match(row, f"relative: version {-best[1]:g} for {version:g}", True)


def _of_size(asked: ModelName, same: Sequence[tuple[str, ModelName]]) -> list[tuple[str, ModelName]]:
    """Rows of the asked size; where one of the two says none and there is but one to mean, those."""
    exact = [(row, read) for row, read in same if read.sizes == asked.sizes]
    if exact:
        return exact
    near = [(row, read) for row, read in same if read.sizes < asked.sizes or read.sizes > asked.sizes]
    return near if len({read.sizes for _, read in near}) == 1 else []


def _nearest(asked: ModelName, rows: Sequence[tuple[str, ModelName]]) -> tuple[str, str]:
    """By effort, then by date; the row, and what it was taken by."""

    def effort(read: ModelName) -> tuple[float, int]:
        if asked.effort is None:
            return (0.0, 0) if read.effort is None else (1.0 + abs(read.effort - USUAL_EFFORT), read.effort)
        return (abs((USUAL_EFFORT if read.effort is None else read.effort) - asked.effort), read.effort or 0)

    best = min(effort(read) for _, read in rows)
    alike = [(row, read) for row, read in rows if effort(read) == best]
    dated = [(row, read) for row, read in alike if _same_date(read.date, asked.date)]
    row, read = max(dated or alike, key=lambda one: (_sortable(one[1].date), one[0]))
    notes = []
    if read.sizes != asked.sizes:
        notes.append(f"size {_said(read.sizes)} for {_said(asked.sizes)}")
    if read.effort != asked.effort:
        notes.append("its effort" if asked.effort is None else "other effort")
    if not dated and len(alike) > 1 and not asked.date:
        notes.append("latest date")
    elif not dated and asked.date:
        notes.append("other date")
    return row, ", ".join(notes) or "name"


def _said(sizes: frozenset[str]) -> str:
    return "-".join(sorted(sizes)) or "none"


def _same_date(one: str, other: str) -> bool:
    return one == other or (min(len(one), len(other)) == 4 and (one.endswith(other) or other.endswith(one)))


def _years_apart(one: str, other: str) -> float:
    """0 where either date names no year."""
    a, b = _sortable(one), _sortable(other)
    if min(a[:2], b[:2]) != "20" or min(len(a), len(b)) < 6:
        return 0.0
    return abs((int(a[:4]) - int(b[:4])) + (int(a[4:6]) - int(b[4:6])) / 12)


def _sortable(date: str) -> str:
    """Dates of another form in the order of their years: `2407` is 2024, `0613` has none and comes before."""
    return f"20{date}" if len(date) == 4 and date[:2] > "12" else date if len(date) > 4 else f"0{date}"
