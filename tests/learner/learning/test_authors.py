"""Whose word it is decides how far it moves what all share."""

import pytest
from msgspec.structs import replace
from pointsman_learner.events import FeedbackRecorded
from pointsman_learner.learning.feedback import source_of


def word(n, episode, value, **who):
    """One thumb."""
    return replace(FeedbackRecorded(f"f{n}", episode.episode_id, "acme", 1.0, "thumb", value), **who)


@pytest.fixture
def taught(worlds):
    """A learner that heard 200 honest thumbs of one tenant on two models, nine of ten up."""
    learner = worlds.learner_of()
    for n in range(200):
        episode = worlds.episode_of(("cheap", "dear")[n % 2], "math", n)
        learner.apply_one(episode)
        learner.apply_one(word(n, episode, float(n % 20 > 1)), episode)
    return learner


def told_down(learner, worlds, who, number=100):
    """What is believed of the model before and after so many thumbs down, each on an answer of its own."""
    context = worlds.context_of("math")
    row = learner.estimates.row("dear")
    before = learner.estimates.expect(context).quality[row]
    for n in range(number):
        episode = replace(worlds.episode_of("dear", "math", 1000 + n), tenant="mallory", episode_id=f"m{n}")
        learner.apply_one(episode)
        learner.apply_one(word(n, episode, 0.0, tenant="mallory", **who(n)), episode)
    return before, learner.estimates.expect(context).quality[row]


@pytest.mark.parametrize(
    "who", [lambda _n: {}, lambda n: {"client": "k", "author": n}], ids=["one caller", "many end users"]
)
def test_malice_of_one_tenant_hardly_moves_the_others(worlds, taught, who):
    """A hundred thumbs down of one tenant, whichever of its end users say so, against two hundred of another."""
    before, after = told_down(taught, worlds, who)
    assert before > 0.8
    assert after > before - 0.15


def test_a_tenant_that_is_alone_is_believed(worlds):
    """Where a model has fallen for all there are, their words say so."""
    learner = worlds.learner_of()
    before, after = told_down(learner, worlds, lambda _n: {}, 40)
    assert before > 0.55
    assert after < 0.25


def test_a_word_without_a_key_or_an_end_user_is_its_tenants():
    """As in old logs."""
    said = FeedbackRecorded("f", "e", "acme", 1.0, "thumb", 1.0)
    assert source_of(said) == ("acme",)
    assert source_of(replace(said, end_user="ann")) == ("acme",)
    assert source_of(replace(said, author=7)) == ("acme", "", "7")
    assert source_of(replace(said, client="key", author=7)) == ("acme", "key", "7")
