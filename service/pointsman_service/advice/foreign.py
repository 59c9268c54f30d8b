"""Values of other programs' logs: each is what it should be, or not told. CSV has numbers and JSON as texts."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pointsman_service.chat.usage import MAX_TOKENS
from pointsman_service.domain.well_formed import well_formed

MOST_USD = 1000.0
"""Of one call: what the service takes at most for a told cost."""
MOST_MS = 1e9
LONGEST_NAME = 200
LONGEST_NUMBER = 40
"""Characters: longer ones are no figures, and Python takes time for them."""
_FROM, _TO = 946_684_800.0, 4_102_444_800.0  # the years 2000 to 2100, in which calls of models lie
_UNITS = (1.0, 1e3, 1e6, 1e9)  # a moment in seconds, milliseconds, microseconds, nanoseconds


class BadText(ValueError):  # noqa: N818 - named for the fact
    """A text that is no JSON. The message never quotes it."""


def parsed(text: str) -> Any:  # noqa: ANN401 - whatever JSON holds
    """A JSON text; numbers that JSON has no word for, and those that no float holds, are None or infinite.

    >>> parsed('{"score": NaN, "tokens": 1e999}')
    {'score': None, 'tokens': inf}
    """
    try:
        return json.loads(text, parse_constant=lambda _: None, parse_int=_whole)
    except json.JSONDecodeError as error:
        raise BadText(f"is not JSON ({error.msg}, column {error.colno})") from error
    except RecursionError as error:
        raise BadText("is nested too deep") from error


def _whole(digits: str) -> int | float:
    return int(digits) if len(digits) <= LONGEST_NUMBER else math.inf


def structure(value: object) -> Any:  # noqa: ANN401
    """The value; of a text that is a JSON object or list, what it says.

    >>> structure('{"a": 1}'), structure("plain"), structure("{cut off")
    ({'a': 1}, 'plain', '{cut off')
    """
    if isinstance(value, str) and value.lstrip()[:1] in {"{", "["}:
        try:
            return parsed(value)
        except BadText:
            return value  # a text that begins with a brace
    return value


def mapping(value: object) -> Mapping[str, Any]:
    """An object, empty for anything else; one that is written in a text counts, too."""
    found = structure(value)
    return found if isinstance(found, Mapping) else {}


def listed(value: object) -> list[Any]:
    """A list, empty for anything else; one that is written in a text counts, too."""
    found = structure(value)
    return found if isinstance(found, list) else []


def name(value: object) -> str:
    """A name of something, "" for what is none."""
    return well_formed(value.strip())[:LONGEST_NAME] if isinstance(value, str) else ""


def first(fields: Mapping[str, Any], *names: str) -> Any:  # noqa: ANN401
    """The first of the fields that is told. An empty text or object tells nothing."""
    return next((v for n in names if (v := fields.get(n)) is not None and v not in ("", {}, [])), None)


def number(value: object) -> float | None:
    """A finite number, also one that is written in a text.

    >>> number("0.5"), number(True), number("x"), number(float("nan")), number(10**400)
    (0.5, None, None, None, None)
    """
    if isinstance(value, str):
        value = value.strip()
        if len(value) > LONGEST_NUMBER:
            return None
    elif isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


class Figures:
    """Reads figures, and remembers which of them cannot be.

    >>> figures = Figures()
    >>> figures.tokens("input_tokens", -3), figures.usd("cost", 0.25), figures.tokens("output_tokens", None)
    (None, 0.25, None)
    >>> figures.odd
    ('input_tokens',)
    """

    def __init__(self) -> None:
        self._odd: dict[str, None] = {}

    @property
    def odd(self) -> tuple[str, ...]:
        """Names of those, each once."""
        return tuple(self._odd)

    def tokens(self, field: str, value: object) -> int | None:
        """A count of tokens of one call."""
        found = self._within(field, value, MAX_TOKENS)
        return None if found is None else int(found)

    def usd(self, field: str, value: object) -> float | None:
        """Dollars of one call."""
        return self._within(field, value, MOST_USD)

    def ms(self, field: str, value: object) -> float | None:
        """Milliseconds."""
        return self._within(field, value, MOST_MS)

    def usage(self, told: Mapping[str, Any], names: tuple[str, ...]) -> Mapping[str, Any]:
        """Counts as they are told, with those of these names that cannot be taken out, at any depth of two."""
        kept: dict[str, Any] = {}
        for key, value in told.items():
            if isinstance(value, Mapping):
                kept[key] = self.usage(value, names)
            elif key not in names or (value := self.tokens(key, value)) is not None:
                kept[key] = value
        return kept

    def _within(self, field: str, value: object, most: float) -> float | None:
        if value is None or value == "":
            return None
        found = number(value)
        if found is None or not 0.0 <= found <= most:
            self._odd[field] = None
            return None
        return found


def moment(value: object) -> float | None:
    """Seconds since the epoch: of a number in whatever unit makes it a moment of this century, or of an ISO time.

    A time without a zone is UTC, as databases write it.

    >>> moment(1_700_000_000), moment("1700000000000"), moment("2023-11-14 22:13:20"), moment(1e300)
    (1700000000.0, 1700000000.0, 1700000000.0, None)
    """
    found = number(value)
    if found is not None:
        return next((found / unit for unit in _UNITS if _FROM <= found / unit <= _TO), None)
    if not isinstance(value, str) or len(value) > LONGEST_NUMBER:
        return None
    try:
        at = datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    seconds = (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
    return seconds if _FROM <= seconds <= _TO else None


def duration_ms(begin: float | None, end: float | None) -> float | None:
    """Between two moments, where both are told and in this order."""
    if begin is None or end is None or not 0.0 <= end - begin <= MOST_MS / 1000:
        return None
    return round((end - begin) * 1000, 3)
