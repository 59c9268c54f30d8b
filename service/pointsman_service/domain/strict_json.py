"""JSON that every parser reads: numbers that JSON has no word for (infinities, not a number) are null."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping


def dumps(value: object, indent: int | None = None) -> str:
    """One JSON document of JSON types. Raises TypeError for others.

    >>> dumps({"mean": 0.5, "low": float("-inf"), "each": (float("nan"), 1)})
    '{"mean": 0.5, "low": null, "each": [null, 1]}'
    """
    return json.dumps(finite(value), indent=indent, ensure_ascii=False, allow_nan=False)


def finite(value: object) -> object:
    """The same with None for every number that is not finite.

    >>> finite([1.5, float("inf"), "inf"])
    [1.5, None, 'inf']
    """
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: finite(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [finite(each) for each in value]
    return value
