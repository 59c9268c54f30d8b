"""`config`, `snapshots`, `jobs`, `stats`, `evaluate`: what operators look at every day."""

import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import grpc
import pytest
from google.protobuf.struct_pb2 import Value
from pointsman import v1
from pointsman_service.cli.commands import run

from .fake_service import Refusal, timestamped


def a_value(key, value, origin, **more):
    """A value in force."""
    found = v1.ConfigValue(key=key, origin=origin, **more)
    found.value.CopyFrom(value)
    return found


@pytest.fixture
def configured(fake):
    """One value of each origin."""
    changed = a_value(
        "models.a.input_usd_per_million", Value(number_value=2), v1.CONFIG_ORIGIN_CHANGED, changed_by="anna@ops",
        hidden_value=Value(number_value=2.5),
    )  # fmt: skip
    tags = Value()
    tags.list_value.extend(["region:eu", "gold"])
    fake.values = [
        a_value("models.a.base_url", Value(string_value="http://a"), v1.CONFIG_ORIGIN_FILE),
        timestamped(changed, "change_time"),
        a_value("models.a.tags", tags, v1.CONFIG_ORIGIN_ENVIRONMENT),
        a_value("server.port", Value(number_value=50051), v1.CONFIG_ORIGIN_DEFAULT),
    ]
    return fake


def test_config_show_tells_each_value_with_its_origin(configured, say, rows):
    """Who changed it, when, and what the file would say."""
    lines = [re.split(r"  +", line) for line in say("config", "show").splitlines()]
    change = "changed by anna@ops at 2026-03-04 05:06:07Z; else it would be 2.5"
    assert ["models.a.input_usd_per_million", "2", change] in lines
    assert ["server.port", "50051", "default"] in lines
    found = {v["key"]: v for v in rows("config", "show")}
    assert found["server.port"]["value"] == 50051
    assert found["models.a.tags"]["value"] == ["region:eu", "gold"]
    assert found["models.a.input_usd_per_million"]["hidden_value"] == 2.5
    assert found["models.a.base_url"]["changed_by"] is None


def test_config_show_is_a_line_a_value_where_the_terminal_is_narrow(configured, say, monkeypatch):
    """What does not fit beside the value stands below it."""
    monkeypatch.setenv("COLUMNS", "60")
    assert say("config", "show").splitlines() == [
        "models.a.base_url = http://a  # file",
        "models.a.input_usd_per_million = 2",
        "    # changed by anna@ops at 2026-03-04 05:06:07Z; else it would be 2.5",
        'models.a.tags = ["region:eu", "gold"]  # environment',
        "server.port = 50051  # default",
    ]


def test_config_show_takes_a_prefix_and_changes_alone(configured, rows, say):
    """For an overview of what is not the file's word."""
    assert [v["key"] for v in rows("config", "show", "server")] == ["server.port"]
    assert [v["origin"] for v in rows("config", "show", "--changed")] == ["changed"]
    configured.values = []
    assert "nothing was changed" in say("config", "show", "--changed")


def test_config_reset_shows_what_is_in_force_now(configured, rows, fails):
    """And an unknown key is misuse."""
    assert rows("config", "reset", "models.a.input_usd_per_million")[0]["key"] == "models.a.input_usd_per_million"
    assert "models.b" in fails(2, "config", "reset", "models.b")


def test_config_reset_shows_also_what_its_answer_has_no_room_for(configured, rows):
    """An answer is bounded; the rest is listed in pages."""
    changed = v1.CONFIG_ORIGIN_CHANGED
    keys = [f"tenants.t{i:04}.enabled" for i in range(1_005)]
    configured.values = [v1.ConfigValue(key=key, origin=changed) for key in keys]
    assert [v["key"] for v in rows("config", "reset", "tenants")] == keys


def test_snapshots_are_listed_and_gone_back_from(say, rows, fake, fails):
    """Without a version, to the one before the present."""
    fake.snapshots = [v1.Snapshot(snapshot_version=v, active=v == 8, note="after 100 events") for v in (9, 8, 7)]
    assert [s["snapshot_version"] for s in rows("snapshots", "list", "--limit", "2")] == [9, 8]
    assert rows("snapshots", "rollback")["snapshot_version"] == 7
    assert rows("snapshots", "rollback", "9")["active"] is True
    assert rows("snapshots", "follow")["snapshot_version"] == 9
    fake.snapshots = fake.snapshots[:2]
    assert "no snapshot before" in fails(2, "snapshots", "rollback")


def test_a_roll_back_goes_to_a_time_a_name_or_a_version(rows, fake, fails):
    """`--to` takes each of them; a day is no name."""
    rows("snapshots", "rollback", "--to", "12")
    assert fake.rolled_back.snapshot_version == 12
    rows("snapshots", "rollback", "--to", "before-the-new-model")
    assert (fake.rolled_back.name, fake.rolled_back.snapshot_version) == ("before-the-new-model", 0)
    before = datetime.now(UTC) - timedelta(hours=2)
    rows("snapshots", "rollback", "--to", "2 h ago")
    assert fake.rolled_back.stored_by.ToDatetime(UTC) - before < timedelta(minutes=1)
    rows("snapshots", "rollback", "--to", "yesterday")
    assert fake.rolled_back.HasField("stored_by")
    assert "not both" in fails(2, "snapshots", "rollback", "3", "--to", "good")
    assert "no time" in fails(2, "snapshots", "rollback", "--to", "2 moons ago")


def test_a_roll_back_that_cannot_be_done_is_no_success(fails):
    """A script must not go on as if it had been."""
    assert "of another format" in fails(2, "snapshots", "rollback", "13")


def test_snapshots_are_named_kept_and_unnamed(rows, say, fake, fails):
    """`keep` names the one that decides."""
    fake.snapshots = [v1.Snapshot(snapshot_version=v, active=v == 8, size_bytes=500_000) for v in (9, 8)]
    assert rows("snapshots", "name", "9", "good")["name"] == "good"
    assert rows("snapshots", "keep", "better")["snapshot_version"] == 8
    say("snapshots", "unname", "good")
    fake.snapshots = []
    assert "no snapshot decides" in fails(2, "snapshots", "keep", "better")


def test_an_end_user_is_forgotten_and_what_is_left_to_do_is_said(rows, fake, address, capsys):
    """Exit code 1 where the bytes could not be erased yet, so that a script asks again."""
    assert rows("forget-user", "acme", "ann@example.com")["episode_count"] == 3
    assert (fake.forgotten.tenant, fake.forgotten.end_user_id) == ("acme", "ann@example.com")
    assert run(["forget-user", "acme", "read", "--address", address]) == 1
    assert "again" in capsys.readouterr().err


def test_what_teaches_nothing_any_more_is_counted_forgotten_and_restored(rows, say, fake, fails):
    """By whose, when and which model; one of them must be said."""
    assert rows("forget", "evidence", "--tenant", "acme", "--end-user", "ann", "--dry-run")["feedback_count"] == 2
    assert (fake.forgotten.tenant, fake.forgotten.end_user_id, fake.forgotten.dry_run) == ("acme", "ann", True)
    rows("forget", "evidence", "--key", "ci", "--model", "m", "--since", "2026-01-01", "--until", "2026-01-01")
    asked = fake.forgotten
    assert (asked.client, asked.model, asked.end_time.seconds - asked.start_time.seconds) == ("ci", "m", 86_400)
    assert "forget-1" in say("forget", "undo", "forget-1")
    assert "nothing is forgotten under" in fails(2, "forget", "undo", "forget-2")
    assert "say what to forget" in fails(2, "forget", "evidence", "--dry-run")
    assert "--end-user needs --tenant" in fails(2, "forget", "evidence", "--end-user", "ann")


def test_health_tells_each_part_and_what_to_do(fake, say, rows):
    """A degraded part takes no calls away: exit code 0."""
    assert "log" in say("health")
    fake.parts.append(v1.PartHealth(part="learner", state=v1.HEALTH_STATE_DEGRADED, detail="490 events behind"))
    assert "490 events behind" in say("health")
    told = rows("health")
    assert (told["state"], [p["state"] for p in told["parts"]]) == ("degraded", ["serving", "degraded"])


def test_health_of_a_service_whose_calls_fail_is_exit_code_1(fake, address, capsys):
    """So that a probe that runs a command notices; what is wrong is told all the same."""
    fake.parts = [v1.PartHealth(part="log", state=v1.HEALTH_STATE_NOT_SERVING, detail="free space on the disk")]
    assert run(["health", "--address", address]) == 1
    assert "free space on the disk" in capsys.readouterr().out


def test_jobs_tell_their_last_run_without_json_in_json(say, rows):
    """And --wait waits for the end."""
    assert rows("jobs", "list")[0]["outcome"] == "never_ran"
    done = rows("jobs", "run", "recalibrate", "--wait")
    assert (done["outcome"], done["detail"]) == ("changed", {"refitted": 3, "by": {"format": 0.5}})
    assert "refitted=3" in say("jobs", "list")


def test_a_job_that_failed_is_exit_code_1_where_it_was_waited_for(fake, fails, address):
    """So that a script notices."""
    assert "jobs list" in fails(2, "jobs", "run", "dance")


@pytest.fixture
def tallied(fake):
    """Two groups."""
    fake.tallies = [
        v1.Tally(key="starter-small", episode_count=1234567, share=0.75, rewarded_count=3, quality=0.5, cost_usd=0.25),
        v1.Tally(key="starter-large", episode_count=3, share=0.25, call_count=0),
    ]
    return fake


@pytest.mark.parametrize(
    ("command", "group"),
    [("models", v1.STATS_GROUP_MODEL), ("nodes", v1.STATS_GROUP_NODE), ("tenants", v1.STATS_GROUP_TENANT)],
)
def test_stats_as_json_are_groups_and_no_total(tallied, rows, say, command, group):
    """Jq sums them as they are."""
    found = rows("stats", command, "--since", "7d")
    assert [t["key"] for t in found] == ["starter-small", "starter-large"]
    assert (found[0]["episode_count"], found[1]["quality"], found[1]["call_count"]) == (1234567, None, 0)
    assert tallied.last(v1.GetStatsRequest).group == group
    assert say("stats", command).splitlines()[-1].startswith("total")


def test_stats_by_tenant_tell_how_much_of_a_safe_start_is_used(fake, rows, say):
    """Of whom something was promised; one that is no tenant any more has none."""
    fake.tallies = [v1.Tally(key=name, episode_count=50) for name in ("team-a", "new", "gone")]
    held = v1.Guarantee(credit=0.5, decisions=40, departed=3)
    fake.tenants.put(v1.Tenant(tenant="team-a", baseline="large", alpha=0.05, guarantee=held))
    fake.tenants.put(v1.Tenant(tenant="new"))
    found = {t["key"]: t["safe_start"] for t in rows("stats", "tenants")}
    told = {"baseline": "large", "alpha": 0.05, "decision_count": 40, "departed_count": 3, "credit": 0.5}
    assert found == {"team-a": told, "new": None, "gone": None}
    told = say("stats", "tenants").partition("safe start")[2].splitlines()
    assert told[-1].split() == ["team-a", "large", "0.05", "40", "3", "0.500"]


def test_stats_over_time_have_a_width(tallied, rows):
    """In seconds over the wire."""
    assert len(rows("stats", "time", "--bucket", "15m")) == 2
    assert tallied.last(v1.GetStatsRequest).bucket_s == 900.0


def test_the_total_is_one_object(tallied, rows, say):
    """For a dashboard's one number."""
    assert rows("stats", "total")["failed_call_count"] == 2
    assert "failed_call_count" in say("stats", "total")


def test_judges_say_null_for_all_kinds_of_queries(fake, rows, say):
    """A program tells null from a node's name; a person reads (all)."""
    fake.judges = [v1.JudgeTally(judge="format", verdict_count=4), v1.JudgeTally(judge="format", node_id="maths")]
    assert [j["node_id"] for j in rows("stats", "judges", "--per-node")] == [None, "maths"]
    assert "(all)" in say("stats", "judges")
    assert fake.last(v1.GetJudgeStatsRequest).per_node is False


def test_savings_are_told_in_words_first(say, rows, fake):
    """Then the groups in a table, with nothing where the log cannot tell."""
    words = say("savings", "--by", "node", "--against", "large")
    assert words.startswith("40 queries cost $1.50.\n")
    assert fake.last(v1.GetSavingsRequest).group == v1.STATS_GROUP_NODE
    line = next(line for line in words.splitlines() if line.startswith("maths"))
    assert line.split()[1:6] == ["9", "0.500", "0.250", "0.125", "0.500"]
    assert rows("savings")["total"]["quality"] is None
    assert "baseline" not in words
    assert "(always large: the baseline, which is the first model" in say("savings")


def test_evaluate_tells_estimates_and_what_they_rest_on(rows, say, fake):
    """An end that there is not is null."""
    (estimate,) = rows("evaluate", "--policy", "always:m", "--until", "yesterday")["estimates"]
    assert estimate == {
        "quantity": "cost_usd", "estimator": "doubly_robust", "mean": 0.25, "low": 0.125, "high": None,
    }  # fmt: skip
    assert fake.last(v1.WhatIfRequest).filter.end_time.ToDatetime(UTC) <= datetime.now(UTC)
    words = say("evaluate", "--cost-weight", "1")
    assert words.startswith("40 episodes, 30 with feedback\nworth 12 for this policy, 90% of it seen\n")
    assert "95% from" in words
    assert "99.9% from" in say("evaluate", "--confidence", "0.999")


def test_evaluate_says_of_what_there_is_no_estimate(say, fake):
    """What was logged may have its numbers where the policy has none."""
    logged = v1.Estimate(quantity=v1.QUANTITY_QUALITY, estimator=v1.ESTIMATOR_LOGGED, mean=0.5)
    cost = v1.Estimate(quantity=v1.QUANTITY_COST_USD, estimator=v1.ESTIMATOR_DOUBLY_ROBUST, mean=0.5)
    fake.missing = "too little"
    for estimates, of in (([], "anything"), ([logged], "this policy"), ([logged, cost], "quality")):
        fake.estimates = estimates
        assert f"no estimate of {of}: too little" in say("evaluate")


def test_lists_go_through_all_pages(fake, rows):
    """However many there are; --limit ends it."""
    for i in range(2100):
        fake.models.create(v1.Model(model=f"m{i}"))
    assert len(rows("models", "list")) == 2102
    assert len([r for r in fake.requests if isinstance(r, v1.ListModelsRequest)]) == 3
    assert len(rows("models", "list", "--limit", "5")) == 5
    assert fake.last(v1.ListModelsRequest).page_size == 5


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("models show starter-s", "starter-small"),
        ("stats models --called starter-l", "starter-large"),
        ("episodes list --stop cost", "cost-ceiling"),
        ("taxonomy show ro", "root"),
        ("jobs run re", "recalibrate"),
    ],
)
def test_shells_complete_names_that_the_service_knows(address, words, wanted):
    """And the words of enums."""
    environment = {
        **os.environ,
        "POINTSMAN_ADDRESS": address,
        "_POINTSMAN_COMPLETE": "complete_bash",
        "COMP_WORDS": f"pointsman {words}",
        "COMP_CWORD": str(len(words.split())),
    }
    command = [sys.executable, "-m", "pointsman_service.cli"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert (done.stdout.split(), done.stderr) == ([wanted], "")


def test_a_reader_that_has_read_enough_is_no_failure(fake, address):
    """`| head` closes the pipe in the middle of a long list: no word, no traceback."""
    for i in range(2000):
        fake.models.create(v1.Model(model=f"m{i}"))
    command = f"{sys.executable} -m pointsman_service.cli models list --address {address} | head -c 1"
    # env: readline, which pytest loads, has set COLUMNS behind Python's back.
    environment = dict(os.environ)
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=False, env=environment
    )
    assert (done.returncode, done.stdout, done.stderr) == (141, "m", "")


@pytest.mark.parametrize(
    ("code", "reason", "exit_code"),
    [
        (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_REQUEST", 2),
        (grpc.StatusCode.NOT_FOUND, "UNKNOWN_MODEL", 2),
        (grpc.StatusCode.ALREADY_EXISTS, "REQUEST_CONFLICT", 2),
        (grpc.StatusCode.ABORTED, "STALE_ETAG", 2),
        (grpc.StatusCode.FAILED_PRECONDITION, "NO_MODEL_LEFT", 2),
        (grpc.StatusCode.FAILED_PRECONDITION, "IN_USE", 2),
        (grpc.StatusCode.FAILED_PRECONDITION, "TENANT_DISABLED", 2),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, "BUDGET_EXHAUSTED", 1),
        (grpc.StatusCode.DEADLINE_EXCEEDED, "DEADLINE_TOO_SHORT", 1),
        (grpc.StatusCode.INTERNAL, "INTERNAL", 1),
        (grpc.StatusCode.DATA_LOSS, "CORRUPT_SNAPSHOT", 1),
        (grpc.StatusCode.UNIMPLEMENTED, "", 1),
    ],
)
def test_what_the_same_command_cannot_overcome_is_exit_code_2(fake, fails, code, reason, exit_code):
    """Whoever found it: the command line, or the service."""
    fake.refuse["Complete"] = Refusal(code, reason, "the reason why")
    line = fails(exit_code, "complete", "x")
    assert "the reason why" in line or code is grpc.StatusCode.UNIMPLEMENTED


@pytest.mark.parametrize(
    "command",
    [
        ["models", "list"], ["models", "show", "starter-small"], ["tenants", "list"], ["taxonomy", "list"],
        ["taxonomy", "show", "root"], ["episodes", "list"], ["episodes", "show", "e"], ["config", "show"],
        ["snapshots", "list"], ["jobs", "list"], ["stats", "models"], ["stats", "judges"], ["stats", "total"],
        ["complete", "x"], ["route", "x"], ["feedback", "e", "--up"], ["evaluate", "--policy", "p"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_json_holds_no_json_in_strings_and_no_numbers_in_strings(configured, tallied, rows, command):
    """Everything is of the type that it is."""

    def strings(value):
        if isinstance(value, dict):
            return [s for each in value.values() for s in strings(each)]
        if isinstance(value, list):
            return [s for each in value for s in strings(each)]
        return [value] if isinstance(value, str) else []

    for text in strings(rows(*command)):
        with pytest.raises(ValueError):
            json.loads(text)


def test_the_audit_trail_shows_values_before_and_after(say, rows, fake):
    """A line for who and when, one for each value; by whom, since when and by key are asked of the service."""
    changes = [
        v1.AuditChange(key="models.a.enabled", before=Value(bool_value=True), after=Value(bool_value=False)),
        v1.AuditChange(key="models.b", after=Value(bool_value=True)),
    ]
    entry = v1.AuditEntry(log_position=9, by="ann", method="UpdateModel", changes=changes, changes_left_out=3)
    fake.audited.append(timestamped(entry, "change_time"))
    told = say("audit", "list", "--by", "ann", "--key", "models.", "--since", "1d").splitlines()
    assert told[0] == "2026-03-04 05:06:07Z  ann  UpdateModel"
    assert told[1].split() == ["models.a.enabled:", "yes", "->", "no"]
    assert told[2].split() == ["models.b:", "-", "->", "yes"]
    assert told[3].strip() == "and 3 more"
    asked = fake.last(v1.ListAuditEntriesRequest)
    assert (asked.by, asked.key_prefix, asked.HasField("start_time")) == ("ann", "models.", True)
    assert rows("audit", "list")[0]["changes"][0]["before"] is True
