"""Client of Pointsman, the self-learning router for large language models.

`Client` and `AsyncClient` speak to a service; `v1` holds every message and enum of the wire contract; what goes wrong
is one of the exceptions below `PointsmanError`.
"""

from pointsman import v1
from pointsman.async_client import AsyncClient
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
    PointsmanError,
    ServiceDefect,
    Unavailable,
    error_of_status,
)
from pointsman.retry import RetryPolicy
from pointsman.stream import AsyncCompletionStream, CompletionStream

__all__ = [
    "Aborted",
    "AsyncClient",
    "AsyncCompletionStream",
    "BudgetExhausted",
    "Client",
    "ClosedClient",
    "CompletionStream",
    "Conflict",
    "DeadlineExceeded",
    "FailedPrecondition",
    "InvalidRequest",
    "NotFound",
    "PointsmanError",
    "RetryPolicy",
    "ServiceDefect",
    "Unavailable",
    "error_of_status",
    "v1",
]
