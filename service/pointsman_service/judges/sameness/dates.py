"""Dates, years with an era, and times of day, however they are written. A date that could be two has no reading."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping

_NAMES = (
    "january jan январь января januar janvier enero gennaio janeiro",
    "february feb февраль февраля februar février febrero febbraio fevereiro",
    "march mar март марта märz mars marzo março",
    "april apr апрель апреля avril abril aprile",
    "may май мая mai mayo maggio maio",
    "june jun июнь июня juni juin junio giugno junho",
    "july jul июль июля juli juillet julio luglio julho",
    "august aug август августа août agosto",
    "september sep sept сентябрь сентября septembre septiembre settembre setembro",
    "october oct октябрь октября oktober octobre octubre ottobre outubro",
    "november nov ноябрь ноября novembre noviembre novembro",
    "december dec декабрь декабря dezember décembre diciembre dicembre dezembro",
)
MONTHS: Mapping[str, int] = {name: n for n, names in enumerate(_NAMES, start=1) for name in names.split()}
_MONTH = r"(?P<month>[^\W\d_]{3,10})\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th|er|º)?\.?"
_YEAR = r"(?P<year>\d{3,4})(?:\s*(?:г\.?|года))?"
_FORMS = tuple(
    re.compile(form)
    for form in (
        rf"{_MONTH}\s+{_DAY}(?:\s*,\s*|\s+){_YEAR}",
        rf"(?:the\s+)?{_DAY}\s*(?:of\s+|de\s+)?{_MONTH}(?:\s*,\s*|\s+(?:de\s+|del\s+)?){_YEAR}",
        rf"{_YEAR}\s*,?\s+{_MONTH}\s+{_DAY}",
        r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})(?:T00:00(?::00)?Z?)?",
        r"(?P<year>\d{4})/(?P<month>\d{1,2})/(?P<day>\d{1,2})",
        r"(?P<year>\d{4})\.(?P<month>\d{1,2})\.(?P<day>\d{1,2})",
        r"(?P<day>\d{1,2})\.\s?(?P<month>\d{1,2})\.\s?(?P<year>\d{4})",
        r"(?P<year>\d{3,4})\s*年\s*(?P<month>\d{1,2})\s*月\s*(?P<day>\d{1,2})\s*[日号]?",
        rf"{_MONTH}\s+{_DAY}",
        rf"(?:the\s+)?{_DAY}\s*(?:of\s+|de\s+)?{_MONTH}",
        r"(?P<month>\d{1,2})\s*月\s*(?P<day>\d{1,2})\s*[日号]",
        rf"{_MONTH}\s*(?:,\s*|of\s+|de\s+)?{_YEAR}",
        r"(?P<year>\d{3,4})\s*年\s*(?P<month>\d{1,2})\s*月",
        r"(?P<year>(?:1\d|20)\d{2})-(?P<month>0[1-9]|1[0-2])",
    )
)
_SLASHED = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})")
_WEEKDAY = re.compile(
    r"^([^\W\d_]+day|[^\W\d_]{3}|sonntag|montag|dienstag|mittwoch|donnerstag|freitag|samstag),?\s+(?=\S)"
)
WEEKDAYS = {name: n for n, name in enumerate(["mon", "tue", "wed", "thu", "fri", "sat", "sun"])}
_ERA = re.compile(
    r"(?:(?P<before>ad|ce|bc|bce)\s+)?(?P<year>\d{1,4})(?:\s*(?P<after>a\.?d\.?|b\.?c\.?(?:e\.?)?|c\.?e\.?))?"
    r"|(?:in |the year |year |im jahr |in the year |en |в )(?P<plain>\d{3,4})(?:\s*(?:году|г\.?))?"
    r"|(?P<written>\d{3,4})\s*(?:年|год|г\.)"
)
_CLOCK = re.compile(
    r"(?:at\s+)?(?P<hour>\d{1,2})(?:(?::|h|\s?uhr\s?|\.(?=\d\d\s*[ap]\.?m))(?P<minute>\d{2}))?(?::(?P<second>\d{2}))?\s*"
    r"(?:o'clock\s*(?=[ap]))?(?P<half>a\.?m\.?|p\.?m\.?|noon|midnight|o'clock|uhr|hours)?\s*(?P<zone>utc|gmt|[ecmp][sd]?t|cet|cest|z)?"
)
_NAMED_CLOCK = {"noon": "c:12:00", "midday": "c:12:00", "midnight": "c:00:00"}
_DECADE = re.compile(r"(?:in |during )?(?:the )?((?:1\d|20)\d0)'?s")
_BEFORE_DATE = re.compile(r"^(?:on|in|at|am|le|el)\s+(?:the\s+)?")
_HOUR_WORDS = {
    word: hour
    for hour, word in enumerate(
        ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"], start=1
    )
}
_PARTS_OF_HOUR = {
    "half": 30, "quarter": 15, "a quarter": 15, "five": 5, "ten": 10, "twenty": 20, "twenty-five": 25,
    "twenty five": 25,
}  # fmt: skip
_PAST = re.compile(
    r"(?:at )?(?P<part>half|(?:a )?quarter|five|ten|twenty(?:[- ]five)?)(?: minutes)? (?P<way>past|after|to|before)"
    r" (?P<hour>[a-z]{3,6})(?: o'clock)?"
)
_LONGEST = 60


def moment_of(text: str) -> str | None:
    """The date or time of day that the whole text is, in one spelling; None where it is none, or could be two.

    >>> moment_of("July 20, 1969") == moment_of("20.07.1969") == moment_of("1969年7月20日") == moment_of("20/07/1969")
    True
    >>> moment_of("3:30 PM") == moment_of("15:30"), moment_of("3:30"), moment_of("1066 BC"), moment_of("03/04/2020")
    (True, 'c?3:30', 'y:-1066', None)
    """
    if len(text) > _LONGEST or not (text[:1].isalnum()):
        return None
    low = " ".join(text.lower().split()).rstrip(",;")
    if not any(c.isdigit() for c in low):
        return _NAMED_CLOCK.get(low) or _clock_in_words(low)
    decade = _DECADE.fullmatch(low)
    if decade:
        return f"y:{decade[1]}s"
    return _date(low) or _date(_BEFORE_DATE.sub("", low)) or _era(low) or _clock(low)


def _clock_in_words(low: str) -> str | None:
    """`half past three`, `quarter to four`, `ten past five`; without a half of the day, as `3:30` is."""
    match = _PAST.fullmatch(low)
    hour = _HOUR_WORDS.get(match["hour"]) if match else None
    if match is None or hour is None:
        return None
    part = _PARTS_OF_HOUR.get(match["part"])
    if part is None:
        return None
    if match["way"] in ("to", "before"):
        hour, part = (hour - 2) % 12 + 1, 60 - part
    return f"c?{hour}:{part:02d}"


def _date(low: str) -> str | None:
    weekday = _WEEKDAY.match(low)
    if weekday and weekday[1][:3] in WEEKDAYS:
        low = low[weekday.end() :]
    else:
        weekday = None
    for form in _FORMS:
        match = form.fullmatch(low) or form.fullmatch(low.rstrip("."))
        parts = match.groupdict() if match else {}
        month = _month(parts.get("month"))
        if month:
            found = _written(parts.get("year"), month, parts.get("day"))
            return found if not weekday or _falls_on(found, weekday[1]) else None
    return _slashed(low)


def _month(name: str | None) -> int | None:
    if name is None:
        return None
    if name.isdigit():
        return int(name) if 1 <= int(name) <= 12 else None
    return MONTHS.get(name)


def _written(year: str | None, month: int, day: str | None) -> str | None:
    if day and not 1 <= int(day) <= 31:
        return None
    return f"d:{int(year) if year else '*'}-{month}-{int(day) if day else '*'}"


def _falls_on(found: str | None, weekday: str) -> bool:
    """Whether a full date is on the weekday that is told with it; a part of a date cannot be checked."""
    parts = (found or "").removeprefix("d:").split("-")
    if len(parts) != 3 or "*" in parts or weekday[:3] not in WEEKDAYS:
        return False
    try:
        return dt.date(*map(int, parts)).weekday() == WEEKDAYS[weekday[:3]]
    except ValueError:
        return False


def _slashed(low: str) -> str | None:
    """Day and month in either order where only one order is a date."""
    match = _SLASHED.fullmatch(low)
    if match is None:
        return None
    one, other = int(match[1]), int(match[2])
    orders = {(one, other), (other, one)}
    days = [(day, month) for day, month in orders if 1 <= month <= 12 and 1 <= day <= 31]
    return _written(match[3], days[0][1], str(days[0][0])) if len(days) == 1 else None


def _era(low: str) -> str | None:
    match = _ERA.fullmatch(low)
    if match is None:
        return None
    era = (match["before"] or match["after"] or "").replace(".", "")
    year = match["year"] or match["plain"] or match["written"]
    if match["year"] and not era:
        return None
    return f"y:-{int(year)}" if era in ("bc", "bce") else f"n:{int(year)}"


def _clock(low: str) -> str | None:
    match = _CLOCK.fullmatch(low)
    if match is None or not (match["minute"] or match["half"]):
        return None
    hour, minute, second = int(match["hour"]), match["minute"] or "00", match["second"]
    half = (match["half"] or "").replace(".", "")
    if half == "hours" and not match["minute"]:
        return None
    if hour > 24 or int(minute) > 59 or (half in ("am", "pm") and not 1 <= hour <= 12):
        return None
    zone = f" {match['zone']}" if match["zone"] else ""
    tail = f":{second}" if second and second != "00" else ""
    if half in ("am", "pm", "noon", "midnight"):
        late = half in ("pm", "noon")
        return f"c:{hour % 12 + (12 if late else 0):02d}:{minute}{tail}{zone}"
    sure = hour > 12 or hour == 0 or match["hour"].startswith("0") or half in ("uhr", "hours")
    return f"c:{hour:02d}:{minute}{tail}{zone}" if sure else f"c?{hour}:{minute}{tail}{zone}"
