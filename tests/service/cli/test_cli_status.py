"""`pointsman status`: one screen of how a service does."""

import pytest
from pointsman import v1

from .fake_service import NOT_SERVING, timestamped


@pytest.fixture
def busy(fake):
    """A service in an outage: a model left alone, a ceiling nearly spent, a roll back, a job that failed."""
    small = fake.models.by_name["starter-small"]
    small.breaker, small.availability = v1.BREAKER_STATE_OPEN, 0.05
    fake.tallies = [v1.Tally(key="starter-small", call_count=40, failed_call_count=39, cost_usd=0.25)]
    fake.tenants.create(timestamped(v1.Tenant(tenant="acme", ceiling_usd=10.0, spent_usd=9.5), "period_end_time"))
    fake.tenants.create(timestamped(v1.Tenant(tenant="calm", ceiling_usd=10.0, spent_usd=0.5), "period_end_time"))
    fake.tenants.create(v1.Tenant(tenant="free"))
    fake.snapshots = [timestamped(v1.Snapshot(snapshot_version=n, active=n == 3), "create_time") for n in (9, 3)]
    fake.jobs = [
        timestamped(v1.Job(job="promote", outcome=v1.JOB_OUTCOME_FAILED), "end_time"),
        v1.Job(job="prune", outcome=v1.JOB_OUTCOME_UNCHANGED),
    ]
    return fake


def test_an_outage_is_seen_at_a_glance(busy, rows):
    """Who is left alone and what that cost lately, the fullest ceiling first, the roll back, the job."""
    found = rows("status")
    assert found["health"] == {"service": "serving", "log": "serving"}
    small, large = found["models"]
    assert (small["model"], small["left_alone"], small["failed_call_count"]) == ("starter-small", True, 39)
    assert (large["left_alone"], large["call_count"]) == (False, None)
    assert [(t["tenant"], t["share"]) for t in found["tenants"]] == [("acme", 0.95), ("calm", 0.05)]
    assert (found["snapshot"]["version"], found["snapshot"]["newest_version"]) == (3, 9)
    assert [j["job"] for j in found["failed_jobs"]] == ["promote"]
    assert busy.last(v1.GetStatsRequest).filter.HasField("start_time")


def test_people_get_one_screen(busy, say):
    """With what to do of a roll back that was left."""
    printed = say("status")
    assert "6 newer ones wait: `pointsman snapshots follow`" in printed
    assert "jobs that failed" in printed
    assert len(printed.splitlines()) < 24


def test_what_is_not_well_is_said_by_the_exit_code_too(fake, address, capsys):
    """For scripts: a service whose log cannot be written, and one that does not answer."""
    from pointsman_service.cli.commands import run

    fake.health["pointsman.log"] = fake.health[""] = NOT_SERVING
    assert run(["status", "--address", address]) == 1
    assert "log      not_serving" in capsys.readouterr().out
    assert run(["status", "--admin-address", "127.0.0.1:1"]) == 1
    assert "no service tells its health at 127.0.0.1:1" in capsys.readouterr().err


def test_an_outage_of_every_model_is_said_by_the_exit_code(busy, address, capsys):
    """Health is the service's own and stays well; who watches the exit code must hear of it. One model is enough."""
    from pointsman_service.cli.commands import run

    assert run(["status", "--address", address]) == 0
    busy.models.by_name["starter-large"].breaker = v1.BREAKER_STATE_OPEN
    assert run(["status", "--address", address]) == 1
    busy.models.by_name["starter-large"].breaker = v1.BREAKER_STATE_CLOSED
    busy.models.by_name["starter-large"].enabled = False
    assert run(["status", "--address", address]) == 1
    assert "left alone" in capsys.readouterr().out


def test_a_service_that_has_learnt_nothing_says_so(say):
    """Without a ceiling and without a snapshot."""
    printed = say("status")
    assert "there is no snapshot yet" in printed
    assert "no tenant has one" in printed
