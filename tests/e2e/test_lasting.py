"""What lasts when a process is stopped, the folder goes, or an event is damaged: real processes, real signals."""

import fcntl
import os
import shutil
import signal
import sqlite3

import grpc.aio
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from pointsman import AsyncClient, RetryPolicy, Unavailable

SERVING, NOT_SERVING = health_pb2.HealthCheckResponse.SERVING, health_pb2.HealthCheckResponse.NOT_SERVING
ONCE = RetryPolicy(attempts=1)


async def health_of(address, name=""):
    """What a balancer hears, by a connection of its own."""
    async with grpc.aio.insecure_channel(address) as channel:
        asked = health_pb2.HealthCheckRequest(service=name)
        return (await health_pb2_grpc.HealthStub(channel).Check(asked, timeout=5)).status


def says(address, name, status):
    """Whether that is what it hears now."""

    async def now():
        return await health_of(address, name) == status

    return now


async def test_a_stopped_worker_is_found_and_replaced(serve, until):
    """It held its connections and answered nobody; the other worker, and the new one, answer all."""
    async with serve(server={"workers": 2}) as service:
        stopped = service.workers[0]
        first = stopped.pid
        os.kill(first, signal.SIGSTOP)
        await until(lambda: stopped.pid not in (None, first) and stopped.health().well)
        async with AsyncClient(service.address) as client:
            assert len([await client.route(f"query {i}") for i in range(20)]) == 20


async def test_a_stopped_learner_is_told_and_replaced_and_takes_no_calls_away(serve, until):
    """Routers go on with the last snapshot meanwhile: that is a thing for operators, not for balancers."""
    async with serve() as service:
        await until(lambda: "position" in service.learner.health().facts)
        first = service.learner.pid
        os.kill(first, signal.SIGSTOP)
        await until(says(service.address, "pointsman.learner", NOT_SERVING), 20)
        assert await health_of(service.address) == SERVING
        async with AsyncClient(service.address) as client:
            await client.route("while it stands still")
        await until(lambda: service.learner.pid not in (None, first))
        await until(says(service.address, "pointsman.learner", SERVING))


async def test_workers_know_how_the_learner_does(serve, until):
    """Any of them may be asked."""
    async with serve(server={"workers": 2}) as service:
        await until(lambda: "position" in service.learner.health().facts)
        os.kill(service.learner.pid, signal.SIGKILL)
        await until(says(service.address, "pointsman.learner", NOT_SERVING), 20)
        await until(says(service.address, "pointsman.learner", SERVING))


@pytest.mark.skipif(os.uname().sysname != "Linux", reason="elsewhere the learner ends within a second, when it runs")
async def test_a_learner_ends_with_its_parent_though_it_is_stopped(process, until, is_alive, tmp_path):
    """So the folder's lock is free for the next start, whatever the old learner was doing."""
    async with process() as service:
        await until(lambda: _is_locked(tmp_path / "data" / "learner.lock"))
        os.kill(service.learner_pid, signal.SIGSTOP)
        await service.kill()
        await until(lambda: not is_alive(service.learner_pid))
        # Not at once: the first of its threads is gone before the last, which still has the file.
        await until(lambda: not _is_locked(tmp_path / "data" / "learner.lock"))


def _is_locked(path):
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


async def test_a_removed_folder_is_told_and_nothing_is_acknowledged_into_it(serve, until, tmp_path):
    """Balancers go elsewhere, the process is alive, and a folder that is put back is the old one."""
    async with serve() as service, AsyncClient(service.address, retry=ONCE) as client:
        kept = [(await client.route(f"query {i}")).episode_id for i in range(5)]
        (tmp_path / "data").rename(tmp_path / "away")
        with pytest.raises(Unavailable, match="removed"):
            await client.route("lost")
        await until(says(service.address, "", NOT_SERVING), 5)
        await until(says(service.address, "pointsman.v1.RouterService", NOT_SERVING), 5)
        assert await health_of(service.address, "liveness") == SERVING
        assert await health_of(service.address, "pointsman.log") == NOT_SERVING
        shutil.rmtree(tmp_path / "data", ignore_errors=True)
        (tmp_path / "away").rename(tmp_path / "data")
        await until(says(service.address, "readiness", SERVING), 10)
        assert [(await client.get_episode(e)).episode_id for e in kept] == kept
        await client.route("found again")


async def test_a_folder_that_is_deleted_while_nobody_calls_is_told(serve, until, tmp_path):
    """Whoever asks for health hears so before the first call fails."""
    async with serve(learner={"enabled": False}) as service:
        shutil.rmtree(tmp_path / "data")
        await until(says(service.address, "", NOT_SERVING), 5)
        assert not (tmp_path / "data").exists()


DAMAGED = (b"{", b"\xff\xfe", b'{"kind":"of a newer version"}', b'{"kind":"budget","at":"x"}')


async def test_learning_goes_on_past_events_that_cannot_be_read(process, serve, until, tmp_path):
    """Each is set aside, whatever is wrong with it, and what comes after it is learnt."""
    async with process() as service, AsyncClient(service.address) as client:
        for i in range(len(DAMAGED)):
            await client.route(f"query {i}")
        await service.terminate()
    with sqlite3.connect(tmp_path / "data" / "pointsman.db") as db:
        spoilt = [row[0] for row in db.execute("SELECT position FROM episodes ORDER BY position")]
        for position, payload in zip(spoilt, DAMAGED, strict=True):
            db.execute("UPDATE events SET payload = CAST(? AS TEXT) WHERE position = ?", (payload, position))
    db.close()
    shutil.rmtree(tmp_path / "data" / "checkpoints")  # learnt anew
    async with serve() as service, AsyncClient(service.address) as client:
        await client.route("after the damage")
        await until(says(service.address, "pointsman.learner", SERVING))
        await until(lambda: service.learner.health().facts.get("set_aside") == len(DAMAGED))
        end = await _end_of(tmp_path)
        await until(lambda: service.learner.health().facts["position"] >= end)


async def _end_of(tmp_path):
    with sqlite3.connect(tmp_path / "data" / "pointsman.db") as db:
        return db.execute("SELECT max(position) FROM events").fetchone()[0]
