"""`pointsman advise`: what a team's own logs say of its spending, and what the configured models could save."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from pointsman_service.cli import output
from pointsman_service.cli.failures import Misuse
from pointsman_service.cli.options import AsJson, Config
from pointsman_service.cli.settings import settings_of
from pointsman_service.cli.tables import Column, as_table
from pointsman_service.cli.warm_start import pairs_of

if TYPE_CHECKING:
    from pointsman_service.advice.report import Advice
    from pointsman_service.process.advising import Found

ROWS = 20
"""Of the table: the dearest kinds; --json has all."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        name="advise",
        short_help="Say what logs that you have tell of savings.",
        epilog="Example: pointsman advise calls.jsonl --config pointsman.toml --warm-start known",
    )(advise)


def advise(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Logs: JSON lines, JSON or CSV, also gzipped.")
    ],
    form: Annotated[
        Literal["openai", "litellm", "langfuse", "otel"] | None,
        typer.Option("--format", help="Of the logs. [default: found out]"),
    ] = None,
    by: Annotated[Literal["domain", "leaf"], typer.Option(help="How kinds of queries are grouped.")] = "domain",
    most_loss: Annotated[
        float, typer.Option(min=0, max=1, help="Loss of quality, of 1, that may be expected where a model is advised.")
    ] = 0.05,
    rename: Annotated[
        list[str] | None, typer.Option(help="LOG_MODEL=MODEL: what the log's model is called here. Repeatable.")
    ] = None,
    score: Annotated[
        list[str] | None,
        typer.Option(
            help="NAME or NAME=WORST:BEST: a score that is quality. Repeatable. [default: those plainly named so]"
        ),
    ] = None,
    scores: Annotated[
        list[Path] | None, typer.Option(help="Langfuse's scores, where its export has them in a file of their own.")
    ] = None,
    warm_start: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Write calls with a score there, prompts too, for `pointsman warm-start`."),
    ] = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Say what logs that you have tell: what is spent on which kinds of queries, and what other models could save.

    It reads OpenAI-format lines, LiteLLM's spend logs, exports of Langfuse and of OpenTelemetry. Nothing is sent
    anywhere, no service is needed, and no prompt is printed.
    """
    from pointsman_service.advice.scores import asked_scales
    from pointsman_service.cli.progress import counted
    from pointsman_service.observability.log_lines import configure_logging
    from pointsman_service.process.advising import Wanted
    from pointsman_service.process.advising import advise as advised

    settings = settings_of(config)
    configure_logging(settings.observability)  # standard output is the report's
    wanted = Wanted(
        form=form,
        by=by,
        renamed=pairs_of(rename or (), "LOG_MODEL"),
        scales=asked_scales(score or ()),
        scores=scores or (),
        most_loss=most_loss,
        warm_start=warm_start,
    )
    if warm_start is not None and not warm_start.parent.is_dir():
        raise Misuse(f"--warm-start {warm_start}: there is no folder {warm_start.parent}")
    with counted("reading") as progress:
        found = advised(files, settings, wanted, lambda records: progress(records, 0))
    if as_json:
        output.as_json(_facts(found, warm_start))
        return
    _tell(found, warm_start)


def _tell(found: Found, warm_start: Path | None) -> None:
    from pointsman_service.advice.report import not_known, summary

    advice = found.advice
    for sentence in summary(advice):
        output.paragraph(sentence)
    output.section("by kind of query")
    _table(advice)
    lines = list(not_known(advice))
    if lines:
        output.section("not known")
        for line in lines:
            output.paragraph(f"- {line}")
    _note_read(found)
    if warm_start is not None:
        typer.echo()
        output.paragraph(_warm_start(found, warm_start))


def _table(advice: Advice) -> None:
    from pointsman_service.advice.report import basis_of

    a_day = advice.days or 1.0
    unit = "usd a day" if advice.days else "usd"
    rows = [
        (
            "*" if kind.advised else "",
            kind.kind or "not told",
            kind.model,
            kind.calls,
            kind.spent_usd / a_day,
            None if kind.quality is None else kind.quality.mean,
            basis_of(kind.quality),
            *(
                (
                    o.model,
                    o.low_usd / a_day,
                    o.high_usd / a_day,
                    o.loss.mean,
                    o.loss.low,
                    o.loss.high,
                    basis_of(o.quality),
                )
                if (o := kind.option) is not None
                else (None,) * 7
            ),
        )
        for kind in advice.kinds[:ROWS]
    ]
    headings = (
        Column(""), Column("kind"), Column("today"), Column("calls", rank=3), Column(unit), Column("quality", rank=4),
        Column("rests on", rank=6), Column("could be"), Column("saves from"), Column("to"), Column("lower by", rank=1),
        Column("from", rank=2), Column("up to", rank=2), Column("by", rank=5),
    )  # fmt: skip
    as_table(headings, rows, empty="no kinds")
    if any(kind.advised for kind in advice.kinds[:ROWS]):
        typer.echo("* advised: the expected loss is within --most-loss")
    if len(advice.kinds) > ROWS:
        typer.echo(f"({len(advice.kinds) - ROWS} more; --json has all)")


def _note_read(found: Found) -> None:
    """What was read, and what was not, on standard error: places by their line, never what stands there."""
    seen = found.advice.seen
    apart = "".join(
        f", {n:,} {what}" for n, what in ((seen.failed, "failed"), (seen.other, "that are no call of a model")) if n
    )
    output.note(f"read {seen.calls:,} calls as {found.advice.format}{apart}")
    for damaged in found.first_damaged:
        output.note(f"line {damaged.line} {damaged.why}" if damaged.line else damaged.why)
    if found.damaged > len(found.first_damaged):
        output.note(f"and {found.damaged - len(found.first_damaged):,} more places that cannot be read")


def _warm_start(found: Found, to: Path) -> str:
    dropped = sum(found.dropped.values())
    why = f"; left out: {', '.join(f'{n:,} with {what}' for what, n in found.dropped.items())}" if dropped else ""
    if not found.told:
        said = "no call with a score in the log can be one" if dropped else "the log has no word on answers"
        return f"No warm start was written: {said}{why}."
    return (
        f"{found.told:,} outcomes were written to {to}{why}. They hold prompts. `pointsman warm-start {to}` tells them "
        "to a service."
    )


def _facts(found: Found, warm_start: Path | None) -> dict[str, Any]:
    from pointsman_service.advice.report import not_known, summary

    advice = found.advice
    written = warm_start if found.told else None
    return {
        "summary": list(summary(advice)),
        "not_known": list(not_known(advice)),
        **asdict(advice),
        "damaged": found.damaged,
        "first_damaged": [asdict(d) for d in found.first_damaged],
        "warm_start": None
        if warm_start is None
        else {"folder": None if written is None else str(written), "outcomes": found.told, "left_out": found.dropped},
    }
