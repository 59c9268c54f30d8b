"""The contract of the Ledger port. Every storage passes all of it: see storages.py.

The ledger under test has a ceiling of 1 dollar an hour for "acme", none for others, and sessions of 600 s.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pointsman_learner.events import ConfigurationDeclared, OperatorActed
from pointsman_service.adapters.sqlite.ceilings import Ceiling
from pointsman_service.adapters.sqlite.storage import Storage
from pointsman_service.errors import BudgetExhausted
from pointsman_service.ports import LimitsSeen, Reservation, RoomTaken

from tests.contracts.storages import STORAGES

HOUR = 3600.0


class Clock:
    """Seconds since the epoch, as the test says."""

    now = 10 * HOUR

    def __call__(self) -> float:
        return self.now


class Told:
    """A ledger, and an operator who changes ceilings where it reads them."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self.ledger = storage.ledger

    async def put(self, tenant: str, usd: float | None) -> None:
        """A ceiling for each hour."""
        fields = {"": True, ".ceiling_usd": usd, ".period_s": HOUR}
        put = {f"tenants.{tenant}{field}": value for field, value in fields.items()}
        await self._storage.log.append(OperatorActed(1.0, "ann", "UpdateTenant", put=put))


@pytest.fixture(params=sorted(STORAGES))
def opener(request):
    """Opens a ledger in a folder, of each storage in turn."""

    @asynccontextmanager
    async def opened(folder: Path, clock: Clock) -> AsyncIterator[Told]:
        async with STORAGES[request.param](folder, session_ttl_s=600.0, clock=clock) as storage:
            fields = {"": True, ".ceiling_usd": 1.0, ".period_s": HOUR}
            declared = {f"tenants.acme{field}": (value, "file") for field, value in fields.items()}
            await storage.log.append(ConfigurationDeclared(1.0, "start", declared))
            yield Told(storage)

    return opened


@pytest.fixture
def clock():
    """A clock that stands still until told."""
    return Clock()


@pytest.fixture
async def told(opener, tmp_path, clock):
    """An open, empty ledger, and who tells it of ceilings."""
    async with opener(tmp_path, clock) as told:
        yield told


@pytest.fixture
def ledger(told):
    """The ledger alone."""
    return told.ledger


async def test_a_tenant_without_a_ceiling_is_never_refused(ledger, clock):
    """No ceiling, no limit, and nothing to count."""
    for _ in range(3):
        await ledger.settle(await ledger.reserve("free", 1e6, clock.now), 1e6)
    assert ledger.ceiling("free").usd is None
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
    async with opener(tmp_path, clock) as told:
        await told.ledger.reserve("acme", 0.8, clock.now)
    async with opener(tmp_path, clock) as told:
        with pytest.raises(BudgetExhausted):
            await told.ledger.reserve("acme", 0.3, clock.now)
        assert await told.ledger.reserve("acme", 0.3, clock.now + HOUR)


async def test_the_ceiling_holds_under_concurrency(ledger, clock):
    """Of a hundred that ask at once, as many get a dime as there are dimes."""
    results = await asyncio.gather(
        *(ledger.reserve("acme", 0.1, clock.now) for _ in range(100)), return_exceptions=True
    )
    assert sum(isinstance(r, Reservation) for r in results) == 10
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
        async with opener(tmp_path_factory.mktemp("ledger"), clock) as told:
            ledger = told.ledger
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


async def test_a_ceiling_that_an_operator_puts_wins_over_the_declared_one_at_once(told, ledger, clock):
    """An operator may raise, lower, lift, or introduce one."""
    await told.put("acme", 2.0)
    await ledger.reserve("acme", 1.5, clock.now)
    await told.put("acme", 0.5)
    with pytest.raises(BudgetExhausted):
        await ledger.reserve("acme", 0.1, clock.now)
    await told.put("acme", None)
    await ledger.reserve("acme", 100.0, clock.now)
    await told.put("new", 0.1)
    with pytest.raises(BudgetExhausted):
        await ledger.reserve("new", 0.2, clock.now)


async def test_all_who_are_not_configured_share_the_default_tenants_ceiling(told, ledger, clock):
    """An invented name is no fresh ceiling; who is configured without one has none."""
    await told.put("default", 0.1)
    await ledger.reserve("invented-1", 0.06, clock.now)
    await ledger.reserve("default", 0.02, clock.now)
    for tenant in ("invented-1", "invented-2", "default"):
        with pytest.raises(BudgetExhausted, match="spent or held"):
            await ledger.reserve(tenant, 0.04, clock.now)
        assert ledger.spent(tenant, clock.now) == pytest.approx(0.08)
    await told.put("invented-1", None)
    await ledger.reserve("invented-1", 5.0, clock.now)


async def test_more_is_held_where_there_is_more(ledger, clock):
    """At least what is asked, up to the most that a call can cost."""
    first = await ledger.reserve("acme", 0.1, clock.now, most_usd=0.4)
    second = await ledger.reserve("acme", 0.1, clock.now, most_usd=5.0)
    assert (first.usd, second.usd) == (pytest.approx(0.4), pytest.approx(0.6))
    with pytest.raises(BudgetExhausted):
        await ledger.reserve("acme", 0.1, clock.now)


async def test_what_calls_under_way_hold_may_be_waited_for(ledger, clock):
    """Until they must have ended: a hold that nobody settled is spent."""
    await ledger.reserve("acme", 0.9, clock.now, seconds=60.0)
    with pytest.raises(RoomTaken):
        await ledger.reserve("acme", 0.2, clock.now)
    assert ledger.left("acme", clock.now) == pytest.approx(1.0)
    with pytest.raises(BudgetExhausted) as refused:
        await ledger.reserve("acme", 1.1, clock.now)
    assert not isinstance(refused.value, RoomTaken)
    clock.now += 61.0
    with pytest.raises(BudgetExhausted) as refused:
        await ledger.reserve("acme", 0.2, clock.now)
    assert not isinstance(refused.value, RoomTaken)
    assert ledger.left("acme", clock.now) == pytest.approx(0.1)
    assert ledger.left("free", clock.now) is None


async def test_nobody_waits_for_a_call_whose_process_has_ended(opener, tmp_path, clock):
    """What it held is spent, since it may be billed; but no other has to stand back for it."""
    code = (
        "import asyncio, os, sys; from pathlib import Path;"
        "from pointsman_service.adapters.sqlite.storage import *;"
        "ledger = open_storage(Path(sys.argv[1]), StorageSettings(synchronous='normal')).ledger;"
        "asyncio.run(ledger.reserve('acme', 0.7, float(sys.argv[2]), seconds=600.0, alone=True)); os._exit(0)"
    )
    async with opener(tmp_path, clock) as told:
        command = [sys.executable, "-c", code, str(tmp_path), str(clock.now)]
        await asyncio.to_thread(subprocess.run, command, check=True)
        assert told.ledger.spent("acme", clock.now) == pytest.approx(0.7)
        assert told.ledger.left("acme", clock.now) == pytest.approx(0.3)
        assert await told.ledger.reserve("acme", 0.2, clock.now, seconds=600.0, alone=True)
        with pytest.raises(BudgetExhausted) as refused:
            await told.ledger.reserve("acme", 0.4, clock.now)
        assert not isinstance(refused.value, RoomTaken)


async def test_one_call_at_a_time_is_alone(ledger, clock):
    """Beside it go those that need not be; when it has ended, or must have, the next may."""
    first = await ledger.reserve("acme", 0.1, clock.now, seconds=60.0, alone=True)
    with pytest.raises(RoomTaken):
        await ledger.reserve("acme", 0.1, clock.now, seconds=60.0, alone=True)
    await ledger.reserve("acme", 0.1, clock.now, seconds=60.0)
    await ledger.settle(first, 0.05)
    await ledger.reserve("acme", 0.1, clock.now, seconds=60.0, alone=True)
    clock.now += 61.0
    assert await ledger.reserve("acme", 0.1, clock.now, seconds=60.0, alone=True)


async def test_what_was_seen_of_limits_is_kept(opener, tmp_path, clock):
    """By model and kind of call, over a restart; what goes beyond a limit counts from 0 again, for good."""
    async with opener(tmp_path, clock) as told:
        for _ in range(3):
            await told.ledger.saw_limits("m", "ordinary", LimitsSeen(within=1))
        await told.ledger.saw_limits("m", "reasoning", LimitsSeen(within=1, cut=True))
    async with opener(tmp_path, clock) as told:
        assert told.ledger.limits_seen("m", "ordinary") == LimitsSeen(within=3)
        assert told.ledger.limits_seen("m", "reasoning") == LimitsSeen(within=1, cut=True)
        assert told.ledger.limits_seen("other", "ordinary") == LimitsSeen()
        await told.ledger.saw_limits("m", "ordinary", LimitsSeen(most_usd=0.5))
        await told.ledger.saw_limits("m", "ordinary", LimitsSeen(most_usd=0.2))
        await told.ledger.saw_limits("m", "ordinary", LimitsSeen(within=1))
        assert told.ledger.limits_seen("m", "ordinary") == LimitsSeen(within=1, most_usd=0.5)
        assert told.ledger.limits_seen("m", "ordinary").ignores


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
