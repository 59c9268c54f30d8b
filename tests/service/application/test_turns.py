"""Who begins next on a busy event loop."""

import asyncio

import pytest
from pointsman_service.application.turns import ALWAYS_TAKEN, FIRST_TURN_S, LONGEST_DRAIN_S, TOGETHER, Turns


class Clock:
    """Seconds that pass when a test says so."""

    now = 0.0

    def __call__(self):
        return self.now


async def test_a_call_that_comes_alone_begins_at_once():
    """Nothing is waited for, not even one round of the loop."""
    turns = Turns(0.5, Clock())
    turns._ended_at = -1.0
    turn = turns.turn("a")
    with pytest.raises(StopIteration):
        turn.send(None)


async def test_callers_take_turns_however_many_calls_each_has():
    """Eight calls of one who came first do not stand before the one call of another."""
    turns, order = Turns(60.0), []

    async def call(name):
        await turns.turn(name)
        order.append(name)

    await asyncio.gather(*(call("greedy") for _ in range(8)), call("modest"))
    assert "modest" in order[:3]
    assert order.count("greedy") == 8


async def test_a_few_calls_begin_together():
    """Then others have the loop: what is accepted is heard before the next begin."""
    turns, begun, seen = Turns(60.0, Clock()), [], []

    async def call(n):
        await turns.turn("a")
        begun.append(n)

    async def accepts():
        for _ in range(50):
            seen.append(len(begun))
            await asyncio.sleep(0)

    await asyncio.gather(*(call(n) for n in range(1 + 3 * TOGETHER)), accepts())
    assert {TOGETHER, 2 * TOGETHER} <= set(seen)
    assert set(seen) <= {0, TOGETHER, 2 * TOGETHER, 3 * TOGETHER, 1 + 3 * TOGETHER}


async def test_all_that_gRPC_holds_is_accepted_before_the_next_begins():  # noqa: N802
    """While calls keep coming in, one each round, none of those here begins; once they stop, one does."""
    clock = Clock()
    turns, begun = Turns(60.0, clock), []

    async def call(n):
        await turns.turn("a")
        begun.append(n)

    tasks = [asyncio.create_task(call(n)) for n in range(3)]
    for _ in range(100):
        turns.accepted()
        await asyncio.sleep(0)
    assert len(begun) <= 1
    await asyncio.gather(*tasks)


async def test_accepting_starves_nobody():
    """Calls that never stop coming hold up a beginning for the longest drain, not for ever."""
    clock = Clock()
    turns, begun = Turns(60.0, clock), []

    async def call(n):
        await turns.turn("a")
        begun.append(n)

    tasks = [asyncio.create_task(call(n)) for n in range(3)]
    for _ in range(200):
        turns.accepted()
        clock.now += LONGEST_DRAIN_S / 10
        await asyncio.sleep(0)
    assert len(begun) == 3
    await asyncio.gather(*tasks)


async def test_a_cancelled_call_gives_its_turn_to_the_next():
    """And leaves nothing behind."""
    turns, begun = Turns(60.0), []

    async def call(n):
        await turns.turn("a")
        begun.append(n)

    tasks = [asyncio.create_task(call(n)) for n in range(4)]
    await asyncio.sleep(0)
    tasks[1].cancel()
    tasks[2].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert begun == [0, 3]
    assert turns.waiting == 0


async def test_what_would_wait_too_long_is_known_before_it_waits():
    """By the queue and what a turn takes; a newcomer's wait is short, however long another's queue is."""
    turns = Turns(0.5)
    tasks = [asyncio.create_task(turns.turn("greedy")) for _ in range(300)]
    await asyncio.sleep(0)
    assert turns.too_long_s("greedy") == pytest.approx(300 * FIRST_TURN_S, rel=0.1)
    assert turns.too_long_s("newcomer") is None
    await asyncio.gather(*tasks)
    assert turns.too_long_s("greedy") is None


async def test_a_pool_of_clients_is_never_refused():
    """A hundred may wait, however long a turn takes."""
    turns = Turns(0.001)
    tasks = [asyncio.create_task(turns.turn("pool")) for _ in range(ALWAYS_TAKEN)]
    await asyncio.sleep(0)
    assert turns.too_long_s("pool") is None
    tasks += [asyncio.create_task(turns.turn("pool")) for _ in range(2)]
    await asyncio.sleep(0)
    assert turns.too_long_s("pool") is not None
    await asyncio.gather(*tasks)


async def test_refusals_come_after_the_calls_that_may_begin():
    """Whoever floods waits, not who is within the limits; when nobody waits for a turn, all are told."""
    turns, order = Turns(60.0), []

    async def call(n):
        await turns.turn(f"caller-{n}")
        order.append("call")
        await asyncio.sleep(0)

    async def refused():
        await turns.spare()
        order.append("refusal")

    calls = [asyncio.create_task(call(n)) for n in range(4)]
    await asyncio.sleep(0)
    await asyncio.gather(*(refused() for _ in range(10)), *calls)
    assert order == ["call"] * 4 + ["refusal"] * 10


async def test_a_refusal_waits_no_longer_than_a_second(monkeypatch):
    """Calls that never end to come do not keep it from being told."""
    monkeypatch.setattr("pointsman_service.application.turns.HELD_S", 0.02)
    turns = Turns(60.0)
    turns._count = 1  # somebody waits, whatever comes
    async with asyncio.timeout(20):
        await turns.spare()
    assert turns._held == {}


async def test_with_many_refusals_waiting_one_more_is_told_at_once(monkeypatch):
    """What waits is bounded."""
    monkeypatch.setattr("pointsman_service.application.turns.MOST_HELD", 0)
    turns = Turns(60.0)
    turns._count = 1
    with pytest.raises(StopIteration):
        turns.spare().send(None)


async def test_a_refusal_that_nobody_waits_for_any_more_is_forgotten():
    """Its caller has gone."""
    turns = Turns(60.0)
    turns._count = 1
    waiting = asyncio.create_task(turns.spare())
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait([waiting])
    assert turns._held == {}
