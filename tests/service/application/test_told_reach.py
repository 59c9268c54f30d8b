"""Tenants that call models themselves: their failures keep their own routes away, and nobody else's."""

import pytest
from pointsman_learner.types import Decision
from pointsman_service.application.reachability import Reachability
from pointsman_service.application.told_reach import ToldReach
from pointsman_service.domain.requests import Caller, Outcome
from pointsman_service.ports import ModelReach


class Clock:
    """Seconds that pass when told."""

    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    """A clock that stands still."""
    return Clock()


@pytest.fixture
def told(build, clock):
    """The application, which listens to what is told."""
    h = build()
    reach = ToldReach(clock, lambda: 0.5)
    object.__setattr__(h.router._p.decider, "reach", Reachability(h.models, lambda _model: ModelReach(), told=reach))
    object.__setattr__(h.router._p.outcomes, "reach", reach)
    return h


async def tell(h, ask, caller, **outcome):
    """Route a query, and say what came of it."""
    routed = await h.router.route(ask(), caller)
    assert isinstance(routed.decision, Decision)
    await h.router.report_outcome(Outcome(routed.episode_id, model="small", **outcome), caller)


async def availability(h, ask, caller):
    """With which availability of the model a route of this tenant is decided."""
    await h.router.route(ask(), caller)
    return h.policy.constraints.availability.get("small", 1.0)


async def test_told_failures_keep_a_model_from_the_routes_of_who_told_them(told, ask, clock):
    """Five in a row leave it alone, until it may be tried again; what is answered here does not heed them."""
    mine, other = Caller("acme"), Caller("other")
    await tell(told, ask, mine, failure_kind="unavailable")
    assert await availability(told, ask, mine) == 0.5
    for _ in range(4):
        await tell(told, ask, mine, failure_kind="unavailable")
    assert await availability(told, ask, mine) == 0.0
    assert await availability(told, ask, other) == 1.0
    await told.router.complete(ask(), mine)
    assert told.policy.constraints.availability == {}
    clock.now += 1.0
    assert await availability(told, ask, mine) == 0.5
    await tell(told, ask, mine, latency_ms=300.0)
    assert await availability(told, ask, mine) == 1.0


async def test_a_question_that_was_refused_says_nothing_of_the_model(told, ask):
    """Nor does one that the caller gave up."""
    for kind in ("invalid", "refused", "empty", "cancelled"):
        await tell(told, ask, Caller("acme"), failure_kind=kind)
    assert await availability(told, ask, Caller("acme")) == 1.0


def test_what_is_remembered_is_bounded(clock):
    """Whoever invents tenants."""
    reach = ToldReach(clock)
    for n in range(10_050):
        reach.outcome(f"tenant-{n}", "small", failed=True, kind="unavailable")
    assert len(reach._told) == 10_000
    clock.now += 3600.0
    reach.outcome("one", "small", failed=True, kind="unavailable")
    assert len(reach._told) == 1
