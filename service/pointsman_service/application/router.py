"""RouterService's application: decides, answers, remembers. The log has an episode before its caller hears of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace

import numpy as np
from pointsman_learner.events import OutcomeReported
from pointsman_learner.words import NoModelFits

from pointsman_service.application.answering import Asked, EpisodeWriter, chunks, completed, no_answer
from pointsman_service.application.cascade import Cascade, CascadeTask
from pointsman_service.application.cascade_runner import CascadeRunner
from pointsman_service.application.deadline import Deadline
from pointsman_service.application.idempotency import RequestLocks, check_same, fingerprint
from pointsman_service.application.model_registry import ModelRegistry
from pointsman_service.application.query_context import EpisodeBounds, context_of
from pointsman_service.application.snapshot_watch import SnapshotWatch
from pointsman_service.application.stored_response import routed_again
from pointsman_service.application.tenants import TenantBook
from pointsman_service.domain.requests import (
    AnswerAccepted,
    Caller,
    Completed,
    Outcome,
    OutcomeReceipt,
    Query,
    Routed,
    StreamItem,
)
from pointsman_service.errors import DuplicateRequest, NoModelLeft, PointsmanError
from pointsman_service.ports import CeilingLedger, Embedder, EventLog, Observer, StoredEpisode


@dataclass(frozen=True, slots=True)
class RouterParts:
    """What the router works with. now: seconds since the epoch; new_id: a fresh episode id."""

    log: EventLog
    ledger: CeilingLedger
    embedder: Embedder
    snapshots: SnapshotWatch
    models: ModelRegistry
    tenants: TenantBook
    runner: CascadeRunner
    writer: EpisodeWriter
    observer: Observer
    rng: np.random.Generator
    now: Callable[[], float]
    new_id: Callable[[], str]
    default_deadline_s: float = 120.0
    max_steps: int = 4


class QueryRouter:
    """Implements `rpc.application.Router`."""

    def __init__(self, parts: RouterParts) -> None:
        self._p = parts
        self._locks = RequestLocks()

    def snapshot_version(self) -> int:
        """Version of the snapshot that decides now, 0 for the static policy."""
        return self._p.snapshots.current.version

    async def route(self, query: Query, caller: Caller) -> Routed:
        """Decide only. Raises NoModelLeft, UnknownModel, RequestConflict, LogUnavailable."""
        started = time.perf_counter()
        try:
            if query.request_id is None:
                return await self._route(query, caller, None, started)
            digest = fingerprint("route", query)
            async with self._locks.only_one(caller.tenant, query.request_id):
                stored = await self._stored(query.request_id, caller, digest)
                if stored is not None:
                    return routed_again(stored)
                return await self._route(query, caller, digest, started)
        except PointsmanError as e:
            self._p.observer.refused("route", caller, e, time.perf_counter() - started)
            raise

    async def complete(self, query: Query, caller: Caller) -> Completed:
        """Run the cascade. Raises as `route`, and EveryModelFailed, BudgetExhausted, DeadlineTooShort."""
        async with aclosing(self._items("complete", query, caller, live=False)) as items:
            async for item in items:
                if isinstance(item, Completed):
                    return item
        raise AssertionError("an answer always ends with Completed or an error")

    async def stream_complete(self, query: Query, caller: Caller) -> AsyncGenerator[StreamItem, None]:
        """Trace events and answer chunks as they come; the Completed comes last, once. Raises as `complete`."""
        async with aclosing(self._items("stream_complete", query, caller, live=True)) as items:
            async for item in items:
                yield item

    async def report_outcome(self, outcome: Outcome, caller: Caller) -> OutcomeReceipt:
        """Log what the caller's own call brought.

        Raises UnknownEpisode, EpisodeExpired, UnknownModel, RequestConflict.
        """
        stored = await self._p.log.episode(outcome.episode_id, caller.tenant)
        decision = stored.episode.decision
        name = outcome.model or decision.model
        cost_usd = self._cost_of(outcome, name)
        propensity = next((p.propensity for p in decision.predictions if p.model == name), 0.0)
        event = OutcomeReported(
            episode_id=outcome.episode_id,
            tenant=caller.tenant,
            at=self._p.now(),
            model=name,
            cost_usd=cost_usd,
            latency_ms=outcome.latency_ms,
            input_tokens=outcome.input_tokens,
            output_tokens=outcome.output_tokens,
            cached_input_tokens=outcome.cached_input_tokens,
            reasoning_tokens=outcome.reasoning_tokens,
            verdicts=outcome.verdicts,
            failure_kind=outcome.failure_kind,
            error=outcome.error,
            propensity=propensity or None,
            request_id=outcome.request_id,
        )
        position, recorded = await self._p.log.append_outcome(event)
        return OutcomeReceipt(outcome.episode_id, name, cost_usd, position, recorded)

    async def get_episode(self, episode_id: str, caller: Caller) -> StoredEpisode:
        """Raises UnknownEpisode, also for another tenant's, and EpisodeExpired."""
        return await self._p.log.episode(episode_id, caller.tenant)

    async def _route(self, query: Query, caller: Caller, digest: str | None, started: float) -> Routed:
        asked = Asked(query, caller, digest, self._p.new_id(), self._deadline(caller))
        task = await self._task(asked, live=False)
        try:
            episode = await self._p.writer.routed(asked, task)
        except DuplicateRequest:  # another worker was quicker with the same request_id
            stored = await self._stored(query.request_id or "", caller, digest or "")
            if stored is None:
                raise
            return routed_again(stored)
        self._p.observer.episode("route", caller, episode, time.perf_counter() - started)
        return Routed(episode.episode_id, task.decision)

    async def _items(
        self, method: str, query: Query, caller: Caller, *, live: bool
    ) -> AsyncGenerator[StreamItem, None]:
        """The whole of an answered request; a twin of its request_id waits for it, then repeats it."""
        started = time.perf_counter()
        try:
            if query.request_id is None:
                async with aclosing(self._answer(method, query, caller, None, live=live)) as items:
                    async for item in items:
                        yield item
                return
            digest = fingerprint("complete", query)
            async with self._locks.only_one(caller.tenant, query.request_id):
                stored = await self._stored(query.request_id, caller, digest)
                if stored is not None:
                    for item in self._repeated(stored):
                        yield item
                    return
                async with aclosing(self._answer(method, query, caller, digest, live=live)) as items:
                    async for item in items:
                        yield item
        except PointsmanError as e:
            self._p.observer.refused(method, caller, e, time.perf_counter() - started)
            raise

    async def _answer(
        self, method: str, query: Query, caller: Caller, digest: str | None, *, live: bool
    ) -> AsyncGenerator[StreamItem, None]:
        asked = Asked(query, caller, digest, self._p.new_id(), self._deadline(caller))
        task = await self._task(asked, live=live)
        ceiling = self._p.ledger.ceiling(caller.tenant)
        run = Cascade(replace(task, capped=ceiling is not None and ceiling.usd is not None))
        yield Routed(asked.episode_id, run.task.decision)
        try:
            async with aclosing(self._p.runner.events(run)) as events:
                async for event in events:
                    yield event
        except (asyncio.CancelledError, GeneratorExit):
            # The caller has gone. What was called was paid for, so it is logged and learnt from.
            if run.steps:
                await asyncio.shield(self._p.writer.unanswered(asked, run, "cancelled"))
            raise
        ending = run.ending
        if ending is None or ending.answer is None:
            await self._p.writer.unanswered(asked, run, ending.stop if ending else "failed")
            raise no_answer(run)
        done = completed(asked, run)
        try:
            episode = await self._p.writer.answered(asked, run, done)
        except DuplicateRequest:  # another worker was quicker; its answer is the answer of this request_id
            stored = await self._stored(query.request_id or "", caller, digest or "")
            if stored is None or run.streamed:
                raise
            for item in self._repeated(stored):
                yield item
            return
        self._p.observer.episode(method, caller, episode, asked.deadline.elapsed_ms / 1e3)
        yield AnswerAccepted(done.answer, done.stop, done.believed)
        if not run.streamed:
            for chunk in chunks(done.text):
                yield chunk
        yield done

    def _repeated(self, stored: StoredEpisode) -> list[StreamItem]:
        done = self._p.writer.recent.again(stored)
        accepted = AnswerAccepted(done.answer, done.stop, done.believed)
        return [routed_again(stored), accepted, *chunks(done.text), done]

    async def _stored(self, request_id: str, caller: Caller, digest: str) -> StoredEpisode | None:
        stored = await self._p.log.episode_of_request(caller.tenant, request_id)
        if stored is not None:
            check_same(stored, digest)
        return stored

    async def _task(self, asked: Asked, *, live: bool) -> CascadeTask:
        """Decide. Raises NoModelLeft naming the constraint, UnknownModel."""
        p, query, tenant = self._p, asked.query, asked.caller.tenant
        snapshot = p.snapshots.current
        allowed = p.models.allowed(query.models, snapshot)
        sticky = await p.ledger.session_model(tenant, query.session_id) if query.session_id else None
        bounds = EpisodeBounds(tenant, p.tenants, asked.deadline, p.runner.panel.known, p.max_steps)
        constraints = bounds.constraints(query, allowed, sticky)
        context = context_of(query.question, query.hints, p.embedder)
        try:
            decision = snapshot.decide(context, constraints, p.rng)
        except NoModelFits as e:
            raise NoModelLeft(str(e), constraint=e.constraint) from e
        return CascadeTask(query.question, context, decision, constraints, snapshot, asked.deadline, live)

    def _deadline(self, caller: Caller) -> Deadline:
        seconds = self._p.default_deadline_s if caller.deadline_s is None else caller.deadline_s
        return Deadline.after(seconds, time.monotonic)

    def _cost_of(self, outcome: Outcome, name: str) -> float | None:
        """What the caller says it cost, else its tokens at the prices in force, None where one of them is unknown."""
        model = self._p.models[name]
        if outcome.cost_usd is not None:
            return outcome.cost_usd
        into, out = outcome.input_tokens, outcome.output_tokens
        if into is None or out is None or model.input_usd_per_1m is None or model.output_usd_per_1m is None:
            return None
        return (into * model.input_usd_per_1m + out * model.output_usd_per_1m) / 1e6
