"""Events, noise, references and the packaged table, below the command."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pointsman_bench.conditions import STRANGER, Conditions
from pointsman_bench.event_world import unfold
from pointsman_bench.events import StreamEvent, check_models, read_events
from pointsman_bench.judging import JudgeSpec
from pointsman_bench.noise import invert_judges
from pointsman_bench.plan import Plan
from pointsman_bench.players import Answered
from pointsman_bench.references import References
from pointsman_bench.replay import new_learner, play, replay
from pointsman_bench.source import (
    Source,
    default_budgets,
    default_measure_from,
    order_of,
    read_source,
    read_table,
)
from pointsman_learner.events import ModelPut
from pointsman_learner.settings import LearnerSettings
from pointsman_learner.snapshot import Snapshot
from pointsman_service.adapters.embedder_wordllama import WordLlamaEmbedder
from pointsman_service.errors import ConfigurationError

JUDGES = "agreement,judge-1"


@pytest.fixture(scope="module")
def plan(made: Path) -> Plan:
    """Two of the models; the third stands in for the first from the middle on."""
    by = StreamEvent(0.5, "replace", "small", by="large")
    return Plan(str(made), pool=("small", "middle"), judges=JUDGES, events=(by,), shuffle=False)


@pytest.fixture(scope="module")
def source(plan: Plan) -> Source:
    """Its stream in the table's order."""
    return read_source(plan, WordLlamaEmbedder(), [])


def test_a_replaced_model_answers_as_its_stand_in_from_then_on(source: Source, plan: Plan, made: Path) -> None:
    """Outcomes, verdicts and keys are the other's; its cost stays; what it shared with others is shared still."""
    stream = source.stream
    world = unfold(stream, plan.events, JudgeSpec.parse(JUDGES), source.others)
    large = read_table(Plan(str(made))).scores[:, 2]
    assert world.stream.table.scores[:40, 0].tolist() == stream.table.scores[:40, 0].tolist()
    assert world.stream.table.scores[40:, 0].tolist() == large[40:].tolist()
    assert (world.stream.table.costs_usd[:, 0] == stream.table.costs_usd[:, 0]).all()
    assert world.stream.keys is not None
    both_right = (large[40:] == 1) & (stream.table.scores[40:, 1] == 1)
    assert ((world.stream.keys[40:, 0] == world.stream.keys[40:, 1]) == both_right).all()
    assert not world.changes


def test_a_degraded_model_loses_answers_and_their_verdicts(source: Source) -> None:
    """To the rate, from its position on; the same answers are lost where it was so all along."""
    event = StreamEvent(0.25, "degrade", "middle", rate=0.2)
    spec = JudgeSpec.parse(JUDGES)
    world = unfold(source.stream, [event], spec)
    always = unfold(source.stream, [event], spec, from_start=1)
    lost = world.stream.table.scores[:, 1] < source.stream.table.scores[:, 1]
    assert not lost[:20].any()
    assert 0.05 < world.stream.table.scores[20:, 1].mean() < 0.35
    assert np.isnan(world.stream.scores["judge-1"][lost, 1]).all()
    assert (world.stream.table.scores[20:, 1] == always.stream.table.scores[20:, 1]).all()


def test_a_model_may_fall_on_one_category_alone(source: Source) -> None:
    """Its other answers stay; of a category that no query has, nothing can fall."""
    categories = np.array(source.stream.table.categories)
    one = str(categories[-1])
    spec = JudgeSpec.parse(JUDGES)
    world = unfold(source.stream, [StreamEvent(0.25, "degrade", "middle", times=0.0, category=one)], spec)
    before, after = source.stream.table.scores[:, 1], world.stream.table.scores[:, 1]
    fell = (categories == one) & (np.arange(len(categories)) >= 20)
    assert not after[fell].any()
    assert before[fell].any()
    assert (after[~fell] == before[~fell]).all()
    with pytest.raises(ConfigurationError, match="no query from 20 on is of 'chess'"):
        unfold(source.stream, [StreamEvent(0.25, "degrade", "middle", times=0.0, category="chess")], spec)


def test_simulated_judges_see_changed_answers(made: Path) -> None:
    """Their scores are drawn anew around the new outcomes, with the same noise; others stay."""
    spec = JudgeSpec.parse("simulated:0.9,0.2,1")
    stream = read_source(Plan(str(made), judges="simulated:0.9,0.2,1"), WordLlamaEmbedder(), []).stream
    world = unfold(stream, [StreamEvent(40, "degrade", "large", times=0.0)], spec)
    before, after = stream.scores["simulated-1"], world.stream.scores["simulated-1"]
    was_right = stream.table.scores[40:, 2] == 1
    assert (after[40:, 2][was_right] < before[40:, 2][was_right]).all()
    assert (after[:, :2] == before[:, :2]).all()


def test_a_bill_changes_and_nobody_is_told(source: Source) -> None:
    """Calls cost more from then on; no price is configured, and nothing else changes."""
    world = unfold(source.stream, [StreamEvent(30, "bill", "middle", times=3.0)], JudgeSpec.parse(JUDGES))
    assert world.changes == {}
    times = world.stream.table.costs_usd / source.stream.table.costs_usd
    assert times[30:, 1] == pytest.approx(3.0)
    assert (times[:30] == 1).all()
    assert (np.delete(times, 1, axis=1) == 1).all()


def test_prices_arrivals_and_departures_are_configured(source: Source) -> None:
    """The operator puts the model with its new list price, as new, or disabled; it is absent before it is added."""
    events = [
        StreamEvent(30, "price", "middle", times=0.1),
        StreamEvent(50, "remove", "middle"),
        StreamEvent(10, "add", "small"),
    ]
    world = unfold(source.stream, events, JudgeSpec.parse(JUDGES))
    assert world.absent == {"small"}
    assert sorted(world.changes) == [10, 30, 50]
    before = source.stream.table.models[1]
    assert world.changes[30][0].model.output_usd_per_million == pytest.approx(
        (before.output_usd_per_million or 0) * 0.1
    )
    assert not world.changes[50][0].model.enabled
    assert world.stream.table.costs_usd[30, 1] == pytest.approx(0.0001)
    assert unfold(source.stream, events, JudgeSpec.parse(JUDGES), from_start=0).absent == {"small"}
    assert unfold(source.stream, events, JudgeSpec.parse(JUDGES), from_start=1).absent == frozenset()


def test_events_are_read_from_toml_and_json(tmp_path: Path) -> None:
    """Both say the same."""
    (tmp_path / "e.toml").write_text('[[events]]\nat = 0.5\nkind = "price"\nmodel = "m"\ntimes = 0.1\n')
    (tmp_path / "e.json").write_text('{"events": [{"at": 0.5, "kind": "price", "model": "m", "times": 0.1}]}')
    expected = (StreamEvent(0.5, "price", "m", times=0.1),)
    assert read_events(tmp_path / "e.toml") == read_events(tmp_path / "e.json") == expected
    assert [StreamEvent(0.5, k, "m", times=0.5, by="n").told.split()[1] for k in ("degrade", "replace", "remove")] == [
        "falls", "answers", "leaves",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("entry", "field"),
    [
        (3, "event"),
        ({"at": -1, "kind": "add", "model": "m"}, "at"),
        ({"at": float("inf"), "kind": "add", "model": "m"}, "at"),
        ({"at": float("nan"), "kind": "add", "model": "m"}, "at"),
        ({"at": 10**400, "kind": "add", "model": "m"}, "at"),
        ({"at": 1, "kind": "explode", "model": "m"}, "kind"),
        ({"at": 1, "kind": "add", "model": 7}, "model"),
        ({"at": 1, "kind": "add", "model": "m", "times": 2}, "times"),
        ({"at": 1, "kind": "price", "model": "m"}, "kind"),
        ({"at": 1, "kind": "price", "model": "m", "times": "x"}, "times"),
        ({"at": 1, "kind": "price", "model": "m", "times": float("inf")}, "times"),
        ({"at": 1, "kind": "price", "model": "m", "times": float("nan")}, "times"),
        ({"at": 1, "kind": "price", "model": "m", "times": 10**400}, "times"),
        ({"at": 1, "kind": "degrade", "model": "m", "rate": 1.5}, "rate"),
        ({"at": 1, "kind": "replace", "model": "m", "by": 2}, "by"),
        ({"at": 1, "kind": "add", "model": "m", "when": 2}, "when"),
        ({"at": 1, "kind": "degrade", "model": "m", "times": 0.5, "category": 3}, "category"),
        ({"at": 1, "kind": "add", "model": "m", "category": "code"}, "category"),
    ],
)
def test_a_wrong_event_names_its_number_and_field(tmp_path: Path, entry: Any, field: str) -> None:
    """So that it can be found in the file."""
    (tmp_path / "e.json").write_text(json.dumps([entry]))
    with pytest.raises(ConfigurationError, match=f"event 1, {field}"):
        read_events(tmp_path / "e.json")


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("e.json", "[" * 100_000 + "]" * 100_000, "cannot be read"),
        ("e.toml", "events = " + "[" * 100_000 + "]" * 100_000, "cannot be read"),
        ("e.toml", '[[events]]\nat = inf\nkind = "add"\nmodel = "m"\n', "event 1, at: expected a position up to"),
    ],
)
def test_a_file_of_events_that_cannot_be_meant_is_refused(tmp_path: Path, name: str, content: str, told: str) -> None:
    """Nested too deep to be read, or at no position."""
    (tmp_path / name).write_text(content)
    with pytest.raises(ConfigurationError, match=f"--events .*{told}"):
        read_events(tmp_path / name)


@pytest.mark.parametrize("model", ["small", "mistralai/mistral-large-2512"])
def test_a_stand_in_that_the_table_does_not_have_is_blamed_on_the_events(made: Path, model: str) -> None:
    """A folder's or the packaged table's; nobody named it in --pool."""
    table = str(made) if model == "small" else "paretobandit"
    plan = Plan(table, pool=(model,), events=(StreamEvent(1, "replace", model, by="huge"),))
    with pytest.raises(ConfigurationError, match=r"^--events: by 'huge' is not in the table$"):
        read_source(plan, WordLlamaEmbedder(), [])


@pytest.mark.parametrize(("costs", "free"), [([0.0, 0.0], "every model"), ([1.0, 0.0], "the best model")])
def test_where_the_best_model_is_free_a_budget_must_be_given(source: Source, costs: list[float], free: str) -> None:
    """Budgets between the cheapest and the best model would all be 0."""
    table = source.stream.table
    free_table = replace(table, costs_usd=np.tile(costs, (len(table), 1)))
    with pytest.raises(ConfigurationError, match=f"^{free} of the pool is free: give --budget$"):
        default_budgets(free_table)


def test_events_need_known_models(tmp_path: Path) -> None:
    """Of the pool, and of the table for a stand-in; not all of them may be absent at first."""
    for event in (StreamEvent(1, "remove", "x"), StreamEvent(1, "replace", "a", by="x"), StreamEvent(1, "add", "a")):
        with pytest.raises(ConfigurationError, match="--events"):
            check_models([event], ["a"], ["a"])
    (tmp_path / "e.json").write_text("[]")
    with pytest.raises(ConfigurationError, match="expected a list"):
        read_events(tmp_path / "e.json")


def test_inverted_judges_are_so_on_one_category_only(source: Source) -> None:
    """And nowhere else."""
    wrong = invert_judges(source.stream, "fruit").scores["judge-1"]
    right = source.stream.scores["judge-1"]
    assert np.allclose(wrong[1::2], 1 - right[1::2])
    assert np.allclose(wrong[::2], right[::2])


class _Listener:
    """Answers with the first model and keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[int, int, float]] = []

    def play(self, t: int) -> Answered:
        return Answered(0, 0.001)

    def feedback(self, t: int, about: int, answered: Answered, value: float) -> None:
        self.told.append((t, about, value))

    def change(self, t: int, event: Any) -> None:
        raise AssertionError


def test_feedback_comes_late_for_a_share_of_answers_and_may_be_flipped(source: Source) -> None:
    """Which answers get it depends on the seed alone; flipped feedback says the opposite of the outcome."""
    stream, scores = source.stream, source.stream.table.scores[:, 0]
    honest, liar, everyone = _Listener(), _Listener(), _Listener()
    play(stream, honest, Conditions(1.0, 3, 0.5, 10))
    play(stream, liar, Conditions(1.0, 3, 0.5, 10, flip=1.0))
    play(stream, everyone, Conditions(1.0, 3, 1.0, 0))
    assert all(t == about + 10 and value == scores[about] for t, about, value in honest.told)
    assert [(t, a, 1 - v) for t, a, v in liar.told] == honest.told
    assert 20 <= len(honest.told) <= 50
    assert [(t, about) for t, about, _ in everyone.told] == [(t, t) for t in range(80)]


def test_queries_that_come_together_are_one_batch_until_the_next_snapshot(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of them by the snapshot in force, and anew where the operator has changed a model meanwhile."""
    stream, batches = source.stream, list[int]()
    learner = new_learner(stream, LearnerSettings(), source.nodes, 0.002)
    decide_all = Snapshot.decide_all

    def counted(self: Snapshot, asked: Sequence[Any], rng: np.random.Generator) -> Any:
        batches.append(len(asked))
        return decide_all(self, asked, rng)

    monkeypatch.setattr(Snapshot, "decide_all", counted)
    change = ModelPut(0.0, stream.table.models[0].as_learner_model())
    trace = replay(stream, learner, Conditions(0.002, together=4), {22: [change]})
    assert batches[:9] == [4, 4, 2, 4, 4, 2, 4, 4, 4]
    assert sum(batches) == len(trace) + 2
    assert trace.quality.mean() > 0.0


def test_malice_comes_of_another_tenant_at_its_query_and_nothing_before_it_changes(source: Source) -> None:
    """As many thumbs down as were asked for, each on an answer of its own."""
    learners, traces = [], []
    for malice in (0, 12):
        learner = new_learner(source.stream, LearnerSettings(), source.nodes, 0.005)
        traces.append(replay(source.stream, learner, Conditions(0.005, 1, 0.5, 5, malice=malice, malice_at=40)))
        learners.append(learner)
    assert (traces[0].quality[:40] == traces[1].quality[:40]).all()
    said = [learner.estimates.sources.said for learner in learners]
    assert (STRANGER,) not in said[0]
    assert 11.0 < said[1][STRANGER,].words <= 12.0
    assert learners[1].events - learners[0].events == 24


def test_the_oracle_holds_a_budget_and_the_hull_is_concave() -> None:
    """At any budget the oracle is at least as good as the hull, and costs no more than the budget."""
    rng = np.random.default_rng(1)
    scores = (rng.random((400, 4)) < np.array([0.3, 0.5, 0.7, 0.8])).astype(float)
    r = References.of(scores, np.tile([1.0, 2.0, 5.0, 9.0], (400, 1)) * rng.uniform(0.5, 1.5, (400, 1)))
    for budget in (1.2, 2.0, 4.0):
        quality, cost = r.oracle(budget)
        assert cost <= budget * 1.001
        assert quality >= r.hull_quality(budget)
    slopes = np.diff(r.hull[:, 1]) / np.diff(r.hull[:, 0])
    assert (np.diff(slopes) <= 1e-12).all()
    assert r.oracle()[0] == pytest.approx(scores.max(axis=1).mean())


def test_the_packaged_table_keeps_its_order_and_is_measured_on_its_test_part() -> None:
    """Validation first, then test; shuffled only within each; prices as its package lists them."""
    plan = Plan("paretobandit", shuffle=False)
    table = read_table(plan)
    assert order_of(plan, table, 0).tolist() == list(range(len(table)))
    start = default_measure_from(plan, table)
    assert start is not None
    shuffled = order_of(replace(plan, shuffle=True), table, 1)
    assert sorted(shuffled[: int(start)].tolist()) == list(range(int(start)))
    assert shuffled.tolist() != list(range(len(table)))
    assert default_measure_from(replace(plan, warm_start=0.2), table) == start - int(0.2 * len(table))
    assert default_measure_from(replace(plan, warm_start=0.9), table) == 0.0
    assert all(m.output_usd_per_million for m in table.models)
    one = read_table(replace(plan, pool=(table.model_names[1],)))
    assert one.scores[:, 0].tolist() == table.scores[:, 1].tolist()
    with pytest.raises(ConfigurationError, match="not among"):
        read_table(replace(plan, pool=("nobody",)))
