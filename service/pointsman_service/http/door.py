"""This door: its endpoints over one application, behind the border, at one address."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from pointsman_service.application.turnstile import Turnstile
from pointsman_service.domain.health import PartHealth
from pointsman_service.domain.request_limits import Limits
from pointsman_service.http.answers import Answer, json_answer
from pointsman_service.http.border import Border, CallFinished
from pointsman_service.http.chat import ChatCompletions
from pointsman_service.http.dialects import ANTHROPIC, RESPONSES
from pointsman_service.http.embeddings import Embedding, Embeddings
from pointsman_service.http.endpoints import Asked, Endpoint, Endpoints, Feedback, MayUse, Models, Router
from pointsman_service.http.feedback import FeedbackEndpoint
from pointsman_service.http.headers import Access
from pointsman_service.http.messages import Messages
from pointsman_service.http.metrics import MetricsEndpoint
from pointsman_service.http.models import ModelsEndpoint
from pointsman_service.http.openapi import described
from pointsman_service.http.operations import Operations
from pointsman_service.http.responses import Responses
from pointsman_service.http.savings import Estimate, SavingsEndpoint
from pointsman_service.http.server import HttpOptions, HttpServer

SHORT_BYTES = 1 << 20
"""Of a word of feedback: a correction is a text, and no longer than one."""


@dataclass(frozen=True, slots=True)
class HttpParts:
    """What the door is over.

    models: those in force; may_use: of a tenant; health: how each part does now; savings: estimates what was saved.
    deadline_s: for who tells none.
    metrics: Prometheus's text, None where nothing is counted; embedding: None where embeddings are not passed through.
    """

    router: Router
    feedback: Feedback
    models: Models
    may_use: MayUse
    access: Access
    turnstile: Turnstile
    health: Callable[[], Sequence[PartHealth]]
    finished: CallFinished
    limits: Limits
    savings: Estimate
    deadline_s: float = 120.0
    metrics: Callable[[], bytes] | None = None
    embedding: Embedding | None = None
    embedding_models: Sequence[str] = ()


class HttpDoor:
    """`start` once, `stop` once."""

    def __init__(
        self, parts: HttpParts, options: HttpOptions, closes: Sequence[Callable[[], Awaitable[None]]] = ()
    ) -> None:
        """closes: what is closed after the last request."""
        self._closes = closes
        self._operations = Operations(parts.health)
        border = Border(
            endpoints_of(parts, self._operations),
            parts.access,
            parts.turnstile,
            parts.limits,
            parts.finished,
            parts.router.snapshot_version,
            parts.deadline_s,
        )
        self._server = HttpServer(border, options)

    async def start(self) -> int:
        """Listen; the port. Raises ConfigurationError where the address cannot be had."""
        return await self._server.start()

    async def stop(self, drain_s: float = 0.0) -> None:
        """Say that it is not ready, after drain_s take no new connections, let running requests finish."""
        self._operations.stopping = True
        await asyncio.sleep(drain_s)
        await self._server.stop()
        for close in self._closes:
            await close()


def endpoints_of(parts: HttpParts, operations: Operations) -> Endpoints:
    """Every path that is served."""
    over = parts.router, parts.models, parts.limits
    said, models = FeedbackEndpoint(parts.feedback, parts.limits), ModelsEndpoint(parts.models, parts.may_use)
    served = {
        ("POST", "/v1/chat/completions"): Endpoint("http.chat.completions", ChatCompletions(*over)),
        ("POST", "/v1/responses"): Endpoint("http.responses", Responses(*over), dialect=RESPONSES),
        ("POST", "/v1/messages"): Endpoint("http.messages", Messages(*over), dialect=ANTHROPIC),
        ("POST", "/v1/feedback"): Endpoint("http.feedback", said, role="feedback", most_bytes=SHORT_BYTES),
        ("GET", "/v1/savings"): Endpoint("http.savings", SavingsEndpoint(parts.savings), role="admin", reads=False),
        ("GET", "/v1/models"): Endpoint("http.models", models.listed, reads=False),
        ("GET", "/v1/models/"): Endpoint("http.models", models.one, reads=False),
        ("GET", "/healthz"): Endpoint("http.healthz", operations.healthz, role=None, reads=False),
        ("GET", "/readyz"): Endpoint("http.readyz", operations.readyz, role=None, reads=False),
        ("GET", "/metrics"): Endpoint("http.metrics", MetricsEndpoint(parts.metrics), role="admin", reads=False),
    }
    if parts.embedding is not None:
        embeddings = Embeddings(parts.embedding, parts.embedding_models, parts.limits)
        served["POST", "/v1/embeddings"] = Endpoint("http.embeddings", embeddings)
    here = ("GET", "/openapi.json")
    description = described({**{at: endpoint.role for at, endpoint in served.items()}, here: None})

    async def openapi(_asked: Asked) -> Answer:
        return json_answer(description)

    return {**served, here: Endpoint("http.openapi", openapi, role=None, reads=False)}
