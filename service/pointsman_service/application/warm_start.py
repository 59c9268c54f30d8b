"""Outcomes that are known beforehand, into the log: the learner takes them for a prior."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable, Sequence

import structlog
from pointsman_learner.events import WarmStarted
from pointsman_learner.types import Context, KnownOutcome

from pointsman_service.application.model_registry import ModelRegistry
from pointsman_service.application.query_context import context_of
from pointsman_service.domain import ChatMessage, Question
from pointsman_service.domain.operations import ChangeContext, KnownQuery, WarmStartReceipt
from pointsman_service.ports import Embedder, EventLog

_lines: structlog.stdlib.BoundLogger = structlog.get_logger("pointsman")


class WarmStart:
    """The log gets what a policy may see of each query, never its text."""

    def __init__(self, log: EventLog, embedder: Embedder, models: ModelRegistry, now: Callable[[], float]) -> None:
        self._log = log
        self._embedder = embedder
        self._models = models
        self._now = now

    async def take(self, queries: Sequence[KnownQuery], change: ChangeContext) -> WarmStartReceipt:
        """Append all of them, or nothing; with who tells them, for the audit trail.

        Raises UnknownModel, RequestConflict, LogUnavailable.
        """
        for query in queries:
            for outcome in query.outcomes:
                self._models[outcome.model]  # raises where it is unknown
        known: list[tuple[Context, tuple[KnownOutcome, ...]]] = []
        for query in queries:
            question = Question((ChatMessage("user", query.prompt),))
            known.append((context_of(question, query.hints, self._embedder), query.outcomes))
            await asyncio.sleep(0)  # a long prompt takes milliseconds, and queries to be routed wait for none
        batch = change.request_id or digest_of(queries)
        note = f"for {change.operator}" if change.operator else ""
        told = WarmStarted(batch, self._now(), tuple(known), change.by, change.client, note)
        position, is_new = await self._log.append_warm_start(told)
        if is_new:
            outcomes = sum(len(query.outcomes) for query in queries)
            _lines.info("outcomes told beforehand", by=change.by, queries=len(queries), outcomes=outcomes)
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
