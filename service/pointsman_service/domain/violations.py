"""Checks of single fields that gather every violation, so that a caller sees all of them at once.

A reader of a door walks a request once, checks and converts, and raises at the end. Paths are in the caller's words, as
`query.messages[0].content` of gRPC or `messages[0].content` of HTTP.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from pointsman_service.domain.json_bounds import BadJson, parsed_object
from pointsman_service.domain.names import MAX_NAME, is_name, is_node_id
from pointsman_service.domain.request_limits import MAX_COMMENT, MAX_ID
from pointsman_service.errors import Fault, InvalidRequest

MOST_VIOLATIONS = 100


class Violations:
    """What is wrong with a request so far.

    >>> wrong = Violations()
    >>> wrong.between("query.preference.dial", 1.5, 0.0, 1.0)
    False
    >>> wrong.found
    [('query.preference.dial', 'must be between 0 and 1; it is 1.5')]
    """

    __slots__ = ("faults", "found")

    def __init__(self) -> None:
        self.found: list[tuple[str, str]] = []
        self.faults: list[Fault] = []

    def add(self, field: str, why: str, fault: Fault) -> None:
        """Note one. Beyond MOST_VIOLATIONS nobody reads them, and a request can have millions."""
        if len(self.found) < MOST_VIOLATIONS:
            self.found.append((field, why))
            self.faults.append(fault)

    def raise_if_any(self) -> None:
        """Raises InvalidRequest with all that was found."""
        if self.found:
            raise InvalidRequest(self.found, self.faults)

    def between(self, field: str, value: float, low: float, high: float = math.inf) -> bool:
        """Low <= value <= high, and finite: whether it is."""
        holds = low <= value <= high and not math.isinf(value)
        if not holds:
            bounds = (
                f"between {_plain(low)} and {_plain(high)}"
                if math.isfinite(high)
                else f"a finite number of at least {_plain(low)}"
            )
            self.add(field, f"must be {bounds}; it is {_plain(value)}", Fault.OUT_OF_RANGE)
        return holds

    def above_zero(self, field: str, value: float, high: float = math.inf) -> bool:
        """0 < value <= high, and finite: whether it is."""
        holds = 0.0 < value <= high and not math.isinf(value)
        if not holds:
            bound = f" and at most {_plain(high)}" if math.isfinite(high) else ""
            self.add(field, f"must be a finite number above 0{bound}; it is {_plain(value)}", Fault.OUT_OF_RANGE)
        return holds

    def at_most(self, field: str, count: int, limit: int) -> None:
        """No more than `limit` entries."""
        if count > limit:
            self.add(field, f"has {count} entries; at most {limit} are allowed", Fault.TOO_MANY)

    def identifier(self, field: str, value: str, longest: int = MAX_ID) -> str:
        """Not blank, printable, not too long. Returned as it is."""
        if not value or value.isspace():
            self.add(field, "must not be empty", Fault.REQUIRED)
        elif len(value) > longest:
            self.add(field, f"is {len(value)} characters long; at most {longest} are allowed", Fault.TOO_LONG)
        elif not value.isprintable():
            self.add(field, "must hold printable characters only", Fault.MALFORMED)
        return value

    def name(self, field: str, value: str) -> str:
        """What a model can be called. Returned as it is."""
        return self._name(field, value, MAX_NAME)

    def tenant(self, field: str, value: str) -> str:
        """What a tenant can be called. Returned as it is."""
        return self._name(field, value, MAX_ID)

    def _name(self, field: str, value: str, longest: int) -> str:
        if not is_name(value) or len(value) > longest:
            self.add(
                field,
                f"must be 1 to {longest} letters, digits or ._:/@- and begin with a letter or digit",
                Fault.MALFORMED,
            )
        return value

    def node_id(self, field: str, value: str) -> str:
        """What a taxonomy node can be called. Returned as it is."""
        if not is_node_id(value):
            self.add(
                field,
                f'must be lower-case words joined by dots, as "maths.proof", at most {MAX_NAME} characters',
                Fault.MALFORMED,
            )
        return value

    def text(self, field: str, value: str, limit: int) -> str:
        """Not too long. Returned as it is."""
        if len(value) > limit:
            self.add(field, f"is {len(value)} characters long; at most {limit} are allowed", Fault.TOO_LONG)
        return value

    def said(self, field: str, value: str, limit: int, blank: str) -> str:
        """A text that says something and is not too long. blank: why one of blanks is refused. Returned as it is."""
        if not value or value.isspace():
            self.add(field, blank, Fault.REQUIRED)
        return self.text(field, value, limit)

    def comment(self, field: str, value: str) -> str:
        """What a person says beside feedback. Returned as it is."""
        return self.said(field, value, MAX_COMMENT, "must not be blank; leave it out where nothing is said")

    def json_object(self, field: str, value: str, limit: int) -> Mapping[str, Any]:
        """A JSON object, empty where the text is none (and that is noted)."""
        try:
            return parsed_object(value, limit)
        except BadJson as error:
            self.add(field, str(error), Fault.MALFORMED)
            return {}

    def labels(self, field: str, labels: Mapping[str, str], limit: int, longest: int = 1_000) -> dict[str, str]:
        """Free labels: few, with identifiers for keys."""
        self.at_most(field, len(labels), limit)
        kept = dict(islice(labels.items(), limit))
        for key, value in kept.items():
            self.identifier(f"{field} key", key, MAX_NAME)
            self.text(f'{field}["{key[:MAX_NAME]}"]', value, longest)
        return kept

    def names(self, field: str, names: Sequence[str], limit: int) -> tuple[str, ...]:
        """A list of names, none of them twice."""
        self.at_most(field, len(names), limit)
        listed = tuple(names[:limit])
        for i, name in enumerate(listed):
            self.identifier(f"{field}[{i}]", name, MAX_NAME)
        if len(set(listed)) < len(listed):
            self.add(field, "names the same one twice", Fault.REPEATED)
        return listed


def _plain(number: float) -> str:
    """As people write it: 2147483647, not 2.14748e+09."""
    return f"{number:.0f}" if float(number).is_integer() and abs(number) < 1e15 else f"{number:g}"
