"""Arrays and a text in one byte string, without pickle: what a snapshot is stored as.

A checksum and a head, as JSON, that says what there is; each array's numbers follow as they lie in memory,
little-endian, from a multiple of 64 bytes on. So reading copies nothing: what is read is the bytes themselves, and
cannot be written to.
"""

from __future__ import annotations

import io
import math
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from msgspec import DecodeError, Struct
from msgspec.json import Decoder, encode
from numpy.typing import NDArray

FORMAT = 2
"""Changes whenever what a snapshot holds does: one of an older version is refused, not misread."""
MAGIC = b"pointsman arrays"
_ARCHIVE = b"PK"  # what releases until 0.2.0 wrote: NumPy's archive, which takes ten times as long to read
_BEGIN = struct.Struct(f"<{len(MAGIC)}sII")
"""What follows MAGIC: the checksum (CRC-32) of all after it and the head's length."""
_ALIGNED, _DIMENSIONS = 64, 8
_TYPES = frozenset({"<f8", "<f4", "<i8", "|u1", "|b1"})
DAMAGED = (OSError, LookupError, EOFError, RuntimeError, OverflowError, MemoryError, ValueError,
            struct.error, zlib.error, zipfile.BadZipFile, SyntaxError, tokenize.TokenError)  # fmt: skip
"""The ways in which reading a damaged archive fails; NumPy reads an array's header as Python."""


class OtherFormat(ValueError):  # noqa: N818 - named for the fact
    """Whole, and written by another version: what it holds is not what this one knows."""


class _Head(Struct, frozen=True):
    """arrays: name, type and shape of each, in the order in which they follow."""

    format: int
    facts: str
    arrays: tuple[tuple[str, str, tuple[int, ...]], ...]


_HEADS = Decoder(_Head)


def pack(arrays: Mapping[str, NDArray[Any]], facts: str) -> bytes:
    """The same input gives the same bytes. Raises ValueError for an array of another type than `_TYPES`.

    >>> arrays, facts = unpack(pack({"a": np.arange(3)}, "{}"))
    >>> arrays["a"].tolist(), facts
    ([0, 1, 2], '{}')
    """
    told = {name: np.ascontiguousarray(array, array.dtype.newbyteorder("<")) for name, array in arrays.items()}
    if other := {name: array.dtype.str for name, array in told.items() if array.dtype.str not in _TYPES}:
        raise ValueError(f"cannot be written: {other}")
    listed = tuple((name, array.dtype.str, arrays[name].shape) for name, array in told.items())
    head = encode(_Head(FORMAT, facts, listed))
    parts, at = [head], _BEGIN.size + len(head)
    for array in told.values():
        parts += [bytes(-at % _ALIGNED), array.tobytes()]
        at += -at % _ALIGNED + array.nbytes
    rest = b"".join(parts)
    return _BEGIN.pack(MAGIC, zlib.crc32(rest), len(head)) + rest


def unpack(payload: bytes) -> tuple[dict[str, NDArray[Any]], str]:
    """Inverse of `pack`, of arrays that share the payload's memory.

    Raises ValueError where the payload is none, OtherFormat where it is one of another.
    """
    if payload.startswith(_ARCHIVE):
        return _of_archive(payload)
    try:
        head, at = _head(payload)
        arrays = {}
        for name, kind, shape in head.arrays if head.format == FORMAT else ():
            at += -at % _ALIGNED
            arrays[name] = _array(payload, at, kind, shape)
            at += arrays[name].nbytes
    except (struct.error, DecodeError, ValueError, OverflowError, MemoryError, RecursionError) as e:
        raise ValueError(f"cannot be read: {e!r}") from e
    return _of_this_format(head.format, arrays, head.facts)


def _head(payload: bytes) -> tuple[_Head, int]:
    """The head, and where it ends."""
    magic, checksum, length = _BEGIN.unpack_from(payload)
    if magic != MAGIC:
        raise ValueError("it does not begin as one does")
    if checksum != zlib.crc32(memoryview(payload)[_BEGIN.size :]):
        raise ValueError("its checksum is another")
    end = _BEGIN.size + length
    return _HEADS.decode(payload[_BEGIN.size : end]), end


def _array(payload: bytes, at: int, kind: str, shape: tuple[int, ...]) -> NDArray[Any]:
    """The array that stands there."""
    if kind not in _TYPES or len(shape) > _DIMENSIONS or min(shape, default=0) < 0:
        raise ValueError(f"an array of {kind} {shape[:_DIMENSIONS]}")
    count = math.prod(shape)
    return np.frombuffer(payload, kind, count, at).reshape(shape) if count else np.zeros(shape, kind)


def _of_archive(payload: bytes) -> tuple[dict[str, NDArray[Any]], str]:
    """As releases until 0.2.0 wrote it."""
    try:
        with np.load(io.BytesIO(payload), allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        found, facts = int(arrays.pop("_format")), arrays.pop("_facts").tobytes().decode()
    except (*DAMAGED, TypeError) as e:
        raise ValueError(f"cannot be read: {e!r}") from e
    return _of_this_format(found, arrays, facts)


def _of_this_format(found: int, arrays: dict[str, NDArray[Any]], facts: str) -> tuple[dict[str, NDArray[Any]], str]:
    if found != FORMAT:
        raise OtherFormat(f"format {found} is not {FORMAT}")
    return arrays, facts
