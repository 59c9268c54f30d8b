"""Whether a JSON value fits a JSON schema: the keywords that answers are asked with.

Read are types, properties, items, bounds, `enum`, `const`, combinations, conditions and references within the schema.
Not read, and so never found wrong: `pattern` (one can be made to run for minutes), `format`, references to other
places, `unevaluated...`, and whatever makes no sense where it stands.

JSON Schema, draft 2020-12, and `items` as a list of the drafts before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pointsman_service.judges.schema_check import Check, Keyword, TooMuch, few_are_wanted


def matches_schema(value: object, schema: Mapping[str, Any]) -> bool:
    """Whether a value fits; true where the schema is unusable, or takes too long: not the answer's fault.

    Raises TooMuch within `few_steps` alone.

    >>> matches_schema({"age": -1}, {"properties": {"age": {"type": "integer", "minimum": 0}}})
    False
    """
    try:
        return Check(schema, _KEYWORDS).fits(value, schema, 0)
    except TooMuch:
        if few_are_wanted():
            raise
        return True
    except (RecursionError, OverflowError):
        return True


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_TYPES: Mapping[str, Callable[[Any], bool]] = {
    "null": lambda v: v is None,
    "boolean": lambda v: isinstance(v, bool),
    "string": lambda v: isinstance(v, str),
    "number": _is_number,
    "integer": lambda v: _is_number(v) and float(v).is_integer(),
    "array": lambda v: isinstance(v, list),
    "object": lambda v: isinstance(v, Mapping),
}


def _type(_: Check, value: object, told: object, *__: object) -> bool:
    names = told if isinstance(told, list) else [told]
    known = [_TYPES[name] for name in names if isinstance(name, str) and name in _TYPES]
    return len(known) < len(names) or any(is_one(value) for is_one in known)


def _enum(check: Check, value: object, told: object, *_: object) -> bool:
    wanted = check.canonical(value)
    return not isinstance(told, list) or any(check.canonical(each) == wanted for each in told)


def _const(check: Check, value: object, told: object, *_: object) -> bool:
    return check.canonical(value) == check.canonical(told)


def _ref(check: Check, value: object, told: object, _: object, depth: int) -> bool:
    return check.fits(value, check.target(told), depth)


def _all_of(check: Check, value: object, told: object, _: object, depth: int) -> bool:
    return not isinstance(told, list) or all(check.fits(value, each, depth) for each in told)


def _any_of(check: Check, value: object, told: object, _: object, depth: int) -> bool:
    return not isinstance(told, list) or not told or any(check.fits(value, each, depth) for each in told)


def _one_of(check: Check, value: object, told: object, _: object, depth: int) -> bool:
    if not isinstance(told, list) or not told:
        return True
    fitting = sum(check.fits(value, each, depth) for each in told)
    return fitting == 1 or (fitting > 1 and not check.sure)


def _not(check: Check, value: object, told: object, _: object, depth: int) -> bool:
    return not isinstance(told, Mapping | bool) or not check.sure or not check.fits(value, told, depth)


def _if(check: Check, value: object, told: object, schema: Mapping[str, Any], depth: int) -> bool:
    if not check.sure:
        return True
    branch = "then" if check.fits(value, told, depth) else "else"
    return check.fits(value, schema.get(branch, True), depth)


def _properties(check: Check, value: object, told: object, _: object, depth: int) -> bool:
    if not isinstance(value, Mapping) or not isinstance(told, Mapping):
        return True
    check.spend(len(told))
    return all(check.fits(value[name], each, depth) for name, each in told.items() if name in value)


def _additional(check: Check, value: object, told: object, schema: Mapping[str, Any], depth: int) -> bool:
    if not isinstance(value, Mapping) or "patternProperties" in schema:
        return True
    named = schema.get("properties")
    known = named if isinstance(named, Mapping) else {}
    return all(check.fits(each, told, depth) for name, each in value.items() if name not in known)


def _property_names(check: Check, value: object, told: object, _: object, depth: int) -> bool:
    return not isinstance(value, Mapping) or all(check.fits(name, told, depth) for name in value)


def _required(check: Check, value: object, told: object, *_: object) -> bool:
    if not isinstance(value, Mapping) or not isinstance(told, list):
        return True
    check.spend(len(told))
    return all(not isinstance(name, str) or name in value for name in told)


def _dependent_required(check: Check, value: object, told: object, *_: object) -> bool:
    if not isinstance(value, Mapping) or not isinstance(told, Mapping):
        return True
    return all(_required(check, value, names) for name, names in told.items() if name in value)


def _dependent_schemas(check: Check, value: object, told: object, _: object, depth: int) -> bool:
    if not isinstance(value, Mapping) or not isinstance(told, Mapping):
        return True
    return all(check.fits(value, each, depth) for name, each in told.items() if name in value)


def _prefix_items(check: Check, value: object, told: object, _: object, depth: int) -> bool:
    if not isinstance(value, list) or not isinstance(told, list):
        return True
    return all(check.fits(item, each, depth) for item, each in zip(value, told, strict=False))


def _items(check: Check, value: object, told: object, schema: Mapping[str, Any], depth: int) -> bool:
    if isinstance(told, list):
        return _prefix_items(check, value, told, schema, depth)
    if not isinstance(value, list):
        return True
    before = schema.get("prefixItems")
    rest: Sequence[object] = value[len(before) if isinstance(before, list) else 0 :]
    return all(check.fits(item, told, depth) for item in rest)


def _contains(check: Check, value: object, told: object, schema: Mapping[str, Any], depth: int) -> bool:
    if not isinstance(value, list):
        return True
    least: Any = schema.get("minContains", 1)
    most: Any = schema.get("maxContains")
    fitting = sum(check.fits(item, told, depth) for item in value)
    few = _is_number(least) and fitting < least
    return not few and not (_is_number(most) and check.sure and fitting > most)


def _unique(check: Check, value: object, told: object, *_: object) -> bool:
    if told is not True or not isinstance(value, list):
        return True
    return len({check.canonical(item) for item in value}) == len(value)


def _multiple(_: Check, value: Any, told: Any, *__: object) -> bool:  # noqa: ANN401 - JSON
    if not _is_number(value) or not _is_number(told) or told <= 0:
        return True
    if isinstance(value, int) and isinstance(told, int):
        return value % told == 0
    quotient = float(value) / float(told)
    return abs(quotient - round(quotient)) < 1e-9  # 0.3 is a multiple of 0.1, whatever binary fractions say


def _bound(of: type | tuple[type, ...], measure: Any, holds: Any) -> Keyword:  # noqa: ANN401 - small functions
    """A bound on a measure of values of some type: a length, the number itself."""

    def fits(_: Check, value: object, told: object, *__: object) -> bool:
        if not isinstance(value, of) or isinstance(value, bool) or not _is_number(told):
            return True
        return bool(holds(measure(value), told))

    return fits


def _itself(value: object) -> object:
    return value


_NUMBER = (int, float)
_KEYWORDS: Mapping[str, Keyword] = {
    "type": _type,
    "enum": _enum,
    "const": _const,
    "minimum": _bound(_NUMBER, _itself, lambda n, told: n >= told),
    "maximum": _bound(_NUMBER, _itself, lambda n, told: n <= told),
    "exclusiveMinimum": _bound(_NUMBER, _itself, lambda n, told: n > told),
    "exclusiveMaximum": _bound(_NUMBER, _itself, lambda n, told: n < told),
    "multipleOf": _multiple,
    "minLength": _bound(str, len, lambda n, told: n >= told),
    "maxLength": _bound(str, len, lambda n, told: n <= told),
    "minItems": _bound(list, len, lambda n, told: n >= told),
    "maxItems": _bound(list, len, lambda n, told: n <= told),
    "minProperties": _bound(dict, len, lambda n, told: n >= told),
    "maxProperties": _bound(dict, len, lambda n, told: n <= told),
    "required": _required,
    "dependentRequired": _dependent_required,
    "dependentSchemas": _dependent_schemas,
    "properties": _properties,
    "additionalProperties": _additional,
    "propertyNames": _property_names,
    "prefixItems": _prefix_items,
    "items": _items,
    "contains": _contains,
    "uniqueItems": _unique,
    "$ref": _ref,
    "allOf": _all_of,
    "anyOf": _any_of,
    "oneOf": _one_of,
    "not": _not,
    "if": _if,
}
