"""Outcomes that are known beforehand, into the log: the learner takes them for a prior."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from pointsman_learner.events import WarmStarted
from pointsman_learner.words import Context, KnownOutcome

from pointsman_service.application.model_registry import ModelRegistry
from pointsman_service.application.query_context import context_of
from pointsman_service.domain import ChatMessage, Question
from pointsman_service.domain.operations import KnownQuery, WarmStartReceipt
from pointsman_service.ports import Embedder, EventLog


class WarmStart:
    """The log gets what a policy may see of each query, never its text."""

    def __init__(self, log: EventLog, embedder: Embedder, models: ModelRegistry, now: Callable[[], float]) -> None:
        self._log = log
        self._embedder = embedder
        self._models = models
        self._now = now

    async def take(self, request_id: str, queries: Sequence[KnownQuery]) -> WarmStartReceipt:
        """Append all of them, or nothing. Raises UnknownModel, LogUnavailable."""
        for query in queries:
            for outcome in query.outcomes:
                self._models[outcome.model]  # raises where it is unknown
        known: list[tuple[Context, tuple[KnownOutcome, ...]]] = []
        for query in queries:
            question = Question((ChatMessage("user", query.prompt),))
            known.append((context_of(question, query.hints, self._embedder), query.outcomes))
            await asyncio.sleep(0)  # a long prompt takes milliseconds, and queries to be routed wait for none
        position, recorded = await self._log.append_warm_start(WarmStarted(request_id, self._now(), tuple(known)))
        return WarmStartReceipt(position, recorded)
