"""How vectors say what they expect, and what they remember.

An object expects at least its own fields; a list, its elements one by one; other values, equality (numbers of JSON that
came as text, as int64 do, count as numbers). Special objects: {"$absent": true}, {"$any": true} (whatever it is),
{"$gt": x}, {"$lt": x}, {"$close": x} (within a thousandth), {"$len": n}, {"$contains": text or element}, {"$lacks": the
same}, {"$some": what one of the elements is}, {"$none": what none of them is}, {"$one_of": what it is one of}; several
in one object hold together. "${name}" stands for what an earlier step saved, and in a request {"$repeat": [text,
times]} for a long text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

_NAME = re.compile(r"\$\{(\w+)\}")


def filled(value: Any, saved: Mapping[str, Any]) -> Any:
    """The value with what was saved in place of its names; a text that is nothing but a name becomes the thing."""
    if isinstance(value, dict) and "$repeat" in value:
        text, times = value["$repeat"]
        return text * times
    if isinstance(value, dict):
        return {k: filled(v, saved) for k, v in value.items()}
    if isinstance(value, list):
        return [filled(v, saved) for v in value]
    if not isinstance(value, str):
        return value
    whole = _NAME.fullmatch(value)
    return saved[whole[1]] if whole else _NAME.sub(lambda m: str(saved[m[1]]), value)


def at(value: Any, path: str) -> Any:
    """What stands at "a.0.b"; None where nothing does."""
    for part in path.split("."):
        if isinstance(value, list):
            value = value[int(part)] if -len(value) <= int(part) < len(value) else None
        else:
            value = value.get(part) if isinstance(value, dict) else None
    return value


def differences(expected: Any, found: Any, path: str = "") -> list[str]:
    """What is not as expected, in words; empty where all is."""
    if isinstance(expected, dict) and any(k.startswith("$") for k in expected):
        return [f"{path}: {found!r} is not {expected}"] if not _special(expected, found) else []
    if isinstance(expected, dict):
        if not isinstance(found, dict):
            return [f"{path}: {found!r} is no object"]
        return [d for k, v in expected.items() for d in differences(v, found.get(k), f"{path}.{k}")]
    if isinstance(expected, list):
        if not isinstance(found, list) or len(found) != len(expected):
            return [f"{path}: {found!r} has not {len(expected)} elements"]
        return [d for i, v in enumerate(expected) for d in differences(v, found[i], f"{path}.{i}")]
    return [] if _number(expected) == _number(found) else [f"{path}: {found!r} is not {expected!r}"]


def _special(expected: Mapping[str, Any], found: Any) -> bool:
    return all(_KINDS[kind](wanted, found) for kind, wanted in expected.items())


_KINDS: Mapping[str, Callable[[Any, Any], bool]] = {
    "$absent": lambda _, found: found is None,
    "$any": lambda _, found: found is not None,
    "$gt": lambda wanted, found: found is not None and float(found) > wanted,
    "$lt": lambda wanted, found: found is not None and float(found) < wanted,
    "$close": lambda wanted, found: found is not None and abs(float(found) - wanted) <= 1e-3 * abs(wanted),
    "$len": lambda wanted, found: isinstance(found, list) and len(found) == wanted,
    "$contains": lambda wanted, found: found is not None and wanted in found,
    "$some": lambda wanted, found: isinstance(found, list) and any(not differences(wanted, f) for f in found),
    "$lacks": lambda wanted, found: found is not None and wanted not in found,
    "$one_of": lambda wanted, found: any(not differences(w, found) for w in wanted),
    "$none": lambda wanted, found: not isinstance(found, list) or all(differences(wanted, f) for f in found),
}


def _number(value: Any) -> Any:
    if isinstance(value, str) and re.fullmatch(r"-?\d+", value):
        return int(value)
    return value
