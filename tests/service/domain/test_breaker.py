"""Breakers: when they open, when a probe may go, and that each change is told once."""

import pytest
from pointsman_service.domain.breaker import Breaker


@pytest.fixture
def told():
    """What was told, in order."""
    return []


@pytest.fixture
def breaker(told):
    """One whose pauses are neither longer nor shorter than they are."""
    return Breaker(lambda: 0.5, lambda is_open, why: told.append((is_open, why)))


def fail(breaker, times, now=0.0, kind="unavailable"):
    """So many ordinary failures."""
    for _ in range(times):
        breaker.failed(now, kind)


def test_five_failures_in_a_row_open_it_and_a_success_starts_the_row_anew(breaker):
    """Four are chance."""
    fail(breaker, 4)
    breaker.succeeded(now=0.0, probe=False)
    fail(breaker, 4)
    assert not breaker.is_open
    fail(breaker, 1)
    assert breaker.is_open


def test_half_of_many_calls_failing_opens_it_though_none_fail_in_a_row(breaker):
    """A provider that answers every other call is not well; one that loses a fifth is."""
    for n in range(50):
        breaker.failed(n * 0.1, "timeout") if n % 5 == 0 else breaker.succeeded(now=n * 0.1, probe=False)
    assert not breaker.is_open
    for n in range(50, 450):
        breaker.failed(n * 0.1, "timeout") if n % 2 else breaker.succeeded(now=n * 0.1, probe=False)
    assert breaker.is_open


def test_one_probe_at_a_time_and_each_failure_doubles_the_pause_up_to_a_minute(breaker, told):
    """One, two, four seconds; what fails without being the probe changes nothing."""
    fail(breaker, 5)
    pauses = []
    now = 0.0
    for _ in range(9):
        pauses.append(breaker.due_in(now))
        now += pauses[-1]
        assert breaker.state(now) == "half_open"
        assert breaker.begin()
        assert not breaker.begin()
        assert breaker.state(now) == "open"
        breaker.failed(now, "timeout")
        breaker.failed(now, "timeout", probe=True)
    assert pauses == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0]
    assert told == [(True, "unavailable")]


def test_a_probe_that_answers_closes_it_and_one_that_was_given_up_leaves_the_next_its_place(breaker, told):
    """The caller went away: nothing was learnt."""
    fail(breaker, 5)
    assert breaker.begin()
    breaker.left(probe=True)
    assert breaker.state(1.0) == "half_open"
    assert breaker.begin()
    breaker.succeeded(now=1.0, probe=True)
    assert breaker.state(1.0) == "closed"
    assert told == [(True, "unavailable"), (False, "")]


def test_a_call_that_began_before_it_opened_does_not_close_it(breaker):
    """It says what was, not what is."""
    fail(breaker, 5)
    breaker.succeeded(now=0.5, probe=False)
    assert breaker.is_open


def test_a_probe_that_had_no_fair_chance_is_put_off_and_says_nothing(breaker):
    """The pause stays as long as it was."""
    fail(breaker, 5)
    assert breaker.begin()
    breaker.put_off(1.0, probe=True)
    assert breaker.state(1.0) == "open"
    assert breaker.due_in(1.0) == 1.0


def test_a_failure_that_is_told_later_counts_for_the_probe(breaker):
    """As of a call that another one overtook."""
    fail(breaker, 5)
    assert breaker.begin()
    breaker.left(probe=True)
    breaker.failed(1.0, "timeout")
    assert breaker.due_in(1.0) == 2.0


def test_what_opens_again_soon_pauses_for_longer(breaker):
    """An unsteady provider is not tried every second."""
    fail(breaker, 5)
    breaker.begin()
    breaker.succeeded(now=1.0, probe=True)
    fail(breaker, 5, now=2.0)
    assert breaker.due_in(2.0) == 2.0


def test_a_call_for_want_of_another_model_does_not_put_the_next_probe_off(breaker):
    """Callers who have nobody else keep knocking; the pause grows by probes that were due."""
    fail(breaker, 5)
    for _ in range(20):
        assert breaker.begin()
        breaker.failed(0.1, "unavailable", probe=True)
    assert breaker.due_in(0.1) == pytest.approx(1.0)


@pytest.mark.parametrize("u", [0.0, 0.999999])
def test_pauses_are_spread_so_that_probes_of_several_workers_do_not_come_in_step(u):
    """By a fifth to either side."""
    breaker = Breaker(lambda: u)
    fail(breaker, 5)
    assert breaker.due_in(0.0) == pytest.approx(1.0 + 0.2 * (2 * u - 1))
