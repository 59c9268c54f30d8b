"""Arrays and a text in one byte string, without pickle: what a snapshot is stored as."""

from __future__ import annotations

import io
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

FORMAT = 2
"""Changes whenever what a snapshot holds does: one of an older version is refused, not misread."""
DAMAGED = (OSError, LookupError, EOFError, RuntimeError, OverflowError, MemoryError, ValueError,
            struct.error, zlib.error, zipfile.BadZipFile, SyntaxError, tokenize.TokenError)  # fmt: skip
"""The ways in which reading a damaged archive fails; NumPy reads an array's header as Python."""


class OtherFormat(ValueError):  # noqa: N818 - named for the fact
    """Whole, and written by another version: what it holds is not what this one knows."""


def pack(arrays: Mapping[str, NDArray[Any]], facts: str) -> bytes:
    """The same input gives the same bytes.

    >>> arrays, facts = unpack(pack({"a": np.arange(3)}, "{}"))
    >>> arrays["a"].tolist(), facts
    ([0, 1, 2], '{}')
    """
    text = np.frombuffer(facts.encode(), dtype=np.uint8)
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, _format=np.array(FORMAT), _facts=text, **arrays)
    return buffer.getvalue()


def unpack(payload: bytes) -> tuple[dict[str, NDArray[Any]], str]:
    """Inverse of `pack`. Raises ValueError where the payload is none, OtherFormat where it is one of another."""
    try:
        with np.load(io.BytesIO(payload), allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        found, facts = int(arrays.pop("_format")), arrays.pop("_facts").tobytes().decode()
    except (*DAMAGED, TypeError) as e:
        raise ValueError(f"cannot be read: {e!r}") from e
    if found != FORMAT:
        raise OtherFormat(f"format {found} is not {FORMAT}")
    return arrays, facts
