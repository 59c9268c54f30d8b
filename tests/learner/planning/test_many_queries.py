"""Queries that come together are decided together: each as if it had come alone, to the bit."""

import dataclasses
from copy import deepcopy

import numpy as np
import pytest
from msgspec.structs import replace
from pointsman_learner.belief.joint_model import JointModel
from pointsman_learner.exploration.greedy import Greedy
from pointsman_learner.planning.judge_bundles import Bins, JudgeBundle, bins_of
from pointsman_learner.planning.lookahead import Prospect, first_call_values
from pointsman_learner.snapshot import Snapshot
from pointsman_learner.types import Constraints, Judge, Model, NoModelFits

AGREEMENT, FORMAT, RUBRIC = Judge("agreement"), Judge("format"), Judge("rubric", 0.001)
UNDER = (
    Constraints(cost_weight=5.0, judges=(AGREEMENT, FORMAT)),
    Constraints(cost_weight=50.0, judges=(FORMAT, RUBRIC)),
    Constraints(judges=(AGREEMENT,), deadline_ms=20_000.0, tenant="other"),
    Constraints(cost_weight=5.0, models=("cheap", "coder"), judges=(FORMAT,)),
    Constraints(cost_weight=5.0, judges=(AGREEMENT,), sticky_model="coder"),
    Constraints(cost_weight=0.0, latency_weight=0.05, judges=(AGREEMENT,)),
    Constraints(cost_weight=5.0, judges=(AGREEMENT,), availability={"dear": 0.2}, failure_ms={"dear": 900.0}),
    Constraints(cost_weight=5.0, max_steps=1),
    Constraints(cost_weight=5.0, judges=(AGREEMENT,), baseline="coder"),
    Constraints(cost_weight=5.0, judges=(AGREEMENT,), baseline="dear", tenant="acme"),
    Constraints(max_cost_usd=1e-12),
    Constraints(min_quality=0.999),
)


def queries(worlds, number, seed):
    """Of every kind, some with a hint, each under some constraints."""
    rng = np.random.default_rng(seed)
    for _ in range(number):
        hints = {"task": "math"} if rng.random() < 0.2 else {}
        kind = ("chat", "code", "math", None)[rng.integers(4)]
        yield worlds.context_of(kind, rng, **hints), UNDER[rng.integers(len(UNDER))]


def alone(snapshot, asked, rng):
    """Each by itself; an error as what it says."""
    for context, constraints in asked:
        try:
            yield snapshot.decide(context, constraints, rng)
        except NoModelFits as e:
            yield str(e)


def told(decisions):
    """An error as what it says."""
    return [str(d) if isinstance(d, NoModelFits) else d for d in decisions]


@pytest.mark.parametrize("opinion", ["fused", "taxonomy", "learned", "pooled"])
@pytest.mark.parametrize("more", [0, 20])
def test_each_is_decided_as_if_it_were_alone(lived, worlds, opinion, more):
    """Whatever the others are, and whatever limits them; with a short list of models, too."""
    estimates = deepcopy(lived.learner.estimates)
    for k in range(more):
        estimates.add_model(Model(f"more-{k}", 0.1 * (k + 1), 0.3 * (k + 1)))
    estimates.settings = dataclasses.replace(estimates.settings, opinion=opinion)
    snapshot = Snapshot.of(estimates.frozen(), 1)
    for seed, number in enumerate((1, 2, 7, 32)):
        asked = list(queries(worlds, number, seed))
        together = snapshot.decide_all(asked, np.random.default_rng(seed))
        assert told(together) == list(alone(snapshot, asked, np.random.default_rng(seed)))


def test_so_they_are_before_anything_is_learnt_and_without_exploration(worlds):
    """By the static policy, and by a greedy one."""
    snapshot = worlds.learner_of().snapshot()
    for policy in (snapshot, Snapshot.of(snapshot.estimates, exploration=Greedy())):
        asked = list(queries(worlds, 20, 5))
        together = policy.decide_all(asked, np.random.default_rng(0))
        assert told(together) == list(alone(policy, asked, np.random.default_rng(0)))


def test_queries_of_two_versions_of_the_features_may_come_together(lived, worlds):
    """While an embedder is changed."""
    snapshot, rng = lived.learner.snapshot(), np.random.default_rng(1)
    other = replace(worlds.context_of("chat", rng), embedding=np.ones(5, dtype=np.float32))
    asked = [(worlds.context_of("math", rng), UNDER[0]), (other, UNDER[0]), (worlds.context_of("code", rng), UNDER[1])]
    together = snapshot.decide_all(asked, np.random.default_rng(2))
    assert together == list(alone(snapshot, asked, np.random.default_rng(2)))


@pytest.mark.parametrize("exclusive", [True, False])
@pytest.mark.parametrize("models", [1, 2, 9, 24])
def test_plans_of_many_are_the_plans_of_each(models, exclusive):
    """Values and what would follow, of pools of any size, each query with what its own judges may tell."""
    rng = np.random.default_rng(models)
    joint, B = JointModel(1.1, 0.2, 0.05), 6
    right = joint.right_at(rng.normal(0.7, 0.6, (B, models)))
    cost, lam, may = rng.uniform(1e-4, 1e-2, (B, models)), rng.uniform(0.2, 40.0, (B, 1)), rng.random((B, models)) < 0.8
    wait, mu = rng.uniform(0.0, 1e4, (B, models)), rng.uniform(0.0, 1e-6, (B, 1))
    each = [
        bins_of((JudgeBundle(("format",), d, 0.0), JudgeBundle(("format", "rubric"), d + 1.0, 1e-3, 700.0)))
        for d in rng.uniform(0.3, 2.0, B)
    ]
    price = each[0].start, each[0].cost, each[0].wait
    bins = Bins(np.stack([b.wrong for b in each]), np.stack([b.good for b in each]), *price)
    prospect = Prospect(joint, right, cost, lam, may, bins, wait=wait, per_ms=mu)
    values, follow = first_call_values(prospect, exclusive=exclusive)
    for b in range(B):
        own = Prospect(
            joint, right[b][None], cost[b][None], lam[b][None], may[b][None],
            Bins(each[b].wrong[None], each[b].good[None], *price), wait=wait[b][None], per_ms=mu[b][None],
        )  # fmt: skip
        (of_one,), (then,) = first_call_values(own, exclusive=exclusive)
        assert np.array_equal(values[b], of_one)
        assert np.array_equal(follow[b], then)
