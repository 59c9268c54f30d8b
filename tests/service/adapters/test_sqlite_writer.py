"""Group commit: what waits together is committed together, and acknowledged only then."""

from __future__ import annotations

import asyncio
import sqlite3
import threading

import pytest
from pointsman_learner.events import BudgetPut
from pointsman_service.adapters.sqlite.storage import StorageSettings, open_storage
from pointsman_service.ports import NewEpisode


@pytest.fixture(params=["full", "normal"])
async def storage(tmp_path, request):
    """Open storage; a thread commits ("full") or the event loop does ("normal")."""
    storage = open_storage(tmp_path, StorageSettings(synchronous=request.param))
    yield storage
    await storage.close()


def watch_commits(storage):
    """The list of COMMITs that the writer makes from now on."""
    commits = []
    storage.log._writer._connection.set_trace_callback(lambda sql: commits.append(sql) if sql == "COMMIT" else None)
    return commits


async def test_appends_that_wait_together_share_a_commit(storage, an_episode):
    """While another process holds the lock, 64 appends pile up; then one or two transactions take them all."""
    holder = sqlite3.connect(storage.path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    commits = watch_commits(storage)
    appends = [asyncio.ensure_future(storage.log.append_episode(NewEpisode(an_episode(f"e{i}")))) for i in range(64)]
    await asyncio.sleep(0)  # each hands its work over
    holder.execute("ROLLBACK")
    assert sorted(await asyncio.gather(*appends)) == list(range(1, 65))
    assert len(commits) <= 2
    holder.close()


async def test_a_batch_is_no_longer_than_its_limit(tmp_path, an_episode):
    """The lock is given back between batches, so other processes come in."""
    storage = open_storage(tmp_path, StorageSettings(batch_limit=8))
    commits = watch_commits(storage)
    await asyncio.gather(*(storage.log.append_episode(NewEpisode(an_episode(f"e{i}"))) for i in range(64)))
    assert len(commits) >= 8
    await storage.close()


async def test_the_event_loop_commits_a_few_itself_and_leaves_many_to_the_thread(tmp_path, an_episode):
    """What one of its turns brought is one transaction; a long batch would keep everybody else waiting."""
    storage = open_storage(tmp_path, StorageSettings(synchronous="normal", batch_limit=8))
    threads = []
    note = lambda sql: threads.append(threading.current_thread().name) if sql == "COMMIT" else None  # noqa: E731
    storage.log._writer._connection.set_trace_callback(note)
    for n in (8, 9):
        await asyncio.gather(*(storage.log.append_episode(NewEpisode(an_episode(f"e{n}-{i}"))) for i in range(n)))
    assert threads[0] == threading.current_thread().name
    assert set(threads[1:]) == {"pointsman-writer"}
    await storage.close()


async def test_work_that_the_event_loop_must_leave_is_written_when_the_log_closes(tmp_path, an_episode):
    """Another process holds the lock, so the thread has it; closing waits for it."""
    storage = open_storage(tmp_path, StorageSettings(synchronous="normal"))
    holder = sqlite3.connect(storage.path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    append = asyncio.ensure_future(storage.log.append_episode(NewEpisode(an_episode())))
    await asyncio.sleep(0)
    closing = asyncio.ensure_future(storage.close())
    await asyncio.sleep(0)
    holder.execute("ROLLBACK")
    holder.close()
    assert await append == 1
    await closing


async def test_an_append_is_acknowledged_only_when_another_process_can_read_it(storage, an_episode):
    """No answer before COMMIT."""
    other = sqlite3.connect(storage.path)
    for i in range(20):
        position = await storage.log.append_episode(NewEpisode(an_episode(f"e{i}")))
        assert other.execute("SELECT max(position) FROM events").fetchone() == (position,)
    other.close()


async def test_ledger_and_log_share_the_writer(storage, an_episode):
    """A session and an episode that are written at once cost one fsync."""
    commits = watch_commits(storage)
    holder = sqlite3.connect(storage.path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    both = [
        asyncio.ensure_future(storage.log.append_episode(NewEpisode(an_episode()))),
        asyncio.ensure_future(storage.ledger.keep_session("acme", "s", "small", 1.0)),
    ]
    await asyncio.sleep(0)
    holder.execute("ROLLBACK")
    await asyncio.gather(*both)
    assert len(commits) <= 2
    holder.close()


def test_threads_without_an_event_loop_may_append(tmp_path):
    """The learner's process is synchronous."""
    storage = open_storage(tmp_path)
    threads = [
        threading.Thread(target=lambda i=i: storage.log.append_blocking(BudgetPut(float(i), "acme", None)))
        for i in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [x.position for x in storage.log.read(0)] == list(range(1, 9))
    storage.close_blocking()
    storage.close_blocking()


def test_a_loop_that_is_closed_before_the_commit_hurts_nobody(tmp_path, an_episode):
    """Its waiters are gone; the write stands, and the writer serves the next loop."""
    storage = open_storage(tmp_path)
    holder = sqlite3.connect(storage.path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    loop = asyncio.new_event_loop()
    task = loop.create_task(storage.log.append_episode(NewEpisode(an_episode("e1"))))
    loop.call_soon(task.cancel)
    with pytest.raises(asyncio.CancelledError):
        loop.run_until_complete(task)
    loop.close()
    holder.execute("ROLLBACK")
    holder.close()
    assert asyncio.run(storage.log.append_episode(NewEpisode(an_episode("e2")))) == 2
    storage.close_blocking()
