"""The learner's loop and process: it publishes what it learns, goes on where it stopped, and survives trouble."""

import asyncio
import json
import sqlite3
import subprocess
import sys
import threading
from types import SimpleNamespace

import pytest
from pointsman_learner.events import BudgetPut, EvidenceForgotten, ModelPut, OperatorActed
from pointsman_learner.settings import LearnerSettings
from pointsman_learner.snapshot import Snapshot
from pointsman_learner.types import Model
from pointsman_service.adapters.sqlite.storage import StorageSettings, open_storage
from pointsman_service.config import parse
from pointsman_service.config.declared import Configured
from pointsman_service.config.sections import LearnerSection
from pointsman_service.errors import LogUnavailable
from pointsman_service.jobs.learner_jobs import learner_jobs
from pointsman_service.jobs.schedule import Schedule
from pointsman_service.process.base import kept_base
from pointsman_service.process.declaring import declare
from pointsman_service.process.heart import Heart
from pointsman_service.process.learner import learn, tell
from pointsman_service.process.learner_loop import LearnerLoop
from pointsman_service.process.verify import verify

CONFIGURED = Configured([Model("a", 1.0, 1.0), Model("b", 2.0, 2.0)], {"t": 3.0})


@pytest.fixture
def storage(tmp_path):
    """Real storage."""
    opened = open_storage(tmp_path, StorageSettings(synchronous="normal"))
    yield opened
    opened.close_blocking()


@pytest.fixture
def clock():
    """Moves when the test says so."""
    return SimpleNamespace(now=1000.0)


async def until(holds):
    """Wait for what another task or process does, of which no event tells."""
    async with asyncio.timeout(20):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


def loop_over(storage, clock, **settings):
    """A loop as the process makes it."""
    section = LearnerSection(publish_interval_s=1.0, checkpoint_interval_s=10.0, poll_interval_s=0.001, **settings)
    return LearnerLoop(storage.log, storage.snapshots, storage.checkpoints, section, *[lambda: clock.now] * 2)


async def told(loop, storage):
    """Tell the log what is configured and it was not told; how many events."""
    events = await loop.differences(CONFIGURED)
    await storage.configuration.teach(events, storage.configuration.version())
    return len(events)


async def test_an_empty_log_is_told_the_configuration_once(storage, clock):
    """Models and budgets; a second start tells nothing."""
    assert await told(loop_over(storage, clock), storage) == 3
    assert [type(e.event) for e in storage.log.read(0)] == [ModelPut, ModelPut, BudgetPut]
    assert await told(loop_over(storage, clock), storage) == 0


async def test_what_is_learnt_is_published_and_saved_at_its_intervals(storage, clock):
    """A snapshot a second, a checkpoint ten seconds, and neither where nothing was learnt."""
    loop = loop_over(storage, clock)
    await told(loop, storage)
    loop.step()
    assert storage.snapshots.active_version() == 1
    await storage.log.append(BudgetPut(1.0, "t", 4.0))
    loop.step()
    assert storage.snapshots.active_version() == 1
    clock.now += 1.5
    loop.step()
    assert storage.snapshots.active_version() == 2
    assert storage.checkpoints.latest() is None
    clock.now += 10.0
    loop.step()
    assert storage.checkpoints.latest()[1] == 4
    clock.now += 20.0
    loop.step()
    assert storage.snapshots.active_version() == 2
    assert Snapshot.from_bytes(storage.snapshots.load(2), 2).models == ("a", "b")


async def test_a_restart_goes_on_at_the_checkpoint(storage, clock):
    """And does not publish an older state over a newer snapshot."""
    loop = loop_over(storage, clock)
    await told(loop, storage)
    loop.step()
    loop.save()
    await storage.log.append(BudgetPut(1.0, "t", 4.0))
    clock.now += 2.0
    loop.step()
    again = loop_over(storage, clock)
    assert again.fold.position == 3
    again.publish()
    assert storage.snapshots.active_version() == 2
    again.step()
    assert (again.fold.position, again.fold.learner.digest()) == (4, loop.fold.learner.digest())


async def test_what_is_forgotten_is_folded_anew_before_any_job_reads_what_is_half(storage, clock):
    """A long log is learnt again in slices, and a job waits for all of them; what is published is what is left."""
    loop = loop_over(storage, clock)
    await told(loop, storage)
    for n in range(100):
        await storage.log.append(BudgetPut(1.0, "t", 4.0 + n))
    await loop.catch_up(asyncio.Event())
    loop.publish()
    before = storage.snapshots.active_version()
    stop, seen = asyncio.Event(), []

    async def job():
        while not loop.reading.locked():  # noqa: ASYNC110
            await asyncio.sleep(0)
        seen.append(loop.fold.position)
        async with loop.reading:
            seen.append(loop.fold.position)
        stop.set()

    await storage.log.append(EvidenceForgotten("x", 2.0, since=1.0))
    await asyncio.wait_for(asyncio.gather(loop.run(stop, Schedule({}, {}, storage.jobs, lambda: clock.now)), job()), 60)
    assert seen[0] < 103 <= seen[1]
    assert storage.snapshots.active_version() > before
    assert verify(storage.log, storage.checkpoints, LearnerSection().policy).holds


async def test_other_settings_fold_the_log_anew(storage, clock):
    """A state is a fold under its settings."""
    loop = loop_over(storage, clock)
    await told(loop, storage)
    loop.step()
    loop.save()
    assert loop_over(storage, clock, policy={"default_cost_weight": 7.0}).fold.position == 0


async def test_checkpoints_of_an_older_format_are_folded_anew(storage, clock, monkeypatch):
    """An upgrade that changes the learner's state keeps the log, and says what proves nothing yet."""
    loop = loop_over(storage, clock)
    await told(loop, storage)
    loop.step()
    loop.save()
    monkeypatch.setattr("pointsman_service.process.fold.FORMAT", 99)
    assert loop_over(storage, clock).fold.position == 0
    verification = verify(storage.log, storage.checkpoints, LearnerSection().policy)
    assert not verification.holds
    assert "start the service once" in str(verification)


async def test_a_base_of_an_older_format_stops_nothing(storage, clock, monkeypatch):
    """What pruning left of older episodes is lost; the rest of the log is learnt."""
    loop = loop_over(storage, clock)
    await told(loop, storage)
    loop.step()
    loop.save()
    mark = storage.checkpoints.latest()
    monkeypatch.setattr(type(storage.checkpoints), "base", lambda _self: mark)
    assert kept_base(storage.checkpoints, LearnerSettings()).position == mark[1]
    monkeypatch.setattr("pointsman_service.process.fold.FORMAT", 99)
    again = loop_over(storage, clock)
    assert again.fold.position == 0
    again.step()
    assert again.fold.learner.digest() == loop.fold.learner.digest()


async def test_a_corrupt_checkpoint_falls_back_to_an_older_one_or_to_the_log(storage, clock, tmp_path):
    """Nothing is lost: the log is the truth."""
    loop = loop_over(storage, clock)
    await told(loop, storage)
    loop.step()
    loop.save()
    for file in (tmp_path / "checkpoints").iterdir():
        file.write_bytes(b"garbage")
    assert loop_over(storage, clock).fold.position == 0


async def test_running_ends_with_everything_published_and_saved(storage, clock):
    """Told to stop, it leaves nothing unsaved, and the proof holds."""
    loop = loop_over(storage, clock)
    stop = asyncio.Event()
    schedule = Schedule({}, {}, storage.jobs, lambda: clock.now)
    await told(loop, storage)
    task = asyncio.create_task(loop.run(stop, schedule))
    await until(lambda: storage.snapshots.active_version() is not None)
    await storage.log.append(BudgetPut(1.0, "t", 4.0))
    await until(lambda: loop.fold.position == 4)
    stop.set()
    await asyncio.wait_for(task, 5)
    assert storage.checkpoints.latest()[1] == 4
    assert verify(storage.log, storage.checkpoints, LearnerSection().policy).holds


class Pondering:
    """A learner whose jobs think until they are let go on."""

    def __init__(self):
        self.begun, self.go_on = threading.Event(), threading.Event()

    def propose(self, name, at, totals):
        """Think."""
        self.begun.set()
        self.go_on.wait()


@pytest.fixture
def pondering():
    """Let go on at the end."""
    learner = Pondering()
    yield learner
    learner.go_on.set()


async def test_a_job_that_thinks_holds_neither_the_loop_nor_its_end(storage, clock, pondering):
    """Nothing is learnt while it reads, and a stop does not wait for it; the next start learns what was not saved."""
    loop = loop_over(storage, clock)
    await told(loop, storage)
    jobs = learner_jobs(lambda: pondering, storage.log, storage.stats, loop.reading)
    stop = asyncio.Event()
    storage.jobs.request("promote", 1.0)
    task = asyncio.create_task(loop.run(stop, Schedule(jobs, {}, storage.jobs, lambda: clock.now)))
    await until(pondering.begun.is_set)
    position = loop.fold.position
    await storage.log.append(BudgetPut(1.0, "t", 4.0))
    for _ in range(20):
        await asyncio.sleep(0.001)
    assert loop.fold.position == position
    stop.set()
    await asyncio.wait_for(task, 20)
    assert (loop.fold.position, storage.jobs.last_runs()) == (position, {})
    again = loop_over(storage, clock)
    again.step()
    assert again.fold.position == position + 1


async def test_what_came_while_a_job_was_thinking_is_learnt_after_it(storage, clock, pondering):
    """And the job is recorded."""
    loop = loop_over(storage, clock)
    await told(loop, storage)
    jobs = learner_jobs(lambda: pondering, storage.log, storage.stats, loop.reading)
    stop = asyncio.Event()
    storage.jobs.request("promote", 1.0)
    task = asyncio.create_task(loop.run(stop, Schedule(jobs, {}, storage.jobs, lambda: clock.now)))
    await until(pondering.begun.is_set)
    end = await storage.log.append(BudgetPut(1.0, "t", 4.0))
    pondering.go_on.set()
    await until(lambda: loop.fold.position == end and "promote" in storage.jobs.last_runs())
    stop.set()
    await asyncio.wait_for(task, 20)
    assert storage.jobs.last_runs()["promote"]["outcome"] == "unchanged"


async def test_a_locked_database_is_waited_for(storage, clock, monkeypatch):
    """What was learnt is kept and stored later."""
    loop = loop_over(storage, clock)
    await told(loop, storage)
    put = storage.snapshots.put
    failures = [LogUnavailable("locked"), LogUnavailable("locked")]

    def put_when_free(*args):
        if failures:
            raise failures.pop()
        return put(*args)

    monkeypatch.setattr(type(storage.snapshots), "put", lambda _self, *args: put_when_free(*args))
    stop = asyncio.Event()
    task = asyncio.create_task(loop.run(stop, Schedule({}, {}, storage.jobs, lambda: clock.now)))
    await until(lambda: storage.snapshots.active_version() is not None)
    stop.set()
    await asyncio.wait_for(task, 5)
    assert failures == []


async def test_a_database_that_cannot_be_asked_for_jobs_is_asked_again(storage, clock, monkeypatch):
    """Learning goes on meanwhile."""
    loop = loop_over(storage, clock)
    await told(loop, storage)
    failures = [LogUnavailable("locked")]

    def take_when_free(_self):
        if failures:
            raise failures.pop()
        return ()

    monkeypatch.setattr(type(storage.jobs), "take_requests", take_when_free)
    stop = asyncio.Event()
    task = asyncio.create_task(loop.run(stop, Schedule({}, {}, storage.jobs, lambda: clock.now)))
    await until(lambda: storage.snapshots.active_version() is not None)
    stop.set()
    await asyncio.wait_for(task, 5)
    assert failures == []


async def test_an_event_that_cannot_be_learnt_from_is_skipped(storage, clock):
    """By the loop, and by the proof, which finds the same state."""
    loop = loop_over(storage, clock)
    await told(loop, storage)
    await storage.log.append(BudgetPut(1.0, "t", 4.0))
    await storage.log.append(BudgetPut(1.0, "t", 5.0))
    connection = sqlite3.connect(storage.path)
    poison = json.dumps({"kind": "taxonomy_node", "at": 1.0, "node": {"title": "of no id"}})
    connection.execute("UPDATE events SET payload = ?, kind = 'taxonomy_node' WHERE position = 4", (poison,))
    connection.commit()
    connection.close()
    loop.step()
    assert (loop.fold.position, loop.fold.skipped) == (5, (4,))
    loop.save()
    result = verify(storage.log, storage.checkpoints, LearnerSection().policy)
    assert (result.holds, result.skipped) == (True, (4,))


def settings_for(folder, **learner):
    """Settings of a service on a folder."""
    return parse(
        {
            "storage": {"folder": str(folder)},
            "models": [
                {
                    "name": "a",
                    "base_url": "http://127.0.0.1:1/v1",
                    "input_usd_per_million": 1,
                    "output_usd_per_million": 2,
                }
            ],
            "tenants": {"acme": {"usd_per_thousand": 2.0, "ceiling_usd": 5.0}},
            "learner": learner,
        }
    )


async def test_the_wired_learner_learns_what_a_start_declared(tmp_path, capsys):
    """In this process, as the child runs it; a second one waits for the folder until it is told to stop."""
    stop, second_stop = asyncio.Event(), asyncio.Event()
    await declare(settings_for(tmp_path))
    task = asyncio.create_task(learn(settings_for(tmp_path), stop, Heart()))
    storage = open_storage(tmp_path)
    await until(lambda: storage.snapshots.active_version() is not None)
    second = asyncio.create_task(learn(settings_for(tmp_path), second_stop, Heart()))
    jobs = {"rebuild_statistics", "recalibrate", "grow_taxonomy", "promote", "prune"}
    await until(lambda: set(storage.jobs.last_runs()) == jobs)
    kinds = {e.event.kind for e in storage.log.read(0)}
    assert {"model", "budget", "taxonomy_node"} <= kinds
    second_stop.set()
    await asyncio.wait_for(second, 20)
    stop.set()
    await asyncio.wait_for(task, 20)
    assert "learning" in capsys.readouterr().out
    assert verify(storage.log, storage.checkpoints, settings_for(tmp_path).learner.policy).holds
    await storage.close()


async def test_an_operator_who_is_quicker_than_the_learners_start_is_not_undone(tmp_path, clock):
    """The price that he changed while the log was being folded is the one that the learner ends with."""
    settings = settings_for(tmp_path)
    await declare(settings)
    storage = open_storage(tmp_path)
    loop = loop_over(storage, clock)
    catch_up, acted = loop.differences, []

    async def slow(configured):
        if not acted:
            acted.append(OperatorActed(2.0, "ann", "UpdateModel", put={"models.a.input_usd_per_million": 7.0}))
            await storage.configuration.act(
                acted[0], [ModelPut(2.0, Model("a", 7.0, 2.0))], storage.configuration.version()
            )
        return await catch_up(configured)

    loop.differences = slow
    assert await tell(loop, storage) == 0
    puts = [e.event.model for e in storage.log.read(0) if isinstance(e.event, ModelPut)]
    assert [m for m in puts if m.name == "a"][-1] == Model("a", 7.0, 2.0)
    await storage.close()


def test_the_child_ends_when_its_parents_pipe_ends(tmp_path):
    """A killed parent leaves no learner behind; its state is saved."""
    asyncio.run(declare(settings_for(tmp_path)))
    child = subprocess.Popen(
        [sys.executable, "-m", "pointsman_service.process.learner"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    child.stdin.write(settings_for(tmp_path).model_dump_json().encode() + b"\n")
    child.stdin.flush()
    assert child.stdout.readline() == b"learning\n"
    child.stdin.close()
    assert child.wait(20) == 0
    child.stdout.close()
    storage = open_storage(tmp_path)
    assert storage.checkpoints.latest() is not None
    storage.close_blocking()
