"""The golden digests: the same twice over, and another where anything that decides is another."""

import pytest
from pointsman_learner.hyperparameters import H
from pointsman_service.replay.tables import load_table

from tests.learner.golden.__main__ import STARTER, golden

QUERIES, DECISIONS = 40, 60


@pytest.fixture(scope="module")
def table():
    """The hand-made one."""
    return load_table(STARTER, read_texts=False).complete()


@pytest.fixture(scope="module")
def reference(table):
    """As the code is."""
    return golden(table, QUERIES, DECISIONS)


def test_two_folds_of_one_log_have_the_same_digests(table, reference):
    """Of the state, of the decisions on it, and of those of a snapshot that was read back."""
    again = golden(table, QUERIES, DECISIONS)
    assert (again.state, again.decided, again.read_back) == (reference.state, reference.decided, reference.read_back)
    assert reference.events > QUERIES


@pytest.fixture
def another():
    """Gives a hyperparameter another value, until the test is over."""
    before = {}

    def change(name, factor):
        before.setdefault(name, getattr(H, name))
        object.__setattr__(H, name, getattr(H, name) * factor)

    yield change
    for name, value in before.items():
        object.__setattr__(H, name, value)


def test_a_number_of_the_estimators_that_is_another_shows_in_the_state(table, reference, another):
    """By a thousandth."""
    another("level", 1.001)
    changed = golden(table, QUERIES, DECISIONS)
    assert changed.state != reference.state
    assert changed.decided != reference.decided


def test_a_number_of_the_decisions_that_is_another_shows_in_them_alone(table, reference, another):
    """The log was made without the learner, so that what is learnt of it stays."""
    another("optimism", 1.001)
    changed = golden(table, QUERIES, DECISIONS)
    assert changed.state == reference.state
    assert changed.decided != reference.decided
