"""Decisions and answers as the command line shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from pointsman_service.cli import output

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pointsman.v1 import CompleteResponse, Decision, Step


def show_decision(decision: Decision) -> None:
    """Why this model: who spoke, the kind of query, and what was expected of each."""
    from pointsman.v1 import Strategy

    strategy = Strategy.Name(decision.strategy).removeprefix("STRATEGY_").lower()
    output.facts(
        {
            "model": decision.model,
            "propensity": decision.propensity,
            "plan": " -> ".join(decision.plan),
            "strategy": strategy,
            "kind": " / ".join(decision.node_path) or "-",
            "familiarity": decision.familiarity,
            "lambda": decision.cost_weight,
            "snapshot": decision.snapshot_version,
        }
    )
    typer.echo()
    rows = [
        (p.model, p.quality, p.quality_sd, 1000 * p.cost_usd, p.latency_ms, p.propensity) for p in decision.predictions
    ]
    headings = ("model", "quality", "+-", "$ per 1,000", "latency ms", "propensity")
    output.as_table(headings, rows, empty="nothing was predicted")


def show_steps(steps: Iterable[Step], accepted: int) -> None:
    """Every call of a cascade with its verdicts; the accepted one is marked."""
    rows = [
        ("*" if i == accepted else "", s.model, 1000 * s.cost_usd, s.latency_ms, s.error or _verdicts(s))
        for i, s in enumerate(steps)
    ]
    output.as_table(("", "called", "$ per 1,000", "latency ms", "verdicts"), rows, empty="nothing was called")


def show_answer(response: CompleteResponse) -> None:
    """How an answer came about; the answer itself is printed before."""
    from pointsman.v1 import StopReason

    show_steps(response.steps, response.answer_step)
    typer.echo()
    believed = response.believed_quality if response.HasField("believed_quality") else None
    stop = StopReason.Name(response.stop).removeprefix("STOP_REASON_").lower()
    output.facts(
        {
            "episode": response.episode_id,
            "believed right": believed,
            "stopped by": f"{stop}, cut short" if response.cut_short else stop,
            "cost $": response.cost_usd,
        }
    )


def as_dict(message: Any) -> dict[str, Any]:  # noqa: ANN401 - any protobuf message
    """A message with the field names of the protos."""
    from google.protobuf.json_format import MessageToDict

    fields: dict[str, Any] = MessageToDict(message, preserving_proto_field_name=True)
    return fields


def _verdicts(step: Step) -> str:
    given = [f"{v.judge} {v.score:.2f}" if v.HasField("score") else f"{v.judge} -" for v in step.verdicts]
    return ", ".join(given)
