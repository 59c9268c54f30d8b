"""Queries that come in one turn of the event loop are decided as one batch."""

import asyncio

import numpy as np
import pytest
from pointsman_learner.types import Constraints, NoModelFits
from pointsman_service.application.deciding_together import DecidingTogether


class Batches:
    """A policy that remembers what it was asked together. An int is decided, a text cannot be, None breaks."""

    def __init__(self):
        self.asked = []

    def decide_all(self, asked, rng):
        self.asked.append([context for context, _ in asked])
        if None in self.asked[-1]:
            raise ZeroDivisionError
        return [NoModelFits("models", c) if isinstance(c, str) else (c, float(rng.random())) for c, _ in asked]


def together(seed=0):
    """With a generator of its own."""
    return DecidingTogether(np.random.default_rng(seed))


async def test_those_of_one_turn_are_one_batch_and_draw_in_their_order():
    """And those of the next another."""
    policy, decides = Batches(), together()
    first = await asyncio.gather(*(decides.decide(policy, n, Constraints()) for n in range(3)))
    (second,) = await asyncio.gather(decides.decide(policy, 3, Constraints()))
    assert policy.asked == [[0, 1, 2], [3]]
    drawn = np.random.default_rng(0)
    assert [*first, second] == [(n, drawn.random()) for n in range(4)]


async def test_a_query_that_no_model_is_left_for_fails_alone():
    """With its own reason."""
    policy, decides = Batches(), together()
    found = await asyncio.gather(
        *(decides.decide(policy, c, Constraints()) for c in (0, "none is left", 2)), return_exceptions=True
    )
    assert [type(f) for f in found] == [tuple, NoModelFits, tuple]
    with pytest.raises(NoModelFits, match="none is left"):
        raise found[1]


async def test_one_that_cannot_be_decided_spoils_no_other():
    """Each is asked again by itself; the error is its own."""
    policy, decides = Batches(), together()
    found = await asyncio.gather(
        *(decides.decide(policy, c, Constraints()) for c in (0, None, 2)), return_exceptions=True
    )
    assert [type(f) for f in found] == [tuple, ZeroDivisionError, tuple]
    assert policy.asked == [[0, None, 2], [0], [None], [2]]


async def test_each_is_decided_by_the_snapshot_that_it_came_with():
    """One may be swapped in between two calls of a turn."""
    old, new, decides = Batches(), Batches(), together()
    await asyncio.gather(*(decides.decide(p, n, Constraints()) for n, p in enumerate((old, new, old))))
    assert (old.asked, new.asked) == ([[0, 2]], [[1]])


async def test_who_has_gone_is_not_decided_for():
    """Before its turn came."""
    policy, decides = Batches(), together()
    calls = [asyncio.create_task(decides.decide(policy, n, Constraints())) for n in range(2)]
    asyncio.get_running_loop().call_soon(calls[0].cancel)
    await asyncio.wait(calls)
    assert calls[0].cancelled()
    assert policy.asked == [[1]]
