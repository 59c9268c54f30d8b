"""The contract of the JobStore port. Every storage passes all of it: see storages.py."""

from __future__ import annotations

from operator import attrgetter

import pytest

from tests.contracts.storages import opening

opener = opening(attrgetter("jobs"))


@pytest.fixture
async def jobs(opener, tmp_path):
    """An open, empty store."""
    async with opener(tmp_path) as jobs:
        yield jobs


async def test_the_last_run_of_each_job_is_remembered_over_a_restart(opener, tmp_path):
    """After a stop, jobs know what they have to catch up with."""
    async with opener(tmp_path) as jobs:
        assert jobs.last_runs() == {}
        jobs.record("prune", 1.0, 2.0, "changed", {"episodes": 3})
        jobs.record("promote", 1.0, 2.0, "failed", {"error": "no"})
        jobs.record("prune", 5.0, 6.0, "unchanged", {})
    async with opener(tmp_path) as jobs:
        assert jobs.last_runs() == {
            "promote": {"started_at": 1.0, "ended_at": 2.0, "outcome": "failed", "detail": {"error": "no"}},
            "prune": {"started_at": 5.0, "ended_at": 6.0, "outcome": "unchanged", "detail": {}},
        }


async def test_requests_are_taken_once_oldest_first(jobs):
    """Asking twice before it runs is asking once."""
    jobs.request("prune", 2.0)
    jobs.request("promote", 1.0)
    jobs.request("prune", 3.0)
    assert list(jobs.take_requests()) == ["promote", "prune"]
    assert list(jobs.take_requests()) == []
    jobs.request("prune", 4.0)
    assert list(jobs.take_requests()) == ["prune"]


async def test_requests_wait_for_the_next_start(opener, tmp_path):
    """A request made while no learner runs is not lost."""
    async with opener(tmp_path) as jobs:
        jobs.request("prune", 2.0)
    async with opener(tmp_path) as jobs:
        assert list(jobs.take_requests()) == ["prune"]


async def test_a_detail_that_is_no_json_is_refused(jobs):
    """It would be found only when somebody lists the jobs."""
    with pytest.raises(ValueError, match="detail"):
        jobs.record("prune", 1.0, 2.0, "changed", {"x": object()})
    assert jobs.last_runs() == {}
