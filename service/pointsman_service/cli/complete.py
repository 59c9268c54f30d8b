"""`pointsman complete`: an answer, with how it came about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from pointsman_service.cli import output
from pointsman_service.cli.options import DEFAULT_ADDRESS, DEFAULT_TENANT, Address, AsJson, Tenant
from pointsman_service.cli.query_options import (
    CostWeight,
    Dial,
    MaxCost,
    MinQuality,
    Models,
    Prompt,
    Session,
    System,
    Timeout,
    make_query,
)

if TYPE_CHECKING:
    from pointsman import Client
    from pointsman.v1 import CompleteResponse, Query, TraceEvent


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="complete", epilog='Example: pointsman complete "What is the capital of Australia?"')(complete)


def complete(
    prompt: Prompt,
    system: System = None,
    dial: Dial = None,
    cost_weight: CostWeight = None,
    max_cost_usd: MaxCost = None,
    min_quality: MinQuality = None,
    model: Models = None,
    session: Session = None,
    timeout: Timeout = 120.0,
    stream: Annotated[bool, typer.Option("--stream", help="Show every step while it happens.")] = False,
    address: Address = DEFAULT_ADDRESS,
    tenant: Tenant = DEFAULT_TENANT,
    as_json: AsJson = False,
    answer_only: Annotated[bool, typer.Option("--answer-only", help="Print the answer, nothing else.")] = False,
    episode_only: Annotated[bool, typer.Option("--episode-only", help="Print the episode's id, nothing else.")] = False,
) -> None:
    """Answer a prompt: call models and judges until an answer is good enough."""
    from pointsman_service.cli.connection import connect
    from pointsman_service.cli.decisions import as_dict, show_answer

    query = make_query(
        prompt,
        system=system,
        dial=dial,
        cost_weight=cost_weight,
        max_cost_usd=max_cost_usd,
        min_quality=min_quality,
        models=model,
        session=session,
    )
    with connect(address, tenant, timeout) as service:
        response = _streamed(service, query) if stream else service.complete(query)
    if as_json:
        output.as_json(as_dict(response))
    elif episode_only:
        typer.echo(response.episode_id)
    else:
        if not stream:
            typer.echo(response.answer.text)
        if not answer_only:
            typer.echo()
            show_answer(response)


def _streamed(service: Client, query: Query) -> CompleteResponse:
    """Print what happens to standard error and the answer's chunks to standard output; the summary."""
    for item in service.stream_complete(query):
        kind = item.WhichOneof("item")
        if kind == "chunk":
            typer.echo(item.chunk.text, nl=False)
        elif kind == "trace":
            typer.echo(_told(item.trace), err=True)
        elif kind == "summary":
            typer.echo()
            return item.summary
    raise ConnectionError("the stream ended without its summary; try again")


def _told(trace: TraceEvent) -> str:
    event = trace.WhichOneof("event")
    if event == "decided":
        return f"decided: {trace.decided.decision.model}, propensity {trace.decided.decision.propensity:.3f}"
    if event == "step_started":
        return f"calling {trace.step_started.model}"
    if event == "step_finished":
        step = trace.step_finished.step
        return (
            f"{step.model} failed: {step.error}" if step.error else f"{step.model} answered in {step.latency_ms:.0f} ms"
        )
    if event == "verdict_given":
        verdict = trace.verdict_given.verdict
        score = f"{verdict.score:.2f}" if verdict.HasField("score") else verdict.error or "nothing to say"
        return f"judge {verdict.judge}: {score}"
    return f"accepted answer {trace.answer_accepted.index + 1}"
