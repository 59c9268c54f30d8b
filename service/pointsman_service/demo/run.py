"""The demo from start to end: processes, traffic, live table, summary, picture, report."""

from __future__ import annotations

import asyncio
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pointsman import PointsmanError as CallError
from rich.console import Console

from pointsman_service.demo.drive import Driver, Side
from pointsman_service.demo.learning_curve import draw
from pointsman_service.demo.list_prices import list_prices
from pointsman_service.demo.live_table import Progress, scores_table
from pointsman_service.demo.processes import JUDGE_COST_USD, demo_services
from pointsman_service.demo.proof import Proof, as_report, proof_of, proof_table, recorded_savings
from pointsman_service.demo.report import Run, Told, make_report, preference, summary
from pointsman_service.demo.scoreboard import Scoreboard
from pointsman_service.demo.story import Outage, Story, Swap, as_it_happens, planned
from pointsman_service.demo.traffic import SimulatedUser, balanced_order
from pointsman_service.domain import strict_json
from pointsman_service.errors import ConfigurationError, EveryModelFailed
from pointsman_service.replay.outcome_table import OutcomeTable
from pointsman_service.replay.sources import open_table

TABLE = "paretobandit"
DATA = "the package paretobandit: three real models' judged answers to prompts of public benchmarks"

RATE = 18.0
"""Prompts a second, each to two services: slow enough to watch, and for the learner to keep up on two cores, which are
half idle then. A little over two minutes for all of them."""

COST_WEIGHT = 1.0
"""Lambda, chosen for what it means and not fitted: a dollar is worth one right answer, a cent a hundredth of one."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run.

    prompts: how many; rate: how many a second, None for as fast as they are answered; concurrency: how many at a time;
    cost_weight: lambda; out: folder for the report and the picture.
    """

    prompts: int
    rate: float | None = RATE
    concurrency: int = 16
    seed: int = 0
    cost_weight: float = COST_WEIGHT
    out: Path = Path()


def run_demo(plan: Plan, console: Console | None = None) -> None:
    """Run it, print what happens, and write demo-report.json and demo-report.png into `plan.out`."""
    console = console or Console()
    if not plan.out.is_dir():
        raise ConfigurationError(f"--out: {plan.out} is not a folder; make it, or name another")
    whole = open_table(TABLE)
    table = whole.take(balanced_order(whole.categories, whole.scores.mean(axis=1), plan.prompts, plan.seed))
    swap, outage = planned(table)
    table = as_it_happens(table, swap)
    board, twin = (Scoreboard(table.model_names, table.scores, table.costs_usd, plan.cost_weight) for _ in range(2))
    _introduce(console, plan, table, swap, outage)
    with tempfile.TemporaryDirectory(prefix="pointsman-demo-") as folder:
        seconds, told, proof = _drive(Path(folder), plan, table, (board, twin), console)
    run = Run(DATA, plan.seed, plan.rate, plan.concurrency, JUDGE_COST_USD, seconds, len(told.failed), told)
    report = make_report(board, run, twin) | {"proof": as_report(proof, board) if proof else None}
    draw(board, plan.out / "demo-report.png", twin, told)
    (plan.out / "demo-report.json").write_text(strict_json.dumps(report, indent=2) + "\n", encoding="utf-8")
    console.print(scores_table(board, "All in all", console.width, twin))
    if proof is not None:
        console.print(proof_table(proof, board))
        console.print(f"{proof.saved}\n{recorded_savings(proof, board)}\n", highlight=False, soft_wrap=True)
    console.print(f"Wrote {plan.out / 'demo-report.json'} and {plan.out / 'demo-report.png'}.", highlight=False)
    console.print(summary(report), highlight=False, soft_wrap=True)


def _drive(
    folder: Path, plan: Plan, table: OutcomeTable, boards: tuple[Scoreboard, Scoreboard], console: Console
) -> tuple[float, Told, Proof | None]:
    """Seconds that the traffic took, what happened on the way, and what the log says of it."""
    prices = list_prices()
    models = {name: prices[name] for name in table.model_names}
    swap, outage = planned(table)
    with (
        demo_services(folder, TABLE, models) as services,
        Progress(console, boards[0], plan.prompts) as progress,
    ):
        story = Story(services.provider_url, swap, outage)
        own, twin = Side(services.address, boards[0]), Side(services.twin_address, boards[1])
        driver = Driver(table, SimulatedUser(plan.seed), plan.cost_weight, plan.rate, story)
        began = time.monotonic()
        asyncio.run(driver.run((own, twin), plan.concurrency, progress.update))
        seconds = time.monotonic() - began
        if not len(boards[0]):
            raise EveryModelFailed(f"none of {len(own.failed)} prompts got an answer")
        proof = _proof(services.address, boards[0], console)
    failed = frozenset(own.failed), frozenset(twin.failed)
    return seconds, Told(swap, outage, story.outage_took_s, frozenset(story.amid_outage), *failed), proof


def _proof(address: str, board: Scoreboard, console: Console) -> Proof | None:
    """None, and a line that says why, where the log was not evaluated: the traffic has its report all the same."""
    try:
        return proof_of(address, board)
    except CallError as error:
        console.print(f"What its log tells is missing here: {error.message}", highlight=False, soft_wrap=True)
        return None


def _introduce(console: Console, plan: Plan, table: OutcomeTable, swap: Swap, outage: Outage) -> None:
    costs = 1000 * np.nanmean(table.costs_usd, axis=0)
    each = ", ".join(f"{name} (${cost:.2f})" for name, cost in zip(table.model_names, costs, strict=True))
    pace = f"{plan.rate:g} a second" if plan.rate else "as fast as they are answered"
    lines = (
        f"{plan.prompts:,} real prompts, {pace}, to a Pointsman that knows nothing yet and a twin that never learns.",
        f"Models, with what 1,000 answers cost: {each}.",
        "Their answers are recorded: no key, no model call. A simulated user gives a thumb to a fifth of the answers.",
        f"Utility = quality - {plan.cost_weight:g} x dollars: {preference(plan.cost_weight)}.",
        f"Simulated as well: from prompt {swap.at:,} on {swap.model} silently gives the answers of {swap.stand_in}, at "
        f"its old price; from prompt {outage.at:,} on {outage.model} is down for {outage.seconds:g} seconds.",
        f"A verdict costs ${JUDGE_COST_USD:g}.",
    )
    for line in lines:
        console.print(line, highlight=False, soft_wrap=True)
    console.print()
