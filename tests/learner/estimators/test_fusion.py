"""Two opinions, blended by their precision."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pointsman_learner.estimators.fusion import fuse

OPINION = st.tuples(st.floats(0, 1), st.floats(1e-4, 1.0))
DOUBT = st.floats(0, 0.5)


def fused(a, b, doubt):
    """For one model."""
    return tuple(
        float(x[0]) for x in fuse(*(tuple(np.array([v]) for v in opinion) for opinion in (a, b)), np.array(doubt))
    )


@given(OPINION, OPINION, DOUBT, DOUBT)
def test_the_blend_lies_between_and_so_does_its_variance(a, b, x, y):
    """Both have learnt from the same outcomes: two that agree are no surer than one."""
    mean, var, share = fused(a, b, (x, y))
    assert min(a[0], b[0]) - 1e-9 <= mean <= max(a[0], b[0]) + 1e-9
    assert min(a[1], b[1]) - 1e-12 <= var <= max(a[1], b[1]) + 1e-12
    assert 0 < share < 1


@given(OPINION, OPINION, DOUBT)
def test_much_evidence_at_the_node_lets_the_taxonomy_speak_and_little_does_not(a, b, x):
    """The share of the taxonomy grows as its variance falls."""
    assert fused((a[0], a[1] / 10), b, (x, 0.0))[2] > fused(a, b, (x, 0.0))[2]


@given(OPINION, OPINION, st.floats(0.01, 0.5))
def test_a_source_that_misleads_loses_its_say_however_sure_it_is(a, b, x):
    """A doubt lowers its share."""
    assert fused(a, b, (x, 0.0))[2] < fused(a, b, (0.0, 0.0))[2] < fused(a, b, (0.0, x))[2]


def test_equal_opinions_are_shared_equally():
    """No source is favoured by its name."""
    assert fused((0.4, 0.1), (0.8, 0.1), (0.0, 0.0)) == pytest.approx((0.6, 0.1, 0.5))
