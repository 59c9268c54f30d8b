"""The caller's span, as W3C Trace Context puts it into `traceparent` and `tracestate`.

https://www.w3.org/TR/trace-context/. What is malformed is ignored, as the recommendation wants: the request is answered
and starts a trace of its own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

LONGEST_STATE = 512  # characters that everybody must pass on; longer ones may be dropped
_PARENT = re.compile(r"(?P<version>[0-9a-f]{2})-(?P<trace>[0-9a-f]{32})-(?P<span>[0-9a-f]{16})-(?P<flags>[0-9a-f]{2})")
_SAMPLED = 0x01


@dataclass(frozen=True, slots=True)
class TraceContext:
    """The span within which a call was made.

    trace_id: 128 bits, span_id: 64 bits, both not 0. sampled: the caller records it. state: opaque, as it came.
    """

    trace_id: int
    span_id: int
    sampled: bool
    state: str = ""


def trace_context(parents: Sequence[str], states: Sequence[str] = ()) -> TraceContext | None:
    """The caller's span by its headers, each as often as it came. None without exactly one well-formed `traceparent`.

    A version that is not known yet may carry more after the flags; version ff is none.

    >>> parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    >>> trace_context([parent], ["vendor=1"]).sampled
    True
    >>> trace_context(["00-not-a-parent"])
    """
    if len(parents) != 1:
        return None
    parent = parents[0].strip()
    found = _PARENT.match(parent)
    if found is None or found["version"] == "ff":
        return None
    rest = parent[found.end() :]
    trace_id, span_id = int(found["trace"], 16), int(found["span"], 16)
    if (rest and (found["version"] == "00" or rest[0] != "-")) or not trace_id or not span_id:
        return None
    state = ",".join(states)
    sampled = bool(int(found["flags"], 16) & _SAMPLED)
    return TraceContext(trace_id, span_id, sampled, state if len(state) <= LONGEST_STATE else "")
