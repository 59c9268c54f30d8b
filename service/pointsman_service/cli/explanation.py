"""Why an episode went as it did, told to a person. From the `plain` message of ExplainEpisodeResponse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import typer

from pointsman_service.cli import output
from pointsman_service.cli.decisions import failure_text, per_1k, show_predictions, words
from pointsman_service.cli.tables import Column, as_table

Facts = Mapping[str, Any]


def show(explained: Facts) -> None:
    """All of it, section by section; those with nothing to say are left out."""
    episode = explained["episode"]
    _show_outcome(episode)
    _show_why(explained["summary"], episode)
    _show_expectations(episode)
    _show_calls(episode)
    _show_verdicts(episode["steps"], explained["moves"], explained["moves_snapshot_version"])
    _show_said(episode)
    _show_costs(episode["costs"])


def _show_outcome(episode: Facts) -> None:
    answered = _answer_step(episode)
    output.facts(
        {
            "episode": episode["episode_id"],
            "tenant": episode["tenant"],
            "at": (episode["create_time"] or "-")[:19].replace("T", " ") + "Z",
            "answered by": answered["model"] if answered else "nobody",
            "stopped by": words(episode["stop_reason"]),
            "believed right": episode["believed_quality"],
            "cost $": episode["cost_usd"],
            "latency ms": episode["latency_ms"],
            **{k: episode[k] for k in ("client", "request_id", "session_id", "end_user_id", "labels") if episode[k]},
        }
    )
    for title, text in (("prompt", episode["prompt"]), ("answer", answered and answered["answer_text"])):
        if text:
            output.section(title)
            typer.echo(output.for_terminal(text))


def _show_why(summary: str, episode: Facts) -> None:
    decision = episode["decision"] or {}
    output.section("why")
    if summary:
        output.paragraph(summary)
    if decision:
        output.facts(
            {
                "decided for": decision["model"],
                "propensity": decision["propensity"],
                "plan": " -> ".join(decision["plan"]),
                "strategy": words(decision["strategy"]),
                "kind": " / ".join(decision["node_path"]),
                "familiarity": decision["familiarity"],
                "lambda": decision["cost_weight"],
                "snapshot": decision["snapshot_version"],
            }
        )


def _show_expectations(episode: Facts) -> None:
    predictions = (episode["decision"] or {}).get("predictions")
    if predictions:
        output.section("what was expected")
        show_predictions(predictions)
    excluded = (episode["constraints"] or {}).get("excluded")
    if excluded:
        output.section("kept out")
        output.facts(excluded)


def _show_calls(episode: Facts) -> None:
    if not episode["steps"]:
        return
    output.section("calls")
    accepted = episode["answer_step"]
    rows = [
        (
            *("*" if i == accepted else "", i + 1, step["model"], step["deployment"], step["propensity"]),
            *(per_1k(step["cost_usd"]), step["latency_ms"], *_tokens(step["usage"])),
            failure_text(step["failure"]) or words(step["finish_reason"]),
        )
        for i, step in enumerate(episode["steps"])
    ]
    headings = (
        *(Column(""), Column("call"), "called", Column("at", 4), Column("propensity", 3), "$ per 1,000"),
        *("latency ms", Column("tokens in", 2), Column("out", 2), Column("ended", 1, text=True)),
    )
    as_table(headings, rows, empty="")


def _show_verdicts(steps: Sequence[Facts], moves: Sequence[Facts], snapshot_version: int | None) -> None:
    """Each verdict beside what it moved: moves are in the order in which verdicts came, of one judge and step once."""
    moved = {(m["step_index"] or 0, m["judge"]): m for m in moves}
    rows = [
        (
            *(i + 1, v["judge"], v["score"], moved.get((i, v["judge"]), {}).get("quality_before")),
            *(moved.get((i, v["judge"]), {}).get("quality_after"), per_1k(v["cost_usd"]), v["latency_ms"], v["error"]),
        )
        for i, step in enumerate(steps)
        for v in step["verdicts"]
    ]
    if rows:
        output.section("verdicts" + (f", as snapshot {snapshot_version:,} weighs them" if snapshot_version else ""))
        headings = (
            *("call", "judge", "score", "right before", "right after", Column("$ per 1,000", 2)),
            *(Column("latency ms", 3), Column("error", 1, text=True)),
        )
        as_table(headings, rows, empty="")


def _show_said(episode: Facts) -> None:
    if episode["outcomes"]:
        output.section("reported outcomes")
        headings = ("at", "model", "$ per 1,000", "latency ms", Column("tokens in", 1), Column("out", 1), "failure")
        as_table(headings, [_outcome(o) for o in episode["outcomes"]], empty="")
    output.section("feedback")
    rows = [
        (_second(f["record_time"]), f["source"], f["value"], f["model"] or "the accepted", f["weight"], f["comment"])
        for f in episode["feedback"]
    ]
    heads: list[str | Column] = ["at", "kind", "counts as", Column("model", 1), Column("weight", 2)]
    if any(row[-1] for row in rows):
        heads.append(Column("comment", text=True))
    as_table(heads, [row[: len(heads)] for row in rows], empty="none so far")


def _show_costs(costs: Sequence[Facts]) -> None:
    if costs:
        output.section("costs, by the model that was called")
        rows = [(c["model"], c["call_count"], c["cost_usd"]) for c in costs]
        as_table(("model", "calls", "$ with its verdicts"), rows, empty="")


def _outcome(outcome: Facts) -> tuple[object, ...]:
    return (
        *(_second(outcome["record_time"]), outcome["model"], per_1k(outcome["cost_usd"]), outcome["latency_ms"]),
        *(*_tokens(outcome["usage"]), failure_text(outcome["failure"])),
    )


def _tokens(usage: Facts | None) -> tuple[int | None, int | None]:
    return (usage["input_tokens"], usage["output_tokens"]) if usage else (None, None)


def _answer_step(episode: Facts) -> Facts | None:
    index = episode["answer_step"]
    return None if index is None else episode["steps"][index]


def _second(at: str | None) -> str | None:
    return at and f"{at[:19].replace('T', ' ')}Z"
