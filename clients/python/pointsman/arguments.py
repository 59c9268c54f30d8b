"""Python values into fields of messages, and what to say where one does not fit."""

from __future__ import annotations

import difflib
import json
import reprlib
from collections.abc import Iterable, Mapping
from numbers import Integral, Real
from typing import Any

import grpc
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from pointsman.errors import InvalidRequest
from pointsman.status_details import StatusDetails

# What a field takes, by its type: in words, and as a class. A bool is no number here, though Python counts it as one.
_TAKES: Mapping[int, tuple[str, type]] = {
    FieldDescriptor.CPPTYPE_DOUBLE: ("a number", Real),
    FieldDescriptor.CPPTYPE_INT32: ("a whole number", Integral),
    FieldDescriptor.CPPTYPE_INT64: ("a whole number", Integral),
    FieldDescriptor.CPPTYPE_BOOL: ("True or False", bool),
    FieldDescriptor.CPPTYPE_STRING: ("a text", str),
}


def invalid(path: str, problem: str) -> InvalidRequest:
    """The error for an argument: its path, and what is wrong with it.

    >>> str(invalid("models[0]", "must be a text, not 3"))
    'INVALID_ARGUMENT: models[0] must be a text, not 3'
    """
    details = StatusDetails(field_violations=((path, problem),))
    return InvalidRequest(grpc.StatusCode.INVALID_ARGUMENT, f"{path} {problem}", details)


def shown(value: object) -> str:
    """A value as a message shows it: never long."""
    return reprlib.repr(value)


def refuse_unknown(where: str, given: Iterable[str], known: Iterable[str]) -> None:
    """Raise InvalidRequest for the first name that is not known, with the name that may have been meant.

    >>> refuse_unknown("complete", ["dail"], ["dial", "models"])
    Traceback (most recent call last):
    pointsman.errors.InvalidRequest: INVALID_ARGUMENT: dail is unknown to complete: did you mean dial?
    """
    known = sorted(known)
    for name in given:
        if name not in known:
            near = difflib.get_close_matches(str(name), known, n=1)
            raise invalid(
                str(name), f"is unknown to {where}: {f'did you mean {near[0]}?' if near else f'it takes {known}'}"
            )


def put(message: Message, field: str, value: object, path: str = "") -> None:
    """Set a field to a plain value. Raises InvalidRequest where it does not fit; path: what the caller calls it."""
    path = path or field
    wanted, kind = _TAKES[message.DESCRIPTOR.fields_by_name[field].cpp_type]
    _check(value, wanted, kind, path)
    try:
        setattr(message, field, value)
    except (ValueError, OverflowError) as wrong:
        raise invalid(path, f"is out of range: {shown(value)}") from wrong


def put_given(message: Message, given: Mapping[str, object], names: Iterable[str]) -> None:
    """Set those of the named fields that are given."""
    for name in names:
        if name in given:
            put(message, name, given[name])


def text(value: object, path: str) -> str:
    """The value, if it is a text that can be sent."""
    _check(value, "a text", str, path)
    return str(value)


def items(values: object, path: str, of: str = "texts") -> list[Any]:
    """The values as a list. A text is none, though Python could walk over its characters; nor is a dict."""
    if isinstance(values, str | bytes | Mapping) or not isinstance(values, Iterable):
        wrapped = f": put it in brackets, [{shown(values)}]" if isinstance(values, str | Mapping) else ""
        raise invalid(path, f"must be a list of {of}, not {shown(values)}{wrapped}")
    return list(values)


def texts(values: object, path: str) -> list[str]:
    """The values as a list of texts."""
    return [text(value, f"{path}[{i}]") for i, value in enumerate(items(values, path))]


def json_of(value: object, path: str) -> str:
    """A dict as JSON."""
    if not isinstance(value, Mapping):
        raise invalid(path, f"must be a dict, not {shown(value)}")
    try:
        return json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as wrong:
        raise invalid(path, f"cannot be written as JSON: {wrong}") from wrong


def _check(value: object, wanted: str, kind: type, path: str) -> None:
    if value is None:
        raise invalid(path, f"is None: leave it out, or give {wanted}")
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise invalid(path, f"must be {wanted}, not {shown(value)}")
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError as wrong:
            problem = f"has half a surrogate pair at {wrong.start}, which cannot be sent"
            raise invalid(path, f"{problem}: replace it, as .encode('utf-8', 'replace').decode() does") from wrong
