"""Client of Pointsman, the self-learning router for large language models.

`Client` and `AsyncClient` speak to a service; `v1` holds every message and enum of the wire contract; what goes wrong
is one of the exceptions below `PointsmanError`.
"""

from pointsman import v1
from pointsman.async_client import AsyncClient
from pointsman.client import Client
from pointsman.errors import (
    BudgetExhausted,
    Conflict,
    DeadlineExceeded,
    FailedPrecondition,
    InvalidRequest,
    NotFound,
    PointsmanError,
    ServiceDefect,
    Unavailable,
)
from pointsman.retry import RetryPolicy

__all__ = [
    "AsyncClient",
    "BudgetExhausted",
    "Client",
    "Conflict",
    "DeadlineExceeded",
    "FailedPrecondition",
    "InvalidRequest",
    "NotFound",
    "PointsmanError",
    "RetryPolicy",
    "ServiceDefect",
    "Unavailable",
    "v1",
]
