"""From the log's events to the rows of an export: pure, one event at a time. `export_tables` says what columns mean."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pointsman_learner.actions import ActionTaken, Alternative
from pointsman_learner.events import (
    EpisodeRecorded,
    Event,
    FeedbackRecorded,
    OperatorActed,
    OutcomeReported,
    SessionOutcomeRecorded,
)
from pointsman_learner.types import Verdict

from pointsman_service.domain.verdict_errors import reason_of

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class EpisodeFacts:
    """What was told of an episode since, and its texts as far as they were kept. answers: one a step."""

    model: str
    answered: bool
    calls: int
    failed_calls: int
    cost_usd: float
    latency_ms: float | None
    feedback: float | None
    feedback_weight: float
    prompt: str | None = None
    answers: tuple[str | None, ...] = ()
    labels: Mapping[str, str] | None = None
    end_user_id: str | None = None


@dataclass(frozen=True, slots=True)
class Exported:
    """An event at its place; facts: of an episode."""

    position: int
    event: Event
    facts: EpisodeFacts | None = None


def rows_of(exported: Exported) -> Iterator[tuple[str, Row]]:
    """(table, row) for all that an event has; nothing for events that an export has no table for."""
    event, position = exported.event, exported.position
    match event:
        case EpisodeRecorded():
            yield from _episode(position, event, exported.facts)
        case FeedbackRecorded():
            yield "feedback", {**_about(position, event), **_fields(event, _FEEDBACK)}
        case OutcomeReported():
            yield "outcomes", {**_about(position, event), **_fields(event, _OUTCOME)}
            yield from _verdicts(_about(position, event), None, event.model, event.verdicts)
        case SessionOutcomeRecorded():
            at = {"position": position, "at": moment(event.at)}
            yield "session_outcomes", {**at, **_fields(event, _SESSION)}
        case OperatorActed():
            put = json.dumps(dict(event.put), sort_keys=True)
            yield (
                "operator_changes",
                {
                    "position": position,
                    "at": moment(event.at),
                    "put": put,
                    "reset": list(event.reset),
                    **_fields(event, ("by", "method", "request_id", "note")),
                },
            )


def moment(at: float) -> datetime:
    """A time in UTC to the microsecond.

    >>> moment(1_700_000_000.25).isoformat()
    '2023-11-14T22:13:20.250000+00:00'
    """
    return datetime.fromtimestamp(at, UTC)


_FEEDBACK = ("request_id", "source", "value", "weight", "model", "client", "end_user", "comment")
_SESSION = ("session_id", "tenant", "request_id", "source", "value", "client", "end_user")
_TOKENS = ("input_tokens", "output_tokens", "cached_input_tokens", "reasoning_tokens")
_OUTCOME = (
    *("request_id", "model", "propensity", "cost_usd", "latency_ms"),
    *(*_TOKENS, "failure_kind", "error", "client"),
)
_STEP = (
    *("model", "deployment", "propensity", "cost_usd", "cost_known", "judge_cost_usd", "latency_ms", "at_once"),
    *(*_TOKENS, "finish_reason", "failure_kind", "error"),
)
_DECISION = (
    *("propensity", "strategy", "familiarity", "cost_weight", "snapshot_version", "policy", "feature_version"),
)
_PREDICTION = ("model", "quality", "quality_sd", "cost_usd", "latency_ms", "propensity")


def _fields(value: object, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(value, name, None) for name in names}


def _about(position: int, event: EpisodeRecorded | FeedbackRecorded | OutcomeReported) -> dict[str, Any]:
    return {
        "position": position,
        "episode_id": event.episode_id,
        "tenant": event.tenant,
        "at": moment(event.at),
    }


def _episode(position: int, event: EpisodeRecorded, facts: EpisodeFacts | None) -> Iterator[tuple[str, Row]]:
    about = _about(position, event)
    yield "episodes", {**about, **_decided(event), **_became(event, facts)}
    answers = facts.answers if facts else ()
    for i, step in enumerate(event.steps):
        accepted, answer = i == event.answer, answers[i] if i < len(answers) else None
        yield "steps", {**about, "step": i, "accepted": accepted, "answer": answer, **_fields(step, _STEP)}
        yield from _verdicts(about, i, step.model, step.verdicts)


def _decided(event: EpisodeRecorded) -> dict[str, Any]:
    decision = event.decision
    return {
        **_fields(event, ("stop", "believed", "request_id", "session_id", "client", "end_user")),
        **_fields(decision, _DECISION),
        "decided_model": decision.model,
        "plan": list(decision.plan),
        "node": decision.node_path[-1] if decision.node_path else None,
        "node_path": list(decision.node_path),
        "estimated_input_tokens": event.context.input_tokens,
        "predictions": [_fields(p, _PREDICTION) for p in decision.predictions],
        "actions": [_action(a) for a in event.actions],
        "excluded": [{"model": model, "why": why} for model, why in event.constraints.excluded.items()],
        "require_tags": list(event.require_tags),
        "hints": dict(event.context.hints),
    }


def _became(event: EpisodeRecorded, facts: EpisodeFacts | None) -> dict[str, Any]:
    """Its outcome. Of a routed query that was told of since, the caller's own call."""
    found: dict[str, Any] = {"answer_step": event.answer}
    if facts is None:
        return found
    return {
        **found,
        **_fields(facts, ("answered", "calls", "failed_calls", "cost_usd", "latency_ms", "feedback")),
        **_fields(facts, ("feedback_weight", "prompt", "end_user_id")),
        "answering_model": facts.model if facts.answered else None,
        "labels": dict(facts.labels or {}),
    }


def _verdicts(
    about: Mapping[str, Any], step: int | None, model: str, verdicts: tuple[Verdict, ...]
) -> Iterator[tuple[str, Row]]:
    for number, v in enumerate(verdicts):
        said = {"judge": v.judge, "score": v.score, "agreement_key": v.key, "error": v.error}
        failure = None if v.error is None else reason_of(v.error)
        spent = {"cost_usd": v.cost_usd, "latency_ms": v.latency_ms}
        yield "verdicts", {**about, "step": step, "number": number, "model": model, **said, **spent, "failure": failure}


def _action(taken: ActionTaken) -> dict[str, Any]:
    return {
        **_alternative(taken),
        "forced": taken.forced,
        "believed": list(taken.believed),
        "alternatives": [_alternative(a) for a in taken.alternatives],
    }


def _alternative(of: Alternative | ActionTaken) -> dict[str, Any]:
    return {"action": of.kind, **_fields(of, ("model", "judge", "step", "probability"))}
