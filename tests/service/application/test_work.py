"""How far a loop is behind: what it took on and had no time for."""

import pytest
from pointsman_service.adapters.limit_table import LimitTable
from pointsman_service.application.admission import Admission, Requester
from pointsman_service.application.turns import ALWAYS_TAKEN, Turns
from pointsman_service.application.work import FIRST_CALL_S, WINDOW, Work
from pointsman_service.errors import OverLimit

WHO = Requester("a")


class Machine:
    """A clock, and the processor time that a loop has had."""

    def __init__(self):
        self.now = self.used = 0.0

    def works(self, seconds):
        """All of the time is the loop's."""
        self.now += seconds
        self.used += seconds


@pytest.fixture
def machine():
    """At its beginning."""
    return Machine()


@pytest.fixture
def work(machine):
    """Of a loop of that machine."""
    return Work(lambda: machine.now, lambda: machine.used)


def taken(admission, calls, who=WHO):
    """How many of so many at once are let in, and what the last one is told."""
    entered, refusal = [], None
    for _ in range(calls):
        refusal = admission.refusal(who)
        if refusal is None:
            entered.append(admission.enter(who))
    return entered, refusal


def calls_that_take(work, machine, seconds, calls=20 * WINDOW):
    """So many, one after the other."""
    for _ in range(calls):
        work.begun("a")
        machine.works(seconds)
        work.ended("a")


def test_it_is_behind_by_what_has_begun_and_time_makes_up_for_it(work, machine):
    """Ten calls are ten calls' work; after half of that time half is left, and nothing after all of it."""
    for _ in range(10):
        work.begun("a")
    assert work.behind_s() == pytest.approx(10 * FIRST_CALL_S)
    machine.now += 5 * FIRST_CALL_S
    assert work.behind_s() == pytest.approx(5 * FIRST_CALL_S)
    machine.now += 60.0
    assert work.behind_s() == 0.0


def test_what_a_call_takes_is_measured(work, machine):
    """A loop that is busy with calls of 20 ms is behind by 20 ms for each."""
    calls_that_take(work, machine, 0.02)
    machine.now += 60.0
    work.behind_s()
    work.begun("a")
    assert work.behind_s() == pytest.approx(0.02, rel=0.01)


def test_what_an_idle_loop_does_is_no_call_s_work(work, machine):
    """A call a second beside timers that take a hundredth: not ten milliseconds for a call of three."""
    for _ in range(20 * WINDOW):
        work.begun("a")
        machine.works(0.013)
        machine.now += 1.0
        work.ended("a")
    work.behind_s()
    work.begun("a")
    assert work.behind_s() == pytest.approx(FIRST_CALL_S)


def test_of_a_thousand_at_once_a_second_s_work_is_taken(work, machine):
    """The others are told at once, with when to come back; what has ended makes room."""
    calls_that_take(work, machine, 0.005)
    machine.now += 60.0
    admission = Admission(LimitTable(), Turns(1.0), work=work)
    entered, refusal = taken(admission, 1_000)
    assert len(entered) == pytest.approx(200, abs=2)
    assert refusal.facts["limit"] == "queue_wait_s"
    assert 1.0 < float(refusal.facts["retry_after_s"]) < 1.2
    machine.now += 0.5
    more, _ = taken(admission, 1_000)
    assert len(more) == pytest.approx(100, abs=2)
    assert isinstance(admission.refusal(WHO), OverLimit)
    assert admission.refusal(Requester(""), queues=False) is None  # operators get in


def test_a_hundred_are_always_taken(work, machine):
    """However slow the machine is: a pool of clients is no flood."""
    calls_that_take(work, machine, 0.5)
    admission = Admission(LimitTable(), Turns(1.0), work=work)
    entered, _ = taken(admission, 1_000)
    assert len(entered) == ALWAYS_TAKEN
    for one in entered[:10]:
        admission.leave(one)
    assert len(taken(admission, 1_000)[0]) == 10


def test_who_has_few_calls_under_way_does_not_pay_for_who_has_many(work, machine):
    """One of two has filled the loop: the other still gets in, up to half of what is always taken."""
    calls_that_take(work, machine, 0.1)
    admission = Admission(LimitTable(), Turns(1.0), work=work)
    taken(admission, 1_000)
    modest, refusal = taken(admission, 1_000, Requester("b"))
    assert len(modest) == ALWAYS_TAKEN // 2
    assert refusal is not None


def test_calls_that_wait_for_slow_providers_refuse_nobody(work, machine):
    """Five hundred under way, each of some milliseconds of work and ten seconds of waiting."""
    admission = Admission(LimitTable(), Turns(1.0), work=work)
    for _ in range(500):
        assert admission.refusal(WHO) is None
        admission.enter(WHO)
        machine.now += 0.02
    assert work.under_way == {"a": 500}


def test_what_never_began_does_not_end(work):
    """Whoever was refused has entered nothing."""
    Admission(LimitTable(), Turns(1.0), work=work).leave(())
    assert work.under_way == {}
