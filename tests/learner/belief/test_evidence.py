"""The evidence under many assumptions at once is what each of them says alone."""

import numpy as np
import pytest
from pointsman_learner.belief.evidence import Candidates, log_evidence_by_ability
from pointsman_learner.belief.joint_model import JointModel, log_evidence
from pointsman_learner.belief.joint_tuning import JointTuning
from pointsman_learner.hyperparameters import H
from pointsman_learner.normal import WEIGHTS

CANDIDATES = Candidates.of(H.joint_grid)


def an_episode(rng):
    """Abilities, keys, odds and a user's word: of one to seven answers, with and without keys, judges, a user."""
    n = int(rng.integers(1, 8))
    keys = [None if rng.random() < rng.choice([0.0, 0.3]) else str(rng.integers(4)) for _ in range(n)]
    odds = [float(rng.choice([0.0, rng.normal(0, 2)])) for _ in range(n)] if rng.random() < 0.5 else []
    told = (int(rng.integers(n)), float(rng.random())) if rng.random() < 0.5 else None
    return rng.normal(0, 1, n), keys, odds, told


@pytest.mark.parametrize("seed", range(20))
def test_each_candidate_says_what_it_says_alone(seed):
    """But for rounding."""
    rng = np.random.default_rng(seed)
    for _ in range(10):
        observed = an_episode(rng)
        alone = [log_evidence(JointModel(*theta), *observed) for theta in H.joint_grid]
        assert CANDIDATES.log_evidence(*observed) == pytest.approx(alone, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("seed", range(20))
def test_each_ability_says_what_it_says_alone(seed):
    """As each joint model does."""
    rng, joint = np.random.default_rng(seed), JointModel(1.1, 0.3, 0.05)
    for _ in range(10):
        ability, *observed = an_episode(rng)
        abilities = ability + rng.normal(0, 1, (9, len(ability)))
        alone = [log_evidence(joint, each, *observed) for each in abilities]
        assert log_evidence_by_ability(joint, abilities, *observed) == pytest.approx(alone, rel=1e-12, abs=1e-12)


def test_known_outcomes_weigh_each_candidate_as_they_weigh_it_alone():
    """To the bit, too."""
    rng, tuning, expected = np.random.default_rng(0), JointTuning(), np.zeros(len(H.joint_grid))
    for _ in range(50):
        n = int(rng.integers(2, 6))
        ability, outcome, weight = rng.normal(0, 1, n), rng.random(n).round(1), float(rng.random())
        tuning.learn_known(ability, outcome, weight)
        expected *= 0.999**weight
        for g, theta in enumerate(H.joint_grid):
            right = JointModel(*theta).right_at(ability)
            likelihood = outcome[:, None] * right + (1 - outcome[:, None]) * (1 - right)
            expected[g] += weight * float(np.log(likelihood.prod(axis=0) @ WEIGHTS))
    assert tuning.log_weight.tolist() == expected.tolist()
