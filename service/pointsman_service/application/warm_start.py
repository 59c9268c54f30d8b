"""Outcomes that are known beforehand, into the log: the learner takes them for a prior."""

from __future__ import annotations

import asyncio
import hashlib
import json
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

    async def take(self, request_id: str | None, queries: Sequence[KnownQuery]) -> WarmStartReceipt:
        """Append all of them, or nothing. Raises UnknownModel, RequestConflict, LogUnavailable."""
        for query in queries:
            for outcome in query.outcomes:
                self._models[outcome.model]  # raises where it is unknown
        known: list[tuple[Context, tuple[KnownOutcome, ...]]] = []
        for query in queries:
            question = Question((ChatMessage("user", query.prompt),))
            known.append((context_of(question, query.hints, self._embedder), query.outcomes))
            await asyncio.sleep(0)  # a long prompt takes milliseconds, and queries to be routed wait for none
        batch = request_id or digest_of(queries)
        position, is_new = await self._log.append_warm_start(WarmStarted(batch, self._now(), tuple(known)))
        return WarmStartReceipt(batch, position, replayed=not is_new)


def digest_of(queries: Sequence[KnownQuery]) -> str:
    """Names a batch by its content, so that the very same batch counts once.

    >>> digest_of([KnownQuery("a", ())]) == digest_of([KnownQuery("a", (), {"task": "code"})])
    False
    """
    said = [[q.prompt, dict(q.hints), [_said(o) for o in q.outcomes]] for q in queries]
    text = json.dumps(said, sort_keys=True)
    return f"batch-{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()[:32]}"


def _said(outcome: KnownOutcome) -> list[object]:
    of_call = [outcome.quality, outcome.weight, outcome.cost_usd, outcome.latency_ms]
    return [outcome.model, *of_call, dict(outcome.scores)]
