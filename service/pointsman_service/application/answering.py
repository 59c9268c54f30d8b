"""From a finished cascade to the log and the caller: the answer, the episode, and the error where nothing answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pointsman_learner.events import EpisodeRecorded

from pointsman_service.application.backlog import Backlog
from pointsman_service.application.cascade import CUT_SHORT, Cascade, CascadeTask, Ending
from pointsman_service.application.deadline import Deadline
from pointsman_service.application.end_users import pseudonym
from pointsman_service.application.stored_response import RecentAnswers, response_of, response_of_answer
from pointsman_service.domain.operator_words import for_callers
from pointsman_service.domain.requests import Caller, Completed, Query
from pointsman_service.errors import (
    DeadlineTooShort,
    EveryModelFailed,
    EveryModelRefused,
    Fault,
    InvalidRequest,
    ModelsBusy,
    ModelsUnusable,
    PointsmanError,
)
from pointsman_service.ports import EventLog, Ledger, NewEpisode

MISCONFIGURED = frozenset({"auth", "unknown_model"})
"""Kinds of failure that no waiting cures: somebody must change a key or a model's name."""

LEAST_WAIT_S = 1.0
"""Before a query is tried again that found every model busy: none says less of its whole seconds."""

_DECIDED_ONLY = Ending(None, "route_only")


@dataclass(frozen=True, slots=True)
class Asked:
    """One request on its way. fingerprint: digest of its content, None without a request_id."""

    query: Query
    caller: Caller
    fingerprint: str | None
    episode_id: str
    deadline: Deadline


def completed(asked: Asked, run: Cascade) -> Completed:
    """The answer to give, of a cascade that ended with one."""
    ending = run.ending
    assert ending is not None
    assert ending.answer is not None
    answer = run.answers[ending.answer]
    assert answer is not None
    return Completed(
        episode_id=asked.episode_id,
        decision=run.task.decision,
        steps=tuple(run.steps),
        answer=ending.answer,
        stop=ending.stop,
        believed=ending.believed,
        text=answer.text,
        finish_reason=answer.finish_reason,
        cost_usd=run.spent_usd,
        latency_ms=asked.deadline.elapsed_ms,
        parts=answer.parts,
        reasoning=answer.reasoning,
        refusal=answer.refusal,
        tool_calls=answer.tool_calls,
        cut_short=ending.stop in CUT_SHORT,
        tokens=answer.tokens if asked.query.question.params.get("logprobs") else (),
    )


def no_answer(run: Cascade) -> PointsmanError:
    """Why there is none: the request itself, the deadline, the configuration, or what each model said.

    What of that is the operator's stays in the log.
    """
    failed = [s for s in run.steps if s.failed]
    said = [for_callers(s.error or "") for s in failed]
    kinds = {s.failure_kind for s in failed}
    if kinds == {"invalid"}:
        return InvalidRequest(
            [("query", f"no provider accepts it ({s.model}: {why})") for s, why in zip(failed, said, strict=True)],
            Fault.REFUSED_BY_PROVIDERS,
        )
    each = (f"{s.model}: {s.failure_kind}: {why}" for s, why in zip(failed, said, strict=True))
    errors = "; ".join(each) or "no model was called"
    if run.ending is not None and run.ending.stop == "deadline":
        return DeadlineTooShort(f"the deadline passed before any model answered ({errors})")
    if kinds & MISCONFIGURED and kinds <= MISCONFIGURED | {"invalid"}:
        return ModelsUnusable(f"no model can be used as it is configured ({errors})", errors=errors)
    if kinds and kinds <= {"refused", "invalid"}:
        return EveryModelRefused(f"every model that could be tried refuses this query ({errors})", errors=errors)
    if "rate_limited" in kinds and kinds <= MISCONFIGURED | {"rate_limited", "invalid", "refused"}:
        wait_s = max(LEAST_WAIT_S, min((at - run.task.deadline.clock() for at in run.again.values()), default=0.0))
        busy = f"every model that could be tried takes no more calls for now ({errors})"
        return ModelsBusy(busy, errors=errors, retry_after_s=round(wait_s, 3))
    return EveryModelFailed(f"every model that could be tried failed ({errors})", errors=errors)


class EpisodeWriter:
    """Appends episodes with what idempotent retries and sessions need."""

    def __init__(
        self, log: EventLog, ledger: Ledger, now: Callable[[], float], backlog: Backlog, *, keep_texts: bool
    ) -> None:
        self._log = log
        self._backlog = backlog
        self._ledger = ledger
        self._now = now
        self._keep_texts = keep_texts
        self.recent = RecentAnswers()

    async def ready(self) -> None:
        """Return where the log can take an episode. Raises LogUnavailable."""
        await self._log.ready()

    async def routed(self, asked: Asked, task: CascadeTask) -> EpisodeRecorded:
        """A decision-only episode. Raises DuplicateRequest, LogUnavailable."""
        episode = self._episode(asked, task, _DECIDED_ONLY, asked.deadline.elapsed_ms)
        response = response_of("route", asked.query, asked.fingerprint)
        await self._log.append_episode(_new(asked, episode, (), response))
        await self._keep_session(asked, episode.decision.model)
        return episode

    async def answered(self, asked: Asked, run: Cascade, done: Completed) -> EpisodeRecorded:
        """An answered episode. Raises DuplicateRequest, LogUnavailable."""
        ending = Ending(done.answer, done.stop, done.believed)
        episode = self._episode(asked, run.task, ending, done.latency_ms, run)
        response = response_of_answer(asked.query, done, asked.fingerprint, keep_texts=self._keep_texts)
        await self._log.append_episode(_new(asked, episode, _texts(run), response))
        if asked.query.request_id is not None and not self._keep_texts:
            self.recent.keep(done)
        await self._keep_session(asked, done.model)
        return episode

    async def unanswered(self, asked: Asked, run: Cascade, stop: str) -> EpisodeRecorded:
        """An episode without an answer. It does not use up the request_id: a retry may find one."""
        episode = self._episode(asked, run.task, Ending(None, stop), asked.deadline.elapsed_ms, run)
        await self._log.append_episode(_new(asked, episode, _texts(run), response_of("unanswered", asked.query)))
        return episode

    def _episode(
        self, asked: Asked, task: CascadeTask, ending: Ending, latency_ms: float, run: Cascade | None = None
    ) -> EpisodeRecorded:
        query, tenant = asked.query, asked.caller.tenant
        steps = tuple(run.steps) if run else ()
        return EpisodeRecorded(
            episode_id=asked.episode_id,
            tenant=tenant,
            at=self._now(),
            context=task.context,
            decision=task.decision,
            steps=steps,
            answer=ending.answer,
            stop=ending.stop,
            believed=ending.believed,
            constraints=task.constraints,
            actions=tuple(run.actions) if run else (),
            request_id=query.request_id,
            session_id=query.session_id,
            end_user=pseudonym(tenant, query.end_user_id),
            require_tags=task.require_tags,
            latency_ms=round(latency_ms, 3),
            client=asked.caller.client,
            left_out=self._backlog.leaves_out(steps),
        )

    async def _keep_session(self, asked: Asked, model: str) -> None:
        session_id = asked.query.session_id
        if session_id is not None:
            await self._ledger.keep_session(asked.caller.tenant, session_id, model, self._now())


def _texts(run: Cascade) -> tuple[str | None, ...]:
    return tuple(answer.text if answer else None for answer in run.answers)


def _new(
    asked: Asked, episode: EpisodeRecorded, texts: tuple[str | None, ...], response: Mapping[str, Any]
) -> NewEpisode:
    query = asked.query
    return NewEpisode(episode, query.question.text, texts, response, query.end_user_id)
