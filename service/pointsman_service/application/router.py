"""RouterService's application: decides, answers, remembers. The log has an episode before its caller hears of it."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass

from pointsman_service.application.answer_stream import AnswerStream
from pointsman_service.application.answering import Asked, EpisodeWriter
from pointsman_service.application.deadline import Deadline
from pointsman_service.application.deciding import Decider
from pointsman_service.application.explaining import Explainer
from pointsman_service.application.idempotency import RequestLocks, check_same, fingerprint_apart
from pointsman_service.application.outcomes import OutcomeTaker
from pointsman_service.application.shown import Told, whole
from pointsman_service.application.stored_response import routed_again
from pointsman_service.domain.requests import (
    AnswerAccepted,
    Caller,
    Completed,
    Outcome,
    OutcomeReceipt,
    Query,
    Routed,
    StreamBegun,
    StreamItem,
    StreamMode,
)
from pointsman_service.errors import DuplicateRequest, PointsmanError
from pointsman_service.ports import EventLog, Explanation, Observer, StoredEpisode


@dataclass(frozen=True, slots=True)
class RouterParts:
    """What the router works with. new_id: a fresh episode id; default_deadline_s: where the caller has none."""

    log: EventLog
    decider: Decider
    answers: AnswerStream
    writer: EpisodeWriter
    outcomes: OutcomeTaker
    explainer: Explainer
    observer: Observer
    new_id: Callable[[], str]
    default_deadline_s: float = 120.0


class QueryRouter:
    """Implements `rpc.application.Router`."""

    def __init__(self, parts: RouterParts) -> None:
        self._p = parts
        self._locks = RequestLocks()

    async def close(self) -> None:
        """Write what could not be written so far, before the log closes."""
        await self._p.answers.unlogged.close()

    def snapshot_version(self) -> int:
        """Version of the snapshot that decides now, 0 for the static policy."""
        return self._p.decider.snapshots.current.version

    async def route(self, query: Query, caller: Caller) -> Routed:
        """Decide only. Raises NoModelLeft, UnknownModel, TenantDisabled, RequestConflict, LogUnavailable."""
        started = time.monotonic()
        try:
            if query.request_id is None:
                return await self._route(query, caller, None, started)
            digest = await fingerprint_apart("route", query)
            async with self._locks.only_one(caller.tenant, query.request_id):
                stored = await self._stored(query.request_id, caller, digest)
                if stored is not None:
                    return routed_again(stored)
                return await self._route(query, caller, digest, started)
        except PointsmanError as e:
            self._p.observer.refused("route", caller, e, time.monotonic() - started)
            raise

    async def complete(self, query: Query, caller: Caller) -> Completed:
        """Run the cascade. Raises as `route`, and EveryModelFailed, BudgetExhausted, DeadlineTooShort."""
        async with aclosing(self._items("complete", query, caller, None)) as items:
            async for item in items:
                if isinstance(item, Completed):
                    return item
        raise AssertionError("an answer always ends with Completed or an error")

    async def stream_complete(
        self, query: Query, caller: Caller, mode: StreamMode = "settled"
    ) -> AsyncGenerator[StreamItem, None]:
        """StreamBegun first, the Completed last, once each; between them what happens. Raises as `complete`."""
        async with aclosing(self._items("stream_complete", query, caller, mode)) as items:
            async for item in items:
                yield item

    async def report_outcome(self, outcome: Outcome, caller: Caller) -> OutcomeReceipt:
        """Log what the caller's own call brought.

        Raises UnknownEpisode, EpisodeExpired, UnknownModel, RequestConflict, InvalidRequest for an episode that was
        answered here.
        """
        return await self._p.outcomes.report(outcome, caller)

    async def get_episode(self, episode_id: str, caller: Caller) -> StoredEpisode:
        """Raises UnknownEpisode, also for another tenant's, and EpisodeExpired."""
        return await self._p.log.episode(episode_id, caller.tenant)

    async def explain_episode(self, episode_id: str, caller: Caller) -> Explanation:
        """Why it went as it did. Raises as `get_episode`."""
        return await self._p.explainer.explain(await self.get_episode(episode_id, caller))

    async def _route(self, query: Query, caller: Caller, digest: str | None, started: float) -> Routed:
        asked = self._asked(query, caller, digest, started)
        task = await self._p.decider.decide(asked, routed=True)
        try:
            episode = await self._p.writer.routed(asked, task)
        except DuplicateRequest:  # another worker was quicker with the same request_id
            return routed_again(await self._quicker(asked))
        self._p.observer.episode("route", caller, episode, time.monotonic() - started)
        return Routed(episode.episode_id, task.decision)

    async def _items(
        self, method: str, query: Query, caller: Caller, mode: StreamMode | None
    ) -> AsyncGenerator[StreamItem, None]:
        """The whole of an answered request; a twin of its request_id waits for it, then repeats it."""
        started = time.monotonic()
        try:
            if query.request_id is None:
                async with aclosing(self._answer(method, self._asked(query, caller, None, started), mode)) as items:
                    async for item in items:
                        yield item
                return
            digest = await fingerprint_apart("complete", query)
            async with self._locks.only_one(caller.tenant, query.request_id):
                stored = await self._stored(query.request_id, caller, digest)
                if stored is not None:
                    for item in self._repeated(stored, begun=False):
                        yield item
                    return
                async with aclosing(self._answer(method, self._asked(query, caller, digest, started), mode)) as items:
                    async for item in items:
                        yield item
        except PointsmanError as e:
            self._p.observer.refused(method, caller, e, time.monotonic() - started)
            raise

    async def _answer(self, method: str, asked: Asked, mode: StreamMode | None) -> AsyncGenerator[StreamItem, None]:
        task = await self._p.decider.decide(asked, mode)
        said = False
        try:
            async with aclosing(self._p.answers.items(method, asked, task)) as items:
                async for item in items:
                    said = said or isinstance(item, Told)
                    yield item
        except DuplicateRequest:  # another worker was quicker; its answer is the answer of this request_id
            if said:
                raise
            for item in self._repeated(await self._quicker(asked), begun=True):
                yield item

    def _asked(self, query: Query, caller: Caller, digest: str | None, started: float) -> Asked:
        """started: when the request arrived, before it waited for a twin."""
        seconds = self._p.default_deadline_s if caller.deadline_s is None else caller.deadline_s
        return Asked(query, caller, digest, self._p.new_id(), Deadline.after(seconds, time.monotonic, started))

    def _repeated(self, stored: StoredEpisode, *, begun: bool) -> list[StreamItem]:
        """The first answer again. begun: the stream has begun, under an id of its own."""
        done = self._p.writer.recent.again(stored)
        accepted = AnswerAccepted(done.answer, done.stop, done.believed)
        first: list[StreamItem] = [] if begun else [StreamBegun(done.episode_id, replayed=True)]
        return [*first, routed_again(stored), accepted, *whole(done), done]

    async def _quicker(self, asked: Asked) -> StoredEpisode:
        """The episode that another worker logged under the same request_id meanwhile."""
        stored = await self._stored(asked.query.request_id or "", asked.caller, asked.fingerprint or "")
        assert stored is not None, "a duplicate has an original"
        return stored

    async def _stored(self, request_id: str, caller: Caller, digest: str) -> StoredEpisode | None:
        await self._p.answers.unlogged.written((caller.tenant, request_id))
        stored = await self._p.log.episode_of_request(caller.tenant, request_id)
        if stored is not None:
            check_same(stored, digest)
        return stored
