"""`pointsman bench` as it is called, on a small made table."""

from __future__ import annotations

import gzip
import json
import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pointsman_bench import promotion_power
from pointsman_bench.plan import Job, Plan
from pointsman_bench.source import order_of, pool_of, read_table
from pointsman_learner.events import JobApplied
from pointsman_learner.jobs.rebuild import CallTotals
from pointsman_learner.learner import Learner
from pointsman_service.cli.commands import run
from pointsman_service.errors import ConfigurationError


def bench(*arguments: str | Path, out: Path) -> dict[str, Any]:
    """Run it in this process; its report."""
    given = [str(a) for a in arguments]
    assert run(["bench", *given, "--out", str(out), "--processes", "1"]) == 0
    report: dict[str, Any] = json.loads((out / "report.json").read_text())
    return report


def test_a_report_has_every_policy_at_every_budget_with_intervals(made: Path, tmp_path: Path) -> None:
    """Keys of report.json are fixed; intervals hold the mean; plots lie beside report.md, which shows them."""
    report = bench(
        made, "--with-responses", "--judges", "format,agreement", "--budget", "4,1", "--seeds", "2",
        "--policies", "unified,taxonomy,random,single", "--without", "agreement", out=tmp_path,
    )  # fmt: skip
    assert {"table", "queries", "models", "judges", "seeds", "runs", "references"} <= set(report)
    assert (report["table"], report["queries"], report["seeds"]) == ("made", 80, 2)
    assert report["judges"] == {"format": "real, on recorded texts", "agreement": "real, on recorded texts"}
    found = {(r["policy"], r["budget_per_1k"]) for r in report["runs"]}
    policies = {"unified", "taxonomy", "random", "single:small", "single:middle", "single:large", "without:agreement"}
    assert found == {(p, b) for p in policies for b in (4.0, 1.0)}
    for r in report["runs"]:
        low, high = r["quality_ci95"]
        assert low <= r["quality"] <= high
        assert sum(r["share"].values()) == pytest.approx(1.0)
    assert {p["minus"] for p in report["paired"]} == {"taxonomy", "random", "without:agreement"}
    page = (tmp_path / "report.md").read_text()
    assert "by hindsight: middle at 4; middle at 1" in page
    for r in report["runs"]:
        assert set(r["early_loss"]["after"]) == {"50"}
        assert set(r["spending"]) == (
            set() if r["policy"].startswith(("single:", "random")) else {"whole", "whole_worst", "window_worst"}
        )
    for plot in ("cost-quality.png", "regret.png", "first-queries.png"):
        assert plot in page
        assert (tmp_path / plot).stat().st_size > 1000


def test_single_models_are_the_recorded_outcomes_of_the_last_half(made: Path, tmp_path: Path) -> None:
    """What is reported of a single model is its recorded mean over the queries that count."""
    report = bench(made, "--budget", "1", "--seeds", "2", "--policies", "single", "--no-plots", out=tmp_path)
    plan = Plan(str(made))
    table = read_table(plan)
    late = [table.scores[order_of(plan, table, seed)[40:]] for seed in range(2)]
    for j, model in enumerate(table.model_names):
        mean = np.mean([s[:, j].mean() for s in late])
        run_of = next(r for r in report["runs"] if r["policy"] == f"single:{model}")
        assert run_of["quality"] == pytest.approx(mean)
        assert report["references"]["single"][model]["quality"] == pytest.approx(mean)
        assert run_of["hull_lift"] <= 1e-9
    assert report["references"]["oracle"]["quality"] >= max(r["quality"] for r in report["runs"])


def test_a_single_model_loses_nothing_against_itself_from_the_first_query_on(made: Path, tmp_path: Path) -> None:
    """With a baseline that was asked for, losses are told against that one."""
    report = bench(
        made, "--budget", "20", "--seeds", "2", "--policies", "single", "--baseline", "middle", "--no-plots",
        out=tmp_path,
    )  # fmt: skip
    lost = {r["policy"]: r["early_loss"]["after"]["50"] for r in report["runs"]}
    assert lost["single:middle"] == {"mean": 0.0, "worst": 0.0}
    assert lost["single:small"]["worst"] >= lost["single:small"]["mean"] > 0 > lost["single:large"]["mean"]
    assert report["baseline"]["models"] == {"20": ["middle", "middle"]}
    assert not report["baseline"]["hindsight"]


def test_a_subsample_is_drawn_by_the_seed(made: Path, tmp_path: Path) -> None:
    """In the table's order where nothing is shuffled; more than there is cannot be drawn."""
    plan = Plan(str(made), subsample=30, shuffle=False)
    table = read_table(plan)
    first, second = (order_of(plan, table, seed) for seed in range(2))
    assert len(first) == len(set(first.tolist())) == 30
    assert (np.diff(first) > 0).all()
    assert first.tolist() != second.tolist()
    assert first.tolist() == order_of(plan, table, 0).tolist()
    shuffled = order_of(Plan(str(made), subsample=30), table, 0)
    assert len(set(shuffled.tolist())) == 30
    report = bench(made, "--subsample", "60", "--budget", "2", "--policies", "random", "--no-plots", out=tmp_path)
    assert report["queries"] == 60
    with pytest.raises(ConfigurationError, match="--subsample 81: the table has 80 queries"):
        order_of(Plan(str(made), subsample=81), table, 0)


def test_a_pool_of_so_many_models_is_drawn_by_its_seed(made: Path) -> None:
    """In the table's order; names stay names."""
    drawn = [pool_of(f"2:{seed}", str(made)) for seed in range(10)]
    assert {("small", "middle"), ("small", "large"), ("middle", "large")} == set(drawn)
    assert pool_of("2", str(made)) == drawn[0]
    assert pool_of("large, small", str(made)) == ("large", "small")
    assert pool_of(None, str(made)) is None
    with pytest.raises(ConfigurationError, match="--pool 4: from 2 to 3 models"):
        pool_of("4", str(made))


def test_two_model_pools_have_the_measures_of_two_model_routers(made: Path, tmp_path: Path) -> None:
    """APGR and CPT come with a pool of two, AIQ with every pool; CPT(80 %) takes at least the share of CPT(50 %)."""
    report = bench(
        made, "--pool", "small,large", "--budget", "6,3", "--seeds", "1", "--policies", "learned,oracle", "--no-plots",
        out=tmp_path,
    )  # fmt: skip
    for figures in report["across_budgets"].values():
        assert set(figures) == {"aiq", "apgr", "cpt50", "cpt80"}
        assert figures["cpt50"] <= figures["cpt80"]
    assert report["across_budgets"]["oracle"]["apgr"] > report["across_budgets"]["learned"]["apgr"]


def test_a_resumed_run_reads_what_was_done_and_reports_the_same(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """--resume replays only what is missing, a cut file included; the report does not change."""
    options = (made, "--budget", "2", "--seeds", "2", "--policies", "learned,random", "--no-plots")
    first = bench(*options, out=tmp_path)
    traces = sorted((tmp_path / "runs").rglob("*.npz"))
    assert len(traces) == 4
    traces[0].unlink()
    traces[1].write_bytes(traces[1].read_bytes()[:50])
    capsys.readouterr()
    assert bench(*options, "--resume", out=tmp_path) == first
    assert "2 of 4 replays were done before" in capsys.readouterr().out


def test_processes_do_not_change_the_figures(made: Path, tmp_path: Path) -> None:
    """Two worker processes report what one process does: a replay depends on the plan and its seed alone."""
    options = (str(made), "--budget", "2", "--seeds", "2", "--policies", "unified,random", "--no-plots")
    one = bench(*options, "--judges", "simulated:0.85,0.5,2", "--judge-cost", "0.01", out=tmp_path / "one")
    arguments = ["bench", *options, "--judges", "simulated:0.85,0.5,2", "--judge-cost", "0.01"]
    assert run([*arguments, "--processes", "2", "--out", str(tmp_path / "two")]) == 0
    two = json.loads((tmp_path / "two" / "report.json").read_text())
    for a, b in zip(one["runs"], two["runs"], strict=True):
        assert (a["policy"], a["share"]) == (b["policy"], b["share"])
        assert (a["quality"], a["cost_per_1k"]) == pytest.approx((b["quality"], b["cost_per_1k"]))
    assert one["judges"] == {"simulated-1": "simulated", "simulated-2": "simulated"}


def test_peers_play_the_same_stream(made: Path, tmp_path: Path) -> None:
    """Peers are in the report; the bounds of hindsight are marked, and no single model beats the oracle."""
    report = bench(made, "--peers", "--budget", "2", "--seeds", "1", "--no-plots", "--limit", "60", out=tmp_path)
    by_name = {r["policy"]: r for r in report["runs"]}
    assert {"unified", "paretobandit", "linucb", "knn", "thompson", "static-category", "oracle"} <= set(by_name)
    assert [n for n, r in by_name.items() if r["hindsight"]] == ["static-category", "oracle"]
    affordable = [r["quality"] for n, r in by_name.items() if n.startswith("single:") and r["cost_per_1k"] <= 2]
    assert by_name["oracle"]["quality"] >= max(affordable)
    assert by_name["oracle"]["cost_per_1k"] <= 2.5


def test_events_are_reported_with_the_way_back(made: Path, tmp_path: Path) -> None:
    """Each event has its reaction; a model that comes later answers nothing before, one that left nothing after."""
    events = tmp_path / "events.json"
    events.write_text(json.dumps([
        {"at": 0.25, "kind": "degrade", "model": "large", "times": 0.5},
        {"at": 0.5, "kind": "add", "model": "middle"},
        {"at": 60, "kind": "remove", "model": "small"},
    ]))  # fmt: skip
    report = bench(
        made, "--events", events, "--budget", "3", "--seeds", "1",
        "--policies", "unified,knn,linucb,paretobandit,thompson,random", out=tmp_path / "out",
    )  # fmt: skip
    assert [e["position"] for e in report["events"]] == [20, 40, 60]
    assert report["events"][1]["final_share"] is not None
    assert (tmp_path / "out" / "events.png").exists()
    folder = next((tmp_path / "out" / "runs").iterdir())
    for policy in ("unified", "knn", "linucb", "paretobandit", "thompson", "random"):
        answered = np.load(folder / Job(policy, 3.0, 0).file_name)["answered"]
        assert not (answered[:40] == 1).any()
        assert not (answered[60:] == 0).any()


def test_jobs_run_at_their_intervals_and_each_can_be_left_out(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With 200 queries a day growth runs every 50 of them and the others every 8; the rebuild hears of the calls."""
    ran: list[tuple[str, float, int]] = []
    propose = Learner.propose

    def noted(self: Learner, job: str, at: float, totals: Sequence[CallTotals] = ()) -> JobApplied | None:
        ran.append((job, at, sum(t.calls for t in totals)))
        return propose(self, job, at, totals)

    monkeypatch.setattr(Learner, "propose", noted)
    report = bench(
        made, "--jobs", "promote,grow_taxonomy,rebuild_statistics", "--queries-per-day", "200", "--without", "promote",
        "--policies", "unified,random", "--budget", "3", "--seeds", "1", "--no-plots", out=tmp_path,
    )  # fmt: skip
    times = Counter(job for job, *_ in ran)
    assert times == {"rebuild_statistics": 20, "grow_taxonomy": 2, "promote": 10}
    assert [at for job, at, _ in ran if job == "grow_taxonomy"] == [49.0, 49.0]
    assert [calls for job, at, calls in ran if job == "rebuild_statistics" and at == 79.0] == [79, 79]
    assert all(calls == 0 for job, _, calls in ran if job != "rebuild_statistics")
    names = ["rebuild_statistics", "grow_taxonomy", "promote"]
    assert report["jobs"] == {"names": names, "queries_per_day": 200.0}
    changes = {r["policy"]: r["job_changes"] for r in report["runs"]}
    assert changes["random"] == {}
    assert changes["without:promote"].keys() == set(names)
    assert "How often jobs changed something" in (tmp_path / "report.md").read_text()


def test_a_job_that_does_not_run_cannot_be_left_out(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It would be compared with itself."""
    assert run(["bench", str(made), "--without", "promote"]) == 2
    assert "it does not run; name it with --jobs" in capsys.readouterr().err


def test_no_budget_given_picks_three_and_says_so(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Between the cheapest and the best model's price."""
    report = bench(made, "--seeds", "1", "--policies", "random", "--no-plots", out=tmp_path)
    budgets = {r["budget_per_1k"] for r in report["runs"]}
    assert len(budgets) == 3
    assert all(0.1 < b < 10 for b in budgets)
    assert "no --budget given" in capsys.readouterr().out


def test_verdict_quality_ranks_and_calibrates(made: Path, tmp_path: Path) -> None:
    """The combined verdict of two good judges beats a coin, and is reported with each judge's own figures."""
    report = bench(
        made, "--judges", "judge-1,judge-2", "--verdict-quality", "--reference-threshold", "0.9", "--seeds", "1",
        out=tmp_path,
    )  # fmt: skip
    assert set(report["verdicts"]) == {"combined", "judges alone", "plain mean", "judge-1", "judge-2"}
    assert report["verdicts"]["combined"]["auc"] > 0.8
    assert 0 <= report["verdicts"]["combined"]["ece"] < 0.5


def test_off_policy_intervals_cover_the_known_answer(made: Path, tmp_path: Path) -> None:
    """With 40 replays at 95 %, fewer than 33 hits has a chance below 1 in 1,000; DR is narrower than IPS."""
    report = bench(made, "--off-policy", "40", out=tmp_path)
    dr, ips = report["estimators"]["doubly_robust"], report["estimators"]["ips"]
    assert dr["coverage"] >= 33 / 40
    assert dr["width"] < ips["width"]


def test_what_is_better_is_promoted_and_nothing_else(made: Path, tmp_path: Path) -> None:
    """Four trials of each condition, all of whose targets are met; the advantage told is the true one."""
    report = bench(made, "--promotion", "4", out=tmp_path)
    assert report["missed"] == []
    assert [c["better"] for c in report["conditions"]] == pytest.approx([0.0, 0.1, 0.03], abs=1e-9)
    assert [c["promoted"] for c in report["conditions"]] == [0, 4, 4]
    assert "10 points better" in (tmp_path / "report.md").read_text()


def test_a_missed_target_is_the_exit_code(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three points are not found within 20 decisions."""
    hasty = promotion_power.Condition("3 points better, at once", 0.03, 20, 160)
    monkeypatch.setattr(promotion_power, "CONDITIONS", (hasty,))
    assert run(["bench", str(made), "--promotion", "2", "--out", str(tmp_path)]) == 1
    assert json.loads((tmp_path / "report.json").read_text())["missed"] == [hasty.name]


def test_a_baseline_answers_until_evidence_says_otherwise(made: Path, tmp_path: Path) -> None:
    """Of eighty queries the first are all its own; the report says what was guaranteed."""
    report = bench(
        made, "--baseline", "large", "--alpha", "0", "--budget", "2", "--seeds", "1", "--policies", "unified",
        "--no-plots", out=tmp_path,
    )  # fmt: skip
    (run_,) = report["runs"]
    assert run_["cost_per_1k"] == pytest.approx(10.0)
    assert report["baseline"] == {"asked": "large", "alpha": 0.0, "models": {"2": ["large"]}, "hindsight": False}
    assert "with the baseline large and an alpha of 0" in (tmp_path / "report.md").read_text()


def test_what_public_results_foretell_is_told_where_it_is_asked_for(made: Path, tmp_path: Path) -> None:
    """A table of the operator's, by which the dear model is the better one; the report says so."""
    table = tmp_path / "ours.toml"
    table.write_text(
        'date = "2026-07-01"\nsources = ["ours"]\n[[category]]\nid = "all"\ndescription = "All."\n'
        "[models]\nsmall = [10.0]\nlarge = [90.0]\n",
        encoding="utf-8",
    )
    options = ("--budget", "10", "--seeds", "1", "--policies", "unified", "--no-plots")
    off, told = (bench(made, *options, "--priors", p, out=tmp_path) for p in ("off", str(table)))
    assert (off["priors"], told["priors"]) == ("off", str(table))
    assert told["runs"][0]["cost_per_1k"] > off["runs"][0]["cost_per_1k"]
    assert "with what public results foretell" in (tmp_path / "report.md").read_text()
    assert run(["bench", str(made), "--priors", str(tmp_path / "none.toml"), "--out", str(tmp_path)]) == 2


def test_judges_can_be_made_wrong_on_one_category_and_feedback_flipped(made: Path, tmp_path: Path) -> None:
    """The report says what was done to judges and feedback."""
    report = bench(
        made, "--judges", "judge-1", "--wrong-judge", "fruit", "--flip", "0.1", "--malice", "5",
        "--feedback-rate", "0.5", "--budget", "2", "--seeds", "1", "--policies", "unified", "--no-plots", out=tmp_path,
    )  # fmt: skip
    assert report["feedback"] == {"rate": 0.5, "delay": 50, "flip": 0.1, "malice": 5, "wrong_judge": "fruit"}
    said = (tmp_path / "report.md").read_text()
    assert "5 answers of another tenant thumbed down, judges wrong on fruit" in said


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--pool", "smal,large"], "near: small"),
        (["--policies", "unifed"], "near: unified"),
        (["--without", "cascades"], "the learner's parts are taxonomy"),
        (["--jobs", "prune"], "there are all, none, rebuild_statistics"),
        (["--queries-per-day", "0"], "--queries-per-day: above 0"),
        (["--malice", "-1"], "--malice: a number of answers"),
        (["--budget", "cheap"], "dollars per 1,000 queries"),
        (["--budget", "0"], "above 0"),
        (["--budget", "inf"], "--budget: dollars per 1,000 queries, above 0 and finite"),
        (["--budget", "5,1e400"], "--budget: dollars per 1,000 queries, above 0 and finite"),
        (["--budget", "nan"], "--budget: dollars per 1,000 queries, above 0 and finite"),
        (["--budget", "5,1,5.0"], "--budget: given twice: 5"),
        (["--pool", ","], "--pool: names no model"),
        (["--pool", "small,large,small"], "--pool: named twice: small"),
        (["--effective-sample-size", "inf"], "--effective-sample-size"),
        (["--effective-sample-size", "nan"], "--effective-sample-size"),
        (["--measure-from", "inf"], "--measure-from"),
        (["--measure-from", "nan"], "--measure-from"),
        (["--measure-from", "70", "--limit", "60"], "--measure-from 70: leaves fewer than 2 of 60 queries"),
        (["--measure-from", "59", "--limit", "60"], "--measure-from 59: leaves fewer than 2 of 60 queries"),
        (["--measure-from", "0.99", "--limit", "60"], "--measure-from 0.99: leaves fewer than 2 of 60 queries"),
        (["--judge-cost", "inf"], "--judge-cost"),
        (["--judge-cost", "nan"], "--judge-cost"),
        (["--feedback-rate", "nan"], "--feedback-rate"),
        (["--flip", "nan"], "--flip"),
        (["--alpha", "1"], "--alpha"),
        (["--together", "0"], "--together"),
        (["--baseline", "midle"], "near: middle"),
        (["--warm-start", "nan"], "--warm-start"),
        (["--warm-start", "0.001", "--limit", "40"], "--warm-start 0.001: is less than one of 40 queries"),
        (["--reference-threshold", "nan"], "--reference-threshold: a score above 0, at most 1"),
        (["--reference-threshold", "5"], "--reference-threshold"),
        (["--reference-threshold", "0"], "--reference-threshold"),
        (["--judges", "oracle"], "'oracle' is unknown"),
        (["--judges", "simulated:2,0,1"], "AUC in (0.5, 1)"),
        (["--judges", "judge-1", "--judge-model", "huge"], "not in the pool"),
        (["--judges", "judge-1", "--wrong-judge", "friut"], "fruit"),
        (["--wrong-judge", "fruit"], "gives scores"),
        (["--verdict-quality"], "name judges"),
        (["--order", "missing.txt"], "cannot be read"),
        (["--events", "missing.toml"], "cannot be read"),
        (["--limit", "1"], "at least 2"),
        (["--latency-weight", "-1"], "--latency-weight: utility per second"),
        (["--latency-weight", "nan"], "--latency-weight"),
    ],
)
def test_a_wrong_option_is_one_line_that_says_what_to_do(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    """Exit code 2, and the line names the option; nothing was replayed."""
    assert run(["bench", str(made), "--out", str(tmp_path), "--seeds", "1", *arguments]) == 2
    said = capsys.readouterr().err
    assert told in said
    assert said.count("\n") == 1
    assert not list(tmp_path.rglob("*.npz"))


def test_a_table_that_is_none_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither a folder nor the packaged table."""
    assert run(["bench", str(tmp_path / "nothing"), "--out", str(tmp_path)]) == 2
    assert "neither a folder" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("pool", "told"),
    [
        (",", "names no model"),
        ("google/gemini-2.5-pro,google/gemini-2.5-pro", "named twice: google/gemini-2.5-pro"),
        ("gemini", "'gemini' is not among meta-llama/llama-3.1-8b-instruct"),
    ],
)
def test_a_pool_of_the_packaged_table_is_checked_as_a_folders(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], pool: str, told: str
) -> None:
    """The line is about --pool."""
    assert run(["bench", "paretobandit", "--pool", pool, "--out", str(tmp_path)]) == 2
    assert f"pointsman: --pool: {told}" in capsys.readouterr().err


@pytest.mark.parametrize("judge", ["format", "agreement"])
def test_judges_of_texts_need_recorded_texts(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], judge: str
) -> None:
    """A table without any is refused: they would judge nothing."""
    folder = tmp_path / "textless"
    shutil.copytree(made, folder)
    (folder / "responses.jsonl.gz").unlink()
    assert run(["bench", str(folder), "--judges", judge, "--out", str(tmp_path)]) == 2
    assert f"--judges {judge}: judges recorded texts, and textless has none" in capsys.readouterr().err


def test_queries_that_lack_an_outcome_are_said_to_be_left_out(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The header counts them."""
    folder = tmp_path / "gaps"
    shutil.copytree(made, folder)
    rows = gzip.decompress((folder / "outcomes.csv.gz").read_bytes()).decode().splitlines(keepends=True)
    kept = [row for row in rows if not row.startswith(("q0,small", "q1,large", "q1,small"))]
    (folder / "outcomes.csv.gz").write_bytes(gzip.compress("".join(kept).encode()))
    options = ("--budget", "1", "--seeds", "1", "--policies", "single", "--no-plots")
    assert bench(folder, *options, out=tmp_path)["queries"] == 78
    said = capsys.readouterr().out
    assert "gaps: 78 queries, 3 models" in said
    assert "2 of 80 queries lack an outcome of some model and are left out" in said
    bench(made, *options, out=tmp_path)
    assert "left out" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"q1\n\xff\xfe\n", "cannot be read"),
        (b"", "expected at least 2 query ids, one a line, found 0"),
        (b"q1\n\n", "found 1"),
        (b"q1\nq2\nq1\n", "expected every query once, 'q1' is there twice"),
    ],
)
def test_an_order_that_is_none_is_refused(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, told: str
) -> None:
    """In one line that names the file."""
    order = tmp_path / "order.txt"
    order.write_bytes(content)
    assert run(["bench", str(made), "--order", str(order), "--out", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert f"--order {order}: " in said
    assert told in said


def test_the_order_of_a_file_is_the_streams(made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--order takes query ids, one a line; the rest of the table is left out."""
    order = tmp_path / "order.txt"
    order.write_text("q5\nq2\n\nq9\n")
    report = bench(
        made, "--order", order, "--budget", "1", "--seeds", "1", "--policies", "single", "--no-plots", out=tmp_path
    )
    assert report["queries"] == 3
    assert "made: 3 queries, " in capsys.readouterr().out
    order.write_text("q5\nq99\n")
    assert run(["bench", str(made), "--order", str(order), "--out", str(tmp_path)]) == 2
    assert "--order: 1 queries are not in the table" in capsys.readouterr().err


def test_a_warm_start_is_compared_with_a_cold_one_on_what_is_left(made: Path, tmp_path: Path) -> None:
    """The known share is not replayed; "cold" lives on the same queries without it."""
    report = bench(
        made, "--budget", "2", "--seeds", "2", "--policies", "unified,cold", "--warm-start", "0.5",
        "--effective-sample-size", "20", "--no-plots", out=tmp_path,
    )  # fmt: skip
    assert report["queries"] == 40
    assert report["warm_start"] == {"share": 0.5, "effective_sample_size": 20.0}
    first = {r["policy"]: r["first_part_quality"] for r in report["runs"]}
    assert first["unified"] != first["cold"]
    assert [p["minus"] for p in report["paired"]] == ["cold"]
    assert "starts from 50% of the stream, worth at most 20 outcomes a model" in (tmp_path / "report.md").read_text()


def test_without_a_warm_start_cold_is_unified(made: Path, tmp_path: Path) -> None:
    """And it is not among the policies that are compared when none are chosen."""
    options = ("--budget", "2", "--seeds", "1", "--no-plots")
    runs = bench(made, *options, "--policies", "unified,cold", out=tmp_path)["runs"]
    assert runs[0]["quality"] == runs[1]["quality"]
    assert "cold" not in {r["policy"] for r in bench(made, *options, "--limit", "10", out=tmp_path)["runs"]}


@pytest.mark.parametrize(("option", "value"), [("--warm-start", "1"), ("--effective-sample-size", "0")])
def test_a_warm_start_that_cannot_be_is_refused(
    made: Path, capsys: pytest.CaptureFixture[str], option: str, value: str
) -> None:
    """In one line."""
    assert run(["bench", str(made), option, value]) == 2
    assert option in capsys.readouterr().err
