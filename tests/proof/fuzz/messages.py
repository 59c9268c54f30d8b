"""Messages that nobody means to send: any of a class, and valid ones that went wrong, as messages and as bytes."""

from __future__ import annotations

from google.protobuf.message import DecodeError
from google.protobuf.message_factory import GetMessageClass

from .doors import METHODS
from .values import scalar

DEPTH = 6
MANY = 300
"""Now and then a list is so long: what is quadratic in it shows."""


def any_message(descriptor, rng, ids, depth=0):
    """Any message of this kind, each field given or left out."""
    message = GetMessageClass(descriptor)()
    for field in descriptor.fields:
        if depth < DEPTH and rng.random() < 0.5:
            fill(message, field, rng, ids, depth)
    return message


def fill(message, field, rng, ids, depth=0):
    """Give a field, or give it anew."""
    message.ClearField(field.name)
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        value = field.message_type.fields_by_name["value"]
        for _ in range(_count(rng)):
            key = scalar(field.message_type.fields_by_name["key"], rng, ids)
            if value.message_type is None:
                getattr(message, field.name)[key] = scalar(value, rng, ids)
            else:
                getattr(message, field.name)[key].CopyFrom(any_message(value.message_type, rng, ids, depth + 1))
    elif field.is_repeated and field.message_type is None:
        getattr(message, field.name).extend(scalar(field, rng, ids) for _ in range(_count(rng)))
    elif field.is_repeated:
        one = [any_message(field.message_type, rng, ids, depth + 1) for _ in range(rng.randint(1, 3))]
        getattr(message, field.name).extend(rng.choice(one) for _ in range(_count(rng)))
    elif field.message_type is not None:
        getattr(message, field.name).CopyFrom(any_message(field.message_type, rng, ids, depth + 1))
    else:
        setattr(message, field.name, scalar(field, rng, ids))


def _count(rng):
    return MANY if rng.random() < 0.01 else rng.randint(0, 3)


def gone_wrong(valid, rng, ids):
    """A copy of a valid message with one to three fields, somewhere in it, that are others."""
    message = type(valid)()
    message.CopyFrom(valid)
    for _ in range(rng.randint(1, 3)):
        inner = rng.choice(_within(message))
        field = rng.choice(inner.DESCRIPTOR.fields) if inner.DESCRIPTOR.fields else None
        if field is None:
            continue
        if rng.random() < 0.2:
            inner.ClearField(field.name)
        else:
            fill(inner, field, rng, ids, DEPTH - 2)
    return message


def _within(message):
    """The message and those in it, which can be changed where they stand."""
    found = [message]
    for field, value in message.ListFields():
        if field.message_type is None or field.message_type.GetOptions().map_entry:
            continue
        for inner in value if field.is_repeated else (value,):
            found += _within(inner)
    return found


def damaged(raw, rng):
    """Bytes that were a message: cut, flipped, doubled, spliced, nested, or none at all."""
    raw = bytearray(raw)
    match rng.randrange(7):
        case 0:
            return bytes(raw[: rng.randint(0, len(raw))])
        case 1:
            for _ in range(rng.randint(1, 8)):
                if raw:
                    raw[rng.randrange(len(raw))] ^= 1 << rng.randrange(8)
        case 2:
            return bytes(raw + raw)
        case 3:
            at = rng.randint(0, len(raw))
            raw[at:at] = rng.randbytes(rng.randint(1, 12))
        case 4:
            return rng.randbytes(rng.randint(0, 200))
        case 5:  # each level holds the one before as its field 2
            for _ in range(rng.choice((3, 90, 120))):
                raw = bytearray(b"\x12" + _varint(len(raw)) + raw)
        case 6:  # an unknown field of every wire type, and groups that never end
            raw += rng.choice(
                (b"\xfa\x7f\x03abc", b"\xf8\x7f" + b"\xff" * 9 + b"\x01", b"\xfb\x7f" * 50, b"\xfd\x7fabcd")
            )
    return bytes(raw)


def afresh(path, raw, request_id):
    """The same request under another request_id, where it can have one: else it gets the answer of before."""
    method = METHODS.get(path)
    if method is None or "request_id" not in method.input_type.fields_by_name:
        return raw
    try:
        message = GetMessageClass(method.input_type).FromString(raw)
    except DecodeError:
        return raw
    message.request_id = request_id
    return message.SerializeToString()


def _varint(number):
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes((*out, number))
