"""What the outcome of a whole session teaches: who helped, who is to blame, and how little of a long run."""

import numpy as np
import pytest
from msgspec.structs import replace
from pointsman_learner.events import SessionOutcomeRecorded
from pointsman_learner.hyperparameters import H
from pointsman_learner.learning.sessions import answered_by, credit


@pytest.fixture
def fresh(worlds):
    """A learner that knows models and kinds, and no more."""
    return worlds.learner_of()


def outcome(value, n=0):
    """What an agent's run came to."""
    return SessionOutcomeRecorded(f"r{n}", "s", "acme", float(n), value, "score")


def after(right, value):
    """P(right) of each answer after the outcome."""
    words = credit(np.asarray(right), value).words
    return [w.softened(p) for w, p in zip(words, right, strict=True)]


@pytest.mark.parametrize("right", [[0.9], [0.9, 0.5], [0.7, 0.8, 0.3], [0.95] * 12])
def test_the_posterior_is_that_of_the_gate(right):
    """By enumeration of all that may have been right."""
    right = np.asarray(right)
    n = len(right)
    cases = (np.arange(2**n)[:, None] >> np.arange(n)) & 1
    prior = np.prod(np.where(cases, right, 1.0 - right), axis=1)
    well = (1.0 - H.session_slip) * (1.0 - H.session_spoilt) ** (n - cases.sum(axis=1))
    for value, likelihood in ((1.0, well), (0.0, 1.0 - well)):
        joint = prior * likelihood
        assert after(right, value) == pytest.approx((joint @ cases / joint.sum()).tolist())
    assert credit(right, 1.0).expected == pytest.approx(float(prior @ well))


def test_who_is_doubtful_is_to_blame():
    """A failure lowers the doubted answer by more, and a graded outcome lies between."""
    right = [0.95, 0.4]
    failed, half, done = (after(right, value) for value in (0.0, 0.5, 1.0))
    assert right[1] - failed[1] > 2.0 * (right[0] - failed[0])
    assert all(low < middle < high for low, middle, high in zip(failed, half, done, strict=True))


def test_a_session_weighs_as_much_as_one_word_at_the_most():
    """However long it is; and the failure of a long one says hardly anything of any answer."""
    for n in (1, 3, 20):
        for value in (0.0, 1.0):
            assert sum(w.weight * (1.0 - 2.0 * w.slip) for w in credit(np.full(n, 0.8), value).words) <= 1.0 + 1e-9
    assert after([0.8] * 20, 0.0)[0] == pytest.approx(0.8, abs=0.02)


def test_models_are_told_apart_by_the_outcomes_of_runs_alone(fresh, worlds):
    """One of two is nearly always right, the other seldom; nobody ever speaks of an answer."""
    rng = np.random.default_rng(5)
    for n in range(150):
        models = [str(rng.choice(["cheap", "dear"])) for _ in range(3)]
        right = [rng.random() < (0.95 if m == "dear" else 0.3) for m in models]
        run = [worlds.episode_of(m, "math", n=3 * n + i) for i, m in enumerate(models)]
        for episode in run:
            fresh.apply_one(episode)
        fresh.apply_one(outcome(float(all(right)), n), session=run)
    expected = fresh.estimates.expect(worlds.context_of("math"))
    dear, cheap = (float(expected.quality[fresh.estimates.row(m)]) for m in ("dear", "cheap"))
    assert dear > cheap + 0.2


def test_an_outcome_of_nothing_known_teaches_nothing(fresh, worlds):
    """No episodes, or none that was answered: the estimates stay."""
    failed = replace(worlds.episode_of("cheap", "math"), answer=None)
    before = fresh.snapshot().to_bytes()
    for session in ((), (failed,)):
        fresh.apply_one(outcome(0.0), session=session)
    assert fresh.snapshot().to_bytes() == before


def test_a_decision_alone_is_credited_to_the_model_decided_on(worlds):
    """Its caller made the call."""
    episode = worlds.episode_of("cheap", "math")
    alone = replace(episode, steps=(), answer=None, stop="route_only")
    assert answered_by(episode) == "cheap"
    assert answered_by(alone) == episode.decision.model
    assert answered_by(replace(alone, stop="cost_ceiling")) is None  # nobody was called
