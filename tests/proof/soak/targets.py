"""The last third of a soak against its targets."""

from __future__ import annotations

from tests.proof.table import Row

from .measures import growth, peaks, slope_per_hour

MOST_MB_AN_HOUR = 5.0
MOST_GROWTH = 1.1
EMPTY = "Check"
"""The call that does nothing, which slows down where the machine does."""


def rows(measures, seconds):
    """The targets."""
    last = [s for s in measures.samples if s.at >= seconds * 2 / 3]
    return [
        *(_memory(part, last) for part in sorted({part for s in last for part in s.mb})),
        *(_pace(measures, method, seconds) for method in ("Route", "Complete")),
        Row("errors that callers saw", "<= 0", str(measures.errors), measures.errors == 0),
        _behind(last),
    ]


def _memory(part, last):
    points = [(s.at, s.mb[part]) for s in last if part in s.mb]
    if len(points) < 3:
        return Row(f"memory of {part}", f"< {MOST_MB_AN_HOUR:g} MB/h", "it did not live long enough", ok=False)
    slope = slope_per_hour(*zip(*peaks(points), strict=True))
    reached = f"{slope:+.1f} MB/h, {points[-1][1]:.0f} MB at the end"
    return Row(f"memory of {part}, last third", f"< {MOST_MB_AN_HOUR:g} MB/h", reached, slope < MOST_MB_AN_HOUR)


def _pace(measures, method, seconds):
    """The last third against the one before. Where the machine has other work, an empty call grows as well."""
    third = seconds / 3
    before, after = measures.between(method, third, 2 * third), measures.between(method, 2 * third, seconds + 60)
    if min(len(before), len(after)) < 100:
        return Row(
            f"p99 of {method}", f"x < {MOST_GROWTH:g}", f"{len(before)} and {len(after)} calls: too few", ok=None
        )
    idle = growth(measures.between(EMPTY, third, 2 * third), measures.between(EMPTY, 2 * third, seconds + 60))
    grew = growth(before, after)
    reached = f"x {grew:.2f} (an empty call's: x {idle:.2f})"
    return Row(f"p99 of {method}, last third", f"x < {MOST_GROWTH:g}", reached, min(grew, grew / idle) < MOST_GROWTH)


def _behind(last):
    """Learning keeps up: it is behind by as little at the end as it was before."""
    lags = [s.lag for s in last]
    half = len(lags) // 2
    before, after = max(lags[:half], default=0), min(lags[half:], default=0)
    return Row(
        "learning keeps up",
        "catches up in the last third",
        f"behind by {before} at most, {after} at least",
        after <= max(before, 50),
    )
