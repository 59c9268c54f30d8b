"""The google.rpc details of a failed call, read without a dependency on googleapis-common-protos.

The four messages are declared in a descriptor pool of their own, so they clash with nobody's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from google.protobuf import descriptor_pool, message_factory
from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto
from google.protobuf.message import DecodeError

DETAILS_KEY = "grpc-status-details-bin"

_STRING, _BYTES = FieldDescriptorProto.TYPE_STRING, FieldDescriptorProto.TYPE_BYTES
_INT32, _INT64 = FieldDescriptorProto.TYPE_INT32, FieldDescriptorProto.TYPE_INT64
# name: (number, scalar type, or message name; a list of one of them is repeated)
_MESSAGES: Mapping[str, Mapping[str, tuple[int, Any]]] = {
    "Any": {"type_url": (1, _STRING), "value": (2, _BYTES)},
    "Status": {"code": (1, _INT32), "message": (2, _STRING), "details": (3, ["Any"])},
    "Entry": {"key": (1, _STRING), "value": (2, _STRING)},
    "ErrorInfo": {"reason": (1, _STRING), "domain": (2, _STRING), "metadata": (3, ["Entry"])},
    "FieldViolation": {"field": (1, _STRING), "description": (2, _STRING)},
    "BadRequest": {"field_violations": (1, ["FieldViolation"])},
    "Duration": {"seconds": (1, _INT64), "nanos": (2, _INT32)},
    "RetryInfo": {"retry_delay": (1, "Duration")},
}


@dataclass(frozen=True, slots=True)
class StatusDetails:
    """What a service says of a failed call beyond its code.

    reason: of ErrorReason, without its prefix, "" where there is none; metadata: what it was about;
    field_violations: (path, what is wrong); retry_after_s: seconds to wait, None where waiting is no use.
    """

    reason: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    field_violations: tuple[tuple[str, str], ...] = ()
    retry_after_s: float | None = None


def status_details(trailing_metadata: Iterable[tuple[str, str | bytes]] | None) -> StatusDetails:
    """The details in the metadata; empty where there are none, or where they cannot be read."""
    for key, value in trailing_metadata or ():
        if key == DETAILS_KEY:
            try:
                return _read(value)
            except DecodeError:
                # A proxy may have put its own there; the status code still tells.
                return StatusDetails()
    return StatusDetails()


def _read(serialised: str | bytes) -> StatusDetails:
    reason, metadata, violations, retry_after_s = "", {}, [], None
    for packed in _CLASSES["Status"].FromString(serialised).details:
        match packed.type_url.rpartition("/")[2]:
            case "google.rpc.ErrorInfo":
                info = _CLASSES["ErrorInfo"].FromString(packed.value)
                reason, metadata = info.reason, {entry.key: entry.value for entry in info.metadata}
            case "google.rpc.BadRequest":
                bad = _CLASSES["BadRequest"].FromString(packed.value)
                violations = [(v.field, v.description) for v in bad.field_violations]
            case "google.rpc.RetryInfo":
                delay = _CLASSES["RetryInfo"].FromString(packed.value).retry_delay
                retry_after_s = delay.seconds + delay.nanos / 1e9
    return StatusDetails(reason, metadata, tuple(violations), retry_after_s)


def _classes() -> dict[str, Any]:
    file = FileDescriptorProto(name="status_details.proto", package="pointsman.details", syntax="proto3")
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for field_name, (number, kind) in fields.items():
            message.field.add(name=field_name, number=number, **_kind(kind))
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"pointsman.details.{name}"))
        for name in _MESSAGES
    }


def _kind(kind: Any) -> dict[str, Any]:  # noqa: ANN401 - a scalar type, a message name, or a list of one
    repeated, of = isinstance(kind, list), kind[0] if isinstance(kind, list) else kind
    label = FieldDescriptorProto.LABEL_REPEATED if repeated else FieldDescriptorProto.LABEL_OPTIONAL
    if isinstance(of, str):
        return {"label": label, "type": FieldDescriptorProto.TYPE_MESSAGE, "type_name": f".pointsman.details.{of}"}
    return {"label": label, "type": of}


_CLASSES = _classes()
