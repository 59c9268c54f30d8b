"""Routers and the learner expect the same: what is learnt is the residual of what decided."""

import numpy as np
import pytest
from pointsman_learner.learner import Learner


def assert_same(learner, context):
    """The living estimates and the policy made of them, on one query, up to the float32 of the policy's router."""
    living, frozen = learner.estimates.expect(context), learner.snapshot().expect(context)
    assert living.place.path == frozen.place.path
    for name in ("quality", "sd", "cost", "latency", "share", "mean", "var", "x"):
        assert getattr(frozen, name) == pytest.approx(getattr(living, name), rel=1e-4, abs=1e-5), name


@pytest.mark.parametrize("kind", ["chat", "code", "math", None])
def test_a_snapshot_expects_what_the_learner_expects(lived, worlds, kind):
    """At any place: familiar, between kinds, the root alone, or named by a hint."""
    rng = np.random.default_rng(1)
    for context in (worlds.context_of(kind, rng), worlds.context_of(kind), worlds.context_of(kind, task="math-domain")):
        assert_same(lived.learner, context)


@pytest.mark.parametrize("parts", [{"taxonomy": False}, {"learned": False}, {"taxonomy": False, "learned": False}])
def test_so_it_does_with_parts_switched_off(worlds, parts):
    """And before anything is learnt."""
    context = worlds.context_of("code", np.random.default_rng(2))
    assert_same(worlds.World(seed=5, settings=worlds.without(**parts)).run(30).learner, context)
    assert_same(worlds.learner_of(settings=worlds.without(**parts)), context)


def test_so_it_does_without_models(worlds):
    """An empty learner expects nothing of none."""
    assert_same(Learner(), worlds.context_of("chat"))


def test_a_frozen_one_remembers_the_query_at_hand_and_no_other(lived, worlds):
    """A cascade asks after every answer; another query, however alike, is looked at anew."""
    snapshot = lived.learner.snapshot()
    a, b = worlds.context_of("chat"), worlds.context_of("math")
    first = snapshot.expect(a)
    assert snapshot.expect(a) is first
    assert snapshot.expect(b).place.leaf == "math"
    assert snapshot.expect(a).place.leaf == "chat"
