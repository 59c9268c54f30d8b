"""Exploration: exact odds, and the worse a choice looks the rarer it is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pointsman_learner.exploration.inverse_gap import InverseGap, inverse_gap
from pointsman_learner.hyperparameters import H

VALUES = st.lists(st.tuples(st.floats(-1, 1), st.booleans()), min_size=1, max_size=9).filter(
    lambda pairs: any(e for _, e in pairs)
)
GAMMA = st.floats(0, 1e4)


@given(VALUES, GAMMA)
def test_probabilities_sum_to_one_over_the_eligible(pairs, gamma):
    """Nobody else is ever drawn, and every eligible choice is."""
    values, eligible = np.array([v for v, _ in pairs]), np.array([e for _, e in pairs])
    p = inverse_gap(values, gamma, eligible)
    assert p.sum() == pytest.approx(1.0)
    assert (p[eligible] > 0).all()
    assert (p[~eligible] == 0).all()


@given(VALUES, GAMMA)
def test_a_better_choice_is_no_rarer(pairs, gamma):
    """Order by value is order by probability."""
    values = np.array([v for v, _ in pairs])
    p = inverse_gap(values, gamma, np.ones(len(values), dtype=bool))
    assert (np.diff(p[np.argsort(values, kind="stable")]) >= -1e-9).all() or len(set(values.tolist())) < len(values)
    assert p[int(np.argmax(values))] == pytest.approx(p.max())


@given(st.lists(st.floats(-1, 1), min_size=2, max_size=9), st.floats(1, 1e3))
def test_what_is_better_known_is_drawn_more_sharply(values, gamma):
    """A larger gamma moves probability to the best."""
    values = np.array(values)
    everyone = np.ones(len(values), dtype=bool)
    best = int(np.argmax(values))
    loose, sharp = (inverse_gap(values, g, everyone)[best] for g in (gamma, 10 * gamma))
    assert sharp >= loose - 1e-12


def test_frequencies_are_the_propensities():
    """Over 20,000 draws; a right implementation fails with probability under 1e-4 (chi-squared, 3 degrees)."""
    p = inverse_gap(np.array([0.9, 0.85, 0.7, 0.2]), 20.0, np.ones(4, dtype=bool))
    drawn = np.bincount(np.random.default_rng(5).choice(4, size=20_000, p=p), minlength=4)
    assert float(((drawn - 20_000 * p) ** 2 / (20_000 * p)).sum()) < 21.1


def test_no_choice_is_an_error():
    """Who calls it must have refused before."""
    with pytest.raises(ValueError, match="nothing is eligible"):
        inverse_gap(np.array([0.5]), 1.0, np.array([False]))


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=7), st.floats(0, 1e4))
def test_a_step_among_few_has_the_odds_of_the_arrays_form(values, outcomes):
    """To the bit: what a cascade draws from is worked out without arrays."""
    values = np.array(values)
    _, p = InverseGap(outcomes).next_step(values, np.random.default_rng(0))
    gamma = H.stop_sharpness * float(np.sqrt(H.fade_outcomes + outcomes))
    assert p.tolist() == inverse_gap(values, gamma, values >= values.max() - H.near).tolist()
