"""Arrays of numbers as the log holds them.

A short one, such as a context's surface features, is little-endian float16. A long one, its embedding, is its largest
magnitude (float32) and a signed byte a number, in 126ths of it: half of what float16 takes, at a cosine of 0.9999 or
more. What was read is written as it was read. So a context is made of `logged` arrays: what decides is what is learnt
from, and what a policy is evaluated on later, to the bit.
"""

from __future__ import annotations

import base64

import numpy as np
from numpy.typing import NDArray

LONG = 64
"""Numbers from which on a byte each is enough: many small errors even out."""
_STEPS = 126.0  # of 127 that a byte has: a half and a third of the largest are exact


def packed(x: NDArray[np.float32]) -> str:
    """A float32 array (n,) as text: "h" or "b" for how, then base64.

    >>> packed(np.array([0.5, 1.0], dtype=np.float32))
    'hADgAPA=='
    """
    how, data = ("b", _bytes(x)) if len(x) >= LONG else ("h", x.astype("<f2").tobytes())
    return how + base64.b64encode(data).decode("ascii")


def unpacked(text: str) -> NDArray[np.float32]:
    """Inverse of `packed`, up to its rounding. Raises ValueError where the text is none."""
    try:
        data = base64.b64decode(text[1:], validate=True)
        if text[:1] == "h":
            return np.frombuffer(data, dtype="<f2").astype(np.float32)
        if text[:1] == "b":
            return _numbers(data)
    except ValueError as e:
        raise ValueError(f"not an array: {e}") from e
    raise ValueError(f"not an array: {text[:20]!r}")


def logged(x: NDArray[np.float32]) -> NDArray[np.float32]:
    """The array as it is read back from the log.

    >>> x = np.array([0.1, 0.7], dtype=np.float32)
    >>> bool(np.array_equal(logged(x), unpacked(packed(x))))
    True
    """
    x = np.asarray(x, dtype=np.float32)
    return _numbers(_bytes(x)) if len(x) >= LONG else x.astype(np.float16).astype(np.float32)


def _bytes(x: NDArray[np.float32]) -> bytes:
    largest = np.abs(x).max(initial=np.float32(0.0))
    steps = np.rint(x / largest * _STEPS) if largest else np.zeros_like(x)
    return np.array(largest, dtype="<f4").tobytes() + steps.astype(np.int8).tobytes()


def _numbers(data: bytes) -> NDArray[np.float32]:
    largest = np.frombuffer(data[:4], dtype="<f4")
    return np.asarray(np.frombuffer(data[4:], dtype=np.int8) / _STEPS * largest, dtype=np.float32)
