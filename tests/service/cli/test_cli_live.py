"""The command line against a service that runs in processes of its own, on the starter table."""

import json
import sqlite3
import time
import tomllib

import pytest
from pointsman import Client, v1
from pointsman_service.cli.commands import run
from pointsman_service.demo.processes import free_port, service

CAPITAL = "What is the capital of Australia?"


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    """The file that the service is started with."""
    file = tmp_path_factory.mktemp("live") / "pointsman.toml"
    file.write_text(f'[server]\nport = {free_port()}\n[storage]\nfolder = "data"\n[tenants.somebody-else]\n')
    return file


@pytest.fixture(scope="module")
def address(config):
    """Where the service is."""
    address = f"127.0.0.1:{tomllib.loads(config.read_text())['server']['port']}"
    with service(config, address):
        yield address


def published(say, rows, at_least):
    """Versions of the snapshots, as soon as there are so many; each question gives the learner more to publish."""
    give_up = time.monotonic() + 240.0
    while time.monotonic() < give_up:
        versions = [s["snapshot_version"] for s in rows("snapshots", "list")]
        if len(versions) >= at_least:
            return versions
        say("complete", CAPITAL, "--episode-only")
        time.sleep(0.2)  # the learner is another process: nothing here to await
    raise TimeoutError(f"{at_least} snapshots did not come")


def test_complete_prints_the_answer_and_how_it_came_about(say):
    """The accepted call is marked."""
    out = say("complete", CAPITAL)
    assert out.splitlines()[0] in {"Sydney", "Canberra"} or out.startswith("Canberra. Sydney")
    assert "* " in out
    assert "stopped by" in out


def test_complete_says_only_what_is_wanted(say, rows):
    """For scripts: the answer, the episode, or all of it as JSON."""
    assert say("complete", CAPITAL, "--answer-only").strip().count("\n") == 0
    assert len(say("complete", CAPITAL, "--episode-only").split()) == 1
    answer = rows("complete", CAPITAL)
    assert answer["answer"]["text"]
    assert answer["decision"]["propensity"] > 0
    assert answer["decision"]["predictions"]


@pytest.mark.parametrize("how", ["--stream", "--optimistic"])
def test_complete_streams_what_happens_and_then_the_answer(address, capsys, how):
    """The trace on standard error, the answer's pieces on standard output."""
    assert run(["complete", CAPITAL, how, "--address", address]) == 0
    out, err = capsys.readouterr()
    for event in ("episode ", "decided: starter-", "calling starter-", "answered in", "judge format: 1.00", "accepted"):
        assert event in err
    assert "Canberra" in out or "Sydney" in out
    assert "stopped by" in out


def test_allowed_models_are_kept_to(rows):
    """And the decision says so."""
    decision = rows("route", CAPITAL, "--model", "starter-large")["decision"]
    assert decision["model"] == "starter-large"
    assert [p["model"] for p in decision["predictions"]] == ["starter-large"]


def test_route_explains_its_decision(say):
    """Which part spoke, the kind of query, what is expected of each model."""
    out = say("route", CAPITAL, "--dial", "0.9")
    for heading in ("strategy", "familiarity", "lambda", "starter-large", "propensity"):
        assert heading in out


def test_feedback_counts_once_by_its_id(say):
    """The second time the first receipt comes back."""
    episode = say("complete", CAPITAL, "--episode-only").strip()
    assert "recorded: counts as 1 " in say("feedback", episode, "--up", "--request-id", f"f-{episode}")
    assert "the first one stands" in say("feedback", episode, "--up", "--request-id", f"f-{episode}")


@pytest.mark.parametrize(
    ("signal", "value"), [(["--down"], 0.0), (["--rating", "5"], 1.0), (["--score", "0.25"], 0.25)], ids=str
)
def test_feedback_of_every_kind_is_a_value_between_0_and_1(say, rows, signal, value):
    """As README says: thumb, rating, score."""
    episode = say("complete", CAPITAL, "--episode-only").strip()
    assert rows("feedback", episode, *signal)["value"] == pytest.approx(value)


def test_a_correction_says_the_answer_was_wrong(say, rows):
    """Somebody who corrects was not content."""
    episode = say("complete", CAPITAL, "--episode-only").strip()
    assert rows("feedback", episode, "--correction", "Hobart")["value"] < 0.5


def test_a_comment_is_shown_to_who_reads(say, rows, address, capsys):
    """With the episode, and in the list; one that is too long is refused by its option."""
    episode = say("complete", CAPITAL, "--episode-only").strip()
    say("feedback", episode, "--up", "--comment", "right and fast")
    say("feedback", episode, "--down", "--comment", "on second thoughts\x1b[2J", "--end-user", "ann")
    shown = say("episodes", "show", episode)
    assert "right and fast" in shown
    assert "on second thoughts" in shown
    assert "\x1b" not in shown
    (listed,) = [e for e in rows("episodes", "list") if e["episode_id"] == episode]
    assert listed["comment"].startswith("on second thoughts")
    assert run(["feedback", episode, "--up", "--comment", "x" * 4001, "--address", address]) == 2
    assert "--comment: is 4001 characters long" in capsys.readouterr().err


def test_a_session_is_told_what_came_of_it(say, rows):
    """Over all of its episodes."""
    say("complete", CAPITAL, "--session", "run-1")
    say("complete", CAPITAL, "--session", "run-1")
    assert rows("feedback", "--session", "run-1", "--score", "0.5")["episode_count"] == 2


def test_another_tenants_episode_is_unknown(say, address, capsys):
    """Not a hint that it exists."""
    episode = say("complete", CAPITAL, "--episode-only").strip()
    assert run(["feedback", episode, "--up", "--tenant", "somebody-else", "--address", address]) == 2
    assert episode in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["feedback", "no-such-episode", "--up"], "no-such-episode"),
        (["episodes", "show", "no-such-episode"], "no-such-episode"),
        (["complete", ""], "the prompt"),
        (["route", "x", "--model", "starter-lage"], "starter-lage"),
        (["route", "x", "--require-tag", "region:moon"], "region:moon"),
        (["models", "disable", "nobody"], "nobody"),
        (["models", "add", "bad name!"], "the name"),
        (["models", "set", "starter-small", "--base-url", "nowhere"], "--base-url"),
        (["tenants", "set", "t", "--model", "nobody"], "nobody"),
        (["taxonomy", "show", "nowhere"], "nowhere"),
        (["taxonomy", "remove", "root"], "root"),
        (["config", "reset", "models.nobody"], "models.nobody"),
        (["snapshots", "rollback", "9999"], "9999"),
        (["jobs", "run", "dance"], "dance"),
        (["evaluate", "--policy", "always:nobody"], "nobody"),
        (["evaluate", "--policy", "always:starter-small", "--model", "starter-small"], "--model:"),
        (["savings", "--tenant", "nope"], "known: default"),
        (["savings", "--against", "nobody"], "nobody"),
        (["savings", "--against", "snapshot:latest"], "--against:"),
    ],
    ids=lambda v: v if isinstance(v, str) else " ".join(v),
)
def test_what_the_service_refuses_is_one_line_that_names_it(fails, arguments, word):
    """No traceback, exit code 2: the same again would be refused again."""
    assert word in fails(2, *arguments)


def test_a_change_of_a_model_leaves_the_rest_of_it_and_is_undone(say, rows):
    """`config show` says who made it; `config reset` brings back what was."""
    before = rows("models", "show", "starter-medium")
    say("models", "set", "starter-medium", "--input-price", "2", "--operator", "anna@ops")
    after = rows("models", "show", "starter-medium")
    assert after.pop("etag") != before["etag"]
    assert after == {k: v for k, v in before.items() if k != "etag"} | {"input_usd_per_million": 2.0}
    (change,) = rows("config", "show", "models.starter-medium.input_usd_per_million", "--changed")
    assert (change["value"], change["origin"], change["changed_by"]) == (2, "changed", "anna@ops")
    say("config", "reset", "models.starter-medium")
    assert rows("models", "show", "starter-medium") == before


def test_a_storage_folder_says_the_same_as_the_service(config, say, rows):
    """Offline, a copy's too."""
    say("models", "set", "starter-medium", "--tag", "region:eu", "--operator", "anna@ops")
    asked = {v["key"]: v for v in rows("config", "show")}
    read = {v["key"]: v for v in rows("config", "show", "--folder", str(config.parent / "data"))}
    assert read.keys() == asked.keys()
    for key in asked:
        assert (read[key]["value"], read[key]["origin"]) == (asked[key]["value"], asked[key]["origin"])
    assert read["models.starter-medium.tags"]["changed_by"] == "anna@ops"


def test_a_change_can_be_undone_where_no_service_runs(config, say, rows, tmp_path):
    """In a copy of the database: the service knows nothing of it."""
    say("models", "set", "starter-medium", "--context-window", "999")
    with sqlite3.connect(config.parent / "data" / "pointsman.db") as whole:
        whole.backup(sqlite3.connect(tmp_path / "pointsman.db"))
    key = "models.starter-medium.context_window"
    assert rows("config", "show", key, "--folder", str(tmp_path))[0]["value"] == 999
    assert [v["origin"] for v in rows("config", "reset", key, "--folder", str(tmp_path))] != ["changed"]
    assert run(["config", "reset", key, "--folder", str(tmp_path)]) == 2
    assert rows("config", "show", key)[0]["value"] == 999


def test_a_change_outlives_a_restart_and_goes_with_a_backup(tmp_path, capsys):
    """The file still says what it said; a backup of the database elsewhere says what is in force."""
    config, port = tmp_path / "pointsman.toml", free_port()
    model = (
        '[[models]]\nname = "gpt"\nbase_url = "http://127.0.0.1:9/v1"\ntags = ["gold"]\n'
        "input_usd_per_million = 2.5\noutput_usd_per_million = 10.0\n"
    )
    config.write_text(f'[server]\nport = {port}\n[storage]\nfolder = "data"\n{model}')

    def shown(*arguments):
        assert run(["config", "show", "--json", *arguments]) == 0
        return json.loads(capsys.readouterr().out)

    asking = ("--address", f"127.0.0.1:{port}")
    with service(config, asking[1]):
        assert run(["models", "set", "gpt", "--input-price", "2", "--operator", "anna@ops", *asking]) == 0
        capsys.readouterr()
        before = shown(*asking)
    with service(config, asking[1]):
        assert shown(*asking) == before
        (change,) = shown("--changed", *asking)
    assert (change["key"], change["value"], change["hidden_value"]) == ("models.gpt.input_usd_per_million", 2, 2.5)
    assert change["changed_by"] == "anna@ops"
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with sqlite3.connect(tmp_path / "data" / "pointsman.db") as whole:
        whole.backup(sqlite3.connect(elsewhere / "pointsman.db"))
    restored = shown("--folder", str(elsewhere))
    assert [(v["key"], v["value"], v["origin"]) for v in restored] == [
        (v["key"], v["value"], v["origin"]) for v in before
    ]


def test_models_are_disabled_and_enabled_and_an_added_one_removed(say, rows):
    """Decisions know it at once."""
    assert rows("models", "disable", "starter-medium")["enabled"] is False
    assert rows("models", "enable", "starter-medium")["enabled"] is True
    prices = ("--input-price", "1", "--output-price", "2")
    added = rows("models", "add", "another", "--base-url", "http://127.0.0.1:9/v1", "--disabled", *prices)
    assert (added["adapter"], added["enabled"]) == ("openai", False)
    assert "config reset" not in say("models", "remove", "another", err=True)  # no file declares it
    assert "another" not in [m["model"] for m in rows("models", "list")]


def test_what_the_file_declares_is_removed_and_comes_back(say, rows):
    """The answer says how."""
    assert "`pointsman config reset models.starter-medium`" in say("models", "remove", "starter-medium", err=True)
    assert "starter-medium" not in [m["model"] for m in rows("models", "list")]
    say("config", "reset", "models.starter-medium")
    assert "starter-medium" in [m["model"] for m in rows("models", "list")]


def test_a_key_that_is_nobodys_is_a_mistake(fails):
    """With the one that was meant."""
    assert "did you mean" in fails(2, "config", "show", "modles.starter-medium")


def test_a_tenant_is_created_changed_and_removed(say, rows, fails):
    """With what it has spent."""
    created = rows("tenants", "set", "team-a", "--ceiling", "10", "--dial", "0.4")
    assert (created["ceiling_usd"], created["preference"]["dial"]) == (10.0, 0.4)
    say("tenants", "set", "team-a", "--cost-weight", "50", "--model", "starter-large")
    found = rows("tenants", "show", "team-a")
    assert (found["preference"]["dial"], found["preference"]["cost_weight"]) == (None, 50.0)
    say("complete", CAPITAL, "--tenant", "team-a")
    assert rows("tenants", "show", "team-a")["spent_usd"] > 0
    say("tenants", "disable", "team-a")
    assert "team-a" in fails(2, "complete", CAPITAL, "--tenant", "team-a")
    say("tenants", "remove", "team-a")
    assert "team-a" not in [t["tenant"] for t in rows("tenants", "list")]


def test_the_taxonomy_can_be_read_and_grown(say, rows):
    """A new node is found again below its parent."""
    root = rows("taxonomy", "list")[0]
    assert root["parent_id"] is None
    node = rows(
        "taxonomy", "add", "haiku", "--parent", root["node_id"], "--title", "Haiku", "--description",
        "Poems of three lines", "--example", "Write a haiku about rain.",
    )  # fmt: skip
    assert node["parent_id"] == root["node_id"]
    assert "haiku" in say("taxonomy", "list")
    assert "Write a haiku about rain." in say("taxonomy", "show", "haiku")
    say("taxonomy", "set", "haiku", "--title", "Short poems")
    assert rows("taxonomy", "show", "haiku")["title"] == "Short poems"
    assert rows("taxonomy", "disable", "haiku")["enabled"] is False
    say("taxonomy", "remove", "haiku")


def test_episodes_are_found_and_explained(say, rows):
    """By what was said of them, newest first."""
    episode = say("complete", CAPITAL, "--session", "found", "--episode-only").strip()
    say("feedback", episode, "--up")
    (found,) = rows("episodes", "list", "--session", "found", "--feedback", "--since", "1h")
    assert (found["episode_id"], found["feedback"]) == (episode, 1.0)
    assert rows("episodes", "list", "--session", "found", "--until", "2020-01-01") == []
    assert episode in say("episodes", "list")
    why = rows("episodes", "show", episode)
    assert why["summary"]
    assert why["episode"]["feedback"][0]["value"] == 1.0
    out = say("episodes", "show", episode)
    for words in ("what was expected", "calls", "verdicts", "feedback", "costs"):
        assert words in out


def test_snapshots_can_be_gone_back_from_and_followed_again(say, rows):
    """Without a version, to the one before."""
    versions = published(say, rows, at_least=2)
    back = rows("snapshots", "rollback")
    assert back["snapshot_version"] <= max(versions)
    assert back["active"]
    assert f"{back['snapshot_version']:,}" in say("snapshots", "list")
    assert rows("snapshots", "follow")["snapshot_version"] >= max(versions)


def test_a_backup_beside_the_running_service_is_put_back_equal(say, config, tmp_path, capsys):
    """Made while it answers; the learner's state in it is the fold of its log."""
    say("complete", CAPITAL)
    say("jobs", "run", "prune", "--wait")  # saves the learner's state first
    assert run(["backup", str(tmp_path / "backup"), "--config", str(config)]) == 0
    say("complete", CAPITAL)
    assert run(["restore", str(tmp_path / "backup"), "--folder", str(tmp_path / "new")]) == 0
    capsys.readouterr()
    run(["doctor", "--config", str(config), "--folder", str(tmp_path / "new"), "--verify", "--json"])
    found = {f["check"]: f for f in json.loads(capsys.readouterr().out)}
    assert found["fold"]["good"], found
    assert found["config"]["good"], found
    assert run(["restore", str(tmp_path / "backup"), "--folder", str(config.parent / "data"), "--force"]) == 2
    assert "in use" in capsys.readouterr().err


def test_jobs_are_listed_and_run(say, rows):
    """With --wait, to their end."""
    assert {"prune", "recalibrate"} <= {j["job"] for j in rows("jobs", "list")}
    assert rows("jobs", "run", "recalibrate", "--wait")["outcome"] in {"changed", "unchanged"}
    assert "recalibrate" in say("jobs", "list")


def test_stats_are_by_model_node_tenant_and_time(say, rows):
    """Their episodes are those of the total."""
    say("complete", CAPITAL)
    for group in (["models"], ["nodes"], ["tenants"], ["time", "--bucket", "1d"]):
        counts = [t["episode_count"] for t in rows("stats", *group)]
        assert sum(counts) == rows("stats", "total")["episode_count"] >= 1
        assert "episodes" in say("stats", *group, "--since", "1h")


def test_judges_are_held_against_users(say, rows):
    """Each in all, and at each kind of query where that is asked for."""
    episode = say("complete", CAPITAL, "--episode-only").strip()
    say("feedback", episode, "--up")
    (judge,) = [j for j in rows("stats", "judges") if j["judge"] == "format"]
    assert judge["node_id"] is None
    assert judge["verdict_count"] >= judge["compared_count"] >= 1
    nodes = rows("stats", "judges", "--per-node")
    assert sum(j["verdict_count"] for j in nodes if j["judge"] == "format") == 2 * judge["verdict_count"]
    assert "agreement" in say("stats", "judges")


def test_evaluate_estimates_another_policy(say, rows):
    """With what really happened beside it, where the log has the 20 episodes that a number asks for."""
    episode = say("complete", CAPITAL, "--episode-only").strip()
    say("feedback", episode, "--up")
    found = rows("evaluate", "--policy", "always:starter-large")
    assert found["episode_count"] >= found["rated_count"] >= 1
    assert ("logged" in {e["estimator"] for e in found["estimates"]}) == (found["episode_count"] >= 20)
    assert found["estimates"] or "too little support" in found["missing"] or "no support" in found["missing"]
    assert "for this policy" in say("evaluate", "--cost-weight", "1")


def test_savings_take_a_policy_as_evaluate_names_it(say, rows):
    """A model that answers alone is `always:MODEL` there, and is meant by that here, too."""
    say("complete", CAPITAL)
    assert rows("savings", "--against", "always:starter-large")["against"] == "always starter-large"
    assert "always starter-small: the baseline" in say("savings")


def test_a_table_is_told_once_and_can_be_renamed(say, rows, fails, tmp_path):
    """The second time says that it was known; a table of strangers needs names."""
    told = rows("warm-start", "starter", "--effective-sample-size", "5")
    assert (told["queries"], told["new_batches"]) == (40, told["batches"])
    assert [m["effective_sample_size"] for m in told["models"]] == pytest.approx([5.0] * 3)
    assert (told["without_prior"], told["not_configured"]) == ([], [])
    again = say("warm-start", "starter", "--effective-sample-size", "5")
    assert f"{told['batches']} of {told['batches']} batches were known already" in again
    assert "starter-large" in again
    table = tmp_path / "strangers"
    table.mkdir()
    (table / "queries.jsonl").write_text('{"query_id": "q", "prompt": "What is 2 + 2?"}\n')
    (table / "models.json").write_text('{"x": {}, "y": {}}')
    (table / "outcomes.csv").write_text("query_id,model,score,cost_usd\nq,x,1,0.001\nq,y,0,0.001\n")
    assert "--rename" in fails(2, "warm-start", str(table))
    assert "the table has x, y" in fails(2, "warm-start", str(table), "--rename", "z=starter-small")
    assert "TABLE_MODEL=MODEL" in fails(2, "warm-start", str(table), "--rename", "x")
    twins = ("--rename", "x=starter-small", "--rename", "y=starter-small")
    assert "two of the table's models" in fails(2, "warm-start", str(table), *twins)
    renamed = say("warm-start", str(table), "--rename", "x=starter-small")
    assert "not configured, left out: y" in renamed
    assert "nothing was told of starter-medium, starter-large" in renamed
    assert "configured are starter-small" in fails(2, "warm-start", str(table), "--rename", "x=starter-smal")
    twice = ("--rename", "x=starter-small", "--rename", "x=starter-large")
    assert "renamed already" in fails(2, "warm-start", str(table), *twice)
    (table / "outcomes.csv").write_text("query_id,model,score,cost_usd\n")
    assert "has no outcome" in fails(2, "warm-start", str(table), "--rename", "x=starter-small")


def test_a_tenant_that_observes_goes_on_with_its_own_model(say, rows, address):
    """From one command on; what the policy would have done is told of one query and of all, and ends with another."""
    say("tenants", "set", "somebody-else", "--mode", "observe", "--baseline", "starter-large")
    with Client(address, tenant="somebody-else") as client:
        done = [client.complete(CAPITAL) for _ in range(3)]
        named = client.complete(CAPITAL, models=["starter-medium"])
    assert [d.answer.model for d in (*done, named)] == ["starter-large"] * 3 + ["starter-medium"]
    assert {len(d.steps) for d in done} == {1}
    shown = say("episodes", "show", named.episode_id, "--tenant", "somebody-else")
    assert "The policy would have called " in " ".join(shown.split())
    seen = rows("stats", "total", "--tenant", "somebody-else")["observed"]
    assert (seen["episode_count"], sum(c["episode_count"] for c in seen["calls"])) == (4, 4)
    assert seen["would"]["cost_usd"] <= seen["most_usd"]
    for command in ("total", "tenants"):
        assert "would have called" in say("stats", command, "--tenant", "somebody-else")
    assert "observed" not in rows("stats", "total", "--tenant", "default")
    say("tenants", "set", "somebody-else", "--mode", "route")
    with Client(address, tenant="somebody-else") as client:
        assert client.route(CAPITAL).decision.strategy != v1.STRATEGY_OBSERVED


def test_a_key_is_made_changed_rotated_and_revoked(say, rows, fails):
    """By the service; the key is all that goes to standard output."""
    secret = say("keys", "create", "app", "--role", "call", "--tenant", "somebody-else").strip()
    assert secret.startswith("pm_")
    assert secret not in say("keys", "list") + say("keys", "show", "app") + say("config", "show", "keys")
    say("keys", "set", "app", "--role", "feedback", "--requests-per-second", "20")
    found = rows("keys", "show", "app")
    assert (found["roles"], found["tenant"], found["requests_per_second"]) == (
        ["call", "feedback"],
        "somebody-else",
        20,
    )
    assert say("keys", "rotate", "app", "--overlap", "0s").strip() not in {secret, ""}
    say("keys", "revoke", "app")
    assert rows("keys", "list") == []
    assert "app" in fails(2, "keys", "show", "app")
    assert 'did you mean "somebody-else"' in fails(
        2, "keys", "create", "x", "--role", "call", "--tenant", "somebody-els"
    )
