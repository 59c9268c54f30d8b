"""The learned router: what the context tells of each model, without the taxonomy."""

import numpy as np
import pytest
from pointsman_learner.estimators.learned_router import LearnedRouter, features
from pointsman_learner.hyperparameters import H
from pointsman_learner.river_alone import BayesianLinearRegression
from pointsman_learner.types import Context


def router_of(models=2):
    """An empty one."""
    r = LearnedRouter()
    r.resize(models)
    return r


def predicted(router, x):
    """Of one query."""
    (mean,), (var,) = router.predict(x[None])
    return mean, var


def test_without_evidence_it_says_the_models_mean_with_the_priors_variance():
    """For any feature size."""
    mean, var = predicted(router_of(), np.ones(5) / 5**0.5)
    assert mean.tolist() == [0.0, 0.0]
    assert var == pytest.approx([H.router_common_sd**2 + H.router_own_sd**2] * 2)


def test_it_learns_what_depends_on_the_context_and_what_of_it_is_one_models():
    """Where the first feature is high, model 0 is abler by 1 and model 1 by less: a third, never called, is between."""
    rng, r = np.random.default_rng(0), router_of(3)
    for n in range(600):
        x = np.array([1.0, rng.choice([-1.0, 1.0]), rng.normal(0, 0.1)])
        m, at_high = n % 2, (0.5, 0.2)[n % 2]
        residual = at_high * x[1] + rng.normal(0, 0.3) - predicted(r, x)[0][m]
        r.learn(x, m, residual, 5.0)
    high, var = predicted(r, np.array([1.0, 1.0, 0.0]))
    low, _ = predicted(r, np.array([1.0, -1.0, 0.0]))
    assert high[:2] == pytest.approx([0.5, 0.2], abs=0.1)
    assert low[:2] == pytest.approx([-0.5, -0.2], abs=0.1)
    assert high[1] - 0.1 < high[2] < high[0] + 0.1
    assert var[0] < var[2]


def test_compiled_arrays_say_what_the_live_ones_say():
    """The snapshot decides as the learner predicts."""
    rng, r = np.random.default_rng(1), router_of(3)
    for n in range(60):
        r.learn(rng.normal(size=6), n % 3, float(rng.normal()), 0.5)
    x = rng.normal(size=6)
    mean, var = predicted(r.compiled(), x)
    assert mean == pytest.approx(predicted(r, x)[0], abs=1e-5)
    assert var == pytest.approx(predicted(r, x)[1], rel=1e-4)


def test_it_learns_what_rivers_regression_learns():
    """Of a target, which is what was predicted and the residual; the other's part is noise."""
    rng, r = np.random.default_rng(1), router_of(1)
    own = BayesianLinearRegression(alpha=1.0 / H.router_own_sd**2, beta=1.0)
    for _ in range(200):
        x, residual, precision = rng.normal(size=6), float(rng.normal()), float(rng.uniform(0.1, 2.0))
        if r.mean.shape[1]:
            common_var, expected = float(x @ r.cov[0] @ x), float(x @ r.mean[1])
        else:
            common_var, expected = H.router_common_sd**2 * float(x @ x), 0.0
        w = (1.0 / (1.0 / precision + common_var)) ** 0.5
        own.learn_one(dict(enumerate((w * x).tolist())), w * (expected + residual))
        r.learn(x, 0, residual, precision)
    for x in rng.normal(size=(20, 6)):
        assert float(x @ r.mean[1]) == pytest.approx(own.predict_one(dict(enumerate(x.tolist()))), rel=1e-9)


def test_several_observations_on_one_query_teach_what_one_after_the_other_does():
    """In one update of each estimator, up to rounding: also where a model answered twice."""
    rng, together, alone = np.random.default_rng(2), router_of(3), router_of(3)
    for _ in range(300):
        x = rng.normal(size=12)
        observed = [(int(m), float(rng.normal()), float(rng.uniform(0.05, 3.0))) for m in rng.integers(0, 3, 4)]
        together.learn_all(x, observed)
        for model, residual, precision in observed:
            alone.learn(x, model, residual, precision)
    assert together.mean == pytest.approx(alone.mean, abs=1e-11)
    assert together.cov == pytest.approx(alone.cov, abs=1e-11)


def test_a_weighty_lesson_teaches_more():
    """The preciser, the more; one of hardly any precision teaches hardly anything."""
    x = np.array([1.0, 0.5])
    moved = []
    for weight in (1e-6, 0.3, 1.0):
        r = router_of(1)
        r.learn(x, 0, 0.5, weight)
        moved.append(float(predicted(r, x)[0][0]))
    assert moved[0] == pytest.approx(0.0, abs=1e-4)
    assert moved == sorted(moved)
    assert moved[2] > moved[1] > 0


def test_a_change_of_features_starts_new_estimators():
    """Another embedder's numbers mean something else."""
    r = router_of(1)
    r.learn(np.ones(4), 0, 0.5)
    assert predicted(r, np.ones(4))[0][0] > 0
    assert predicted(r, np.ones(7))[0].tolist() == [0.0]
    r.learn(np.ones(7), 0, 0.0)
    assert predicted(r, np.ones(4))[0].tolist() == [0.0]


def test_a_reset_forgets_one_model():
    """After an alarm."""
    r = router_of()
    for m in (0, 1):
        r.learn(np.ones(3), m, 0.5)
    r.reset(0)
    mean, _ = predicted(r, np.ones(3))
    assert 0 < mean[0] < mean[1]  # what every model finds easy is kept


def test_features_are_bounded_and_of_the_head_of_the_embedding():
    """A long embedding is cut, an empty one is no error."""
    e = np.random.default_rng(2).normal(size=256).astype(np.float32)
    x = features([Context("v", e, np.full(30, 0.5, np.float32), 10)])[0]
    assert len(x) == 30 + H.embedding_dimensions
    assert np.linalg.norm(x[-H.embedding_dimensions :]) == pytest.approx(1.0)
    nothing = features([Context("v", np.zeros(0, np.float32), np.zeros(0, np.float32), 0)])[0]
    assert nothing.tolist() == []
    assert np.isfinite(features([Context("v", np.zeros(4, np.float32), np.zeros(2, np.float32), 0)])[0]).all()


def test_a_router_of_no_models_predicts_for_none():
    """The empty learner's."""
    mean, var = predicted(router_of(0).compiled(), np.ones(3))
    assert len(mean) == len(var) == 0
