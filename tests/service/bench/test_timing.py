"""How long a query waits in a replay: calls, calls in sequence, and seconds where they are known."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pointsman_bench.plan import Job
from pointsman_service.cli.commands import run
from pointsman_service.replay.tables import write_table

from tests.service.bench.conftest import made_table

SECONDS = {"small": 1.0, "middle": 2.5, "large": 6.5}
"""Half a second to the first token, and then 100 tokens at the pace of each."""


@pytest.fixture(scope="module")
def paced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The made table, whose models have a pace; its first row of all was timed: it took ten seconds."""
    table, folder = made_table(), tmp_path_factory.mktemp("paced") / "paced"
    models = tuple(
        dataclasses.replace(m, time_to_first_token_ms=500.0, tokens_per_second=100.0 / (SECONDS[m.name] - 0.5))
        for m in table.models
    )
    took = np.full(table.scores.shape, np.nan)
    took[0] = 10_000.0
    timed = dataclasses.replace(table, models=models, output_tokens=np.full_like(took, 100.0), latency_ms=took)
    write_table(folder, timed)
    return folder


def bench(table: Path, out: Path, *arguments: str) -> dict[str, Any]:
    """The report of two seeds of which all queries count."""
    given = ["--seeds", "2", "--measure-from", "0", "--no-plots", "--processes", "1", "--out", str(out)]
    assert run(["bench", str(table), *given, *arguments]) == 0
    report: dict[str, Any] = json.loads((out / "report.json").read_text())
    return report


def test_a_single_model_takes_what_its_calls_do(
    paced: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One call of depth 1; the time of its pace, and what was recorded where it was. All three places say so."""
    report = bench(paced, tmp_path, "--budget", "5", "--policies", "single")
    for model, seconds in SECONDS.items():
        found = next(r for r in report["runs"] if r["policy"] == f"single:{model}")
        assert (found["calls_per_query"], found["depth"]) == (1.0, 1.0)
        assert (found["seconds_p50"], found["seconds_p95"]) == (pytest.approx(seconds), pytest.approx(seconds))
        took = np.load(next((tmp_path / "runs").iterdir()) / Job(f"single:{model}", 5.0, 0).file_name)["seconds"]
        assert sorted(took)[-2:] == pytest.approx([seconds, 10.0])
    row = "| 1.00 | 1.00 | 2.5 | 2.5 |"
    assert row in (tmp_path / "report.md").read_text()
    assert row in capsys.readouterr().out


def test_calls_and_judges_that_are_models_follow_each_other(paced: Path, tmp_path: Path) -> None:
    """A cascade's seconds are those of its calls and verdicts; judges that read texts take none."""
    read = bench(paced, tmp_path / "read", "--budget", "5", "--judges", "format,agreement", "--policies", "unified")
    (found,) = read["runs"]
    assert found["depth"] == pytest.approx(found["calls_per_query"])
    judged = bench(
        paced, tmp_path / "judged", "--budget", "5", "--judges", "judge-1", "--judge-model", "middle", "--policies",
        "unified",
    )  # fmt: skip
    (found,) = judged["runs"]
    assert found["judge_calls_per_1k"] > 0.0
    assert found["depth"] == pytest.approx(found["calls_per_query"] + found["judge_calls_per_1k"] / 1000.0)
    with np.load(next((tmp_path / "judged" / "runs").rglob("*-0-*.npz"))) as trace:
        assert set(trace["seconds"] >= 1.0 * trace["steps"] + 2.5 * trace["judge_calls"]) == {True}


def test_what_nobody_timed_has_no_seconds(
    made: Path, paced: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither calls without a pace nor verdicts of a judge whose model is not named: depth is known all the same."""
    report = bench(made, tmp_path / "made", "--budget", "5", "--policies", "single", "--latency-weight", "0.01")
    assert {r["seconds_p50"] for r in report["runs"]} == {None}
    said = capsys.readouterr().out
    assert "| 1.00 | 1.00 | - | - |" in said
    assert "of small, middle, large: they are taken for a second" in said
    report = bench(paced, tmp_path / "paced", "--budget", "5", "--judges", "judge-1", "--policies", "unified")
    (found,) = report["runs"]
    assert found["depth"] == pytest.approx(2.0 * found["calls_per_query"])  # it is free: each answer gets its verdict
    assert found["seconds_p50"] is None


def test_a_run_names_what_a_second_is_worth_and_it_counts(paced: Path, tmp_path: Path) -> None:
    """Where a second costs a fifth of an answer, nobody waits for the slow model, or for a second opinion."""
    options = ("--budget", "12", "--judges", "format,agreement", "--policies", "unified")
    free = bench(paced, tmp_path / "free", *options)
    dear = bench(paced, tmp_path / "dear", *options, "--latency-weight", "0.2")
    assert (free["latency_weight"], dear["latency_weight"]) == (None, 0.2)
    assert "with a second worth 0.2" in (tmp_path / "dear" / "report.md").read_text()
    (without,), (weighed,) = free["runs"], dear["runs"]
    assert weighed["seconds_p95"] < without["seconds_p95"]
    assert weighed["depth"] <= without["depth"]
