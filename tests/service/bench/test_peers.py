"""Peers: routers of other kinds on the same stream."""

from types import SimpleNamespace

import numpy as np
import pytest
from pointsman_bench.conditions import Conditions
from pointsman_bench.peers_thompson import ThompsonPlayer, prior_means
from pointsman_bench.replay import play

from tests.service.bench.conftest import made_table


class Recorded(SimpleNamespace):
    """As much of a stream as a peer without context looks at."""

    def __len__(self) -> int:
        return len(self.table)


STREAM = Recorded(table=made_table(600))


def played(budget_usd: float, **granted: float):
    """What Thompson sampling did, and the player."""
    conditions = Conditions(budget_usd, **granted)
    player = ThompsonPlayer(STREAM, conditions, frozenset())
    return play(STREAM, player, conditions), player


def test_a_dearer_model_is_taken_to_be_better_before_anything_is_known():
    """By the log of its price, around the level that the learner starts from."""
    means = prior_means(np.array([0.1, 1.0, 10.0, 100.0]))
    assert (np.diff(means) > 0).all()
    assert prior_means(np.array([7.0])) == pytest.approx(prior_means(np.array([0.2])))


def test_thompson_sampling_finds_the_best_model_that_is_paid_for():
    """Where money is no matter the best, which is right on .9; where little is there, what that pays for."""
    rich, _ = played(0.1, feedback_rate=1.0)
    assert rich.quality[300:].mean() > 0.85
    poor, _ = played(0.001, feedback_rate=1.0)
    assert poor.cost[300:].mean() < 0.0013
    assert poor.quality[300:].mean() < rich.quality[300:].mean()


def test_thompson_sampling_hears_what_others_hear():
    """Without feedback its posterior is its prior; a share of it, late, moves the posterior by that many outcomes."""
    _, deaf = played(0.01, feedback_rate=0.0)
    fresh = ThompsonPlayer(STREAM, Conditions(0.01), frozenset())
    assert deaf._right == pytest.approx(fresh._right)
    _, heard = played(0.01, feedback_rate=0.2, feedback_delay=50)
    outcomes = (heard._right + heard._wrong - fresh._right - fresh._wrong).sum()
    assert 60 < outcomes < 150


def test_a_model_that_is_not_there_is_not_drawn():
    """However dear, and so promising, it is."""
    player = ThompsonPlayer(STREAM, Conditions(1.0), frozenset({"large"}))
    assert {player.play(t).model for t in range(100)} <= {0, 1}
