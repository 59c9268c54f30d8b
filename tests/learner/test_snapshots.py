"""What routers decide with: bytes that are the same for the same state, and refused where they are damaged."""

import io
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pointsman_learner import packing
from pointsman_learner.learner import Learner
from pointsman_learner.packing import pack, unpack
from pointsman_learner.parts import OPINIONS
from pointsman_learner.snapshot import Snapshot
from pointsman_learner.static import static_snapshot
from pointsman_learner.types import Constraints, Judge, Model, Step, Verdict


def decisions(snapshot, worlds, n=30):
    """What it decides on a fixed stream of queries with a fixed generator."""
    rng = np.random.default_rng(1)
    queries = np.random.default_rng(2)
    contexts = [worlds.context_of(worlds.kinds[i % 3], queries) for i in range(n)]
    return [snapshot.decide(c, Constraints(cost_weight=20.0), rng) for c in contexts]


@pytest.fixture(scope="module")
def payload(lived):
    """A good one."""
    return lived.learner.snapshot().to_bytes()


def test_the_same_state_gives_the_same_bytes_again_and_again(lived):
    """So that a checksum says whether anything changed."""
    assert lived.learner.snapshot().to_bytes() == lived.learner.snapshot().to_bytes()
    assert Learner().snapshot().to_bytes() == Learner().snapshot().to_bytes()


def test_a_snapshot_read_back_decides_alike(lived, worlds):
    """Up to float32 of the router; with the version that the store gave."""
    taken = lived.learner.snapshot()
    read = Snapshot.from_bytes(taken.to_bytes(), 7)
    assert read.version == 7
    assert read.models == taken.models == ("cheap", "coder", "dear")
    for a, b in zip(decisions(taken, worlds), decisions(read, worlds), strict=True):
        assert a.model == b.model
        assert a.node_path == b.node_path
        assert b.snapshot_version == 7
        assert [p.quality for p in a.predictions] == pytest.approx([p.quality for p in b.predictions], abs=1e-4)
        assert [p.propensity for p in a.predictions] == pytest.approx([p.propensity for p in b.predictions], abs=1e-3)


def test_reading_back_settles(lived):
    """A snapshot read and written twice is the same the second time, whatever the first rounded."""
    once = Snapshot.from_bytes(lived.learner.snapshot().to_bytes(), 1)
    twice = Snapshot.from_bytes(once.to_bytes(), 1)
    assert twice.estimates.models == once.estimates.models
    for name in ("shared", "own", "own_var", "evidence"):
        assert np.array_equal(getattr(twice.estimates.effects, name), getattr(once.estimates.effects, name))
    assert twice.estimates.settings == lived.settings
    assert twice.estimates.joint == once.estimates.joint


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_truncated_payload_is_refused(payload, data):
    """With ValueError, wherever it was cut."""
    cut = data.draw(st.integers(0, len(payload) - 1))
    with pytest.raises(ValueError, match=r"cannot be read|not a snapshot|format"):
        Snapshot.from_bytes(payload[:cut], 1)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_damaged_payload_is_refused_or_harmless(payload, data):
    """A flipped byte is ValueError or, in a time stamp, nothing: never another error."""
    payload = bytearray(payload)
    where = data.draw(st.integers(0, len(payload) - 1) | st.integers(0, 400) | st.integers(1, 2500).map(lambda n: -n))
    payload[where] ^= data.draw(st.integers(1, 255))
    try:
        snapshot = Snapshot.from_bytes(bytes(payload), 1)
    except ValueError:
        return
    assert snapshot.models == ("cheap", "coder", "dear")


@pytest.mark.parametrize("nonsense", [b"", b"PK", b"not a snapshot at all", b"\x80\x04N.", packing.MAGIC + bytes(8)])
def test_what_never_was_a_snapshot_is_refused(nonsense):
    """A pickle too: nothing is unpickled."""
    with pytest.raises(ValueError, match="cannot be read"):
        Snapshot.from_bytes(nonsense, 1)


def test_a_payload_of_another_format_or_content_is_refused(monkeypatch):
    """The format is checked, and so is what must be inside."""
    with pytest.raises(ValueError, match="not a snapshot"):
        Snapshot.from_bytes(pack({"a": np.zeros(1)}, '{"b":1}'), 1)
    with monkeypatch.context() as patched:
        patched.setattr(packing, "FORMAT", 99)
        newer = pack({}, "{}")
    with pytest.raises(ValueError, match="format 99 is not"):
        unpack(newer)


def test_what_release_0_2_0_wrote_is_read(payload):
    """An archive of NumPy: routers go on by it until the learner has published."""
    arrays, facts = unpack(payload)
    archive = io.BytesIO()
    text = np.frombuffer(facts.encode(), dtype=np.uint8)
    np.savez(archive, allow_pickle=False, _format=np.array(packing.FORMAT), _facts=text, **arrays)
    assert Snapshot.from_bytes(archive.getvalue(), 1).to_bytes() == payload
    with pytest.raises(ValueError, match="cannot be read"):
        unpack(archive.getvalue()[:-9])


def test_reading_copies_no_array(payload):
    """What is read is the payload itself, which nothing writes to."""
    arrays, _ = unpack(payload)
    assert all(not array.flags.writeable for array in arrays.values() if array.size)
    assert all(array.ctypes.data % 8 == 0 for array in arrays.values() if array.size)


@given(st.lists(st.floats(allow_nan=False), max_size=5), st.text(st.characters(exclude_categories=["Cs"]), max_size=9))
def test_packing_round_trips(values, facts):
    """Arrays and a text."""
    arrays, found = unpack(pack({"x": np.array(values)}, facts))
    assert arrays["x"].tolist() == values
    assert found == facts


def test_learning_on_does_not_change_a_snapshot_taken_before(worlds):
    """Routers hold it while the learner goes on."""
    world = worlds.World(seed=2).run(30)
    taken = world.learner.snapshot()
    before, decided = taken.to_bytes(), decisions(taken, worlds, 5)
    world.run(30)
    assert taken.to_bytes() == before
    assert decisions(taken, worlds, 5) == decided
    assert world.learner.snapshot().to_bytes() != before


def test_the_static_snapshot_routes_by_price_before_anything_is_learnt(worlds):
    """Where a dollar is worth nothing the dearest is thought best; where it is dear the cheapest is."""
    snapshot = static_snapshot(worlds.models)
    rng = np.random.default_rng(0)
    context = worlds.context_of("chat")
    decided = snapshot.decide(context, Constraints(cost_weight=0.0), rng)
    assert decided.strategy in {"static", "control"}
    best = max(decided.predictions, key=lambda p: p.quality)
    assert best.model == "dear"
    chosen = [snapshot.decide(context, Constraints(cost_weight=1000.0), rng).model for _ in range(30)]
    assert chosen.count("cheap") >= 28


def test_the_tree_of_a_snapshot_shows_what_was_learnt_at_each_kind(lived, worlds):
    """Without centers and retired nodes, with evidence and each model's quality, cost and latency."""
    nodes = {n["id"]: n for n in lived.learner.snapshot().taxonomy()}
    assert {"root", *worlds.kinds} <= set(nodes)
    assert nodes["root"]["evidence"] > nodes["code"]["evidence"] > 0
    for node in nodes.values():
        assert "center" not in node
        assert [m["model"] for m in node["models"]] == list(worlds.costs)
        assert all(0 <= m["quality"] <= 1 and m["quality_sd"] > 0 and m["cost_usd"] > 0 for m in node["models"])
        assert all(m["latency_ms"] > 0 for m in node["models"])


def test_models_without_prices_are_routed_too(worlds):
    """Their cost is a guess until it is known."""
    snapshot = static_snapshot([Model("a"), Model("b", 1.0, None)])
    decided = snapshot.decide(worlds.context_of("chat"), Constraints(), np.random.default_rng(0))
    assert decided.model in {"a", "b"}
    assert all(p.cost_usd > 0 for p in decided.predictions)


def test_what_is_believed_of_answers_is_what_the_next_action_was_taken_with(lived, worlds):
    """One number a step, in [0, 1]; none for a call that failed, or a model that is not known here."""
    snapshot, rng = lived.learner.snapshot(), np.random.default_rng(3)
    context = worlds.context_of("math", rng)
    decision = snapshot.decide(context, Constraints(cost_weight=20.0), rng)
    steps = [
        Step("cheap", 0.001, 100.0, verdicts=(Verdict("agreement", key="4"),)),
        Step("stranger", 0.001, 100.0),
        Step("dear", 0.001, 100.0, failure_kind="timeout", error="no answer"),
        Step("coder", 0.001, 100.0, verdicts=(Verdict("agreement", key="5"),)),
    ]
    action = snapshot.next_action(context, decision, steps, Constraints(judges=(Judge("agreement"),)), rng)
    believed = snapshot.believe(context, steps)
    assert believed == action.believed
    assert [b is None for b in believed] == [False, True, True, False]
    assert snapshot.believe(context, steps[1:3]) == (None, None)
    assert snapshot.believe(context, []) == ()


@pytest.mark.parametrize("priced", [0.0, 50.0])
def test_first_chances_are_those_that_snapshots_of_each_opinion_decide_by(lived, worlds, priced):
    """To the bit, as one batch: what candidates for promotion are tried by."""
    frozen, context = lived.learner.estimates.frozen(), worlds.context_of("code", np.random.default_rng(5))
    constraints = Constraints(judges=(Judge("agreement"),), cost_weight=priced, models=("cheap", "coder"))
    chances = Snapshot.of(frozen).first_chances(context, constraints, tuple(OPINIONS))
    for name, row in zip(OPINIONS, chances, strict=True):
        alone = Snapshot.of(replace(frozen, settings=replace(frozen.settings, opinion=name)))
        decision = alone.decide(context, constraints, np.random.default_rng(0))
        told = {p.model: p.propensity for p in decision.predictions}
        assert row.tolist() == [told.get(m, 0.0) for m in alone.roster.names]


def test_what_is_at_hand_of_a_query_is_no_other_querys(lived, worlds):
    """However many were decided since: each goes on from what a snapshot that knows only it expects of it."""
    rng, constraints = np.random.default_rng(6), Constraints(judges=(Judge("agreement"),), cost_weight=5.0)
    contexts = [worlds.context_of(kind, rng) for kind in ("chat", "code", "math") * 60]
    snapshot = lived.learner.snapshot()
    decided = snapshot.decide_all([(c, constraints) for c in contexts], np.random.default_rng(7))
    steps = [Step("cheap", 0.001, 100.0, verdicts=(Verdict("agreement", key="4"),))]
    for context, decision in [*zip(contexts, decided, strict=True)][::29]:
        here, alone = (
            policy.next_action(context, decision, steps, constraints, np.random.default_rng(8))
            for policy in (snapshot, lived.learner.snapshot())
        )
        assert here == alone


def test_an_answer_that_another_repeats_is_believed_more(lived, worlds):
    """And one that another contradicts less."""
    snapshot, context = lived.learner.snapshot(), worlds.context_of("math", np.random.default_rng(3))

    def of_first(second_key):
        steps = [
            Step(model, 0.001, 100.0, verdicts=(Verdict("agreement", key=key),))
            for model, key in (("cheap", "4"), ("coder", second_key))
        ]
        return snapshot.believe(context, steps)[0]

    alone = snapshot.believe(context, [Step("cheap", 0.001, 100.0, verdicts=(Verdict("agreement", key="4"),))])[0]
    assert of_first("5") < alone < of_first("4")
