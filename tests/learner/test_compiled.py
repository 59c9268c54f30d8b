"""The fast paths of a decision, each against the slow and plain one that it stands for."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pointsman_learner.actions import AskJudge
from pointsman_learner.belief.joint_model import JointModel, believe
from pointsman_learner.exploration.choice import drawn
from pointsman_learner.normal import quantile
from pointsman_learner.planning.lookahead import Prospect, first_call_values, next_call_values
from pointsman_learner.planning.two_call_plans import two_call_values
from pointsman_learner.snapshot import Snapshot
from pointsman_learner.types import Constraints, Judge, Model, Step, Verdict

COLUMNS = ("quality", "sd", "cost", "latency", "share", "mean", "var")


@pytest.mark.parametrize("kind", ["chat", "code", "math", None])
def test_a_snapshot_expects_what_the_learner_expects(lived, worlds, kind):
    """From compiled tables in single precision, up to 1e-6 of what the living parts say."""
    context = worlds.context_of(kind, np.random.default_rng(3))
    snapshot = Snapshot.from_bytes(lived.learner.snapshot().to_bytes(), 1)
    fast, slow = snapshot.expect(context), lived.learner.estimates.expect(context)
    for column in COLUMNS:
        assert getattr(fast, column) == pytest.approx(getattr(slow, column), abs=1e-6, rel=1e-6), column
    for opinion in ("taxonomy", "learned"):
        for quick, plain in zip(getattr(fast, opinion), getattr(slow, opinion), strict=True):
            assert quick == pytest.approx(plain, abs=1e-6, rel=1e-6), opinion


def test_the_compiled_state_is_of_what_is_known_now(worlds):
    """A living learner never answers from a stale one: a model added later has its row at once."""
    learner = worlds.learner_of()
    assert learner.estimates.row("late") is None
    assert "late" not in learner.snapshot().roster.row
    learner.estimates.add_model(Model("late", 1.0, 2.0))
    assert learner.snapshot().roster.row["late"] == learner.estimates.row("late") == 3


@settings(max_examples=60, deadline=None)
@given(
    st.builds(JointModel, rho=st.floats(0.0, 2.5), collides=st.floats(0.02, 0.5), differs=st.floats(0.0, 0.3)),
    st.lists(st.tuples(st.floats(0.05, 0.98), st.floats(0.0, 0.02), st.booleans()), min_size=2, max_size=6),
    st.floats(0.0, 30.0),
)
def test_a_pair_is_worth_what_the_lookahead_says_of_its_second_call(joint, pool, lam):
    """The closed form against calling the first, renewing the belief, and looking one call ahead."""
    quality, cost, callable_ = (np.array(column) for column in zip(*pool, strict=True))
    right = joint.right_at(quantile(quality))
    pairs = two_call_values(joint, right, lam * cost, callable_)
    for a in range(len(pool)):
        after = believe(joint, right[[a]], ["a"])
        left = callable_.copy()
        left[a] = False
        slow = next_call_values(Prospect(joint, right, cost, lam, left), after) - lam * cost[a]
        for b in range(a + 1, len(pool)):
            if callable_[a] and left[b]:
                assert pairs[a, b] == pytest.approx(slow[b], abs=1e-9)
                assert pairs[b, a] == pairs[a, b]
            else:
                assert pairs[a, b] < -1e6


def test_a_first_call_is_drawn_as_numpys_choice_would_draw_it():
    """The same generator gives the same model, so that a log of an older version replays."""
    mine, numpys = np.random.default_rng(7), np.random.default_rng(7)
    for _ in range(200):
        p = mine.dirichlet(np.ones(5))
        assert (p == numpys.dirichlet(np.ones(5))).all()
        assert drawn(p, mine) == numpys.choice(5, p=p)


def test_without_judges_or_keys_a_plan_goes_on_only_to_a_better_model():
    """Nothing is learnt of an answer then, so the best model's is the last; after a worse one's, the best is next."""
    joint = JointModel()
    p = Prospect(joint, joint.right_at(quantile(np.array([0.6, 0.7, 0.8]))), np.full(3, 1e-3), 5.0, np.ones(3, bool))
    _, follow = first_call_values(p, exclusive=False)
    assert follow.tolist() == [2, 2, -1]


def test_a_judge_is_asked_where_its_verdict_could_change_what_happens(worlds):
    """A paid judge that tells right from wrong, of an answer in doubt, before a dear model is called."""
    learner = worlds.learner_of()
    for n in range(20):
        worlds.teach(learner, "cheap", "chat", float(n % 3 > 0))
        worlds.teach(learner, "dear", "chat", 1.0)
    snapshot = learner.snapshot()
    constraints = Constraints(cost_weight=20.0, judges=(Judge("rubric", 1e-5, 200.0),), models=("cheap", "dear"))
    context = worlds.context_of("chat")
    decision = snapshot.decide(context, constraints, np.random.default_rng(0))
    step = Step("cheap", 5e-4, 800.0, 30, 300, ())
    action = snapshot.next_action(context, decision, [step], constraints, np.random.default_rng(0))
    assert isinstance(action, AskJudge)
    assert (action.judge, action.index) == ("rubric", 0)
    asked = Step("cheap", 5e-4, 800.0, 30, 300, (Verdict("rubric", 0.9),))
    again = snapshot.next_action(context, decision, [asked], constraints, np.random.default_rng(0))
    assert not isinstance(again, AskJudge)
