"""The command line's way to the service: the Python client, and its errors in one line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import grpc
from pointsman import Client, PointsmanError, RetryPolicy, v1

from pointsman_service.cli.options import DEFAULT_TENANT
from pointsman_service.cli.times import moment

# A person waits: a service that restarts is worth two seconds, one that is not there no more.
RETRY = RetryPolicy(attempts=4, first_wait_s=0.2, longest_wait_s=1.0)


@contextmanager
def connect(address: str, tenant: str = DEFAULT_TENANT, timeout_s: float = 10.0) -> Iterator[Client]:
    """A client for one command. timeout_s: for each of its calls."""
    with Client(address, tenant=tenant, timeout_s=timeout_s, retry=RETRY) as client:
        yield client


def episode_filter(tenant: str | None, since: str | None) -> v1.EpisodeFilter:
    """Which episodes to look at. Raises Misuse where `since` is no time."""
    wanted = v1.EpisodeFilter(tenant=tenant)
    if since is not None:
        wanted.since.FromDatetime(moment(since, datetime.now(UTC)))
    return wanted


def said_by_service(error: Exception) -> str | None:
    """What a failed call means, in one line; None for an error that is none of the service's."""
    if not isinstance(error, PointsmanError):
        return None
    if error.code is grpc.StatusCode.UNAVAILABLE and not error.reason:
        return "no service answers: start it with `pointsman serve`, or say where it is with --address"
    wrong = "; ".join(f"{field}: {why}" for field, why in error.field_violations)
    return " ".join((wrong or error.message).split())
