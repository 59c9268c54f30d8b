"""Which answers are right, given who agreed with whom."""

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pointsman_learner.belief.joint_model import JointModel, believe, evidence_gradients
from pointsman_learner.normal import WEIGHTS, quantile

QUALITY = st.floats(0.05, 0.97)
JOINTS = st.builds(JointModel, rho=st.floats(0.0, 3.0), collides=st.floats(0.01, 0.5), differs=st.floats(0.0, 0.3))
ANSWERS = st.lists(st.tuples(QUALITY, st.sampled_from(["a", "b", "c", None])), min_size=1, max_size=5)


def belief_of(joint, qualities, keys):
    """The belief after answers of these marginals with these keys."""
    return believe(joint, joint.right_at(quantile(np.array(qualities))), keys)


@given(JOINTS, ANSWERS)
def test_probabilities_sum_to_one_and_each_answer_has_one(joint, answers):
    """Whatever agreed with whatever, keyed or not."""
    b = belief_of(joint, [q for q, _ in answers], [k for _, k in answers])
    assert b.weights.sum() == pytest.approx(1.0)
    assert (b.weights >= 0).all()
    assert len(b.quality) == len(answers)
    assert ((b.quality >= 0) & (b.quality <= 1 + 1e-9)).all()
    assert sum(b.sizes) == len(answers)
    assert b.log_evidence <= 1e-9


@given(JOINTS, ANSWERS)
def test_at_most_one_unit_is_right_where_every_answer_has_a_key(joint, answers):
    """Exclusive: qualities of units sum to at most 1."""
    b = belief_of(joint, [q for q, _ in answers], [k or "d" for _, k in answers])
    assert b.exclusive
    assert (b.right.sum(axis=1) <= 1).all()
    assert b.unit_quality.sum() <= 1 + 1e-9


@given(JOINTS, QUALITY, QUALITY)
def test_agreement_raises_and_disagreement_lowers(joint, p, q):
    """Of two answers, as long as wrong ones agree less often than right ones do."""
    before = belief_of(joint, [p], ["a"]).quality[0]
    agree = belief_of(joint, [p, q], ["a", "a"]).quality[0]
    differ = belief_of(joint, [p, q], ["a", "b"]).quality[0]
    if q * (1 - joint.differs) > 0.5 and joint.collides < 0.5:
        assert agree >= before - 1e-9
        assert differ <= before + 1e-9


@given(JOINTS, st.lists(QUALITY, min_size=1, max_size=4))
def test_without_keys_answers_are_right_independently_given_the_difficulty(joint, qualities):
    """Then another answer tells nothing of the first, and each keeps its marginal."""
    b = belief_of(joint, qualities, [None] * len(qualities))
    alone = [belief_of(joint, [q], [None]).quality[0] for q in qualities]
    assert not b.exclusive
    assert b.quality == pytest.approx(alone)
    right = joint.right_at(quantile(np.array(qualities)))
    together = float(WEIGHTS @ right.prod(axis=0))
    everything = b.right.all(axis=1)
    assert float(b.weights[everything].sum()) == pytest.approx(together)


@given(JOINTS, st.lists(QUALITY, min_size=2, max_size=4))
def test_the_order_of_answers_that_all_agree_does_not_matter(joint, qualities):
    """Nor of answers without keys."""
    for key in ("a", None):
        beliefs = [belief_of(joint, list(q), [key] * len(q)) for q in permutations(qualities)]
        best = [sorted(b.quality) for b in beliefs]
        assert all(q == pytest.approx(best[0]) for q in best)
        assert all(b.log_evidence == pytest.approx(beliefs[0].log_evidence) for b in beliefs)


@given(JOINTS, QUALITY, QUALITY)
def test_the_order_of_two_answers_that_differ_does_not_matter_where_right_answers_have_one_key(joint, p, q):
    """A right answer in other words is counted as wrong, which breaks the symmetry only by `differs`."""
    joint = JointModel(joint.rho, joint.collides, 0.0)
    there, back = belief_of(joint, [p, q], ["a", "b"]), belief_of(joint, [q, p], ["b", "a"])
    assert there.quality == pytest.approx(back.quality[::-1])


def test_disagreement_of_models_that_fail_together_says_that_the_query_is_hard():
    """A third model is believed less after two disagreed than before."""
    joint = JointModel(rho=1.5)
    third = joint.right_at(quantile(np.array([0.7])))[0]
    differ = belief_of(joint, [0.8, 0.8], ["a", "b"]).weights.sum(axis=0)
    agree = belief_of(joint, [0.8, 0.8], ["a", "a"]).weights.sum(axis=0)
    assert differ @ third < 0.7 < agree @ third


@given(JOINTS, ANSWERS, st.floats(-3, 3))
def test_evidence_moves_only_what_it_is_about_in_its_direction(joint, answers, log_odds):
    """A judge's log odds are added to the unit's own."""
    b = belief_of(joint, [q for q, _ in answers], [k for _, k in answers])
    after = b.weighed(0, log_odds)
    right = b.right[:, 0]
    before, now = (np.log(x.weights[right].sum() / x.weights[~right].sum()) for x in (b, after))
    assert after.weights.sum() == pytest.approx(1.0)
    assert now - before == pytest.approx(log_odds, abs=1e-6)


def test_evidence_for_one_answer_speaks_against_one_that_disagrees():
    """Since only one of them can be right."""
    b = belief_of(JointModel(), [0.7, 0.7], ["a", "b"])
    after = b.weighed(0, 2.0)
    assert after.quality[1] < b.quality[1]
    assert after.best() == 0
    assert b.weighed(1, 2.0).best() == 1


@given(st.floats(0.02, 0.98))
def test_a_belief_can_be_moved_to_a_recalibrated_probability(quality):
    """`with_unit_quality` gives the unit just that."""
    b = belief_of(JointModel(), [0.7, 0.6], ["a", "b"]).with_unit_quality(1, quality)
    assert b.unit_quality[1] == pytest.approx(quality)


def test_nothing_is_believed_of_answers_before_there_are_any():
    """One hypothesis, the difficulty as it is before."""
    b = believe(JointModel(), np.zeros((0, len(WEIGHTS))), [])
    assert b.weights.sum() == pytest.approx(1.0)
    assert b.sizes == ()


@given(JOINTS, QUALITY)
def test_marginals_survive_the_difficulty_they_share(joint, p):
    """The mean over difficulties of P(right | z) is the marginal, to the quadrature's accuracy."""
    assert float(joint.right_at(quantile(np.array([p])))[0] @ WEIGHTS) == pytest.approx(p, abs=0.05)


@given(JOINTS, ANSWERS, st.integers(0, 3))
def test_a_lesson_is_the_slope_of_the_evidence(joint, answers, which):
    """Held against differences of the log evidence itself, where right answers have one key.

    A right answer in other words counts as wrong, in the belief and so in what it teaches.
    """
    joint = JointModel(joint.rho, joint.collides, 0.0)
    qualities, keys = [q for q, _ in answers], [k for _, k in answers]
    i, step = which % len(answers), 1e-3
    ability = np.clip(quantile(np.array(qualities)), -1.5, 1.5)

    def evidence(shift):
        moved = ability.copy()
        moved[i] += shift
        return believe(joint, joint.right_at(moved), keys).log_evidence

    gradient, _ = evidence_gradients(joint, ability, believe(joint, joint.right_at(ability), keys))
    assert gradient[i] == pytest.approx((evidence(step) - evidence(-step)) / (2 * step), abs=0.05)


def test_nothing_is_learnt_from_an_answer_of_which_nothing_is_known():
    """Neither gradient nor information; and the surer it is right, the more there is of both."""
    ability, found = quantile(np.array([0.7])), []
    for odds in (0.0, 1.0, 5.0):
        found.append(evidence_gradients(JointModel(), ability, belief_of(JointModel(), [0.7], ["a"]).weighed(0, odds)))
    gradients, information = ([float(f[n][0]) for f in found] for n in (0, 1))
    assert gradients[0] == pytest.approx(0.0, abs=0.01)
    assert information[0] == pytest.approx(0.0, abs=0.05)
    assert gradients == sorted(gradients)
    assert information[2] > 0.3


@given(st.lists(st.floats(-1e-12, 1e-12), min_size=2, max_size=4))
def test_rounding_is_no_reason_to_prefer_an_answer(off):
    """Of answers that are as likely but for the last bits, the first is shown: on every machine the same."""
    even = belief_of(JointModel(), [0.7] * len(off), [None] * len(off))
    weights = even.weights * np.exp(even.right @ np.array(off))[:, None]
    told = replace(even, weights=weights / weights.sum())
    assert told.best_unit == told.best() == 0
