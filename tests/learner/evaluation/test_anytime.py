"""Bounds that may be looked at after every observation, and the differences that they are put on."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pointsman_learner.evaluation.advantage import BETS, LEAST, SPAN, Advantage, differences
from pointsman_learner.evaluation.anytime import Bets
from pointsman_learner.evaluation.earned import Earned, Shortfall
from pointsman_learner.hyperparameters import H

SEQUENCES, LONG, ALPHA = 300, 300, 0.05


@pytest.mark.parametrize("mean", [0.0, -0.1])
def test_capital_is_a_supermartingale_where_nothing_is_gained(mean):
    """Over all sequences of eight observations of this mean, of which a rare one is large, the mean capital is <= 1."""
    p, bets = 0.1, np.array([0.9, 0.3, 0.05])
    high, low = (mean + (1 - p)) / p, -1.0
    total = 0.0
    for path in itertools.product((0, 1), repeat=8):
        mixture = Bets.of(bets)
        for step in path:
            mixture.add(np.full(3, high if step else low))
        total += float(np.prod([p if step else 1 - p for step in path])) * np.exp(mixture.log_wealth)
    assert total <= 1.0 + 1e-9
    assert total == pytest.approx(1.0) if mean == 0.0 else total < 1.0


def ever(draws):
    """In how many of the sequences (n, t) the lower bound is above 0 at any time."""
    found = 0
    for row in draws:
        mixture = Bets.of(np.array([0.9, 0.3, 0.1]))
        for d in row:
            mixture.add(np.full(3, d))
            if mixture.log_wealth >= -np.log(ALPHA):
                found += 1
                break
    return found


def at_most(n, p):
    """So many of n: p of them, and three standard deviations of chance."""
    return n * p + 3 * (n * p * (1 - p)) ** 0.5


def test_heavy_tailed_noise_looked_at_all_the_time_hardly_ever_seems_a_gain():
    """Ratios of chances up to 100, mean 0: at most 5 % of the sequences, and chance."""
    rng = np.random.default_rng(7)
    ratio = np.where(rng.random((SEQUENCES, LONG)) < 0.01, 100.0, 0.0)
    assert ever(ratio - 1.0) <= at_most(SEQUENCES, ALPHA)
    assert ever(rng.uniform(-1, 1, (SEQUENCES, LONG))) <= at_most(SEQUENCES, ALPHA)


def test_means_that_move_are_no_gain_while_they_add_up_to_none():
    """First worse, then better by as much: what was lost is not forgotten."""
    rng = np.random.default_rng(8)
    drift = np.where(np.arange(LONG) < LONG // 2, -0.1, 0.1)
    assert ever(rng.uniform(-0.8, 0.8, (SEQUENCES, LONG)) + drift) <= at_most(SEQUENCES, ALPHA)


def test_a_bound_covers_the_running_mean_at_all_times_and_closes_in_on_it():
    """Of 200 sequences of mean .3 hardly any bound is ever above it, and after 2,000 observations few are far below."""
    rng, wrong, last = np.random.default_rng(9), 0, []
    for _ in range(200):
        mixture, lows = Bets.of(np.array([0.9, 0.3, 0.1, 0.03])), []
        for n, d in enumerate(rng.choice([-1.0, 1.0], p=[0.35, 0.65], size=2000), start=1):
            mixture.add(np.full(4, d))
            if n % 40 == 0:
                lows.append(mixture.low(ALPHA))
        wrong += max(lows) > 0.3
        last.append(lows[-1])
    assert wrong <= at_most(200, ALPHA)
    assert np.mean(last) > 0.15


def test_a_bound_is_above_nothing_exactly_when_the_capital_says_so():
    """The two ways to ask are one."""
    rng, mixture = np.random.default_rng(10), Bets.of(np.array([0.9, 0.3]))
    for d in rng.normal(0.2, 0.3, 200).clip(-1):
        mixture.add(np.full(2, d))
        assert (mixture.low(ALPHA) > 0.0) == (mixture.log_wealth > -np.log(ALPHA))


def test_an_observation_that_no_bet_allows_for_is_refused():
    """It would make the bound a lie; without any there is no bound."""
    with pytest.raises(ValueError, match="below what the bets allow for"):
        Bets.of(np.array([0.9])).add(np.array([-1.2]))
    assert Bets.of(np.array([0.9])).low(ALPHA) == float("-inf")


shares = st.lists(st.floats(0.02, 1.0), min_size=3, max_size=3).map(lambda w: np.array(w) / sum(w))
utilities = st.lists(st.floats(-2.0, 1.0), min_size=3, max_size=3).map(np.array)


@given(logged=shares, wanted=shares, foretold=utilities, utility=utilities)
def test_differences_are_right_on_average_and_never_above_it_where_ratios_are_cut(logged, wanted, foretold, utility):
    """Whatever was foretold. And no difference is below what its bet allows for."""
    each = np.array([differences(logged, wanted, foretold, a, utility[a]) for a in range(3)])
    truth = float((wanted - logged) @ np.clip(utility, LEAST, 1.0))
    mean = logged @ each
    assert (mean <= truth + 1e-9).all()
    uncut = np.repeat(H.promote_cuts, len(H.promote_stakes)) >= (wanted / logged).max()
    assert mean[uncut] == pytest.approx(truth, abs=1e-9)
    assert (BETS * each > -1.0).all()


def test_an_advantage_is_found_and_a_disadvantage_is_none():
    """Ten points, drawn from even chances."""
    rng, found = np.random.default_rng(11), {}
    even = np.array([0.5, 0.5])
    for name, wanted in (("better", np.array([0.9, 0.1])), ("worse", np.array([0.1, 0.9]))):
        tried = Advantage()
        for _ in range(1500):
            taken = int(rng.random() < 0.5)
            tried.add(even, wanted, np.array([0.6, 0.6]), taken, float(rng.random() < (0.75, 0.5)[taken]))
        found[name] = tried
    assert 0.0 < found["better"].low(ALPHA) < 0.1 < found["better"].mean + 0.04
    assert found["worse"].low(ALPHA) < 0.0


def test_what_is_earned_lies_above_its_bound_and_a_fall_below_it_is_seen():
    """From .8 to .5, within some hundreds of decisions; staying at .8 is no fall."""
    rng, before = np.random.default_rng(12), Earned()
    for u in rng.random(1000) < 0.8:
        before.add(float(u))
    floor = before.low(ALPHA)
    assert 0.7 < floor < 0.8
    fallen, stayed = Shortfall(floor), Shortfall(floor)
    for _ in range(600):
        fallen.add(float(rng.random() < 0.5))
        stayed.add(float(rng.random() < 0.8))
    assert fallen.low(ALPHA) > 0.0 > stayed.low(ALPHA)


def test_utility_counts_no_lower_than_the_least():
    """A very dear episode counts as one that cost half a right answer."""
    one, other = Earned(), Earned()
    one.add(-50.0)
    other.add(LEAST)
    assert one.total == other.total == 1.0 - SPAN
