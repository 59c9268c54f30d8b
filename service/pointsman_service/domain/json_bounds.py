"""JSON texts from outside, read within bounds: characters, nesting, values.

Whatever reads what was parsed recurses: an object 900 deep parses, and would fail much later, as a defect.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from typing import Any

MOST_DEEP = 64
"""Objects and lists within each other. OpenAI takes schemas 10 deep; a formula of a tool's arguments has some 20."""
MOST_VALUES = 20_000
"""Values in one text: OpenAI takes 5,000 properties of a schema, each with a type and a description; some 2 ms."""

LONGEST_INTEGER = 20
"""Characters of a 64-bit integer with its sign."""


class BadJson(ValueError):  # noqa: N818 - named for the fact
    """A text that is no JSON object within bounds; the message says why, as "must be ..."."""


def parsed_object(text: str, most_chars: int) -> Mapping[str, Any]:
    """The object that a text is. Raises BadJson.

    >>> parsed_object('{"a": [1]}', 100)
    {'a': [1]}
    >>> parsed_object('{"a": ' * 70 + "1" + "}" * 70, 1000)
    Traceback (most recent call last):
    pointsman_service.domain.json_bounds.BadJson: is more than 64 objects and lists deep
    """
    if len(text) > most_chars:
        raise BadJson(f"is {len(text)} characters long; at most {most_chars} are allowed")
    try:
        parsed = json.loads(text, parse_constant=_refuse_constant, parse_float=_finite, parse_int=_short)
    except (ValueError, RecursionError) as error:
        raise BadJson(f"must be a JSON object: {str(error)[:100]}") from error
    if not isinstance(parsed, dict):
        raise BadJson("must be a JSON object, in braces")
    # As many values as commas and brackets, and no deeper than brackets: most texts need no walk.
    opened = text.count("{") + text.count("[")
    if opened > MOST_DEEP or opened + text.count(",") > MOST_VALUES:
        _check_size(parsed)
    return parsed


def _check_size(parsed: object) -> None:
    """Walks no further than what is allowed. Raises BadJson."""
    level, count = [parsed], 1
    for _ in range(MOST_DEEP):
        level = [inner for value in level for inner in _within(value)]
        count += len(level)
        if count > MOST_VALUES:
            raise BadJson(f"holds more than {MOST_VALUES} values")
        if not level:
            return
    if any(isinstance(value, dict | list) for value in level):
        raise BadJson(f"is more than {MOST_DEEP} objects and lists deep")


def _within(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError(f"{digits[:20]} is too large for a number")
    return number


def _short(digits: str) -> int:
    # Beyond 64 bits neither the log nor a provider can hold it.
    if len(digits) > LONGEST_INTEGER:
        raise ValueError(f"{digits[:20]} is too large for a number")
    return int(digits)


def wrong_size(value: object, most_chars: int) -> tuple[int, str | None]:
    """The characters of a parsed value, and what is wrong with them: too many, too deep, too many values, no number.

    >>> wrong_size({"a": [1]}, 100)
    (10, None)
    >>> wrong_size({"a": float("nan")}, 100)[1][:32]
    'must be JSON: Out of range float'
    """
    try:
        _check_size(value)
        chars = len(json.dumps(value, ensure_ascii=False, allow_nan=False))
    except BadJson as error:
        return 0, str(error)
    except (ValueError, RecursionError) as error:
        return 0, f"must be JSON: {str(error)[:100]}"
    if _has_long_integers(value):
        return chars, f"holds a whole number of more than {LONGEST_INTEGER} characters"
    return chars, f"is {chars} characters long; at most {most_chars} are allowed" if chars > most_chars else None


def _has_long_integers(value: object) -> bool:
    """Of a value whose depth was checked."""
    if isinstance(value, int):
        return bool(abs(value) >= 10**LONGEST_INTEGER)
    return any(_has_long_integers(inner) for inner in _within(value))
