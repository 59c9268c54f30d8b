"""The contract of the Ledger port. Every implementation passes all of it: add its opener to OPENERS.

The ledger under test has a ceiling of 1 dollar an hour for "acme", none for others, and sessions of 600 s.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pointsman_service.adapters.sqlite_ledger import SqliteLedger
from pointsman_service.adapters.sqlite_storage import Ceiling, StorageSettings, open_storage
from pointsman_service.errors import BudgetExhausted

HOUR = 3600.0


class Clock:
    """Seconds since the epoch, as the test says."""

    now = 10 * HOUR

    def __call__(self) -> float:
        return self.now


@asynccontextmanager
async def sqlite(folder: Path, clock: Clock) -> AsyncIterator[SqliteLedger]:
    """One file in the folder."""
    storage = open_storage(
        folder, StorageSettings(ceilings={"acme": Ceiling(1.0, HOUR)}, session_ttl_s=600.0, clock=clock)
    )
    try:
        yield storage.ledger
    finally:
        await storage.close()


OPENERS = {"sqlite": sqlite}


@pytest.fixture(params=sorted(OPENERS))
def opener(request):
    """Each implementation in turn."""
    return OPENERS[request.param]


@pytest.fixture
def clock():
    """A clock that stands still until told."""
    return Clock()


@pytest.fixture
async def ledger(opener, tmp_path, clock):
    """An open, empty ledger."""
    async with opener(tmp_path, clock) as ledger:
        yield ledger


async def test_a_tenant_without_a_ceiling_is_never_refused(ledger, clock):
    """No ceiling, no limit, and nothing to count."""
    for _ in range(3):
        await ledger.settle(await ledger.reserve("free", 1e6, clock.now), 1e6)
    assert ledger.ceiling("free") is None
    assert ledger.spent("free", clock.now) == 0.0


async def test_reservations_that_do_not_fit_are_refused_with_the_time_to_wait(ledger, clock):
    """The refusal says when the next period starts; nothing is held for it."""
    clock.now += 600.0
    await ledger.reserve("acme", 0.7, clock.now)
    with pytest.raises(BudgetExhausted) as e:
        await ledger.reserve("acme", 0.4, clock.now)
    assert float(e.value.facts["retry_after_s"]) == HOUR - 600.0
    assert await ledger.reserve("acme", 0.3, clock.now)
    assert ledger.spent("acme", clock.now) == pytest.approx(1.0)


async def test_the_ceiling_itself_may_be_spent_to_the_cent(ledger, clock):
    """Ten dimes make a dollar, although ten times 0.1 does not in floats."""
    for _ in range(10):
        await ledger.reserve("acme", 0.1, clock.now)
    with pytest.raises(BudgetExhausted):
        await ledger.reserve("acme", 0.001, clock.now)


async def test_settling_frees_what_was_not_spent(ledger, clock):
    """A hold of the worst case gives back the difference."""
    reservation = await ledger.reserve("acme", 0.9, clock.now)
    await ledger.settle(reservation, 0.1)
    assert ledger.spent("acme", clock.now) == pytest.approx(0.1)
    await ledger.reserve("acme", 0.9, clock.now)


async def test_settling_twice_changes_nothing(ledger, clock):
    """The first settlement stands."""
    reservation = await ledger.reserve("acme", 0.5, clock.now)
    await ledger.settle(reservation, 0.2)
    await ledger.settle(reservation, 0.4)
    assert ledger.spent("acme", clock.now) == pytest.approx(0.2)


async def test_a_new_period_starts_at_zero_and_a_late_settlement_counts_in_its_own(ledger, clock):
    """Spending belongs to the period in which it was reserved."""
    reservation = await ledger.reserve("acme", 1.0, clock.now)
    later = clock.now + HOUR
    await ledger.reserve("acme", 1.0, later)
    await ledger.settle(reservation, 0.5)
    assert ledger.spent("acme", clock.now) == pytest.approx(0.5)
    assert ledger.spent("acme", later) == pytest.approx(1.0)


async def test_a_hold_whose_process_died_counts_as_spent(opener, tmp_path, clock):
    """Nobody knows whether its call was billed, so the ceiling assumes it was."""
    async with opener(tmp_path, clock) as ledger:
        await ledger.reserve("acme", 0.8, clock.now)
    async with opener(tmp_path, clock) as ledger:
        with pytest.raises(BudgetExhausted):
            await ledger.reserve("acme", 0.3, clock.now)
        assert await ledger.reserve("acme", 0.3, clock.now + HOUR)


async def test_the_ceiling_holds_under_concurrency(ledger, clock):
    """Of a hundred that ask at once, as many get a dime as there are dimes."""
    results = await asyncio.gather(
        *(ledger.reserve("acme", 0.1, clock.now) for _ in range(100)), return_exceptions=True
    )
    assert sum(isinstance(r, str) for r in results) == 10
    assert sum(isinstance(r, BudgetExhausted) for r in results) == 90


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.floats(0.0, 0.6), st.floats(0.0, 1.0), st.integers(0, 2), st.booleans()), min_size=1, max_size=12
    )
)
def test_no_period_ever_exceeds_its_ceiling(opener, tmp_path_factory, calls):
    """Property: holds and settlements in any order; what is spent or held stays at or below the ceiling."""
    clock = Clock()

    async def run() -> None:
        async with opener(tmp_path_factory.mktemp("ledger"), clock) as ledger:
            for hold, share, period, settles in calls:
                now = clock.now + period * HOUR
                try:
                    reservation = await ledger.reserve("acme", hold, now)
                except BudgetExhausted:
                    continue
                if settles:
                    await ledger.settle(reservation, share * hold)
                assert ledger.spent("acme", now) <= 1.0 + 1e-9

    asyncio.run(run())


async def test_a_ceiling_that_is_put_wins_over_the_configured_one_at_once(ledger, clock):
    """An operator may raise, lower, lift, or introduce one."""
    await ledger.put_ceiling("acme", Ceiling(2.0, HOUR))
    await ledger.reserve("acme", 1.5, clock.now)
    await ledger.put_ceiling("acme", Ceiling(0.5, HOUR))
    with pytest.raises(BudgetExhausted):
        await ledger.reserve("acme", 0.1, clock.now)
    await ledger.put_ceiling("acme", Ceiling(None))
    await ledger.reserve("acme", 100.0, clock.now)
    await ledger.put_ceiling("new", Ceiling(0.1, HOUR))
    with pytest.raises(BudgetExhausted):
        await ledger.reserve("new", 0.2, clock.now)


@pytest.mark.parametrize("usd", [-0.1, float("nan"), float("inf")])
async def test_only_real_dollars_are_reserved_and_settled(ledger, clock, usd):
    """A negative, infinite or undefined amount would undo the ceiling."""
    with pytest.raises(ValueError, match="usd"):
        await ledger.reserve("acme", usd, clock.now)
    reservation = await ledger.reserve("acme", 0.1, clock.now)
    with pytest.raises(ValueError, match="usd"):
        await ledger.settle(reservation, usd)
    with pytest.raises(ValueError, match="usd"):
        Ceiling(usd)


async def test_a_period_has_a_length(ledger):
    """Zero seconds are no period."""
    with pytest.raises(ValueError, match="period_s"):
        Ceiling(1.0, 0.0)


async def test_a_session_keeps_its_model_until_it_expires(ledger, clock):
    """600 s after its last answer, the session is forgotten."""
    assert await ledger.session_model("acme", "s1") is None
    await ledger.keep_session("acme", "s1", "small", clock.now)
    clock.now += 599.0
    assert await ledger.session_model("acme", "s1") == "small"
    clock.now += 2.0
    assert await ledger.session_model("acme", "s1") is None


async def test_keeping_a_session_again_renews_it(ledger, clock):
    """Each answer starts its time anew."""
    await ledger.keep_session("acme", "s1", "small", clock.now)
    clock.now += 500.0
    await ledger.keep_session("acme", "s1", "small", clock.now)
    clock.now += 500.0
    assert await ledger.session_model("acme", "s1") == "small"


async def test_a_session_may_switch_its_model(ledger, clock):
    """The last one kept is the one."""
    await ledger.keep_session("acme", "s1", "small", clock.now)
    await ledger.keep_session("acme", "s1", "large", clock.now + 1.0)
    assert await ledger.session_model("acme", "s1") == "large"


async def test_sessions_are_each_tenants_own(ledger, clock):
    """The same session id of two tenants is two sessions."""
    await ledger.keep_session("acme", "s1", "small", clock.now)
    assert await ledger.session_model("other", "s1") is None
