"""Pools of dozens of models: plans cost by the model, and are as good as if every later call were thought of."""

from contextlib import contextmanager

import numpy as np
import pytest
from pointsman_learner.belief.joint_model import JointModel, believe
from pointsman_learner.hyperparameters import H
from pointsman_learner.planning import two_call_plans
from pointsman_learner.planning.judge_bundles import JudgeBundle, bins_of
from pointsman_learner.planning.lookahead import Prospect, first_call_values, next_call_values
from pointsman_learner.planning.two_call_plans import shortlist

BUNDLES = (JudgeBundle(("format",), 0.4, 0.0), JudgeBundle(("format", "rubric"), 1.6, 1e-3))
LOSES_AT_MOST, LOSES = 0.005, 0.0005
"""Utility of the best plan: in the worst of the draws, and in the mean of them."""


@contextmanager
def listing(models):
    """So many on the short list."""
    before = H.shortlist
    object.__setattr__(H, "shortlist", models)
    try:
        yield
    finally:
        object.__setattr__(H, "shortlist", before)


def prospects(models, number):
    """Pools in which the abler are dearer, by and large, and some may not be called."""
    rng = np.random.default_rng(0)
    for _ in range(number):
        joint = JointModel(rng.uniform(0.3, 2.0), rng.uniform(0.05, 0.4), rng.uniform(0.0, 0.1))
        ability = rng.normal(0.7, 0.6, models)
        cost = np.exp(rng.normal(ability - 5.0, 1.0))
        may = rng.random(models) < 0.9
        yield Prospect(joint, joint.right_at(ability), cost, float(rng.uniform(0.2, 4.0)), may, bins_of(BUNDLES))


def assert_small(lost):
    """Nothing is won by leaving models out, and hardly anything lost."""
    assert min(lost) > -1e-9
    assert max(lost) <= LOSES_AT_MOST
    assert np.mean(lost) <= LOSES


@pytest.mark.parametrize("exclusive", [True, False])
def test_the_best_plan_is_hardly_better_where_every_model_may_come_later(exclusive):
    """Of 24 models, by agreement and by judges."""
    lost = []
    for p in prospects(24, 60):
        listed, _ = first_call_values(p, exclusive=exclusive)
        with listing(24):
            whole, _ = first_call_values(p, exclusive=exclusive)
        lost.append(whole.max() - listed.max())
    assert_small(lost)


@pytest.mark.parametrize("keys", [["a"], [None]])
def test_the_best_next_call_is_hardly_better_where_every_model_may_come_later(keys):
    """After one answer, with a key and without."""
    lost = []
    for p in prospects(24, 60):
        belief = believe(p.joint, p.right[:1], keys)
        listed = next_call_values(p, belief)
        with listing(24):
            whole = next_call_values(p, belief)
        lost.append(whole.max() - listed.max())
    assert_small(lost)


def test_a_call_that_follows_is_named_by_its_row():
    """And is one that may be called, other than the first."""
    for p in prospects(24, 30):
        for exclusive in (True, False):
            _, follow = first_call_values(p, exclusive=exclusive)
            then = follow[p.callable]
            assert all(f == -1 or p.callable[f] for f in then.tolist())
            assert not (follow == np.arange(24)).any()


def test_pairs_grow_with_the_models_and_no_faster():
    """Of a hundred models ten times as many as of ten more than are listed would be; all of a small pool."""
    of = {m: len(two_call_plans._pairs_of(m, min(m, H.shortlist))[0]) for m in (9, 16, 40, 80, 160)}
    assert (of[9], of[16]) == (36, 120)
    assert of[160] - of[80] == 2 * (of[80] - of[40]) == 80 * H.shortlist


def test_the_dear_and_able_are_listed_beside_the_cheap():
    """A call in one case of ten may pay where one in each would not."""
    quality, price = np.full(40, 0.6), np.linspace(0.01, 0.05, 40)
    quality[39], price[39] = 0.95, 0.5
    assert 39 in shortlist(quality, price, np.ones(40, dtype=bool))
    nobody = shortlist(quality, price, np.arange(40) < 3)
    assert set(range(3)) <= set(nobody.tolist())
    assert len(nobody) == H.shortlist
