"""Long work beside requests: it rests, it ends with its caller, and it does not pile up."""

import asyncio
import threading

import pytest
from pointsman_service.application.standing_back import SLICE_S, Slices, StandingBack, Stopped
from pointsman_service.errors import OverLimit


def test_it_works_half_of_the_time_in_slices():
    """After each slice it rests as long as that took; steps within a slice cost nothing."""
    now, rests = [0.0], []

    def rest(seconds):
        rests.append(seconds)
        now[0] += seconds

    slices = Slices(rest, lambda: now[0])
    for _ in slices.over(range(100)):
        now[0] += SLICE_S / 4
    assert 20 <= len(rests) <= 25
    assert sum(rests) == pytest.approx(now[0] / 2, rel=0.1)


async def test_it_ends_when_its_caller_goes():
    """With its slice, and another may begin then; nothing goes on for nobody."""
    work, began, ended = StandingBack("what_if"), threading.Event(), threading.Event()

    def endless(slices):
        try:
            while True:
                began.set()
                slices.step()
        except Stopped:
            ended.set()
            raise

    task = asyncio.create_task(work.run(endless))
    await asyncio.to_thread(began.wait, 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(ended.wait, 10)
    async with asyncio.timeout(10):
        while work.running:  # noqa: ASYNC110 - the thread tells nobody
            await asyncio.sleep(0.001)
    assert await work.run(lambda _slices: 7) == 7


async def test_a_second_is_refused_while_one_is_under_way():
    """At once, with when to come back."""
    work, go = StandingBack("what_if"), threading.Event()
    first = asyncio.create_task(work.run(lambda _slices: go.wait(10)))
    await asyncio.sleep(0)
    with pytest.raises(OverLimit, match="another is under way") as e:
        await work.run(lambda _slices: None)
    assert (e.value.facts["limit"], e.value.facts["retry_after_s"]) == ("what_if", "1.0")
    go.set()
    assert await first


async def test_what_fails_fails_for_who_waits():
    """And leaves room."""
    work = StandingBack("what_if")

    def fails(_slices):
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await work.run(fails)
    await asyncio.sleep(0)
    assert work.running == 0
