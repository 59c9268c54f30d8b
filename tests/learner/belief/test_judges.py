"""Judges: calibrated against feedback, per kind of query, and counted with their correlation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pointsman_learner.belief.calibration import OddsCalibration, Recalibration
from pointsman_learner.belief.discriminant import DiscriminantJudges
from pointsman_learner.belief.judges import scores_of
from pointsman_learner.context.clusters import CLUSTERS
from pointsman_learner.types import Step, Verdict


def taught(judges, n=800, seed=0):
    """A calibration that saw n answers, half of them right; judges: {name: (rng, right) -> score}."""
    rng, calibration = np.random.default_rng(seed), DiscriminantJudges()
    for _ in range(n):
        right = bool(rng.random() < 0.5)
        scores = judges(rng, right)
        calibration.see(scores, 0)
        calibration.learn(scores, float(right))
    return calibration


def score(rng, right, d):
    """A score whose distributions for right and wrong answers lie d standard deviations apart."""
    return float(1 / (1 + np.exp(-(rng.standard_normal() + d * (right - 0.5)))))


def test_a_judge_counts_by_how_well_it_tells_right_from_wrong():
    """Separation follows the judges' true order, and is near the truth for a normal judge."""
    c = taught(lambda rng, y: {"bad": score(rng, y, 0.0), "fair": score(rng, y, 1.0), "good": score(rng, y, 2.5)})
    separations = [c.separation([j]) for j in ("bad", "fair", "good")]
    assert separations == sorted(separations)
    assert separations[0] < 0.4
    assert separations[1] == pytest.approx(1.0, abs=0.3)
    assert [c.log_odds({j: 0.95}) for j in ("bad", "fair", "good")] == sorted(
        c.log_odds({j: 0.95}) for j in ("bad", "fair", "good")
    )


def test_only_the_order_of_scores_matters():
    """A judge that gives 0.90 to wrong and 0.95 to right answers is as good as one that gives 0 and 1."""
    wide = taught(lambda rng, y: {"j": score(rng, y, 2.0)})
    narrow = taught(lambda rng, y: {"j": 0.5 + 0.5 * score(rng, y, 2.0)})
    assert narrow.separation(["j"]) == pytest.approx(wide.separation(["j"]), rel=0.15)


def test_two_judges_that_always_agree_count_as_about_one_and_two_independent_ones_as_more():
    """Their covariance shares the vote."""

    def twins(rng, y):
        s = score(rng, y, 1.5)
        return {"a": s, "b": s}

    same, other = taught(twins), taught(lambda rng, y: {"a": score(rng, y, 1.5), "b": score(rng, y, 1.5)})
    for high in (0.65, 0.7, 0.8):
        one, two = same.log_odds({"a": high}), same.log_odds({"a": high, "b": high})
        assert two == pytest.approx(one, rel=0.25)
        assert other.log_odds({"a": high, "b": high}) > 1.4 * other.log_odds({"a": high})
    assert same.separation(["a", "b"]) == pytest.approx(same.separation(["a"]), rel=0.15)
    assert other.separation(["a", "b"]) > 1.2 * other.separation(["a"])


def of_kind(k):
    """A query that is wholly of one kind."""
    return np.eye(CLUSTERS)[k]


def test_judges_that_are_wrong_on_one_kind_of_query_change_sides_there_and_keep_their_vote_elsewhere():
    """Users see only answers that were accepted, nearly all of them right: 40 of a kind are enough."""
    rng, c = np.random.default_rng(1), OddsCalibration()
    for n in range(80):
        kind, right = n % 2, bool(rng.random() < 0.9)
        odds = rng.normal() + (1.5 if right else -1.5) * (1 if kind == 0 else -1)
        c.learn_one(0.8, odds, float(right), clusters=of_kind(kind))
    assert c.correct(1.5, of_kind(0)) > 0.8
    assert c.correct(1.5, of_kind(1)) < c.correct(-1.5, of_kind(1)) - 0.3
    assert c.strength(of_kind(0)) > 0.6
    assert c.correct(1.5, of_kind(2)) == pytest.approx(c.correct(1.5))


def test_kinds_that_are_found_anew_start_from_what_holds_of_all_traffic():
    """What was particular to the old ones goes."""
    rng, c = np.random.default_rng(2), OddsCalibration()
    for _ in range(200):
        c.learn_one(0.5, rng.normal(), 1.0, clusters=of_kind(3))
    before = c.theta[:2].copy()
    c.forget_clusters()
    assert c.theta[:2].tolist() == before.tolist()
    assert c.correct(0.5, of_kind(3)) == c.correct(0.5)
    assert (np.linalg.eigvalsh(c.cov) > 0).all()


def test_log_odds_are_calibrated():
    """Of answers believed right with about p, about p are: within 0.06 in each of five bins, on 4,000 fresh ones."""
    c = taught(lambda rng, y: {"a": score(rng, y, 1.0), "b": score(rng, y, 1.5)}, n=2000)
    rng = np.random.default_rng(9)
    right = rng.random(4000) < 0.5
    p = np.array([1 / (1 + np.exp(-c.log_odds({"a": score(rng, y, 1.0), "b": score(rng, y, 1.5)}))) for y in right])
    for low in np.arange(0, 1, 0.2):
        inside = (p >= low) & (p < low + 0.2)
        assert abs(right[inside].mean() - p[inside].mean()) < 0.06


def test_an_unheard_judge_is_assumed_to_be_fair_and_says_nothing_yet():
    """Its verdict would be worth something; a score of it that was never seen is worth nothing."""
    c = DiscriminantJudges()
    assert c.separation([]) == 0.0
    assert 0.5 < c.separation(["new"]) < 2.0
    assert c.separation(["new", "newer"]) > c.separation(["new"])
    assert c.log_odds({"new": 1.0}) == 0.0


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1)), max_size=30), st.floats(0, 1))
def test_log_odds_are_finite_and_rise_with_the_score(lessons, high):
    """Of a judge that was right about right answers; whatever else was learnt they are bounded."""
    c = DiscriminantJudges()
    for s, t, y in lessons:
        c.see({"a": s, "b": t}, 0)
        c.learn({"a": s, "b": t}, y)
    assert abs(c.log_odds({"a": high, "b": 1 - high})) <= 5.0
    assert c.separation(["a", "b"]) >= 0


def test_soft_outcomes_and_weights_teach_in_proportion():
    """Half right, half wrong teaches both classes by half."""
    c = DiscriminantJudges()
    c.learn({"j": 0.9}, 0.5, weight=2.0)
    assert c.labels[0] == pytest.approx([1.0, 1.0])
    c.learn({}, 1.0)
    assert c.labels[0] == pytest.approx([1.0, 1.0])


def test_agreement_speaks_through_keys_and_silence_says_nothing():
    """Only scores of other judges are scores."""
    step = Step("m", 0.0, 1.0, verdicts=(Verdict("agreement", 1.0, key="k"), Verdict("x", None), Verdict("y", 0.4)))
    assert scores_of(step) == {"y": 0.4}


@pytest.mark.parametrize("truth", [(0.0, 1.0), (-1.0, 1.0), (0.5, 0.5)])
def test_recalibration_finds_what_beliefs_are_off_by(truth):
    """P(right) = sigmoid(b + a logit(believed)); after 3,000 outcomes within 0.06 where beliefs lie."""
    rng, r = np.random.default_rng(3), Recalibration()
    for _ in range(3000):
        believed = float(rng.uniform(0.3, 0.95))
        x = np.log(believed / (1 - believed))
        r.learn_one(believed, 0.0, float(rng.random() < 1 / (1 + np.exp(-truth[0] - truth[1] * x))))
    for believed in (0.4, 0.6, 0.9):
        x = np.log(believed / (1 - believed))
        assert r.correct(believed) == pytest.approx(1 / (1 + np.exp(-truth[0] - truth[1] * x)), abs=0.06)


def test_recalibration_finds_that_the_prior_and_the_judges_say_the_same():
    """Judges see only what the prior sees: half of each is right, and 4,000 outcomes tell (0.12 of log odds)."""
    rng, r = np.random.default_rng(4), Recalibration()
    for _ in range(4000):
        difficulty = rng.normal()
        prior, odds = difficulty + 0.3 * rng.normal(size=2)
        believed = float(1 / (1 + np.exp(-prior - odds)))
        r.learn_one(believed, odds, float(rng.random() < 1 / (1 + np.exp(-(prior + odds) / 2))))
    for prior, odds in ((1.0, 1.0), (1.0, 0.5), (-1.0, -1.0)):
        corrected = r.correct(float(1 / (1 + np.exp(-prior - odds))), odds)
        assert np.log(corrected / (1 - corrected)) == pytest.approx((prior + odds) / 2, abs=0.12)


@given(st.floats(0, 1), st.floats(0, 1))
def test_recalibration_keeps_the_order_of_beliefs(a, b):
    """Before and after a few outcomes."""
    r = Recalibration()
    for _ in range(5):
        r.learn_one(0.8, 0.0, 0.0)
    low, high = sorted((a, b))
    assert 0 < r.correct(low) <= r.correct(high) < 1


def test_a_judge_that_dislikes_a_models_manner_does_not_speak_against_its_every_answer():
    """Scores of model 1 are low throughout; a middling one for it is good news, for model 0 hardly any."""
    rng, c = np.random.default_rng(6), DiscriminantJudges()
    for n in range(800):
        right, model = bool(rng.random() < 0.5), n % 2
        s = score(rng, right, 2.0) * (0.5 if model else 1.0)
        c.see({"j": s}, model)
        c.learn({"j": s}, float(right), model=model)
    assert c.log_odds({"j": 0.4}, model=1) > 0.5
    assert c.log_odds({"j": 0.4}, model=0) < c.log_odds({"j": 0.4}, model=1) - 0.5


def test_a_better_models_usual_score_speaks_for_its_answer():
    """Half of a score's rank is among all models' answers: a level believed too low can be corrected."""
    rng, c = np.random.default_rng(7), DiscriminantJudges()
    for n in range(800):
        model = n % 2
        right = bool(rng.random() < (0.9 if model else 0.4))
        s = score(rng, right, 2.0)
        c.see({"j": s}, model)
        c.learn({"j": s}, float(right), model=model)
    usual = [float(np.median([score(rng, rng.random() < p, 2.0) for _ in range(400)])) for p in (0.4, 0.9)]
    assert c.log_odds({"j": usual[1]}, model=1) > c.log_odds({"j": usual[0]}, model=0) + 0.3
