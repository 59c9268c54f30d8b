"""What balancers and operators hear of the parts: readiness, liveness, and each part apart."""

import asyncio

import pytest
from pointsman_service.domain.health import HealthState, PartHealth
from pointsman_service.rpc.health import Health, Status

SERVICE = "pointsman.v1.RouterService"


@pytest.fixture
def health():
    """Of a server that serves."""
    made = Health((SERVICE,), asyncio.Event())
    made.set(Status.SERVING)
    made.tell(PartHealth("log", HealthState.SERVING))
    made.tell(PartHealth("learner", HealthState.SERVING))
    return made


def said(health):
    """Under each name."""
    names = ("", "readiness", SERVICE, "liveness", "pointsman.log", "pointsman.learner")
    return [health.status_of(name) == Status.SERVING for name in names]


def test_a_log_that_cannot_be_written_takes_calls_away_and_nothing_else(health):
    """A restart would not help, so the process lives; the learner is another part."""
    health.tell(PartHealth("log", HealthState.NOT_SERVING, "full"))
    assert said(health) == [False, False, False, True, False, True]
    health.tell(PartHealth("log", HealthState.SERVING))
    assert all(said(health))


def test_a_degraded_part_takes_no_calls_away(health):
    """It is heard under its own name."""
    health.tell(PartHealth("learner", HealthState.DEGRADED, "behind"))
    assert said(health) == [True, True, True, True, True, False]


def test_a_server_that_stops_says_so_everywhere_but_of_its_parts(health):
    """They may well be in order."""
    health.set(Status.NOT_SERVING)
    assert said(health) == [False, False, False, False, True, True]


def test_a_name_that_nobody_has_is_nothing(health):
    """As the protocol wants it, the caller hears NOT_FOUND."""
    assert health.status_of("pointsman.nobody") is None
    assert health.status_of("log") is None
