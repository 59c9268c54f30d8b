"""Client of Pointsman, the self-learning router for large language models.

`Client` and `AsyncClient` speak to a service; `v1` holds every message and enum of the wire contract; what goes wrong
is one of the exceptions below `PointsmanError`.
"""

from pointsman import v1
from pointsman.answer import AsyncCompletion, Completion
from pointsman.async_batcher import AsyncFeedbackBatcher
from pointsman.async_client import AsyncClient
from pointsman.backlog import BatcherStats
from pointsman.batcher import FeedbackBatcher
from pointsman.client import Client
from pointsman.errors import (
    Aborted,
    BudgetExhausted,
    ClosedClient,
    Conflict,
    DeadlineExceeded,
    FailedPrecondition,
    InvalidRequest,
    NotFound,
    OverLimit,
    PermissionDenied,
    PointsmanError,
    ServiceDefect,
    Unauthenticated,
    Unavailable,
    error_of_status,
)
from pointsman.retry import RetryPolicy
from pointsman.stream import AsyncCompletionStream, CompletionStream

__all__ = [
    "Aborted",
    "AsyncClient",
    "AsyncCompletion",
    "AsyncCompletionStream",
    "AsyncFeedbackBatcher",
    "BatcherStats",
    "BudgetExhausted",
    "Client",
    "ClosedClient",
    "Completion",
    "CompletionStream",
    "Conflict",
    "DeadlineExceeded",
    "FailedPrecondition",
    "FeedbackBatcher",
    "InvalidRequest",
    "NotFound",
    "OverLimit",
    "PermissionDenied",
    "PointsmanError",
    "RetryPolicy",
    "ServiceDefect",
    "Unauthenticated",
    "Unavailable",
    "error_of_status",
    "v1",
]
