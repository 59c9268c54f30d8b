"""How many fields a serialized message has, before it is parsed: each costs the parser a hundred bytes or more.

A request of 32 MiB can hold sixteen million empty messages, which become more than a gigabyte. So of a large request
the fields are counted first, as they lie in it, and no further than what is allowed.
"""

from __future__ import annotations

from google.protobuf.descriptor import Descriptor, FieldDescriptor

MOST_FIELDS = 30_000
"""In one request: 2,000 messages with 2,000 parts and as many tool calls have 20,000."""
MOST_KNOWN = 500_000
"""In one WarmStart, which an operator sends: 100 queries with 256 outcomes of some judges."""


def fields_of(data: bytes, descriptor: Descriptor, most: int) -> int:
    """Fields at every depth, counted up to `most` + 1; those before the place where the bytes make no sense.

    >>> from pointsman import v1
    >>> request = v1.RouteRequest(query=v1.Query(messages=[v1.ChatMessage(content="hi")] * 3))
    >>> fields_of(request.SerializeToString(), v1.RouteRequest.DESCRIPTOR, 100)
    7
    """
    count, pending = 0, [(0, len(data), descriptor)]
    while pending and count <= most:
        at, end, of = pending.pop()
        inner = _messages_in(of)
        while at < end and count <= most:
            tag, at = _varint(data, at, end)
            count += 1
            match tag & 7:
                case 0:  # a varint
                    _, at = _varint(data, at, end)
                case 1:  # 64 bits
                    at += 8
                case 2:  # a length, and so many bytes
                    length, at = _varint(data, at, end)
                    message = inner.get(tag >> 3)
                    if message is not None and at + length <= end:
                        pending.append((at, at + length, message))
                    at += length
                case 5:  # 32 bits
                    at += 4
                case 3 | 4:  # a group's begin or end, whose fields are counted like all
                    pass
                case _:
                    at = end
    return count


def _messages_in(descriptor: Descriptor) -> dict[int, Descriptor]:
    known = _KNOWN.get(descriptor.full_name)
    if known is None:
        fields = [f for f in descriptor.fields if f.type == FieldDescriptor.TYPE_MESSAGE]
        known = _KNOWN[descriptor.full_name] = {f.number: f.message_type for f in fields}
    return known


_KNOWN: dict[str, dict[int, Descriptor]] = {}
"""By message: the fields that hold messages, by number; as many as the contract has."""


def _varint(data: bytes, at: int, end: int) -> tuple[int, int]:
    """The number that begins there, and where it ends; 0 and the end where it does not."""
    value = shift = 0
    while at < end and shift < 70:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
    return 0, end
