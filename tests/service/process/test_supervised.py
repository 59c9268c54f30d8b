"""What must never end is told when it does, and started again."""

import asyncio

import pytest
import structlog
from pointsman_service.errors import ConfigurationError
from pointsman_service.process import supervised
from pointsman_service.process.supervised import Ended, all_running, keep_running


@pytest.fixture(autouse=True)
def pauses(monkeypatch):
    """Short, and told: seconds of each."""
    slept = []
    sleep = asyncio.sleep

    async def short(seconds):
        slept.append(seconds)
        await sleep(0)

    monkeypatch.setattr(supervised.asyncio, "sleep", short)
    return slept


class Part:
    """Ends so many times in the given way, then runs on."""

    def __init__(self, *ends):
        self.ends = list(ends)
        self.runs = asyncio.Event()

    async def __call__(self):
        if self.ends:
            end = self.ends.pop(0)
            if end is None:
                return
            raise end
        self.runs.set()
        await asyncio.Event().wait()


async def ran_on(part, name="watch"):
    """Its log lines until it runs on."""
    with structlog.testing.capture_logs() as logs:
        async with all_running({name: part}):
            await asyncio.wait_for(part.runs.wait(), 5)
    return logs


async def test_a_part_that_raises_is_told_and_started_again(pauses):
    """One line for a cause that says all, the traceback of any other; later and later."""
    defect = KeyError("x")
    logs = await ran_on(Part(ConfigurationError("operator.json: cannot be understood"), Ended("exit code 3"), defect))
    assert [line["log_level"] for line in logs] == ["error"] * 3
    assert [line["part"] for line in logs] == ["watch"] * 3
    assert [line.get("why") for line in logs] == ["operator.json: cannot be understood", "exit code 3", None]
    assert [line.get("exc_info") for line in logs] == [None, None, defect]
    assert [line["restarts"] for line in logs] == [0, 1, 2]
    assert pauses == [0.2, 0.4, 0.8]


async def test_a_part_that_ends_by_itself_is_started_again(pauses):
    """No watch is ever done; and the pause has an upper bound."""
    logs = await ran_on(Part(*[None] * 10))
    assert [line["log_level"] for line in logs] == ["warning"] * 10
    assert max(pauses) == 30.0


async def test_one_that_ran_well_has_earned_a_short_pause_again(pauses, monkeypatch):
    """Its troubles of last week do not count."""
    monkeypatch.setattr(supervised, "HEALTHY_S", -1.0)
    await ran_on(Part(*[Ended("gone")] * 4))
    assert pauses == [0.2] * 4


async def test_one_that_is_not_wanted_any_more_may_end():
    """Without a word."""
    with structlog.testing.capture_logs() as logs:
        await keep_running("worker-0", Part(Ended("exit code -9")), still_wanted=lambda: False)
    assert logs == []


async def test_one_that_fails_does_not_disturb_the_others():
    """And all of them end with the block."""
    bad, good = Part(*[ValueError("always")] * 3), Part()
    async with all_running({"bad": bad, "good": good}):
        await asyncio.wait_for(asyncio.gather(bad.runs.wait(), good.runs.wait()), 5)
        assert {t.get_name() for t in asyncio.all_tasks()} >= {"bad", "good"}
    assert {t.get_name() for t in asyncio.all_tasks()}.isdisjoint({"bad", "good"})
