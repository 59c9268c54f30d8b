"""Scheduled jobs: intervals, catching up, requests, failures, and what they append."""

import asyncio
import time

import pytest
from pointsman_learner.events import JobApplied
from pointsman_learner.learner import JOBS
from pointsman_service.adapters.sqlite.storage import open_storage
from pointsman_service.jobs.learner_jobs import learner_jobs
from pointsman_service.jobs.prune import prune_job
from pointsman_service.jobs.schedule import Schedule, next_run
from pointsman_service.ports import NewEpisode


@pytest.fixture
def storage(tmp_path):
    """Real storage."""
    opened = open_storage(tmp_path)
    yield opened
    opened.close_blocking()


def job(result, ran):
    """A job that says when it ran."""

    async def run(at):
        ran.set()
        if isinstance(result, Exception):
            raise result
        return result

    return run


async def test_a_job_that_never_ran_runs_at_the_start_and_is_recorded(storage):
    """Within its first moments, not after its first interval."""
    ran = asyncio.Event()
    schedule = Schedule({"x": job({"a": 1}, ran)}, {"x": 3600.0}, storage.jobs, lambda: 5.0)
    schedule.start()
    await asyncio.wait_for(ran.wait(), 5)
    await schedule.run("unknown to this version")
    await schedule.stop()
    await schedule.stop()
    assert storage.jobs.last_runs()["x"]["outcome"] == "changed"
    assert storage.jobs.last_runs()["x"]["detail"] == {"a": 1}


@pytest.mark.parametrize(("started_at", "due"), [(100.0, 160.0), (20.0, 130.0)])
def test_a_missed_run_is_caught_up_and_a_recent_one_is_not_repeated(started_at, due):
    """Interval 60, now 130."""
    assert next_run({"started_at": started_at}, 60.0, 130.0) == due


async def test_a_failing_job_is_recorded_and_stops_nothing(storage):
    """The next one runs."""
    jobs = {"bad": job(ValueError("boom"), asyncio.Event()), "good": job(None, asyncio.Event())}
    schedule = Schedule(jobs, {}, storage.jobs, lambda: 5.0)
    storage.jobs.request("bad", 1.0)
    storage.jobs.request("good", 2.0)
    await schedule.run_requested()
    runs = storage.jobs.last_runs()
    assert (runs["bad"]["outcome"], runs["bad"]["detail"]) == ("failed", {"error": "ValueError: boom"})
    assert runs["good"]["outcome"] == "unchanged"
    await schedule.run_requested()


async def test_a_job_without_an_interval_runs_only_when_asked_for(storage):
    """Interval 0 switches it off."""
    ran = asyncio.Event()
    schedule = Schedule({"x": job(None, ran)}, {"x": 0.0}, storage.jobs, lambda: 5.0)
    schedule.start()
    await asyncio.sleep(0)
    assert not ran.is_set()
    await schedule.stop()


async def test_a_learner_job_appends_what_it_would_change(storage):
    """The fold replays it; nothing is changed behind the log's back."""

    class Proposing:
        def propose(self, name, at, totals):
            return JobApplied(at, name, {"k": 1}) if name == "promote" else None

    jobs = learner_jobs(Proposing, storage.log, storage.stats)
    assert set(jobs) == set(JOBS)
    assert await jobs["promote"](7.0) == {"position": 1, "parts": ["k"]}
    assert await jobs["recalibrate"](7.0) is None
    assert [e.event for e in storage.log.read(0)] == [JobApplied(7.0, "promote", {"k": 1})]


async def test_prune_saves_first_and_tells_what_it_removed():
    """A checkpoint, then everything older than the retention."""
    order = []

    class Pruned:
        episodes, through, waiting = 3, 9, 0

    def prune(before, now):
        order.append((before, now))
        return Pruned()

    run = prune_job(lambda: order.append("saved"), prune, 1.0)
    assert await run(90_000.0) == {"episodes": 3, "through": 9}
    assert order == ["saved", (3_600.0, 90_000.0)]
    Pruned.episodes = 0
    assert await run(90_000.0) is None


async def test_prune_says_what_it_had_to_leave(storage, an_episode):
    """Old episodes beyond the newest checkpoint: the learner is behind, and the run's result says so."""
    await storage.log.append_episode(NewEpisode(an_episode("e1", at=1.0)))
    await storage.log.append_episode(NewEpisode(an_episode("e2", at=2.0)))
    schedule = Schedule({"prune": prune_job(lambda: None, storage.prune, 1.0)}, {}, storage.jobs, lambda: 90_000.0)
    await schedule.run("prune")
    last = storage.jobs.last_runs()["prune"]
    assert (last["outcome"], last["detail"]["episodes"], last["detail"]["waiting"]) == ("unchanged", 0, 2)
    assert "the learner is behind" in last["detail"]["why"]
    storage.checkpoints.put(b"state", 1, 1.0)
    await schedule.run("prune")
    last = storage.jobs.last_runs()["prune"]
    assert (last["outcome"], last["detail"]["episodes"], last["detail"]["waiting"]) == ("changed", 1, 1)
    storage.checkpoints.put(b"state", 2, 1.0)
    await schedule.run("prune")
    assert storage.jobs.last_runs()["prune"]["detail"] == {"episodes": 1, "through": 2}
    await schedule.run("prune")
    last = storage.jobs.last_runs()["prune"]
    assert (last["outcome"], last["detail"]) == ("unchanged", {})


async def test_a_stop_lets_a_job_end_that_the_schedule_began(storage, caplog):
    """It is not cancelled, which would be a traceback in the log, too."""
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow(at):
        begun.set()
        await go_on.wait()

    schedule = Schedule({"slow": slow}, {"slow": 60.0}, storage.jobs, time.time)
    schedule.start()
    await asyncio.wait_for(begun.wait(), 5)
    stopping = asyncio.create_task(schedule.stop())
    await asyncio.sleep(0)
    go_on.set()
    await asyncio.wait_for(stopping, 5)
    assert storage.jobs.last_runs()["slow"]["outcome"] == "unchanged"
    assert [r.message for r in caplog.records if r.levelname in {"WARNING", "ERROR"}] == []


async def test_a_stop_ends_what_was_only_submitted_without_a_word(storage, caplog):
    """Between the schedule's decision and the job's first step."""
    ran = asyncio.Event()
    schedule = Schedule({"x": job(None, ran)}, {"x": 60.0}, storage.jobs, time.time)
    schedule.start()
    schedule._scheduler._process_jobs()
    await schedule.stop()
    for _ in range(5):  # a cancelled task is told a few turns of the loop later
        await asyncio.sleep(0)
    assert not ran.is_set()
    assert [r.message for r in caplog.records if r.levelname in {"WARNING", "ERROR"}] == []


async def test_a_stop_lets_the_running_job_end_and_starts_no_waiting_one(storage):
    """Nothing is cut off halfway."""
    begun, go_on, ran = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def slow(at):
        begun.set()
        await go_on.wait()

    schedule = Schedule({"slow": slow, "next": job(None, ran)}, {}, storage.jobs, lambda: 5.0)
    tasks = [asyncio.create_task(schedule.run(name)) for name in ("slow", "next")]
    await begun.wait()
    stopping = asyncio.create_task(schedule.stop())
    await asyncio.sleep(0)
    go_on.set()
    await asyncio.gather(stopping, *tasks)
    assert set(storage.jobs.last_runs()) == {"slow"}
    assert not ran.is_set()
