"""What is ours in an answer: the field `pointsman` of its body, and headers of the same words."""

from __future__ import annotations

from typing import Any

from pointsman_learner.types import Decision, Step

from pointsman_service.domain.requests import Completed

COMPLETION, RESPONSE, MESSAGE = "chatcmpl-", "resp_", "msg_"
"""Before the episode's id, so that an id of a dialect's own form still names the episode."""


def episode_of(answer_id: str) -> str:
    """The episode that an answer's id names.

    >>> episode_of("chatcmpl-01J9"), episode_of("01J9")
    ('01J9', '01J9')
    """
    for prefix in (COMPLETION, RESPONSE, MESSAGE):
        if answer_id.startswith(prefix):
            return answer_id.removeprefix(prefix)
    return answer_id


def ours_of(done: Completed, *, predictions: bool = False) -> dict[str, Any]:
    """The extension field of an answer. Money in US dollars, of all calls and judges; times in milliseconds."""
    told = {
        "episode_id": done.episode_id,
        "model": done.model,
        "cost_usd": done.cost_usd,
        "believed_quality": done.believed,
        "latency_ms": round(done.latency_ms, 3),
        "stop_reason": done.stop,
        "cut_short": done.cut_short,
        "replayed": done.replayed,
        "why": why_of(done.decision),
        "steps": [_step(step) for step in done.steps],
    }
    if predictions:
        told["predictions"] = [
            {
                "model": p.model,
                "quality": p.quality,
                "quality_sd": p.quality_sd,
                "cost_usd": p.cost_usd,
                "latency_ms": p.latency_ms,
                "propensity": p.propensity,
            }
            for p in done.decision.predictions
        ]
    return told


def why_of(decision: Decision) -> dict[str, Any]:
    """Why it was decided so."""
    return {
        "strategy": decision.strategy,
        "first_model": decision.model,
        "propensity": decision.propensity,
        "plan": list(decision.plan),
        "node_path": list(decision.node_path),
        "familiarity": decision.familiarity,
        "cost_weight": decision.cost_weight,
        "snapshot_version": decision.snapshot_version,
        "policy": decision.policy,
    }


def headers_of(done: Completed) -> dict[str, str]:
    """For those who see no body: a proxy's log, a browser's tools."""
    headers = {
        "x-pointsman-episode-id": done.episode_id,
        "x-pointsman-model": done.model,
        "x-pointsman-cost-usd": f"{done.cost_usd:.9f}",
        "x-pointsman-strategy": done.decision.strategy,
    }
    if done.believed is not None:
        headers["x-pointsman-believed-quality"] = f"{done.believed:.4f}"
    return headers


def _step(step: Step) -> dict[str, Any]:
    told: dict[str, Any] = {
        "model": step.model,
        "cost_usd": step.cost_usd,
        "latency_ms": round(step.latency_ms, 3),
        "verdicts": [{"judge": v.judge, "score": v.score} for v in step.verdicts],
    }
    if step.failure_kind is not None:
        told["failure_kind"] = step.failure_kind
    return told
