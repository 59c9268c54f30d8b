"""Which of two opinions to trust, from what whole episodes show."""

import numpy as np
import pytest
from pointsman_learner.belief.joint_model import JointModel, log_evidence
from pointsman_learner.estimators.fusion import fuse
from pointsman_learner.estimators.trust import Trust
from pointsman_learner.hyperparameters import H
from pointsman_learner.normal import cdf

KINDS = np.array([1.2, -0.6])
"""Ability of all models on either kind of query."""
OPINIONS = {"knows": lambda kind: KINDS[kind], "averages": lambda _: KINDS.mean()}
JOINT = JointModel(0.8, 0.1, 0.02)


def trust_after(taxonomy, learned, *, episodes=150, seed=0):
    """What is trusted where users only speak of answers that another agreed with, which are right nearly always."""
    rng, trust = np.random.default_rng(seed), Trust()
    for _ in range(episodes):
        kind = int(rng.integers(2))
        u = np.sqrt(1 + JOINT.rho**2) * KINDS[kind] + JOINT.rho * rng.standard_normal()
        right = rng.random(2) < cdf(np.full(2, u))
        keys = ["right" if ok else f"wrong-{i}" for i, ok in enumerate(right)]
        told = (0, float(right[0])) if keys[0] == keys[1] else None
        opinions = [(np.full(2, OPINIONS[o](kind)), np.full(2, 0.02)) for o in (taxonomy, learned)]

        blends = [fuse(*opinions, np.array(doubt)) for doubt in H.doubts]
        trust.learn([log_evidence(JOINT, mean / np.sqrt(1 + var), keys, told=told) for mean, var, _ in blends])
    return trust.doubt()


@pytest.mark.parametrize("seed", range(5))
def test_the_opinion_that_tells_kinds_apart_wins_though_both_are_as_sure(seed):
    """From agreement alone: what users say of answers that agreed is the same for either kind."""
    assert trust_after("knows", "averages", seed=seed)[1] >= 0.1
    assert trust_after("averages", "knows", seed=seed)[0] >= 0.1


def test_opinions_that_say_the_same_are_told_apart_by_nothing():
    """Both keep their say."""
    assert trust_after("knows", "knows").tolist() == [0.0, 0.0]


def test_before_any_episode_nothing_is_doubted():
    """Precision alone decides."""
    assert Trust().doubt().tolist() == list(H.doubts[0]) == [0.0, 0.0]
