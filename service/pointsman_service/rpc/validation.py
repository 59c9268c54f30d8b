"""Checks of single fields that gather every violation, so that a caller sees all of them at once.

A reader (`read_query` and its sisters) walks a request once, checks and converts, and raises at the end. Paths are in
the caller's words, as `query.messages[0].content`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pointsman_service.domain.names import MAX_NAME, is_name, is_node_id
from pointsman_service.errors import InvalidRequest
from pointsman_service.rpc.enums import E, Words

MAX_ID = 128
MAX_END_USER = 256
"""Callers often tell an end user by a mail address, which has up to 254 characters."""
MAX_TAGS = 100
MOST = 1e9
"""Tokens or milliseconds that one call can have taken."""
LEAST_BYTES = 32 << 20
"""That a request may have: room for a full batch of corrections of some pages each, in any script."""
DEAREST_USD = 10_000.0
"""That one call can have cost: more is a typing error, and would be learnt from."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a request may hold at most; beyond it, it is refused. text_chars: of all message texts together.

    json_chars: of each JSON field; parts: of one message; part_bytes: of each picture, sound or document; batch:
    feedback items in one call.
    """

    text_chars: int = 200_000
    json_chars: int = 200_000
    messages: int = 2_000
    parts: int = 256
    part_bytes: int = 20 << 20
    tools: int = 256
    models: int = 256
    labels: int = 64
    batch: int = 1_000

    @property
    def request_bytes(self) -> int:
        """Of a request as it comes over the wire, before anything is parsed.

        A character is up to 4 bytes of UTF-8; twice that, so that a text that is only somewhat too long is told by its
        own field. The largest part has room beside the largest text.
        """
        return max(LEAST_BYTES, 8 * (self.text_chars + self.json_chars) + self.part_bytes)


class Violations:
    """What is wrong with a request so far.

    >>> wrong = Violations()
    >>> wrong.between("query.preference.dial", 1.5, 0.0, 1.0)
    >>> wrong.found
    [('query.preference.dial', 'must be between 0 and 1; it is 1.5')]
    """

    __slots__ = ("found",)

    def __init__(self) -> None:
        self.found: list[tuple[str, str]] = []

    def add(self, field: str, why: str) -> None:
        """Note one."""
        self.found.append((field, why))

    def raise_if_any(self) -> None:
        """Raises InvalidRequest with all that was found."""
        if self.found:
            raise InvalidRequest(self.found)

    def between(self, field: str, value: float, low: float, high: float = math.inf) -> None:
        """Low <= value <= high, and finite."""
        if not low <= value <= high or math.isinf(value):
            bounds = (
                f"between {_plain(low)} and {_plain(high)}"
                if math.isfinite(high)
                else f"a finite number of at least {_plain(low)}"
            )
            self.add(field, f"must be {bounds}; it is {_plain(value)}")

    def above_zero(self, field: str, value: float, high: float = math.inf) -> None:
        """0 < value <= high, and finite."""
        if not 0.0 < value <= high or math.isinf(value):
            bound = f" and at most {_plain(high)}" if math.isfinite(high) else ""
            self.add(field, f"must be a finite number above 0{bound}; it is {_plain(value)}")

    def at_most(self, field: str, count: int, limit: int) -> None:
        """No more than `limit` entries."""
        if count > limit:
            self.add(field, f"has {count} entries; at most {limit} are allowed")

    def identifier(self, field: str, value: str, longest: int = MAX_ID) -> str:
        """Not blank, printable, not too long. Returned as it is."""
        if not value or value.isspace():
            self.add(field, "must not be empty")
        elif len(value) > longest:
            self.add(field, f"is {len(value)} characters long; at most {longest} are allowed")
        elif not value.isprintable():
            self.add(field, "must hold printable characters only")
        return value

    def name(self, field: str, value: str) -> str:
        """What a model can be called. Returned as it is."""
        return self._name(field, value, MAX_NAME)

    def tenant(self, field: str, value: str) -> str:
        """What a tenant can be called. Returned as it is."""
        return self._name(field, value, MAX_ID)

    def _name(self, field: str, value: str, longest: int) -> str:
        if not is_name(value) or len(value) > longest:
            self.add(field, f"must be 1 to {longest} letters, digits or ._:/@- and begin with a letter or digit")
        return value

    def node_id(self, field: str, value: str) -> str:
        """What a taxonomy node can be called. Returned as it is."""
        if not is_node_id(value):
            self.add(field, f'must be lower-case words joined by dots, as "maths.proof", at most {MAX_NAME} characters')
        return value

    def choice(self, field: str, words: Words[E], value: int) -> str | None:
        """The word for an enum's value, None for UNSPECIFIED. One that the contract does not name is noted."""
        word = words.word(value)
        if word is None and value != words.unspecified:
            self.add(field, _one_of(words, value))
        return word

    def required_choice(self, field: str, words: Words[E], value: int) -> str:
        """The word for an enum's value, "" where there is none, and that is noted."""
        word = words.word(value)
        if word is None:
            self.add(field, _one_of(words, value))
        return word or ""

    def text(self, field: str, value: str, limit: int) -> str:
        """Not too long. Returned as it is."""
        if len(value) > limit:
            self.add(field, f"is {len(value)} characters long; at most {limit} are allowed")
        return value

    def json_object(self, field: str, value: str, limit: int) -> Mapping[str, Any]:
        """A JSON object, empty where the text is none (and that is noted)."""
        if len(value) > limit:
            self.add(field, f"is {len(value)} characters long; at most {limit} are allowed")
            return {}
        try:
            parsed = json.loads(value, parse_constant=_refuse_constant, parse_float=_finite)
        except (ValueError, RecursionError) as error:
            self.add(field, f"must be a JSON object: {str(error)[:100]}")
            return {}
        if not isinstance(parsed, dict):
            self.add(field, "must be a JSON object, in braces")
            return {}
        return parsed

    def labels(self, field: str, labels: Mapping[str, str], limit: int, longest: int = 1_000) -> dict[str, str]:
        """Free labels: few, with identifiers for keys."""
        self.at_most(field, len(labels), limit)
        for key, value in labels.items():
            self.identifier(f"{field} key", key, MAX_NAME)
            self.text(f'{field}["{key[:MAX_NAME]}"]', value, longest)
        return dict(labels)

    def names(self, field: str, names: Iterable[str], limit: int) -> tuple[str, ...]:
        """A list of names, none of them twice."""
        listed = tuple(names)
        self.at_most(field, len(listed), limit)
        for i, name in enumerate(listed[:limit]):
            self.identifier(f"{field}[{i}]", name, MAX_NAME)
        if len(set(listed)) < len(listed):
            self.add(field, "names the same one twice")
        return listed


def _one_of(words: Words[E], value: int) -> str:
    return f"must be one of {', '.join(words.names)}; it is {value or words.unspecified_name}"


def _plain(number: float) -> str:
    """As people write it: 2147483647, not 2.14748e+09."""
    return f"{number:.0f}" if float(number).is_integer() and abs(number) < 1e15 else f"{number:g}"


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError(f"{digits[:20]} is too large for a number")
    return number
