"""The demo, with its real processes: what it writes, and what a kill -9 amid its traffic loses (nothing)."""

import asyncio
import io
import json
import os
import signal
import sqlite3

import numpy as np
import pytest
from pointsman import AsyncClient
from pointsman_service.cli.commands import run
from pointsman_service.demo.drive import PATIENCE
from pointsman_service.demo.list_prices import list_prices
from pointsman_service.demo.processes import (
    DidNotStart,
    await_learner,
    configuration,
    free_port,
    replay_provider,
    service,
)
from pointsman_service.demo.run import Plan, run_demo
from pointsman_service.errors import ConfigurationError
from pointsman_service.replay.sources import open_table
from rich.console import Console


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A short demo: its folder and what it printed."""
    out, said = tmp_path_factory.mktemp("demo"), io.StringIO()
    run_demo(Plan(prompts=150, rate=None, out=out), Console(file=said, width=120))
    return out, said.getvalue()


def test_the_demo_answers_every_prompt_and_reports_it(finished):
    """Through gRPC, HTTP and SQLite, in processes of their own."""
    report = json.loads((finished[0] / "demo-report.json").read_text())
    assert (report["prompts"], report["failed"]) == (150, 0)
    assert 10 <= report["feedback"]["thumbs"] <= 55
    assert report["lambda"] == 1.0
    for third in ("first_third", "last_third"):
        assert 0.0 < report["utility"][third] < 1.0
    assert set(report["static"]) >= {"cheapest", "best", "random", *open_table("paretobandit").model_names}
    assert all("last_third_utility" in policy for policy in report["static"].values())


def test_the_report_is_what_the_recording_says(finished):
    """Quality, cost and utility hang together, and no policy beats the oracle."""
    report = json.loads((finished[0] / "demo-report.json").read_text())
    assert report["utility"]["overall"] == pytest.approx(
        report["quality"]["overall"] - report["cost_usd_per_1k"]["overall"] / 1000
    )
    assert max(s["last_third_utility"] for s in report["static"].values()) <= report["oracle"]["last_third_utility"]
    assert sum(report["share"]["last_third"].values()) == pytest.approx(1.0)


def test_the_demo_learns_while_it_runs(finished):
    """More than one snapshot decided."""
    report = json.loads((finished[0] / "demo-report.json").read_text())
    assert report["cascade"]["snapshots"] >= 2


def test_the_demo_tells_what_happened_on_the_way(finished):
    """The twin got the same prompts; nobody saw an error; the last line is the run in one sentence."""
    report = json.loads((finished[0] / "demo-report.json").read_text())
    assert report["twin"]["prompts"] == 150
    assert (report["swap"]["at"], report["outage"]["at"]) == (75, 112)
    assert report["outage"]["prompts"] >= 1
    assert (report["outage"]["errors"], report["outage"]["twin_errors"]) == (0, 0)
    assert report["regret"].keys() == report["dollars"].keys() == {"pointsman", "twin", *report["share"]["last_third"]}
    assert finished[1].rstrip().endswith(report["headline"])
    assert report["headline"].startswith("This run had ")


def test_the_demo_holds_what_its_log_tells_against_the_recording(finished):
    """Each policy has its recorded outcome, and an estimate or the reason why there is none."""
    proof = json.loads((finished[0] / "demo-report.json").read_text())["proof"]
    assert set(proof["policies"]) == {"pointsman", *open_table("paretobandit").model_names}
    own = proof["policies"]["pointsman"]
    assert own["cost_usd_per_1k"]["by_the_log"][0] == pytest.approx(own["cost_usd_per_1k"]["recorded"])
    for policy in proof["policies"].values():
        for figure in (policy["quality"], policy["cost_usd_per_1k"]):
            assert figure["by_the_log"] or policy["why"]
    assert proof["savings"]["by_the_log"].startswith("150 queries cost $")
    assert proof["savings"]["recorded"] in finished[1]


def test_the_demo_prints_progress_and_an_honest_summary(finished):
    """Plain lines where there is no terminal."""
    said = finished[1]
    assert said.count(" prompts | last ") == 10
    assert "also the yardstick" in said
    assert "A simulated user gives a thumb" in said
    assert (finished[0] / "demo-report.png").read_bytes().startswith(b"\x89PNG")


def test_a_missing_out_folder_is_refused_before_anything_starts(tmp_path):
    """Not after two minutes."""
    with pytest.raises(ConfigurationError, match="--out"):
        run_demo(Plan(prompts=30, out=tmp_path / "nowhere"))


def test_a_port_is_given_once_though_nobody_listens_on_it_yet(monkeypatch):
    """Two services of one test, or of two that run side by side, have each their own."""
    given = free_port()
    drawn = iter([(given - 20_000) // 2, 5_999, 5_998, 5_997])
    monkeypatch.setattr("secrets.randbelow", lambda _: next(drawn))
    assert free_port() not in (given, given + 1)


def test_a_service_that_cannot_start_says_why(tmp_path):
    """The end of its log is in the error."""
    config = tmp_path / "pointsman.toml"
    config.write_text("[server]\nprot = 1\n")
    with pytest.raises(DidNotStart, match="did you mean"), service(config, f"127.0.0.1:{free_port()}"):
        pass


def test_a_provider_that_cannot_start_says_why(tmp_path):
    """As for a table that is not there."""
    with pytest.raises(DidNotStart, match="nowhere"), replay_provider(tmp_path, "nowhere"):
        pass


def test_kill_9_amid_the_traffic_loses_nothing_that_was_acknowledged(tmp_path, capsys):
    """The client waits the restart out; every receipt's feedback is in the log; learnt state is the fold of it."""
    table = open_table("paretobandit").take(np.arange(120))
    address, config = f"127.0.0.1:{free_port()}", tmp_path / "pointsman.toml"
    half = asyncio.Event()
    receipts = {}

    async def ask(client, prompts):
        for i in prompts:
            answer = await client.complete(table.prompts[i], cost_weight=1.0)
            receipt = await client.feedback(answer.episode_id, thumb=i % 3 > 0)
            receipts[receipt.request_id] = answer.episode_id
            if len(receipts) == 40:
                half.set()

    async def traffic(while_half_done):
        async with AsyncClient(address, timeout_s=60.0, retry=PATIENCE) as client:
            left = iter(range(len(table)))
            workers = [asyncio.create_task(ask(client, left)) for _ in range(8)]
            halfway = asyncio.create_task(half.wait())
            await asyncio.wait({halfway, *workers}, return_when=asyncio.FIRST_COMPLETED)
            assert halfway.done(), [w.exception() for w in workers if w.done()]
            async with asyncio.TaskGroup() as group:
                group.create_task(asyncio.to_thread(while_half_done))
                group.create_task(asyncio.wait_for(asyncio.gather(*workers), 120.0))

    with replay_provider(tmp_path, "paretobandit") as url:
        config.write_text(configuration(tmp_path, address, url, list_prices()))
        first = service(config, address)
        pid = first.__enter__()
        second = []

        def kill_and_start_again():
            os.kill(pid, signal.SIGKILL)
            first.__exit__(None, None, None)
            second.append(service(config, address))
            second[0].__enter__()

        try:
            asyncio.run(traffic(kill_and_start_again))
            await_learner(address, tmp_path / "service.log")
        finally:
            for context in second or [first]:
                context.__exit__(None, None, None)

    assert len(receipts) == len(table)
    with sqlite3.connect(tmp_path / "data" / "pointsman.db") as log:
        logged = dict(
            log.execute("SELECT f.request_id, e.episode_id FROM feedback f JOIN episodes e ON e.position = f.episode")
        )
    assert receipts.items() <= logged.items()
    capsys.readouterr()
    assert run(["doctor", "--verify", "--config", str(config)]) == 0
    assert "learnt state is the fold of events 1 to " in capsys.readouterr().out
