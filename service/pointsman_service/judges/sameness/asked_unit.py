"""In what unit a question wants its quantity: as it says ("how many hours"), or the only one that it speaks in."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pointsman_service.judges.sameness.spelling import ascii_spelling
from pointsman_service.judges.sameness.units import PERCENT, Unit, is_money, unit_of
from pointsman_service.judges.sameness.wording import wording

_MANY = re.compile(
    r"\bhow (?:many|much)(?: (?:more|fewer|less|total|additional|extra|whole|full|us))*"
    r" ([a-z$\u20ac]+)(?: (per|an?|each) ([a-z]+)|( (?:feet|meters|metres|inches|yards|miles|centimeters)))?"
)
_IN = re.compile(
    r"\b(?:in|nearest|number of)(?: (?:whole|full|terms of|total))* "
    r"((?:square |cubic )?[a-z%$\u20ac]{2,}(?:\^?[23])?|[a-z](?=/[a-z])|[$%]|degrees (?:celsius|fahrenheit))"
    r"(?:( per |/)([a-z]+(?:\^?[23])?))?(?![\w^])"
)
_PERCENT = wording(
    r"(?:what|which|how many|in|as an?|by what|find the|calculate the|compute the"
    r"|is the)\s+(?:\w+ )?percent(?:age)?\b"
    r"|what %|wie ?viel prozent|prozentsatz|pourcentage|porcentaje|percentuale",
    "процент|百分之几|百分比|百分率|何パーセント|何%",
)
_FOREIGN_MANY = re.compile(
    r"(?:сколько|wie ?viele?|combien d[e']|cu[aá]nt[oa]s?|quant[ioae])\s*([^\W\d_]+)"
    r"|(?:多少|几个?|何)\s*(美元|公里|千米|米|小时|分钟|天|元|克|千克|公斤|円|時間|分|日|キロメートル|メートル|グラム)"
)
_MEASURED = re.compile(
    r"(\d|\b(?:an?|each|every|per|one|two|three|four|five|six|seven|eight|nine|ten|half)\b)[\s-]?"
    r"((?:square |cubic |sq )?[a-z\u00b0%\u20ac\u00a3\u00b5\u0430-\u044f]+(?:(?:/| per )[a-z]+)?(?:\^?[23]\b)?)"
)
_CURRENCY = re.compile(
    r"[$\u20ac\u00a3\u00a5\u20b9\u20bd](?=\s?\.?\d)|(?<=\d)\s?[$\u20ac\u20bd\u00a3]|\bdollars?\b|\beuros?\b"
)
_LATEX = re.compile(r"(?<!\\)\$(?=[^$\n]*[\\^_={}][^$\n]*\$)")
_KINDS: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(r"\bhow (?:much )?long(?:er)?\b|\b(?:much|more|total|average|free) time\b|\bhow old\b|\bduration\b"),
        "time months",
    ),
    (
        re.compile(
            r"\bhow (?:much )?(?:far(?:ther)?|further|tall|high|deep|wide)\b|\bdistance\b|\bperimeter\b"
            r"|\bheight\b|\bwidth\b|\bradius\b"
        ),
        "length",
    ),
    (re.compile(r"\bhow heavy\b|\bweigh|\bmass\b"), "mass"),
    (re.compile(r"\bangle\b|\bdegrees\b"), "angle"),
    (re.compile(r"\bhow fast\b|\bspeed\b|\bvelocity\b"), "speed"),
    (re.compile(r"\barea\b"), "area"),
    (re.compile(r"\bvolume\b"), "volume"),
)
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_EACH = frozenset(("a", "an", "each", "every", "per"))
_LONG_TIMES = ((("time", 1),), (("months", 1),))
_CLOCK_TIMES = tuple(unit_of(name) for name in ("second", "minute", "hour"))
_LONGEST = 4_000
_NOT_ASKED = frozenset(("is", "are", "does", "did", "do", "was", "of", "the", "will", "can", "in", "at", "as", "all"))


def asked_unit(question: str) -> Unit | None:
    """The unit of a bare number that answers the question; None where the question leaves it open.

    >>> asked_unit("How many hours does it take?") == unit_of("hour"), asked_unit("How long does it take?")
    (True, None)
    >>> asked_unit("She earns $12 an hour. She worked 50 minutes. How much did she earn?") == unit_of("$")
    True
    """
    text = _LATEX.sub(" ", ascii_spelling(question[-_LONGEST:]).lower())
    asking = _asking(text)
    if _PERCENT(asking):
        return PERCENT
    explicit = list(_explicit(asking))
    if explicit:
        return explicit[-1] if len({(u.measures, u.factor) for u in explicit}) == 1 else None
    if re.search(r"\bhow many\b", asking):
        return None
    return _only_one(text, asking)


def asking_part(question: str) -> str:
    """The sentences of a question, in small letters, that ask.

    >>> asking_part("He paid $3 an hour. How much is left?")
    'how much is left?'
    """
    return _asking(_LATEX.sub(" ", ascii_spelling(question[-_LONGEST:]).lower()))


def _asking(text: str) -> str:
    """The sentences that ask; the last one where none has a question mark."""
    sentences = [s for s in _SENTENCE.split(text) if s.strip()]
    asking = [s for s in sentences if s.rstrip().endswith(("?", "\uff1f"))]
    if asking:
        return " ".join(asking)
    wanted = [s for s in sentences if re.search(r"\b(?:find|calculate|compute|what|how|determine|answer)\b", s)]
    return " ".join(wanted or sentences[-1:])


def _explicit(asking: str) -> Iterator[Unit]:
    for match in _MANY.finditer(asking):
        named = match[1] + (match[4] or "")
        yield from _named(f"{match[1]}/{match[3]}" if match[3] else named, named)
    for match in _IN.finditer(asking):
        yield from _named(f"{match[1]}/{match[3]}" if match[3] else match[1], match[1])
    for match in _FOREIGN_MANY.finditer(asking):
        yield from _named(match[1] or match[2])


def _named(*names: str) -> Iterator[Unit]:
    for name in names:
        unit = None if name in _NOT_ASKED else unit_of(name)
        if unit is not None:
            yield unit
            return


def _only_one(text: str, asking: str) -> Unit | None:
    """The only unit of the asked kind in the text: money where it speaks of money and asks for nothing else."""
    measured = list(_measured(text))
    kinds = [names for pattern, names in _KINDS if pattern.search(asking)]
    if kinds:
        fitting = [u for u in (_of_kind(kind, unit) for kind in kinds for unit in measured) if u is not None]
        distinct = {(u.measures, u.factor): u for u in fitting}
        return next(iter(distinct.values())) if len(distinct) == 1 else None
    money = {u.measures: u for u in measured if is_money(u) and u.factor == 1}
    if money:
        return next(iter(money.values())) if len(money) == 1 else None
    distinct = {(u.measures, u.factor): u for u in measured if not is_money(u)}
    return next(iter(distinct.values())) if len(distinct) == 1 and "how much" in asking else None


def _measured(text: str) -> Iterator[Unit]:
    """The units that amounts in the text have; "twice a day" is no amount."""
    for currency in _CURRENCY.finditer(text):
        yield from _named(currency[0].strip())
    for match in _MEASURED.finditer(text):
        name = match[2]
        for unit in _named(name, name.split(" per ")[0], name.split()[0], name.split()[-1]):
            if match[1] not in _EACH or unit.measures not in _LONG_TIMES or unit in _CLOCK_TIMES:
                yield unit


def _of_kind(kind: str, unit: Unit) -> Unit | None:
    """The unit, or its square or cube, where it measures what is asked for."""
    if len(unit.measures) != 1:
        fast = kind == "speed" and {p for _, p in unit.measures} == {1, -1}
        return unit if fast else None
    measure, power = unit.measures[0]
    if kind in ("area", "volume"):
        wanted = 2 if kind == "area" else 3
        if measure == "length" and power in (1, wanted):
            return Unit(((measure, wanted),), unit.factor ** (wanted // power))
        return unit if measure == kind else None
    return unit if measure in kind.split() and power == 1 else None
