"""Policies by their names: what the learner's are made of."""

import pytest
from pointsman_bench.policies import EXPLORERS, chosen_policies, default_policies, settings_of
from pointsman_learner.exploration.registry import EXPLORATIONS
from pointsman_learner.settings import LearnerSettings
from pointsman_service.errors import ConfigurationError


def test_every_exploration_but_the_usual_one_is_a_peer():
    """Beside those of other people; and asked for by name."""
    assert {LearnerSettings().explorer, *(name.partition(":")[2] for name in EXPLORERS)} == set(EXPLORATIONS)
    assert set(EXPLORERS) <= set(default_policies(["a"], (), peers=True))
    assert not set(EXPLORERS) & set(default_policies(["a"], (), peers=False))
    assert chosen_policies(EXPLORERS, ["a"], ()) == EXPLORERS


def test_the_learner_explores_as_its_policy_is_called():
    """All else is as usual."""
    settings = settings_of("explorer:thompson")
    assert settings == LearnerSettings(explorer="thompson")


def test_an_exploration_that_is_unknown_is_refused_with_those_that_are_near():
    """As any policy is."""
    with pytest.raises(ConfigurationError, match="explorer:thompson"):
        chosen_policies(["explorer:tompson"], ["a"], ())
