"""The normal distribution without SciPy, against Python's own."""

from statistics import NormalDist

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from pointsman_learner.normal import NODES, WEIGHTS, cdf, quantile

NORMAL = NormalDist()


@given(st.floats(-8, 8))
def test_the_distribution_function_is_accurate_to_its_stated_error(x):
    """To within 2e-4 everywhere."""
    assert abs(float(cdf(np.array(x))) - NORMAL.cdf(x)) < 2e-4


@given(st.floats(1e-9, 1 - 1e-9))
def test_the_quantile_is_accurate_to_its_stated_error(p):
    """To a relative 1.2e-9, in the tails too."""
    exact = NORMAL.inv_cdf(p)
    assert abs(float(quantile(np.array(p))) - exact) <= 2e-9 * max(1.0, abs(exact))


@given(st.lists(st.floats(-8, 8), min_size=2, max_size=9))
def test_the_distribution_function_is_monotone(points):
    """So that a better marginal is never a worse conditional."""
    assert (np.diff(cdf(np.sort(np.array(points)))) >= 0).all()


def test_quadrature_is_exact_for_the_moments_of_a_normal_variable():
    """Weights sum to 1; mean 0, variance 1, fourth moment 3."""
    moments = [float(WEIGHTS @ NODES**k) for k in (0, 1, 2, 3, 4)]
    assert np.allclose(moments, [1, 0, 1, 0, 3])
