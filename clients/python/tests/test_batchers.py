"""Feedback in the background, by threads and by asyncio, against a service that fails as it is told."""

import asyncio
import inspect
import logging
import os
import threading

import pytest
from grpc import StatusCode

from pointsman import AsyncClient, Client, InvalidRequest


class Batching:
    """A batcher of either client behind one way to use it."""

    def __init__(self, kind, address, **options):
        self.client = kind(address, **options)

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        await self.of(self.client.close)

    def make(self, **options):
        return self.client.batcher(**options)

    async def of(self, method, *args):
        """In a thread where it would wait."""
        if inspect.iscoroutinefunction(method):
            return await method(*args)
        return await asyncio.to_thread(method, *args)


@pytest.fixture(params=[Client, AsyncClient], ids=["threads", "asyncio"])
async def batching(request, running):
    """Against the scripted service."""
    async with Batching(request.param, running.address) as made:
        yield made


async def until(holds):
    """Wait for what a thread does, of which nothing tells here."""
    async with asyncio.timeout(60):
        while not holds():  # noqa: ASYNC110 - a thread sets no event of this loop
            await asyncio.sleep(0.01)


def batches(running):
    """The episodes of each batch that came."""
    return [[r.feedback.episode_id for r in request.requests] for request in running.service.requests]


async def test_what_is_handed_over_is_sent_together(batching, running):
    """With an id for each, in order; a flush waits for it."""
    batcher = batching.make(flush_interval_s=60.0)
    assert all(batcher.add(f"e-{i}", thumb=True) for i in range(5))
    assert running.service.requests == []
    assert await batching.of(batcher.flush)
    assert batches(running) == [[f"e-{i}" for i in range(5)]]
    assert len({r.request_id for r in running.service.requests[0].requests}) == 5
    stats = batcher.stats()
    assert (stats.added, stats.acknowledged, stats.pending, stats.requests) == (5, 5, 0, 1)


async def test_a_full_batch_and_one_whose_time_has_come_go_by_themselves(batching, running):
    """Nobody has to flush."""
    full = batching.make(flush_items=3, flush_interval_s=60.0)
    for i in range(3):
        full.add(f"e-{i}", thumb=True)
    await until(lambda: full.stats().acknowledged == 3)
    timely = batching.make(flush_interval_s=0.05)
    timely.add("e-9", thumb=False)
    await until(lambda: timely.stats().acknowledged == 1)
    assert batches(running) == [["e-0", "e-1", "e-2"], ["e-9"]]


async def test_what_fails_is_sent_again_under_the_same_ids(batching, running):
    """Whatever broke: a restart, a proxy, a limit."""
    fails = running.fails
    running.service.script = [
        fails(StatusCode.UNAVAILABLE),
        fails(StatusCode.UNKNOWN),
        fails(StatusCode.RESOURCE_EXHAUSTED, "OVER_LIMIT", retry_s=0.01),
    ]
    batcher = batching.make(flush_interval_s=0.0)
    batcher.add("e-1", rating=5)
    assert await batching.of(batcher.flush)
    requests = running.service.requests
    assert len(requests) == 4
    assert all(request == requests[0] for request in requests)
    assert (batcher.stats().acknowledged, batcher.stats().requests) == (1, 4)


async def test_refusals_are_told_one_by_one_and_a_callback_that_raises_stops_nothing(batching, running, caplog):
    """With the typed error; the rest is acknowledged."""
    told = []

    def on_refused(request, error):
        told.append((request.feedback.episode_id, type(error).__name__, error.reason))
        raise ZeroDivisionError

    batcher = batching.make(on_refused=on_refused, flush_interval_s=60.0)
    with caplog.at_level(logging.WARNING, "pointsman"):
        for episode_id in ("e-unknown", "e-1", "e-unknown"):
            batcher.add(episode_id, thumb=True)
        assert await batching.of(batcher.flush)
        await until(lambda: len(told) == 2)
    assert told == [("e-unknown", "NotFound", "UNKNOWN_EPISODE")] * 2
    assert (batcher.stats().acknowledged, batcher.stats().refused) == (1, 2)
    await until(lambda: caplog.text.count("a callback of a feedback batcher raised") == 2)
    assert caplog.text.count("feedback on episode 'e-unknown' was refused") == 2


async def test_what_finds_no_room_is_dropped_counted_told_and_logged(batching, running, caplog):
    """Handing over does not wait while the service does not answer."""
    running.service.hold = threading.Event()
    told = []
    batcher = batching.make(max_items=3, flush_items=2, on_dropped=lambda request, reason: told.append(reason))
    with caplog.at_level(logging.WARNING, "pointsman"):
        accepted = [batcher.add(f"e-{i}", thumb=True) for i in range(6)]
    assert accepted == [True, True, True, False, False, False]
    assert told == ["full"] * 3
    assert "words of feedback, the last ones for reason 'full'" in caplog.text
    running.service.hold.set()
    assert await batching.of(batcher.flush)
    assert (batcher.stats().acknowledged, batcher.stats().dropped) == (3, {"full": 3})


async def test_what_is_retried_in_vain_is_dropped_at_its_deadline(batching, running):
    """And a flush that waited for it ends."""
    running.service.script = [running.fails(StatusCode.UNAVAILABLE)] * 1_000
    told = []
    batcher = batching.make(
        deadline_s=0.3, flush_interval_s=0.0, on_dropped=lambda request, reason: told.append(reason)
    )
    batcher.add("e-1", thumb=True)
    assert await batching.of(batcher.flush)
    await until(lambda: told == ["deadline"])
    assert batcher.stats().dropped == {"deadline": 1}


async def test_a_flush_can_be_given_up_and_a_close_too(batching, running):
    """The flush leaves its items; the close drops them, and says so."""
    running.service.hold = threading.Event()
    told = []
    batcher = batching.make(on_dropped=lambda request, reason: told.append(reason))
    batcher.add("e-1", thumb=True)
    assert not await batching.of(batcher.flush, 0.05)
    assert batcher.stats().pending == 1
    await batching.of(batcher.close, 0.05)
    assert not batcher.add("e-2", thumb=True)
    assert told == ["closed", "closed"]
    assert (batcher.stats().dropped, batcher.stats().pending) == ({"closed": 2}, 0)
    running.service.hold.set()


async def test_a_client_that_is_closed_sends_what_its_batchers_hold(batching, running):
    """So that a program that ends in order loses nothing."""
    batcher = batching.make(flush_interval_s=60.0)
    batcher.add("e-1", thumb=True)
    await batching.of(batching.client.close)
    assert batches(running) == [["e-1"]]
    assert batcher.stats().acknowledged == 1


async def test_items_name_tenants_of_their_own(batching, running):
    """Which go in batches of their own."""
    batcher = batching.make(flush_interval_s=60.0)
    for tenant in ("a", "a", "b"):
        batcher.add("e-1", thumb=True, tenant=tenant)
    assert await batching.of(batcher.flush)
    assert running.service.tenants == [["a"], ["b"]]


async def test_what_is_no_feedback_or_no_limit_is_refused_at_once(batching, running):
    """Where it is handed over, and not later in some thread."""
    batcher = batching.make()
    for wrong in ({}, {"thumb": "sideways"}, {"rating": "five"}, {"thumb": True, "tenent": "a"}):
        with pytest.raises(InvalidRequest):
            batcher.add("e-1", **wrong)
    with pytest.raises(InvalidRequest, match="did you mean flush_items"):
        batching.make(flush_item=3)
    with pytest.raises(InvalidRequest, match="timeout_s"):
        await batching.of(batcher.flush, -1)
    assert batcher.stats().added == 0


def test_threads_that_hand_over_at_the_same_time_lose_nothing(running):
    """A batcher is for any number of them."""
    with Client(running.address) as client, client.batcher(flush_items=50) as batcher:
        threads = [
            threading.Thread(target=lambda n=n: [batcher.add(f"e-{n}-{i}", thumb=True) for i in range(100)])
            for n in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    sent = [episode_id for batch in batches(running) for episode_id in batch]
    assert sorted(sent) == sorted({f"e-{n}-{i}" for n in range(4) for i in range(100)})
    assert all(len(batch) <= 50 for batch in batches(running))


def test_a_forked_child_has_a_batcher_of_its_own(running):
    """Neither the parent's items, which the parent sends, nor its lock; what it adds is its own."""
    with Client(running.address) as client:
        batcher = client.batcher(flush_interval_s=60.0)
        batcher.add("e-parent", thumb=True)
        child = os.fork()
        if child == 0:
            taken = batcher.add("e-child", thumb=True)
            os._exit(0 if taken and batcher.stats().pending == 1 else 1)
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == 0
        assert batcher.stats().pending == 1
        assert batcher.flush()
    assert batches(running) == [["e-parent"]]
