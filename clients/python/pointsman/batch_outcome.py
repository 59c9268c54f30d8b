"""What becomes of the items of a batch by what the service answered: acknowledged, refused, or sent again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import grpc

from pointsman import v1
from pointsman.backlog import Item
from pointsman.errors import (
    DeadlineExceeded,
    InvalidRequest,
    OverLimit,
    PointsmanError,
    Unavailable,
    error_of_status,
)

_BROKEN = frozenset(
    {
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.CANCELLED,
        grpc.StatusCode.UNKNOWN,
        grpc.StatusCode.INTERNAL,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
    }
)
"""Codes that, without a reason of the service, are a proxy's or a connection's: nobody knows what came of the request,
and asking again under the same ids costs nothing."""


@dataclass(frozen=True, slots=True)
class BatchOutcome:
    """again: items to send again, in order. wait_s: not before so many seconds, 0 where the service did not say.

    halved: the next batch should be half as long, since something in this one is wrong, or it is too large. failed:
    nothing of the batch came through, so it is time to wait longer.
    """

    acknowledged: Sequence[Item] = ()
    refused: Sequence[tuple[Item, PointsmanError]] = ()
    again: Sequence[Item] = ()
    wait_s: float = 0.0
    halved: bool = False
    failed: bool = False


@dataclass(slots=True)
class _Sorted:
    acknowledged: list[Item] = field(default_factory=list)
    refused: list[tuple[Item, PointsmanError]] = field(default_factory=list)
    again: list[Item] = field(default_factory=list)
    wait_s: float = 0.0


def is_passing(error: PointsmanError) -> bool:
    """Whether the same may be taken later.

    >>> from pointsman.status_details import StatusDetails
    >>> is_passing(Unavailable(grpc.StatusCode.UNAVAILABLE, "")), is_passing(InvalidRequest(grpc.StatusCode.OK, ""))
    (True, False)
    >>> spent = StatusDetails("OVER_LIMIT")  # Without a time to wait, waiting is no use.
    >>> is_passing(OverLimit(grpc.StatusCode.RESOURCE_EXHAUSTED, "", spent))
    False
    """
    if isinstance(error, OverLimit):
        return error.retry_after_s is not None
    if isinstance(error, Unavailable | DeadlineExceeded):
        return True
    return not error.reason and error.code in _BROKEN


def of_results(batch: Sequence[Item], results: Sequence[v1.FeedbackResult]) -> BatchOutcome:
    """Item by item, as the service told them."""
    done = _Sorted()
    for item, result in zip(batch, results, strict=False):
        if not result.HasField("error"):
            done.acknowledged.append(item)
            continue
        error = error_of_status(result.error)
        if is_passing(error):
            done.again.append(item)
            done.wait_s = max(done.wait_s, error.retry_after_s or 0.0)
        else:
            done.refused.append((item, error))
    # Fewer results than items would leave some without an answer.
    done.again += batch[len(results) :]
    return BatchOutcome(done.acknowledged, done.refused, done.again, done.wait_s, failed=len(done.again) == len(batch))


def of_failure(batch: Sequence[Item], error: PointsmanError) -> BatchOutcome:
    """Of a batch that came to nothing: again where that may pass, by halves where one item may be at fault."""
    if is_passing(error):
        return BatchOutcome(again=batch, wait_s=error.retry_after_s or 0.0, failed=True)
    if isinstance(error, InvalidRequest) and len(batch) > 1:
        return BatchOutcome(again=batch, halved=True)
    return BatchOutcome(refused=[(item, error) for item in batch])
