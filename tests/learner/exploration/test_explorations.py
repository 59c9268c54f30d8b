"""Explorations: each gives every choice an exact probability, and what is not known is tried."""

import dataclasses

import numpy as np
import pytest
from pointsman_learner.exploration.choice import Choice
from pointsman_learner.exploration.greedy import Greedy
from pointsman_learner.exploration.registry import EXPLORATIONS, exploration_of
from pointsman_learner.exploration.thompson import Thompson
from pointsman_learner.normal import cdf
from pointsman_learner.settings import LearnerSettings
from pointsman_learner.snapshot import Snapshot
from pointsman_learner.types import Constraints

every = pytest.mark.parametrize("name", [*EXPLORATIONS, None])


@pytest.fixture
def choice(worlds):
    """Three models of quality, each a call alone."""

    def make(mean, var, may=(True, True, True)):
        expected = worlds.learner_of().estimates.expect(worlds.context_of("chat"))
        mean, var, may = np.array(mean), np.array(var), np.array(may)
        expected = dataclasses.replace(expected, mean=mean, var=var, sd=np.sqrt(var))
        values = cdf(mean)
        return Choice(values, float(values[may].max()), may, expected, cdf)

    return make


@every
def test_first_calls_have_probabilities_and_who_may_not_be_called_has_none(choice, name):
    """Before and after learning."""
    for outcomes in (0.0, 1000.0):
        found = exploration_of(name, 0.05, outcomes).first_call(
            choice([0.9, 0.5, 0.8], [0.2, 0.2, 0.2], [True, True, False]), np.random.default_rng(1)
        )
        assert found.sum() == pytest.approx(1.0)
        assert found.min() >= 0.0
        assert found[2] == 0.0


@every
def test_the_next_step_has_the_probability_that_it_was_drawn_with(name):
    """And one that is far worse has none."""
    k, p = exploration_of(name, 0.05, 100.0).next_step(np.array([0.8, 0.1, 0.79]), np.random.default_rng(2))
    assert p[k] > 0.0
    assert p.sum() == pytest.approx(1.0)
    assert p[1] == 0.0


def test_thompson_tries_what_may_be_best_as_often_as_it_may_be(choice):
    """A model that is known to be worse is not; one that is not known is."""
    found = Thompson(0.0)
    rng = np.random.default_rng(3)
    drawn = np.mean([found.first_call(choice([1.0, 0.0, 0.0], [1e-6, 1e-6, 4.0]), rng) for _ in range(200)], axis=0)
    assert drawn[1] == 0.0
    assert drawn[2] == pytest.approx(0.31, abs=0.04)  # P(N(0, 2) > 1); of 3,200 draws it is off by .03 in 1 of 4,000
    assert found.optimism == 0.0


def test_without_exploration_only_the_best_is_called():
    """And nothing is hoped for."""
    assert Greedy().optimism == 0.0
    assert Greedy().next_step(np.array([0.1, 0.9]), np.random.default_rng(0))[1].tolist() == [0.0, 1.0]


@pytest.mark.parametrize("setting", ["explorer", "judge_combination"])
def test_a_name_that_is_not_registered_is_refused_with_those_that_are(setting):
    """Where the settings are made."""
    with pytest.raises(ValueError, match=rf"{setting}: one of"):
        LearnerSettings(**{setting: "unheard_of"})


def test_a_policy_explores_as_what_it_is_given_says(lived, worlds):
    """Whatever its settings name: estimates and exploration are two things."""
    estimates = lived.learner.estimates.frozen()
    constraints = Constraints(cost_weight=20.0)
    for kind in worlds.kinds:
        context = worlds.context_of(kind)
        usual = Snapshot.of(estimates).decide(context, constraints, np.random.default_rng(1))
        greedy = Snapshot.of(estimates, exploration=Greedy()).decide(context, constraints, np.random.default_rng(1))
        assert max(p.propensity for p in greedy.predictions) == 1.0
        assert max(p.propensity for p in usual.predictions) < 1.0
        assert [p.quality for p in greedy.predictions] == [p.quality for p in usual.predictions]
