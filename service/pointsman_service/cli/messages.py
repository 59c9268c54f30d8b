"""Messages of the contract as JSON types, in one form for every command.

Names are the contract's. Numbers are numbers, 64-bit ones too; what is absent is null; a word of an enum is lower-case
and without its prefix, one that says nothing null; a time is RFC 3339 in UTC; what the contract carries as JSON text
(`params_json`) is the JSON itself, under the name without the ending.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pointsman_service.cli.failures import Misuse

if TYPE_CHECKING:
    from google.protobuf.descriptor import EnumDescriptor, FieldDescriptor
    from google.protobuf.message import Message


def plain(message: Message) -> dict[str, Any]:
    """A message as JSON types.

    >>> from pointsman import v1
    >>> plain(v1.Snapshot(snapshot_version=7))["snapshot_version"]
    7
    """
    return dict(_entry(message, field) for field in message.DESCRIPTOR.fields)


def word_of(enum: EnumDescriptor, number: int) -> str | None:
    """A value of an enum as a word: without its prefix, lower-case; None for 0, which says nothing."""
    if number == 0:
        return None
    value = enum.values_by_number.get(number)
    return str(number) if value is None else value.name.removeprefix(_prefix(enum)).lower()


def value_of(enum: EnumDescriptor, word: str, option: str) -> int:
    """The value of a word. Raises Misuse with the near miss; option: what it was said with."""
    known = {w: v.number for v in enum.values if (w := word_of(enum, v.number))}
    number: int | None = known.get(word.lower().replace("-", "_"))
    if number is None:
        from pointsman_service.domain.near_miss import nearest

        raise Misuse(f"{option} {word}: no such word{nearest(word, list(known))}")
    return number


def _prefix(enum: EnumDescriptor) -> str:
    """`StopReason` has values that begin with `STOP_REASON_`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", enum.name).upper() + "_"


def _entry(message: Any, field: FieldDescriptor) -> tuple[str, Any]:  # noqa: ANN401 - attributes by field
    name, one = field.name, _reader(field)
    if field.type == field.TYPE_STRING and name.endswith("_json"):
        name, one = name.removesuffix("_json"), _parsed
    value = getattr(message, field.name)
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        each = _reader(field.message_type.fields_by_name["value"])
        return name, {str(key): each(value[key]) for key in sorted(value)}
    if field.is_repeated:
        return name, [one(each) for each in value]
    return name, None if field.has_presence and not message.HasField(field.name) else one(value)


def _reader(field: FieldDescriptor) -> Callable[[Any], Any]:
    """How one value of a field is read."""
    if field.enum_type is not None:
        return lambda number: word_of(field.enum_type, number)
    if field.type == field.TYPE_BYTES:
        return lambda data: base64.b64encode(data).decode()
    if field.message_type is None:
        return lambda value: value
    if field.message_type.full_name == "google.protobuf.Timestamp":
        return time_of
    if field.message_type.full_name in {"google.protobuf.Value", "google.protobuf.Struct"}:
        return _json_of
    return plain


def time_of(at: Any) -> str:  # noqa: ANN401 - a protobuf time
    """RFC 3339, in UTC, to the millisecond.

    >>> from google.protobuf.timestamp_pb2 import Timestamp
    >>> time_of(Timestamp(seconds=0, nanos=250_000_000))
    '1970-01-01T00:00:00.250Z'
    """
    whole = datetime.fromtimestamp(at.seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{whole}.{at.nanos // 1_000_000:03d}Z"


def _parsed(text: str) -> Any:  # noqa: ANN401 - whatever JSON it is
    """What a model wrote as JSON may be none: then it is the text."""
    try:
        return json.loads(text)
    except ValueError:
        return text or None


def _json_of(value: Message) -> Any:  # noqa: ANN401 - whatever JSON it is
    from google.protobuf.json_format import MessageToDict

    return whole(MessageToDict(value))


def whole(value: Any) -> Any:  # noqa: ANN401 - whatever JSON it is
    """google.protobuf.Value has no integers: 3.0 was 3, where nothing is lost by saying so."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    if isinstance(value, list):
        return [whole(each) for each in value]
    if isinstance(value, dict):
        return {key: whole(each) for key, each in value.items()}
    return value
