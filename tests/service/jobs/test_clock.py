"""Steps of the wall clock: nothing is removed by a time that cannot be, and no job waits for it to come round again."""

import asyncio
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from pointsman_service.adapters.sqlite.storage import open_storage
from pointsman_service.jobs.clock_guard import KEPT_EVERY_S, LONGEST_STOP_S, ClockGuard, ClockNotBelieved
from pointsman_service.jobs.prune import prune_job
from pointsman_service.jobs.schedule import Schedule, next_run
from pointsman_service.ports import NewEpisode

DAY_S = 86_400.0
HOUR_S = 3_600.0
START = 1.8e9


@pytest.fixture
def storage(tmp_path):
    """Real storage."""
    opened = open_storage(tmp_path)
    yield opened
    opened.close_blocking()


@pytest.fixture
def time_():
    """A wall clock and a monotonic one, which the test moves."""
    return SimpleNamespace(wall=START, mono=50.0)


def pass_s(time_, seconds):
    """Time passes, by both clocks."""
    time_.wall += seconds
    time_.mono += seconds


def started(storage, time_):
    """A guard as a start of the learner makes it, after some time."""
    time_.mono = 3.0  # another process, another origin
    return ClockGuard(storage.clock_seen, lambda: time_.wall, lambda: time_.mono)


def test_a_service_that_runs_and_stops_is_believed(storage, time_):
    """For as long as it runs, and over a long weekend."""
    guard = started(storage, time_)
    for _ in range(100):
        guard.watch()
        guard.check()
        pass_s(time_, HOUR_S)
    time_.wall += LONGEST_STOP_S - 2 * HOUR_S
    again = started(storage, time_)
    again.check()
    again.watch()
    pass_s(time_, 100 * DAY_S)
    again.check()


def test_a_start_with_a_clock_that_is_far_ahead_removes_nothing_however_often_it_starts(storage, time_):
    """The time that was believed last is kept; a start in the wrong time does not move it."""
    started(storage, time_).watch()
    time_.wall += 100 * DAY_S
    for _ in range(3):
        guard = started(storage, time_)
        guard.watch()
        pass_s(time_, 2 * KEPT_EVERY_S)
        guard.watch()
        with pytest.raises(ClockNotBelieved, match=r"100\.\d days more.*pointsman jobs run prune"):
            guard.check()


def test_a_clock_that_is_set_far_ahead_while_it_runs_is_not_believed_until_it_is_back(storage, time_):
    """And then at once."""
    guard = started(storage, time_)
    guard.watch()
    time_.wall += 30 * DAY_S
    guard.watch()
    with pytest.raises(ClockNotBelieved):
        guard.check()
    time_.wall -= 30 * DAY_S
    guard.check()


def test_a_clock_that_goes_back_is_believed(storage, time_):
    """By an earlier time less is old."""
    guard = started(storage, time_)
    guard.watch()
    time_.wall -= HOUR_S
    pass_s(time_, 2 * KEPT_EVERY_S)
    guard.watch()
    guard.check()


def test_whoever_asks_for_it_stands_for_the_time(storage, time_):
    """After a month in a drawer the clock is right; a later start believes it, too."""
    started(storage, time_).watch()
    time_.wall += 30 * DAY_S
    guard = started(storage, time_)
    with pytest.raises(ClockNotBelieved):
        guard.check()
    guard.believe()
    guard.check()
    started(storage, time_).check()


async def test_a_file_from_before_it_was_kept_goes_by_its_newest_episode(storage, time_, an_episode):
    """And an empty one by nothing."""
    assert storage.clock_seen.last() is None
    await storage.log.append_episode(NewEpisode(an_episode(at=START)))
    assert storage.clock_seen.last() == START


async def test_the_job_removes_nothing_in_such_a_time_and_says_so_and_runs_when_it_is_asked_for(storage, time_):
    """What an operator asks for goes by the clock as it is."""
    started(storage, time_).watch()
    time_.wall += 100 * DAY_S
    guard, removed = started(storage, time_), []

    def prune(before, _now):
        removed.append(before)
        return SimpleNamespace(episodes=1, through=1)

    def job(check):
        return prune_job(lambda: None, prune, 90.0, check)

    jobs, asked = {"prune": job(guard.check)}, {"prune": job(guard.believe)}
    schedule = Schedule(jobs, {}, storage.jobs, lambda: time_.wall, lambda: time_.mono, asked)
    await schedule.run("prune")
    assert removed == []
    last = storage.jobs.last_runs()["prune"]
    assert last["outcome"] == "failed"
    assert "the clock says" in last["detail"]["error"]
    storage.jobs.request("prune", time_.wall)
    await schedule.run_requested()
    assert removed == [time_.wall - 90.0 * DAY_S]


def due_of(schedule):
    """When its one job runs next, in seconds since the epoch."""
    (job,) = schedule._scheduler.get_jobs()
    return job.next_run_time.timestamp()


@pytest.mark.parametrize("step_s", [-HOUR_S, 100 * DAY_S])
async def test_what_is_due_moves_with_the_clock(storage, step_s):
    """So that an interval is as long as it says, whatever the clock does meanwhile."""
    real = datetime.now(UTC).timestamp()
    time_ = SimpleNamespace(wall=real, mono=50.0)
    storage.jobs.record("x", real, real, "unchanged", {})
    schedule = Schedule(
        {"x": lambda _at: asyncio.sleep(0)}, {"x": 600.0}, storage.jobs, lambda: time_.wall, lambda: time_.mono
    )
    schedule.start()
    before = due_of(schedule)
    pass_s(time_, 60.0)
    schedule.follow_clock()
    assert due_of(schedule) == before
    time_.wall += step_s
    schedule.follow_clock()
    assert due_of(schedule) == pytest.approx(before + step_s)
    schedule.follow_clock()
    assert due_of(schedule) == pytest.approx(before + step_s)
    await schedule.stop()


def test_a_last_run_in_the_future_puts_the_next_one_off_by_an_interval_at_most():
    """It was of a clock that was ahead."""
    assert next_run({"started_at": 1000.0 + 100 * DAY_S}, 60.0, 1000.0) == 1060.0
