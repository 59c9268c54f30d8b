"""What an endpoint is, and what it is given."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from pointsman_service.domain import ModelConfig
from pointsman_service.domain.identity import Role
from pointsman_service.domain.requests import (
    Caller,
    Completed,
    FeedbackReceipt,
    GivenFeedback,
    GivenSessionOutcome,
    Query,
    SessionReceipt,
    StreamItem,
    StreamMode,
)
from pointsman_service.http.answers import Answer
from pointsman_service.http.body import LARGE_BYTES
from pointsman_service.http.dialects import OPENAI, Dialect
from pointsman_service.http.headers import Headers


class Router(Protocol):
    """What this door asks of the application; `application.router` implements it."""

    async def complete(self, query: Query, caller: Caller) -> Completed:
        """Run the cascade."""

    def stream_complete(self, query: Query, caller: Caller, mode: StreamMode) -> AsyncGenerator[StreamItem, None]:
        """StreamBegun first, the Completed last, once each."""

    def snapshot_version(self) -> int:
        """Version of the snapshot that decides now."""


class Feedback(Protocol):
    """`application.feedback` implements it."""

    async def record(self, feedback: GivenFeedback, caller: Caller) -> FeedbackReceipt:
        """Log it."""

    async def record_session(self, outcome: GivenSessionOutcome, caller: Caller) -> SessionReceipt:
        """Log what came of a session."""


Models = Mapping[str, ModelConfig]
"""Those in force, by name; the application's registry."""
MayUse = Callable[[str], Sequence[str] | None]
"""The models that a tenant's queries may call, None for every enabled one."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request of an admitted caller. body: its JSON, of so many bytes, empty where it has none.

    rest: of the path, "" for none. parameters: of the query string, where the endpoint takes any.
    """

    caller: Caller
    headers: Headers
    body: Mapping[str, Any]
    size: int = 0
    rest: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_long(self) -> bool:
        """Whether reading it would hold the event loop for more than a few milliseconds."""
        return self.size > LARGE_BYTES


@dataclass(frozen=True, slots=True)
class Endpoint:
    """name: as it is counted. role: what its caller needs, None for anybody, whom no limit bounds.

    reads: whether it has a body; most_bytes: of it, None for the service's limit.
    """

    name: str
    answer: Callable[[Asked], Awaitable[Answer]]
    role: Role | None = "call"
    reads: bool = True
    dialect: Dialect = OPENAI
    most_bytes: int | None = None


Endpoints = Mapping[tuple[str, str], Endpoint]
"""By method and path; a path that ends in "/" has a rest."""
