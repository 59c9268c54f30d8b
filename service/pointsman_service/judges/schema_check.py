"""A check of a JSON value against a JSON schema in counted steps: what holds for every keyword.

Schemas come from callers and can be made so that a check takes minutes: references that double at each level, thousands
of items compared with each other. So every step is counted, and a check that takes more than it may is given up.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from urllib.parse import unquote

MOST_STEPS = 25_000
"""A step takes two microseconds, so a check takes some 50 ms at most; answers take some hundreds."""
FEW_STEPS = 2_000
"""On the event loop, which is held for so long: what takes more is checked in another process."""
_FEWER: ContextVar[int | None] = ContextVar("fewer", default=None)
_DEEPEST = 100
_UNREAD = frozenset(
    {"pattern", "patternProperties", "format", "unevaluatedProperties", "unevaluatedItems", "$dynamicRef", "$anchor"}
)


class TooMuch(Exception):  # noqa: N818 - named for the fact
    """The check would take more than it may."""


@contextmanager
def few_steps() -> Iterator[None]:
    """Inside, a check that takes more than FEW_STEPS raises TooMuch to whoever wanted few; it is not given up."""
    token = _FEWER.set(FEW_STEPS)
    try:
        yield
    finally:
        _FEWER.reset(token)


def few_are_wanted() -> bool:
    """Whether this runs within `few_steps`."""
    return _FEWER.get() is not None


class Check:
    """One check. root: the schema that references are looked up in; keywords: how each is checked."""

    def __init__(self, root: Mapping[str, Any], keywords: Mapping[str, Keyword]) -> None:
        self._root, self._keywords = root, keywords
        self._left = _FEWER.get() or MOST_STEPS
        self._sure: bool | None = None

    @property
    def sure(self) -> bool:
        """Whether everything the schema says is read: else what does not fit cannot be negated."""
        if self._sure is None:
            self.spend(size(self._root, self._left + 1))
            self._sure = not any(_UNREAD & each.keys() for each in _objects(self._root))
        return self._sure

    def spend(self, steps: int) -> None:
        """Count steps. Raises TooMuch."""
        self._left -= steps
        if self._left < 0:
            raise TooMuch

    def fits(self, value: object, schema: object, depth: int) -> bool:
        """Whether a value fits a schema within the root. Raises TooMuch."""
        if not isinstance(schema, Mapping):
            self.spend(1)
            return schema is not False
        self.spend(1 + len(schema))
        if depth > _DEEPEST:
            raise TooMuch
        for keyword, told in schema.items():
            fits = self._keywords.get(keyword)
            if fits is not None and not fits(self, value, told, schema, depth + 1):
                return False
        return True

    def target(self, reference: object) -> object:
        """The schema at a reference within the root; one that fits everything where there is none."""
        if not isinstance(reference, str) or not (reference == "#" or reference.startswith("#/")):
            return True
        found: object = self._root
        for part in reference.split("/")[1:]:
            self.spend(1)
            name = unquote(part).replace("~1", "/").replace("~0", "~")
            if isinstance(found, Mapping):
                found = found.get(name, True)
            elif isinstance(found, list) and name.isdecimal() and len(name) < 9 and int(name) < len(found):
                found = found[int(name)]
            else:
                return True
        return found

    def canonical(self, value: object) -> str:
        """The same text for equal values: 1 and 1.0 are equal in JSON, true and 1 are not. Raises TooMuch."""
        self.spend(size(value, self._left + 1))
        return json.dumps(_whole(value), sort_keys=True)


Keyword = Callable[[Check, Any, Any, Mapping[str, Any], int], bool]
"""(check, value, what the keyword says, the schema that it stands in, depth): whether the value fits."""


def size(value: object, most: int) -> int:
    """Values within a value, itself too; counted no further than `most`.

    >>> size({"a": [1, 2]}, 100)
    4
    """
    count, pending = 0, [value]
    while pending and count <= most:
        count += 1
        inner = pending.pop()
        pending += inner if isinstance(inner, list) else inner.values() if isinstance(inner, Mapping) else ()
    return count


def _objects(value: object) -> list[Mapping[str, Any]]:
    found, pending = [], [value]
    while pending:
        inner = pending.pop()
        if isinstance(inner, Mapping):
            found.append(inner)
        pending += inner if isinstance(inner, list) else inner.values() if isinstance(inner, Mapping) else ()
    return found


def _whole(value: object) -> object:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_whole(each) for each in value]
    return {k: _whole(v) for k, v in value.items()} if isinstance(value, Mapping) else value
