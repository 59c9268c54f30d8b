"""Models that come and go on the way: the world, the yardsticks and hindsight know who was there."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from pointsman_bench import plan as plans
from pointsman_bench import run as runs
from pointsman_bench.conditions import Conditions
from pointsman_bench.event_world import World, unfold
from pointsman_bench.events import StreamEvent
from pointsman_bench.judging import JudgeSpec
from pointsman_bench.measures import gap_closed
from pointsman_bench.peers_hindsight import HindsightPlayer
from pointsman_bench.plan import Plan
from pointsman_bench.references import References
from pointsman_bench.report import _mean_of_known
from pointsman_bench.source import Source, read_source
from pointsman_service.adapters.embedder_wordllama import WordLlamaEmbedder
from pointsman_service.cli.commands import run
from pointsman_service.errors import ConfigurationError

NO_JUDGES = JudgeSpec.parse("none")
LARGE = 2


@pytest.fixture(scope="module")
def source(made: Path) -> Source:
    """Eighty queries, three models."""
    return read_source(Plan(str(made)), WordLlamaEmbedder(), [])


def world(source: Source, *events: StreamEvent, from_start: int | None = None) -> World:
    """Of these events."""
    return unfold(source.stream, events, NO_JUDGES, from_start=from_start)


def told(changed: World) -> list[tuple[int, str, bool]]:
    """What the operator says: when, of which model, whether it is there."""
    return [(n, e.model.name, e.model.enabled) for n, events in sorted(changed.changes.items()) for e in events]


def test_a_second_fall_takes_other_answers_than_the_first(source: Source) -> None:
    """Half of a half is a quarter, and a rate is of what the model has by then."""
    twice = world(source, StreamEvent(0, "degrade", "large", times=0.5), StreamEvent(1, "degrade", "large", times=0.5))
    whole = source.stream.table.scores[1:, LARGE].mean()
    assert twice.stream.table.scores[1:, LARGE].mean() == pytest.approx(whole / 4, abs=0.1)
    rated = world(source, StreamEvent(0, "degrade", "large", times=0.5), StreamEvent(1, "degrade", "large", rate=0.3))
    assert rated.stream.table.scores[1:, LARGE].mean() == pytest.approx(0.3, abs=0.1)


@pytest.mark.parametrize(
    ("events", "why"),
    [
        ([StreamEvent(5, "degrade", "small", rate=0.99)], "has .* already"),
        ([StreamEvent(80, "remove", "small")], "after the stream's 80 queries"),
        ([StreamEvent(9, "remove", m) for m in ("small", "middle", "large")], "from query 9 on no model is there"),
    ],
)
def test_what_cannot_happen_is_refused(source: Source, events: list[StreamEvent], why: str) -> None:
    """Before any replay."""
    with pytest.raises(ConfigurationError, match=why):
        world(source, *events)


def test_a_price_brings_no_model_in(source: Source) -> None:
    """One that has left or not come yet gets its price with it when it comes."""
    price = StreamEvent(30, "price", "large", times=2.0)
    late = world(source, price, StreamEvent(50, "add", "large"))
    assert told(late) == [(50, "large", True)]
    assert late.changes[50][0].model.input_usd_per_million == 2 * (
        source.stream.table.models[LARGE].input_usd_per_million or 0
    )
    assert told(world(source, StreamEvent(20, "remove", "large"), price)) == [(20, "large", False)]
    assert told(world(source, price)) == [(30, "large", True)]


def test_an_outage_is_an_absence_in_the_middle(source: Source) -> None:
    """The model is there before; hindsight has it when it is back, and lacks it where only the leaving counts."""
    outage = StreamEvent(20, "remove", "large"), StreamEvent(40, "add", "large")
    lived = world(source, *outage)
    assert (lived.absent, told(lived)) == (frozenset(), [(20, "large", False), (40, "large", True)])
    assert lived.stream.there is not None
    assert np.flatnonzero(~lived.stream.there[:, LARGE]).tolist() == list(range(20, 40))
    assert told(world(source, *outage, from_start=1)) == [(0, "large", False)]
    assert told(world(source, *outage, from_start=2)) == [(0, "large", True)]


def test_who_goes_as_another_comes_leaves_no_gap(source: Source) -> None:
    """What happens at one query is in force together, in hindsight too."""
    swap = StreamEvent(20, "remove", "small"), StreamEvent(20, "add", "large"), StreamEvent(0, "remove", "middle")
    expected = [(0, "large", True), (0, "middle", False), (0, "small", False)]
    assert [sorted(told(world(source, *swap, from_start=k))) for k in (2, 3)] == [expected, expected]
    assert told(world(source, *swap, from_start=2))[0] == (0, "large", True)


def test_who_is_not_there_is_in_no_yardstick(source: Source) -> None:
    """Hull and oracle are of those that are; a single model's figures are of the queries where it is."""
    stream = world(source, StreamEvent(60, "remove", "large")).stream
    late = References.of(stream.table.scores, stream.table.costs_usd, stream.there).after(40)
    scores = source.stream.table.scores
    assert late.oracle()[0] == pytest.approx(
        (scores[40:60].max(axis=1).sum() + scores[60:, :LARGE].max(axis=1).sum()) / 40
    )
    assert late.quality[LARGE] == pytest.approx(scores[40:60, LARGE].mean())
    assert late.hull[-1, 0] < 0.002
    assert late.after(25).cheapest == pytest.approx(0.0001)
    assert np.isnan(late.after(25).quality[LARGE])


@pytest.mark.parametrize("policy", ["oracle", "static-category"])
def test_a_bound_calls_only_who_is_there(source: Source, policy: str) -> None:
    """Early, too, where it chooses for what is measured."""
    events = StreamEvent(30, "add", "large"), StreamEvent(60, "remove", "middle")
    stream = world(source, *events).stream
    player = HindsightPlayer(policy, stream, Conditions(0.02, 0, 0.2, 50), 40)
    called = np.array([player.play(t).model for t in range(len(stream))])
    assert stream.there is not None
    assert stream.there[np.arange(len(stream)), called].all()
    assert (called[40:] == LARGE).any()


@pytest.mark.parametrize("kind", ["degrade", "replace"])
def test_judges_made_wrong_are_wrong_of_changed_answers_too(made: Path, kind: str) -> None:
    """Right answers of the category score lower than wrong ones, before the event and after."""
    asked = "simulated:0.95,0,1"
    event = StreamEvent(40, kind, "middle", times=0.5 if kind == "degrade" else None,
                        by=None if kind == "degrade" else "large")  # fmt: skip
    plan = Plan(str(made), pool=("small", "middle"), judges=asked, events=(event,), wrong_judge="fruit", shuffle=False)
    source = read_source(plan, WordLlamaEmbedder(), [])
    stream = runs.world_of(plan, source, 0).stream
    fruit = np.arange(len(stream)) % 2 == 1
    for kind_of in (fruit, ~fruit):
        rows = kind_of & (np.arange(len(stream)) >= 40)
        score, right = stream.scores["simulated-1"][rows, 1], stream.table.scores[rows, 1] == 1
        assert (score[right].mean() < score[~right].mean()) == bool(fruit[rows].all())


def test_another_table_in_the_same_place_is_not_resumed(made: Path, tmp_path: Path) -> None:
    """Its files are part of the fingerprint; what lies beside them is not."""
    folder = tmp_path / "made"
    shutil.copytree(made, folder)
    before = Plan(str(folder)).fingerprint()
    (folder / "notes.txt").write_text("no part of the table")
    plans._files.cache_clear()
    assert Plan(str(folder)).fingerprint() == before
    (folder / "models.json").write_text((folder / "models.json").read_text() + "\n")
    plans._files.cache_clear()
    assert Plan(str(folder)).fingerprint() != before


def test_events_at_one_query_are_both_in_the_report(made: Path, tmp_path: Path) -> None:
    """The reaction is to both, and told with the last."""
    events = tmp_path / "events.json"
    events.write_text(json.dumps([{"at": 40, "kind": "price", "model": m, "times": 0.5} for m in ("middle", "large")]))
    arguments = ["--events", str(events), "--budget", "3", "--seeds", "1", "--policies", "unified"]
    assert run(["bench", str(made), "--processes", "1", "--out", str(tmp_path), *arguments]) == 0
    first, second = json.loads((tmp_path / "report.json").read_text())["events"]
    assert (first["position"], first["curve"], first["loss_first_250"]) == (40, [], None)
    assert second["curve"]


def test_a_budget_that_nobody_can_hold_is_refused(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With what the least would be."""
    assert run(["bench", str(made), "--out", str(tmp_path), "--seeds", "1", "--budget", "0.05"]) == 2
    assert "--budget 0.05: the cheapest model of every query comes to $0.1 per 1,000" in capsys.readouterr().err


def test_a_seed_without_a_gap_leaves_the_others_their_figure() -> None:
    """And where no seed has one there is none."""
    assert _mean_of_known([0.25, gap_closed(0.5, 0.5, 0.5), 0.75]) == 0.5
    assert np.isnan(_mean_of_known([gap_closed(0.5, 0.5, 0.5)]))


@pytest.mark.parametrize("at", [0.1, 0.4, 0.7, 0.95])
def test_a_damaged_trace_is_replayed_again(made: Path, tmp_path: Path, at: float) -> None:
    """One flipped byte, anywhere: the same figures, or the trace is read as it was."""
    arguments = ["bench", str(made), "--budget", "2", "--seeds", "1", "--policies", "random", "--no-plots",
                 "--processes", "1", "--out", str(tmp_path)]  # fmt: skip
    assert run(arguments) == 0
    before = (tmp_path / "report.json").read_text()
    trace = next((tmp_path / "runs").rglob("*.npz"))
    content = bytearray(trace.read_bytes())
    content[int(at * len(content))] ^= 0xFF
    trace.write_bytes(bytes(content))
    assert run([*arguments, "--resume"]) == 0
    assert (tmp_path / "report.json").read_text() == before


def test_a_worker_ends_with_its_parent(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """However the parent ended, and what it shared is cleared away."""
    parents, ended = iter([7, 7, 1]), []
    monkeypatch.setattr(os, "getppid", lambda: next(parents))
    monkeypatch.setattr(runs.time, "sleep", lambda _: None)
    monkeypatch.setattr(os, "_exit", ended.append)
    shared = tmp_path / "shared"
    shared.mkdir()
    runs._end_with(7, shared)
    assert ended == [1]
    assert not shared.exists()
