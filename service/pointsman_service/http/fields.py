"""Fields of a JSON object, checked where they are given; null is absent, as SDKs send it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pointsman_service.domain.near_miss import nearest
from pointsman_service.domain.request_limits import MAX_ID
from pointsman_service.domain.violations import Violations
from pointsman_service.errors import Fault

_KINDS = {str: "a text", bool: "true or false", dict: "an object", list: "a list", int: "a whole number"}
_NAMES_TOLD = 20


class Fields:
    """One object's. path: of the object in the request, with its dot, "" for the request itself.

    >>> wrong = Violations()
    >>> fields = Fields({"dial": 2, "models": None}, "pointsman.", wrong)
    >>> fields.between("dial", 0.0, 1.0), fields.texts("models")
    (None, None)
    >>> wrong.found
    [('pointsman.dial', 'must be between 0 and 1; it is 2')]
    """

    __slots__ = ("_given", "_seen", "path", "wrong")

    def __init__(self, given: Mapping[str, Any], path: str, wrong: Violations) -> None:
        self._given, self.path, self.wrong = given, path, wrong
        self._seen: set[str] = set()

    def take(self, name: str) -> Any:  # noqa: ANN401 - a JSON value
        """The value as it is, None where there is none."""
        self._seen.add(name)
        return self._given.get(name)

    def has(self, name: str) -> bool:
        """Whether it is given."""
        return self._given.get(name) is not None

    def of(self, name: str, kind: type) -> Any:  # noqa: ANN401 - of the kind
        """The value where it is of the kind; another one is noted, and None."""
        value = self.take(name)
        if value is None or (isinstance(value, kind) and (kind is bool or not isinstance(value, bool))):
            return value
        self.wrong.add(self.path + name, f"must be {_KINDS[kind]}", Fault.MALFORMED)
        return None

    def text(self, name: str, longest: int) -> str | None:
        """A text that is not too long."""
        value: str | None = self.of(name, str)
        return None if value is None else self.wrong.text(self.path + name, value, longest)

    def identifier(self, name: str, longest: int = MAX_ID) -> str | None:
        """A text that is not blank, printable, not too long."""
        value: str | None = self.of(name, str)
        return None if value is None else self.wrong.identifier(self.path + name, value, longest)

    def flag(self, name: str) -> bool | None:
        """True or false."""
        value: bool | None = self.of(name, bool)
        return value

    def mapping(self, name: str) -> Mapping[str, Any] | None:
        """An object."""
        value: Mapping[str, Any] | None = self.of(name, dict)
        return value

    def listed(self, name: str) -> Sequence[Any] | None:
        """A list."""
        value: Sequence[Any] | None = self.of(name, list)
        return value

    def number(self, name: str) -> float | None:
        """A number."""
        value = self.take(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.wrong.add(self.path + name, "must be a number", Fault.MALFORMED)
            return None
        return float(value) if abs(value) < 1e300 else math.inf

    def between(self, name: str, low: float, high: float = math.inf) -> float | None:
        """A number; low <= value <= high, and finite. None for another, too."""
        value = self.number(name)
        return value if value is not None and self.wrong.between(self.path + name, value, low, high) else None

    def above_zero(self, name: str, high: float = math.inf) -> float | None:
        """A number; 0 < value <= high, and finite. None for another, too."""
        value = self.number(name)
        return value if value is not None and self.wrong.above_zero(self.path + name, value, high) else None

    def texts(self, name: str) -> list[str] | None:
        """A list of texts; a text by itself is a list of one."""
        value = self.take(name)
        values = [value] if isinstance(value, str) else value
        if values is None or (isinstance(values, list) and all(isinstance(each, str) for each in values)):
            return values
        self.wrong.add(self.path + name, "must be a list of texts", Fault.MALFORMED)
        return None

    def rest(self) -> dict[str, Any]:
        """What is given and was not taken."""
        return {name: value for name, value in self._given.items() if value is not None and name not in self._seen}

    def refuse_rest(self, known: Iterable[str] = ()) -> None:
        """Note each that was not taken, by its name. known: further names that it may have meant."""
        for name in list(self.rest())[:_NAMES_TOLD]:
            why = f"is not taken here{nearest(name[:200], [*self._seen, *known])}"
            self.wrong.add(f"{self.path}{name[:80]}", why, Fault.NOT_ALLOWED)
