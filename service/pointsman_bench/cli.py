"""`pointsman bench TABLE`: its options, and what it does with them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from pointsman_service.domain import strict_json
from pointsman_service.errors import ConfigurationError
from pointsman_service.replay.known_outcomes import DEFAULT_SIZE
from rich.console import Console

from pointsman_bench.conduct import bench_table, cover_off_policy, live_incident, measure_verdicts, try_promotion
from pointsman_bench.events import read_events
from pointsman_bench.jobs import GROWTH, QUERIES_PER_DAY, jobs_named
from pointsman_bench.plan import OFF, Plan, named_twice
from pointsman_bench.policies import check_parts
from pointsman_bench.source import pool_of

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
_EXAMPLE = "Example: pointsman bench paretobandit --limit 200 --policies unified,random,single --budget 7.5 --out out"


@app.command(epilog=_EXAMPLE)
def bench(  # noqa: PLR0917 - options of a command line
    table: Annotated[str, typer.Argument(help='Folder with an outcome table, or "paretobandit".')],
    pool: Annotated[
        str | None,
        typer.Option(
            help="Models, with commas between; or how many are drawn, by a seed where one is given: 12, 12:3. "
            "[default: all of the table]"
        ),
    ] = None,
    with_responses: Annotated[bool, typer.Option(help="Only queries with an answer text of every model.")] = False,
    judges: Annotated[
        str, typer.Option(help="none, format, agreement, recorded judges' names, or simulated:AUC,CORRELATION,N.")
    ] = "none",
    judge_model: Annotated[str | None, typer.Option(help="A verdict costs as one call of this model.")] = None,
    judge_cost: Annotated[float | None, typer.Option(help="A verdict costs this, dollars per 1,000.")] = None,
    budget: Annotated[str | None, typer.Option(help="Dollars per 1,000 queries, with commas between.")] = None,
    seeds: Annotated[int, typer.Option(help="Shuffles and draws to average over.")] = 3,
    feedback_rate: Annotated[float, typer.Option(help="Share of answers that get feedback.")] = 0.2,
    feedback_delay: Annotated[int, typer.Option(help="Queries until feedback comes.")] = 50,
    feedback_all_now: Annotated[bool, typer.Option("--feedback-all-now", help="On every answer, at once.")] = False,
    flip: Annotated[float, typer.Option(help="Share of feedback that says the opposite.")] = 0.0,
    malice: Annotated[
        int,
        typer.Option(help="Answers of its own that a caller of another tenant thumbs down just before what counts."),
    ] = 0,
    wrong_judge: Annotated[str | None, typer.Option(help="Category on which every judge is inverted.")] = None,
    policies: Annotated[
        str | None, typer.Option(help='With commas; "single" is every single model. [default: all but peers]')
    ] = None,
    without: Annotated[
        list[str] | None, typer.Option(help="Add the learner without this part or job. Repeatable.")
    ] = None,
    jobs: Annotated[
        str, typer.Option(help="Scheduled jobs that the learner runs, with commas between; all, or none.")
    ] = GROWTH,
    queries_per_day: Annotated[
        float, typer.Option(help="Traffic, by which jobs' intervals are counted in queries.")
    ] = QUERIES_PER_DAY,
    peers: Annotated[bool, typer.Option("--peers", help="Add other routers on the same stream.")] = False,
    order: Annotated[Path | None, typer.Option(help="File of query ids, one a line: the stream's order.")] = None,
    shuffle: Annotated[bool | None, typer.Option(help="By seed. [default: yes, but not paretobandit]")] = None,
    events: Annotated[Path | None, typer.Option(help="JSON or TOML file of changes on the way.")] = None,
    warm_start: Annotated[
        float, typer.Option(help="Share of each stream that the learner knows beforehand, and is not replayed.")
    ] = 0.0,
    effective_sample_size: Annotated[
        float, typer.Option(help="With --warm-start: outcomes a model that it counts for.")
    ] = DEFAULT_SIZE,
    baseline: Annotated[
        str | None,
        typer.Option(
            help="What the team used before: a model, `best` (of those within the budget, by hindsight) or `random` "
            "(one of them). It answers until evidence says otherwise."
        ),
    ] = None,
    alpha: Annotated[float, typer.Option(help="With --baseline: share of its utility that may be lost.")] = 0.05,
    together: Annotated[
        int, typer.Option(help="Queries that come at once: decided as one batch, until the next snapshot.")
    ] = 1,
    priors: Annotated[
        str, typer.Option(help="What public results foretell of models: on, off, or the file of another table.")
    ] = OFF,
    latency_weight: Annotated[
        float | None, typer.Option(help="Mu: utility per second until the answer, as every query asks for.")
    ] = None,
    measure_from: Annotated[
        float | None, typer.Option(help="First query that counts, or a fraction below 1. [default: the middle]")
    ] = None,
    limit: Annotated[int | None, typer.Option(help="Only the first so many queries of each stream.")] = None,
    subsample: Annotated[
        int | None, typer.Option(help="Each seed's stream is so many queries, drawn from the table by the seed.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Keep replays that an earlier run of this plan did.")
    ] = False,
    processes: Annotated[int | None, typer.Option(min=1, help="[default: one per core]")] = None,
    verdict_quality: Annotated[
        bool, typer.Option("--verdict-quality", help="Instead: how well the judges' combined verdict is calibrated.")
    ] = False,
    reference_threshold: Annotated[float, typer.Option(help="With --verdict-quality: right is at least this.")] = 0.9,
    off_policy: Annotated[
        int | None, typer.Option(min=2, help="Instead: so many replays of off-policy estimates with a known answer.")
    ] = None,
    promotion: Annotated[
        int | None,
        typer.Option(min=2, help="Instead: so many trials of better and of no better policies."),
    ] = None,
    incident: Annotated[
        bool,
        typer.Option("--incident", help="Instead: an outage, a broken source of words, forget and a roll back."),
    ] = False,
    plots: Annotated[bool, typer.Option(help="Draw the report's plots.")] = True,
    out: Annotated[Path, typer.Option(help="Folder for report.json, report.md, plots and finished replays.")] = Path(
        "out"
    ),
) -> None:
    """Replay recorded outcomes through the learner and compare policies by quality and cost."""
    running = jobs_named(jobs)
    check_parts(without or (), running)
    if not 0 < reference_threshold <= 1:
        raise ConfigurationError("--reference-threshold: a score above 0, at most 1")
    plan = Plan(
        table=table,
        pool=pool_of(pool, table),
        with_responses=with_responses,
        judges=judges,
        judge_model=judge_model,
        judge_cost=judge_cost,
        policies=_names(policies) or (),
        budgets=_amounts(budget),
        seeds=seeds,
        feedback_rate=1.0 if feedback_all_now else feedback_rate,
        feedback_delay=0 if feedback_all_now else feedback_delay,
        flip=flip,
        malice=malice,
        wrong_judge=wrong_judge,
        order=_lines(order),
        shuffle=table != "paretobandit" if shuffle is None else shuffle,
        measure_from=measure_from,
        limit=limit,
        events=read_events(events) if events is not None else (),
        warm_start=warm_start,
        effective_sample_size=effective_sample_size,
        jobs=running,
        queries_per_day=queries_per_day,
        baseline=baseline,
        alpha=alpha,
        together=together,
        priors=priors,
        latency_weight=latency_weight,
        subsample=subsample,
    )
    console = Console()
    out.mkdir(parents=True, exist_ok=True)
    if off_policy is not None:
        report = cover_off_policy(plan, off_policy, out, console)
    elif promotion is not None:
        report = try_promotion(plan, promotion, out, console)
    elif incident:
        report = live_incident(plan, out, console)
    elif verdict_quality:
        report = measure_verdicts(plan, reference_threshold, out, console)
    else:
        report = bench_table(
            plan,
            out,
            console,
            without=tuple(without or ()),
            peers=peers,
            resume=resume,
            processes=processes,
            plots=plots,
        )
    (out / "report.json").write_text(strict_json.dumps(report, indent=1) + "\n", encoding="utf-8")
    console.print(f"wrote {out / 'report.json'} and {out / 'report.md'}", highlight=False, soft_wrap=True)
    if report.get("missed"):
        raise typer.Exit(1)


def _names(text: str | None) -> tuple[str, ...] | None:
    if text is None:
        return None
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _amounts(text: str | None) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in _names(text) or ())
    except ValueError:
        raise ConfigurationError(f"--budget {text}: write dollars per 1,000 queries, such as 8.5,5.0,1.1") from None


def _lines(path: Path | None) -> tuple[str, ...] | None:
    if path is None:
        return None
    try:
        ids = tuple(line.strip() for line in path.read_text(encoding="utf-8-sig").splitlines() if line.strip())
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"--order {path}: cannot be read ({error})") from error
    if len(ids) < 2:
        raise ConfigurationError(f"--order {path}: expected at least 2 query ids, one a line, found {len(ids)}")
    if twice := named_twice(ids):
        raise ConfigurationError(f"--order {path}: expected every query once, {twice[0]!r} is there twice")
    return ids
