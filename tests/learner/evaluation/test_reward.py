"""One number from what users said and judges thought."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pointsman_learner.evaluation.reward import reward
from pointsman_learner.hyperparameters import H

UNIT = st.floats(0, 1)
SAID = st.lists(st.tuples(UNIT, st.floats(0.1, 3)), min_size=1, max_size=5)


@given(SAID, st.none() | UNIT, UNIT)
def test_feedback_beats_verdicts_and_stays_within_what_was_said(said, believed, predicted):
    """Whatever judges believed."""
    r = reward(said, believed, predicted)
    assert r == reward(said, None, 0.0)
    assert min(v for v, _ in said) - 1e-9 <= r <= max(v for v, _ in said) + 1e-9


@given(UNIT, UNIT)
def test_verdicts_count_where_nobody_spoke_and_the_default_where_no_judge_did(believed, predicted):
    """In this order."""
    assert reward([], believed, predicted) == believed
    assert reward([], None, predicted) == predicted


def test_contradictory_feedback_is_averaged_and_a_correction_counts_twice():
    """A thumb up and a correction that says wrong."""
    assert reward([(1.0, 1.0), (0.0, H.correction_weight)], 0.9, 0.5) == pytest.approx(1 / 3)
