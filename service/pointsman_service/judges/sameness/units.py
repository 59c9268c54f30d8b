"""Units of measure: what they measure and how much of it, so that 90 minutes and 1.5 hours are one quantity.

A table of what occurs in answers, not a library: see the room's README for what decided.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from pointsman_service.judges.sameness.unit_table import COMPOUND, LOOSE, TABLE


@dataclass(frozen=True, slots=True)
class Unit:
    """measures: (base measure, power) sorted; factor: how much of the base one of it is.

    >>> unit_of("km/h") == unit_of("kilometers per hour"), unit_of("square feet").measures
    (True, (('length', 2),))
    """

    measures: tuple[tuple[str, int], ...]
    factor: Fraction


_CASED = re.compile(r"[A-Za-zΩµμ]{1,3}")
"""Short symbols, in which capitals tell mega from milli."""
_POWERS = {
    "square": 2,
    "squared": 2,
    "sq": 2,
    "sq.": 2,
    "cubic": 3,
    "cubed": 3,
    "cu": 3,
    "quadrat": 2,
    "кв": 2,
    "кв.": 2,
}
_PER = re.compile(r"\s*/\s*|\s+per\s+|\s+(?:an?|each|every)\s+|\s+pro\s+|\s+в\s+|\s+par\s+|\s+por\s+")
_POWER = re.compile(r"\^?\(?(-?[123])\)?$")
_LONGEST = 60


def _entries() -> Iterator[tuple[str, Unit]]:
    for line in TABLE.split("\n"):
        measure, factor, *names = line.split() or ("", "")
        for name in names:
            yield name, Unit(() if measure == "ratio" else ((measure, 1),), Fraction(factor))


_UNITS = dict(_entries())
_LOWERED = {name.lower(): unit for name, unit in _UNITS.items() if not _CASED.fullmatch(name) or name.lower() in LOOSE}
_WRITTEN_AS = dict(line.split() for line in COMPOUND.strip().split("\n") if "turn" not in line)
PERCENT = _UNITS["%"]
DEGREES = (("angle", 1),)
MONEY = frozenset(["USD", "EUR", "GBP", "JPY", "CNY", "INR", "RUB", "CHF", "KRW", "CAD", "AUD"])


def is_money(unit: Unit) -> bool:
    """Whether a unit is a currency's, or a part of one."""
    return len(unit.measures) == 1 and unit.measures[0][0] in MONEY


@lru_cache(maxsize=2048)
def unit_of(text: str) -> Unit | None:
    """The unit that the whole text names, in full or by its symbol; None where it names none.

    >>> unit_of("sq cm") == unit_of("cm^2") == unit_of("square centimeters"), unit_of("mW") == unit_of("MW")
    (True, False)
    >>> unit_of("dollars per hour").measures, unit_of("minutes late")
    ((('USD', 1), ('time', -1)), None)
    """
    text = text.strip()
    if not text or len(text) > _LONGEST:
        return None
    text = _WRITTEN_AS.get(text.lower(), text)
    above, *below = _PER.split(text)
    unit = _powered(above)
    for part in below:
        divisor = _powered(part)
        if unit is None or divisor is None:
            return None
        unit = divided(unit, divisor)
    return unit


def _powered(text: str) -> Unit | None:
    """`cm^2`, `square feet`, `feet squared`, `km2`; or a simple unit."""
    words = text.split()
    if len(words) == 2:
        for power, name in ((words[0], words[1]), (words[1], words[0])):
            if power.lower() in _POWERS:
                return _raised(_simple(name), _POWERS[power.lower()])
        joined = f"{words[0]}{words[1]}" if words[0] in {"°", "fl"} else "per-cent" if text == "per cent" else ""
        if joined or words[0].lower() in {"degree", "degrees", "us"}:
            return _simple(joined or (f"°{words[1]}" if words[1] in ("C", "F") else words[1]))
        return None
    simple = _simple(text)
    match = _POWER.search(text)
    if simple is None and match:
        return _raised(_simple(text[: match.start()].rstrip()), int(match[1]))
    return simple


def _simple(name: str) -> Unit | None:
    name = name.strip()
    found = _UNITS.get(name) or _LOWERED.get(name.lower())
    return found or (_UNITS.get(name[:-1]) if name.endswith(".") and len(name) > 1 else None)


def _raised(unit: Unit | None, power: int) -> Unit | None:
    if unit is None:
        return None
    return Unit(tuple((name, p * power) for name, p in unit.measures), unit.factor**power)


def divided(unit: Unit, divisor: Unit) -> Unit:
    """What so much of a unit for each of another is: dollars for each hour."""
    powers = dict(unit.measures)
    for name, power in divisor.measures:
        powers[name] = powers.get(name, 0) - power
    return Unit(tuple(sorted((n, p) for n, p in powers.items() if p)), unit.factor / divisor.factor)
