"""Decisions, calls and verdicts as the command line shows them; from `plain` messages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import typer

from pointsman_service.cli import output
from pointsman_service.cli.tables import Column, as_table

Facts = Mapping[str, Any]


def show_decision(decision: Facts) -> None:
    """Why this model: who spoke, the kind of query, and what was expected of each."""
    output.facts(
        {
            "model": decision["model"],
            "propensity": decision["propensity"],
            "plan": " -> ".join(decision["plan"]),
            "strategy": decision["strategy"],
            "kind": " / ".join(decision["node_path"]) or "-",
            "familiarity": decision["familiarity"],
            "lambda": decision["cost_weight"],
            "snapshot": decision["snapshot_version"],
        }
    )
    typer.echo()
    show_predictions(decision["predictions"])


def show_predictions(predictions: Iterable[Facts]) -> None:
    """What was expected of each model."""
    rows = [
        (*(p[k] for k in ("model", "quality", "quality_sd")), per_1k(p["cost_usd"]), p["latency_ms"], p["propensity"])
        for p in predictions
    ]
    headings = ("model", "quality", Column("+-", 2), "$ per 1,000", Column("latency ms", 1), "propensity")
    as_table(headings, rows, empty="nothing was predicted")


def show_steps(steps: Sequence[Facts], accepted: int | None) -> None:
    """Every call of a cascade with its verdicts; the accepted one is marked."""
    rows = [
        ("*" if i == accepted else "", _called(s), per_1k(s["cost_usd"]), s["latency_ms"], _failure(s) or _verdicts(s))
        for i, s in enumerate(steps)
    ]
    headings = (Column(""), "called", "$ per 1,000", Column("latency ms", 1), Column("verdicts", 2, text=True))
    as_table(headings, rows, empty="nothing was called")


def show_answer(response: Facts) -> None:
    """How an answer came about; the answer itself is printed before."""
    show_steps(response["steps"], response["answer_step"])
    typer.echo()
    stop = words(response["stop_reason"])
    output.facts(
        {
            "episode": response["episode_id"],
            "believed right": response["believed_quality"],
            "stopped by": f"{stop}, cut short" if response["cut_short"] else stop,
            "cost $": response["cost_usd"],
        }
    )


def per_1k(cost_usd: float | None) -> float | None:
    """Dollars for a thousand; None stays None."""
    return None if cost_usd is None else 1000 * cost_usd


def words(name: str | None) -> str:
    """An enum's word as it is spoken.

    >>> words("cost_ceiling"), words(None)
    ('cost ceiling', '-')
    """
    return (name or "-").replace("_", " ")


def failure_text(failure: Facts | None) -> str | None:
    """A failure's kind and message."""
    return ": ".join(filter(None, (words(failure["kind"]), failure["message"]))) if failure else None


def _called(step: Facts) -> str:
    return f"{step['model']} at {step['deployment']}" if step["deployment"] else str(step["model"])


def _failure(step: Facts) -> str | None:
    return failure_text(step["failure"])


def _verdicts(step: Facts) -> str:
    return ", ".join(
        f"{v['judge']} {'-' if v['score'] is None else format(v['score'], '.2f')}" for v in step["verdicts"]
    )
