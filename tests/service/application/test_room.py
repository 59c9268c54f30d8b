"""A burst spends a guarantee's credit once: what was decided is taken off before a snapshot has learnt it."""

from contextlib import ExitStack
from types import SimpleNamespace

import pytest
from pointsman_learner.types import Constraints, Decision
from pointsman_service.application.room import LEARNT_S, Room

HELD = Constraints(tenant="acme", baseline="small")


@pytest.fixture
def clock():
    """Seconds, as the test says."""
    return SimpleNamespace(now=0.0)


def policy(credit=1.0, version=1):
    """One that has saved up so much."""
    return SimpleNamespace(credit=lambda _constraints: credit, version=version)


def departing(margin):
    """A decision with this margin."""
    return Decision("large", 0.5, (), ("large",), "fused", ("root",), 0.5, 20.0, 1, margin=margin)


def room_of(room, of, margin=None):
    """What one query gets, which is then decided so."""
    with room.held(of, HELD) as held:
        if margin is not None:
            held.decision = departing(margin)
    return held.constraints.room


def test_without_a_guarantee_nothing_is_held(clock):
    """The constraints are what they were."""
    bare = Constraints(tenant="acme")
    with Room(clock=lambda: clock.now).held(policy(), bare) as held:
        assert held.constraints is bare


def test_queries_that_are_decided_together_share_it(clock):
    """However many: never more than there is."""
    room = Room(clock=lambda: clock.now)
    with ExitStack() as together:
        given = [together.enter_context(room.held(policy(), HELD)).constraints.room for _ in range(20)]
    assert sum(given) <= 1.0
    assert given[:2] == [0.5, 0.25]


def test_what_was_decided_is_taken_off_until_it_is_learnt(clock):
    """By a newer snapshot, some seconds later."""
    room = Room(clock=lambda: clock.now)
    assert room_of(room, policy(), margin=-0.4) == 0.5
    assert room_of(room, policy()) == pytest.approx(0.3)
    assert room_of(room, policy(0.6, version=2)) == pytest.approx(0.1)  # it may not have been learnt yet
    clock.now = LEARNT_S + 1.0
    assert room_of(room, policy(), margin=-0.4) == pytest.approx(0.3)  # the snapshot is still the same
    clock.now = 3 * LEARNT_S
    assert room_of(room, policy(0.2, version=2)) == pytest.approx(0.1)


def test_a_debt_is_nobody_s_to_share(clock):
    """Below nothing there is nothing."""
    assert room_of(Room(clock=lambda: clock.now), policy(-0.5)) == -0.5


def test_each_worker_has_its_share(clock):
    """None knows what the others decide."""
    assert room_of(Room(4, lambda: clock.now), policy(2.0)) == 0.25


def test_what_stays_with_the_baseline_takes_nothing(clock):
    """And leaves nothing behind."""
    room = Room(clock=lambda: clock.now)
    room_of(room, policy(), margin=0.04)
    assert room_of(room, policy()) == 0.5
