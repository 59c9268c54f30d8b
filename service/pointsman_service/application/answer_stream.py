"""Answers one query, telling what happens. Whatever ends it, the log has what was called: the id was told.

Cancelled, closed, broke, refused by a ceiling: an episode that has begun is logged with its calls, the one under way
among them, and takes feedback.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from pointsman_service.application.answering import Asked, EpisodeWriter, completed, no_answer
from pointsman_service.application.cascade import Cascade, CascadeTask
from pointsman_service.application.cascade_runner import CascadeEvent, CascadeRunner
from pointsman_service.application.progress import PROGRESS_S, with_signs
from pointsman_service.application.shadowing import Shadows
from pointsman_service.application.surviving import surviving
from pointsman_service.application.unlogged import Unlogged
from pointsman_service.domain.requests import (
    AnswerAccepted,
    Completed,
    Progress,
    Routed,
    StepFinished,
    StepStarted,
    StreamBegun,
    StreamItem,
    VerdictGiven,
)
from pointsman_service.errors import BudgetExhausted, DuplicateRequest, LogUnavailable, PointsmanError
from pointsman_service.ports import CeilingLedger, Observer

_TRACE = (StepStarted, StepFinished, VerdictGiven)
"""Told only to callers who ask for it, so that they end no silence."""


@dataclass(frozen=True, slots=True)
class AnswerStream:
    """silence_s: after which a stream says that it is alive. shadows: what is called beside answers, if anything is."""

    runner: CascadeRunner
    writer: EpisodeWriter
    ledger: CeilingLedger
    observer: Observer
    silence_s: float = PROGRESS_S
    unlogged: Unlogged = field(default_factory=Unlogged)
    shadows: Shadows | None = None

    async def items(self, method: str, asked: Asked, task: CascadeTask) -> AsyncGenerator[StreamItem, None]:
        """StreamBegun, what happens, the Completed last.

        Raises LogUnavailable, before anything is called where that is known then; EveryModelFailed, BudgetExhausted,
        DeadlineTooShort, InvalidRequest; DuplicateRequest where another process was quicker with the same request_id:
        what was called here is in the log nevertheless.
        """
        await self.writer.ready()
        ceiling = self.ledger.ceiling(asked.caller.tenant)
        run = Cascade.of(replace(task, capped=ceiling is not None and ceiling.usd is not None))
        try:
            yield StreamBegun(asked.episode_id)
            yield Routed(asked.episode_id, task.decision)
            async with aclosing(self._told(run)) as told:
                async for item in told:
                    yield item
        except BaseException as e:  # a caller who has gone, too
            await surviving(self._given_up(method, asked, run, _stop_of(e, asked)))
            raise
        if run.ending is None or run.ending.answer is None:
            stop = run.ending.stop if run.ending else "failed"
            await surviving(self._unanswered(method, asked, run, stop))
            raise no_answer(run)
        done = completed(asked, run)
        task.reach.answered(run.steps)
        await surviving(self._answered(method, asked, run, done))
        yield AnswerAccepted(done.answer, done.stop, done.believed)
        if task.mode is not None:
            for piece in run.shown.tell_whole(done):
                yield piece
        try:
            yield done
        finally:  # whoever has the answer reads no further
            if self.shadows is not None:
                self.shadows.after(asked.episode_id, run)

    def _told(self, run: Cascade) -> AsyncGenerator[CascadeEvent | Progress, None]:
        """What the cascade tells; to whom it streams, a sign of life in between."""
        events = self.runner.events(run)
        if run.task.mode is None:
            return events
        return with_signs(events, lambda: run.progress, lambda e: not isinstance(e, _TRACE), self.silence_s)

    async def _answered(self, method: str, asked: Asked, run: Cascade, done: Completed) -> None:
        try:
            episode = await self.writer.answered(asked, run, done)
        except DuplicateRequest:  # nobody gets this answer, but it was paid for
            await self._unanswered(method, asked, run, "cancelled")
            raise
        except LogUnavailable:  # whoever asks again gets this answer
            key = asked.caller.tenant, asked.query.request_id or asked.episode_id
            self.unlogged.keep(key, lambda: self._late(method, asked, run, done))
            raise
        self.observer.episode(method, asked.caller, episode, asked.deadline.elapsed_ms / 1e3)

    async def _late(self, method: str, asked: Asked, run: Cascade, done: Completed) -> None:
        """As `_answered`, once the log can be written again; nobody waits for it."""
        try:
            episode = await self.writer.answered(asked, run, done)
        except DuplicateRequest as e:
            if e.facts.get("episode_id") == asked.episode_id:  # it was written, and what followed failed
                return
            episode = await self.writer.unanswered(asked, run, "cancelled")
        self.observer.episode(method, asked.caller, episode, asked.deadline.elapsed_ms / 1e3)

    async def _unanswered(self, method: str, asked: Asked, run: Cascade, stop: str) -> None:
        try:
            episode = await self.writer.unanswered(asked, run, stop)
        except LogUnavailable:
            if run.steps:  # something was called
                key = asked.caller.tenant, asked.episode_id
                self.unlogged.keep(key, lambda: self.writer.unanswered(asked, run, stop))
            raise
        self.observer.episode(method, asked.caller, episode, asked.deadline.elapsed_ms / 1e3)

    async def _given_up(self, method: str, asked: Asked, run: Cascade, stop: str) -> None:
        """As `_unanswered`; where the log cannot take it, whoever watches hears so, and the first trouble stays."""
        try:
            await self._unanswered(method, asked, run, stop)
        except PointsmanError as e:
            self.observer.refused(method, asked.caller, e, asked.deadline.elapsed_ms / 1e3)


def _stop_of(trouble: BaseException, asked: Asked) -> str:
    """What the episode ended with, where something else than the cascade's own end ended it."""
    if isinstance(trouble, BudgetExhausted):
        return "cost_ceiling"
    if isinstance(trouble, asyncio.CancelledError | GeneratorExit):
        return "cancelled" if asked.deadline.left_s > 0.0 else "deadline"
    return "failed"
