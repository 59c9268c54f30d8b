"""Ids that stay the same over retries: with them, a request has the effect of one however often it is sent."""

from __future__ import annotations

import uuid
from typing import TypeVar

from google.protobuf.message import Message

from pointsman import v1

R = TypeVar("R", bound=Message)

# The service names a batch by what it holds, so that the very same one counts once: an id made up here would undo that.
NAMED_BY_CONTENT = frozenset({"pointsman.v1.WarmStartRequest"})


def new_id() -> str:
    """An id that nobody else has."""
    return uuid.uuid4().hex


def identified(request: R) -> R:
    """A copy, with a new request_id wherever one is missing; the caller's own message stays as it is.

    >>> identified(v1.RouteRequest(request_id="r-1")).request_id
    'r-1'
    >>> len(identified(v1.RouteRequest()).request_id)
    32
    """
    copy: R = type(request)()
    copy.CopyFrom(request)
    for part in copy.requests if isinstance(copy, v1.RecordFeedbackBatchRequest) else (copy,):
        takes_one = "request_id" in part.DESCRIPTOR.fields_by_name
        if takes_one and part.DESCRIPTOR.full_name not in NAMED_BY_CONTENT and not part.HasField("request_id"):
            part.request_id = new_id()
    return copy
