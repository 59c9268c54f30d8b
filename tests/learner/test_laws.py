"""Laws that every policy and every estimator keeps.

Predicting mutates nothing; it works before any learning; clones are independent; pickles round-trip; memory is bounded.
"""

import copy
import pickle
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from pointsman_learner.actions import Accept
from pointsman_learner.belief.calibration import OddsCalibration, Recalibration
from pointsman_learner.belief.discriminant import DiscriminantJudges
from pointsman_learner.belief.joint_tuning import JointTuning
from pointsman_learner.context.clusters import CLUSTERS, TrafficClusters
from pointsman_learner.context.standardise import Moments
from pointsman_learner.estimators.drift import DriftWatch
from pointsman_learner.estimators.learned_router import LearnedRouter
from pointsman_learner.estimators.node_effects import Effects
from pointsman_learner.estimators.taxonomy import Place, Taxonomy
from pointsman_learner.estimators.trust import Trust
from pointsman_learner.hyperparameters import H
from pointsman_learner.learner import Learner
from pointsman_learner.planning.pacing import Pacer
from pointsman_learner.settings import LearnerSettings
from pointsman_learner.snapshot import Snapshot
from pointsman_learner.static import static_snapshot
from pointsman_learner.types import Constraints, Judge, Step, Verdict

HERE = Place(np.array([0, 1]), np.array([1.0, 0.7]), ("root", "a"), 0.9)
X = np.array([0.5, 0.3, -0.2, 0.1])


def doubted(off):
    """Log evidence that is best for a doubt of about `off`."""
    return -np.array([(sum(doubt) - off) ** 2 for doubt in H.doubts])


@dataclass
class Estimator:
    """One estimator under the laws: how it is made, what it learns from, and what it predicts (a list of floats)."""

    name: str
    make: Any
    learn: Any
    predict: Any


def effects():
    """Of two models at one kind."""
    taxonomy, e = Taxonomy(), Effects()
    taxonomy.put_dict({"id": "a", "parent": "root"})
    e.resize(taxonomy, 2)
    return e


def router():
    """Of two models."""
    r = LearnedRouter()
    r.resize(2)
    return r


def watch():
    """Of one model."""
    w = DriftWatch()
    w.resize(1)
    return w


CLUSTER = np.eye(CLUSTERS)


def judged(judges, rng):
    """One answer's scores and how it turned out."""
    scores = {"a": float(rng.random()), "b": float(rng.random())}
    judges.see(scores, 0)
    judges.learn(scores, float(rng.random()))


ESTIMATORS = [
    Estimator(
        "effects", effects,
        lambda e, rng: (e.learn(HERE, int(rng.integers(2)), float(rng.normal())), e.learn_ratio(0, HERE, 0, 1.3)),
        lambda e: [*e.predict(HERE)[0], *e.predict(HERE)[1], *e.predict_ratios(HERE)[0]],
    ),
    Estimator(
        "learned_router", router,
        lambda r, rng: r.learn(rng.normal(size=4), int(rng.integers(2)), float(rng.normal())),
        lambda r: [*r.predict(X[None])[0][0], *r.predict(X[None])[1][0]],
    ),
    Estimator(
        "moments", Moments,
        lambda m, rng: m.learn(rng.normal(size=4)),
        lambda m: m.standardised(X, 2, m.scale(2)).tolist(),
    ),
    Estimator(
        "clusters", TrafficClusters,
        lambda c, rng: [c.learn(rng.normal(size=4), np.ones(4)) for _ in range(3)],
        lambda c: c.memberships(X, np.ones(4)).tolist(),
    ),
    Estimator(
        "trust", Trust,
        lambda t, rng: t.learn(doubted(rng.normal())),
        lambda t: [*t.doubt(), *t.log_weight],
    ),
    Estimator(
        "judges", DiscriminantJudges, judged,
        lambda j: [j.log_odds({"a": 0.9, "b": 0.2}), j.separation(["a"]), j.separation(["a", "b"])],
    ),
    Estimator(
        "odds", OddsCalibration,
        lambda c, rng: c.learn_one(0.7, float(rng.normal()), float(rng.random() < 0.7), 1.0, CLUSTER[rng.integers(2)]),
        lambda c: [c.correct(1.0, CLUSTER[0]), c.strength(CLUSTER[1]), c.correct(-1.0)],
    ),
    Estimator(
        "recalibration", Recalibration,
        lambda r, rng: r.learn_one(float(rng.random()), float(rng.normal()), float(rng.random() < 0.5)),
        lambda r: [r.correct(p) for p in (0.1, 0.5, 0.9)],
    ),
    Estimator(
        "joint_tuning", JointTuning,
        lambda t, rng: t.learn(np.array([0.7, 0.6]), ["a", str(rng.choice(["a", "b"]))], told=(0, rng.random())),
        lambda t: [t.joint().rho, t.joint().collides, t.joint().differs],
    ),
    Estimator(
        "pacer", lambda: Pacer(0.01), lambda p, rng: p.learn_one(float(rng.random() * 0.03)), lambda p: [p.cost_weight]
    ),
    Estimator(
        "drift", watch,
        lambda w, rng: w.learn(0, float(rng.normal())),
        lambda w: [*w.seen()[0], w.alarms[0]],
    ),
]  # fmt: skip

every_estimator = pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda e: e.name)


def taught(estimator, n, seed=0):
    """After n lessons."""
    it, rng = estimator.make(), np.random.default_rng(seed)
    for _ in range(n):
        estimator.learn(it, rng)
    return it


@every_estimator
def test_an_estimator_works_before_any_learning(estimator):
    """With finite numbers."""
    assert np.isfinite(estimator.predict(estimator.make())).all()


@every_estimator
def test_an_estimators_predictions_mutate_nothing(estimator):
    """Predicting, even a hundred times, leaves what learning makes of it the same."""
    looked, other = taught(estimator, 30), taught(estimator, 30)
    first = estimator.predict(looked)
    for _ in range(100):
        assert estimator.predict(looked) == first
    for it in (looked, other):
        estimator.learn(it, np.random.default_rng(9))
    assert estimator.predict(looked) == estimator.predict(other)


@every_estimator
@pytest.mark.parametrize("clone", [copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it))], ids=["copy", "pickle"])
def test_clones_of_an_estimator_are_equal_and_independent(estimator, clone):
    """They predict alike, learn alike, and one's lessons are not the other's."""
    it = taught(estimator, 40)
    other = clone(it)
    before = estimator.predict(it)
    assert estimator.predict(other) == before
    rng = np.random.default_rng(3)
    for _ in range(5):
        estimator.learn(other, rng)
    assert estimator.predict(it) == before != estimator.predict(other)
    rng = np.random.default_rng(3)
    for _ in range(5):
        estimator.learn(it, rng)
    assert estimator.predict(it) == estimator.predict(other)


@every_estimator
def test_an_estimators_memory_is_bounded(estimator):
    """Four times the lessons, about the same bytes; ADWIN keeps a logarithm of them."""
    small, large = (len(pickle.dumps(taught(estimator, n))) for n in (100, 400))
    assert large < 1.5 * small + 2000


POLICIES = {
    "unified": {},
    "taxonomy": {"learned": False},
    "learned": {"taxonomy": False},
    "no cascade": {"cascade": False},
    "one step": {"lookahead": False},
    "greedy": {"exploration": False},
    "no agreement": {"agreement": False},
    "no trust": {"trust": False},
    "no clusters": {"clusters": False},
    "not standardised": {"standardisation": False},
}
JUDGES = (Judge("agreement"), Judge("format"), Judge("rubric", 1e-4))
every_policy = pytest.mark.parametrize("policy", [*POLICIES, "thompson", "static"])


def snapshot_of(worlds, policy, queries):
    """A policy's snapshot after so many queries."""
    if policy == "static":
        return static_snapshot(worlds.models)
    thompson = LearnerSettings(explorer="thompson")
    settings = thompson if policy == "thompson" else worlds.without(**POLICIES[policy])
    return worlds.World(seed=3, settings=settings).run(queries).learner.snapshot()


def decisions(snapshot, worlds, seed=5):
    """What it decides and does next, as data."""
    rng, queries = np.random.default_rng(seed), np.random.default_rng(seed)
    constraints = Constraints(cost_weight=20.0, judges=JUDGES)
    found = []
    for kind in worlds.kinds * 3:
        context = worlds.context_of(kind, queries)
        d = snapshot.decide(context, constraints, rng)
        step = Step(d.model, 0.001, 500.0, verdicts=(Verdict("agreement", None, key="k"),))
        found.append((d, snapshot.next_action(context, d, [step], constraints, rng)))
    return found


@every_policy
@pytest.mark.parametrize("queries", [0, 40])
def test_a_policy_decides_before_and_after_learning_with_exact_propensities(worlds, policy, queries):
    """Positive for the chosen, summing to 1, each prediction within its range."""
    for d, action in decisions(snapshot_of(worlds, policy, queries), worlds):
        assert sum(p.propensity for p in d.predictions) == pytest.approx(1.0)
        assert 0 < d.propensity <= 1
        for p in d.predictions:
            assert 0 <= p.quality <= 1
            assert p.quality_sd > 0
            assert p.cost_usd > 0
            assert p.latency_ms > 0
        assert 0 <= d.familiarity <= 1
        assert not isinstance(action, Accept) or 0 <= action.quality <= 1


@every_policy
def test_a_policys_decisions_mutate_nothing_and_depend_on_the_generator_only(worlds, policy):
    """The same seed decides the same, as often as asked; what is stored of it stays the same."""
    snapshot = snapshot_of(worlds, policy, 40)
    before = snapshot.to_bytes()
    assert decisions(snapshot, worlds) == decisions(snapshot, worlds)
    assert snapshot.to_bytes() == before


@every_policy
def test_a_policy_round_trips_through_bytes_and_its_clone_is_independent(worlds, policy):
    """Models decided are the same; numbers up to the router's float32."""
    snapshot = snapshot_of(worlds, policy, 40)
    clone = Snapshot.from_bytes(snapshot.to_bytes(), snapshot.version)
    for (a, _), (b, _) in zip(decisions(snapshot, worlds), decisions(clone, worlds), strict=True):
        assert a.model == b.model
        assert a.propensity == pytest.approx(b.propensity, abs=1e-3)
    clone.estimates.effects.own = clone.estimates.effects.own + 1.0
    assert decisions(snapshot, worlds) == decisions(snapshot, worlds)
    assert clone.to_bytes() != snapshot.to_bytes()


def test_a_learners_memory_is_bounded(lived, worlds):
    """What is kept of a long log is no more than of a short one, but for four buffers, which are bounded."""

    def kept(events):
        learner = Learner()
        for event, episode in events:
            learner.apply_one(event, episode)
            learner.estimates.residuals.rows.clear()
            learner.record.copies, learner.record.known = [], {}
            learner.estimates.clusters.waiting = learner.estimates.clusters.waiting[:0]
        return len(learner.to_bytes())

    assert kept(lived.events) < 1.2 * kept(lived.events[:100]) + 2000
