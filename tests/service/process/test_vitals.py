"""A child is judged by its beats: stopped or hanging ones are replaced, and a silence of our own is none of theirs."""

from pointsman_service.process.lives import IN_ORDER_S, OFTEN, STEADY_S, ChildHealth, Lives
from pointsman_service.process.vitals import VitalLimits, Vitals

LIMITS = VitalLimits(start_s=60.0, silent_s=4.0, busy_s=10.0)
TURN_S = 0.5  # between two looks


def looked_at(vitals, until, since=0.0):
    """The first thing that is wrong, looking twice a second, and when."""
    now = since
    while now < until:
        now += TURN_S
        if (why := vitals.wrong(now)) is not None:
            return now, why
    return None


def test_one_that_beats_lives():
    """For ever."""
    vitals = Vitals(LIMITS, 0.0)
    for second in range(100):
        vitals.beat(0.0, float(second))
        assert looked_at(vitals, second + 1.0, float(second)) is None


def test_a_silent_one_is_replaced_soon():
    """Within the limit and a look; it is told as doubtful before."""
    vitals = Vitals(LIMITS, 0.0)
    vitals.beat(0.0, 1.0)
    assert vitals.quiet_s(3.0) == 0.0
    assert vitals.quiet_s(4.0) == 3.0
    assert vitals.wrong(1.0) is None
    at, why = looked_at(vitals, 60.0, 1.0)
    assert at <= 1.0 + LIMITS.silent_s + TURN_S
    assert "no sign of life" in why


def test_one_that_starts_has_longer():
    """Imports take their time; one that never gets there is replaced, too."""
    at, why = looked_at(Vitals(LIMITS, 0.0), 200.0)
    assert LIMITS.start_s < at <= LIMITS.start_s + TURN_S
    assert "not started" in why


def test_one_whose_event_loop_hangs_is_replaced_once_it_has_started():
    """While it gets ready, one turn may be long."""
    vitals = Vitals(LIMITS, 0.0)
    vitals.beat(50.0, 1.0)
    assert vitals.wrong(1.5) is None
    vitals.ready()
    vitals.beat(11.0, 2.0)
    assert "event loop" in vitals.wrong(2.0)


def test_whoever_was_stopped_itself_blames_nobody():
    """After a machine's sleep all children look silent; each gets its time again."""
    vitals = Vitals(LIMITS, 0.0)
    vitals.beat(0.0, 1.0)
    assert vitals.wrong(1.5) is None
    assert vitals.wrong(1000.0) is None
    at, _why = looked_at(vitals, 2000.0, 1000.0)
    assert 1000.0 + LIMITS.silent_s < at <= 1000.0 + LIMITS.silent_s + TURN_S


def test_a_child_that_is_gone_is_told_until_it_is_back():
    """With why it was killed."""
    lives = Lives()
    lives.ready(1.0)
    assert lives.health(2.0, {"position": 3}, 0.0) == ChildHealth(True, "", {"position": 3})
    lives.killed("no sign of life for 4.5 s")
    lives.ended(3.0)
    gone = lives.health(3.0, {}, 0.0)
    assert (gone.well, "no sign of life" in gone.why) == (False, True)
    lives.ready(5.0)
    assert lives.health(5.0, {}, 0.0).well


def test_an_end_in_order_is_told_only_where_nothing_comes_after_it():
    """Whoever stops a service may reach its children first."""
    lives = Lives()
    lives.ready(1.0)
    lives.ended(2.0, in_order=True)
    assert lives.health(2.0 + IN_ORDER_S / 2, {}, 0.0).well
    assert not lives.health(2.0 + IN_ORDER_S, {}, 0.0).well


def test_a_child_that_ends_again_and_again_is_told_until_it_has_run_for_a_while():
    """Being up for a moment is no cure."""
    lives = Lives()
    for i in range(OFTEN):
        lives.ready(float(i))
        lives.ended(i + 0.5)
    lives.ready(10.0)
    assert f"ended {OFTEN} times" in lives.health(11.0, {}, 0.0).why
    assert lives.health(11.0 + STEADY_S, {}, 0.0).well


def test_health_goes_to_the_workers_as_facts():
    """And is the same there."""
    health = ChildHealth(False, "gone", {"position": 7})
    assert ChildHealth.of_facts(health.as_facts()) == health
