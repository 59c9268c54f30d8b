"""Arrays and JSON in one byte string, without pickle: what a snapshot is stored as."""

from __future__ import annotations

import io
import json
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

FORMAT = 3
"""Changes whenever what a snapshot holds does: one of an older version is refused, not misread."""
DAMAGED = (OSError, LookupError, EOFError, RuntimeError, OverflowError, MemoryError, ValueError,
            struct.error, zlib.error, zipfile.BadZipFile, SyntaxError, tokenize.TokenError)  # fmt: skip
"""The ways in which reading a damaged archive fails; NumPy reads an array's header as Python."""


def pack(arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any]) -> bytes:
    """The same input gives the same bytes.

    >>> arrays, meta = unpack(pack({"a": np.arange(3)}, {"b": 1}))
    >>> arrays["a"].tolist(), meta["b"]
    ([0, 1, 2], 1)
    """
    text = json.dumps({**meta, "format": FORMAT}, sort_keys=True, separators=(",", ":")).encode()
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, _meta=np.frombuffer(text, dtype=np.uint8), **arrays)
    return buffer.getvalue()


def unpack(payload: bytes) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """Inverse of `pack`. Raises ValueError where the payload is none, or of another format."""
    try:
        with np.load(io.BytesIO(payload), allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        meta = json.loads(arrays.pop("_meta").tobytes())
    except DAMAGED as e:
        raise ValueError(f"cannot be read: {e!r}") from e
    if not isinstance(meta, dict) or meta.get("format") != FORMAT:
        raise ValueError(f"format {meta.get('format') if isinstance(meta, dict) else meta!r} is not {FORMAT}")
    return arrays, meta
