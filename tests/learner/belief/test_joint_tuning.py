"""The joint model's numbers tune themselves to the log."""

import numpy as np
import pytest
from pointsman_learner.belief.joint_model import JointModel
from pointsman_learner.belief.joint_tuning import JointTuning
from pointsman_learner.hyperparameters import H
from pointsman_learner.normal import cdf, quantile

pytestmark = pytest.mark.no_cover  # thousands of rounds, which counting lines slows down by four fifths


def episode(rng, joint, quality):
    """Keys and correctness of answers drawn from the joint model itself."""
    z = rng.standard_normal()
    right = rng.random(len(quality)) < cdf(np.sqrt(1 + joint.rho**2) * quantile(quality) + joint.rho * z)
    keys, wrong = [], []
    for i, ok in enumerate(right):
        if ok and ("right" not in keys or rng.random() >= joint.differs):
            keys.append("right")
        elif not ok and wrong and rng.random() < joint.collides:
            keys.append(str(rng.choice(wrong)))
        else:
            keys.append(f"other-{i}")
        if keys[-1] != "right":
            wrong.append(keys[-1])
    return keys, right


@pytest.mark.parametrize("truth", [(0.8, 0.35, 0.02), (2.5, 0.1, 0.25)])
def test_the_truth_is_found_on_synthetic_answers(truth):
    """From 400 episodes, a fifth with feedback, each number comes closer to the truth than to the grid's other end."""
    rng = np.random.default_rng(11)
    tuning, joint = JointTuning(), JointModel(*truth)
    for n in range(400):
        quality = rng.uniform(0.4, 0.9, size=3)
        keys, right = episode(rng, joint, quality)
        about = 0 if n % 5 == 0 else None
        tuning.learn(quantile(quality), keys, told=None if about is None else (about, float(right[0])))
    found = tuning.joint()
    for name, value in zip(("rho", "collides", "differs"), truth, strict=True):
        low, high = (f(g[("rho", "collides", "differs").index(name)] for g in H.joint_grid) for f in (min, max))
        far = high if abs(value - low) < abs(value - high) else low
        assert abs(getattr(found, name) - value) < abs(getattr(found, name) - far), name


def test_answers_without_keys_or_company_teach_nothing():
    """There is nothing to compare."""
    tuning = JointTuning()
    tuning.learn(np.array([0.7]), ["a"], told=(0, 1.0))
    tuning.learn(np.array([0.7, 0.6]), ["a", None], told=(0, 1.0))
    assert (tuning.log_weight == 0).all()


def test_before_any_evidence_models_share_little_and_the_rest_of_the_grid_is_averaged():
    """The prior on rho asks for evidence before difficulty explains a success away."""
    found = JointTuning().joint()
    assert min(g[0] for g in H.joint_grid) <= found.rho < 1.0 < np.mean([g[0] for g in H.joint_grid])
    assert found.collides == pytest.approx(np.mean([g[1] for g in H.joint_grid]))
    assert found.differs == pytest.approx(np.mean([g[2] for g in H.joint_grid]))
