"""The demo from start to end: processes, traffic, live table, summary, picture, report."""

from __future__ import annotations

import asyncio
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console

from pointsman_service.demo.drive import Driver
from pointsman_service.demo.learning_curve import draw
from pointsman_service.demo.list_prices import list_prices
from pointsman_service.demo.live_table import Progress, scores_table
from pointsman_service.demo.processes import JUDGE_COST_USD, demo_service
from pointsman_service.demo.report import Run, make_report, preference, summary
from pointsman_service.demo.scoreboard import Scoreboard
from pointsman_service.demo.traffic import SimulatedUser, balanced_order
from pointsman_service.domain import strict_json
from pointsman_service.errors import ConfigurationError, EveryModelFailed
from pointsman_service.replay.outcome_table import OutcomeTable
from pointsman_service.replay.sources import open_table

TABLE = "paretobandit"
DATA = "the package paretobandit: three real models' judged answers to prompts of public benchmarks"

RATE = 30.0
"""Prompts a second: slow enough to watch, and for the learner to keep up on two cores. Two minutes for all of them."""

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
    board = Scoreboard(table.model_names, table.scores, table.costs_usd, plan.cost_weight)
    _introduce(console, plan, table)
    with tempfile.TemporaryDirectory(prefix="pointsman-demo-") as folder:
        seconds, failed = _drive(Path(folder), plan, table, board, console)
    if not len(board):
        raise EveryModelFailed(f"none of {failed} prompts got an answer")
    report = make_report(board, Run(DATA, plan.seed, plan.rate, plan.concurrency, JUDGE_COST_USD, seconds, failed))
    draw(board, plan.out / "demo-report.png")
    (plan.out / "demo-report.json").write_text(strict_json.dumps(report, indent=2) + "\n", encoding="utf-8")
    console.print(scores_table(board, "All in all", console.width))
    console.print(summary(report), highlight=False, soft_wrap=True)
    console.print(f"Wrote {plan.out / 'demo-report.json'} and {plan.out / 'demo-report.png'}.", highlight=False)


def _drive(folder: Path, plan: Plan, table: OutcomeTable, board: Scoreboard, console: Console) -> tuple[float, int]:
    """Seconds that the traffic took, and how many prompts got no answer."""
    driver = Driver(table, SimulatedUser(plan.seed), plan.cost_weight, plan.rate)
    prices = list_prices()
    models = {name: prices[name] for name in table.model_names}
    with demo_service(folder, TABLE, models) as address, Progress(console, board, plan.prompts) as progress:
        began = time.monotonic()
        failed = asyncio.run(driver.run(address, plan.concurrency, board, progress.update))
        return time.monotonic() - began, failed


def _introduce(console: Console, plan: Plan, table: OutcomeTable) -> None:
    costs = 1000 * np.nanmean(table.costs_usd, axis=0)
    each = ", ".join(f"{name} (${cost:.2f})" for name, cost in zip(table.model_names, costs, strict=True))
    pace = f"{plan.rate:g} a second" if plan.rate else "as fast as they are answered"
    lines = (
        f"{plan.prompts:,} real prompts, {pace}, to a Pointsman that knows nothing yet.",
        f"Models, with what 1,000 answers cost: {each}.",
        "Their answers are recorded: no key, no model call. A simulated user gives a thumb to a fifth of the answers.",
        f"Utility = quality - {plan.cost_weight:g} x dollars: {preference(plan.cost_weight)}.",
        f"A verdict costs ${JUDGE_COST_USD:g}.",
    )
    for line in lines:
        console.print(line, highlight=False, soft_wrap=True)
    console.print()
