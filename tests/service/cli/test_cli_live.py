"""The command line against a service that runs in processes of its own, on the starter table."""

import io
import json
import time

import pytest
from pointsman_service.cli.commands import run
from pointsman_service.demo.processes import free_port, service

CAPITAL = "What is the capital of Australia?"


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """Where the service is."""
    config, port = tmp_path_factory.mktemp("live") / "pointsman.toml", free_port()
    config.write_text(f'[server]\nport = {port}\n[storage]\nfolder = "data"\n')
    with service(config, f"127.0.0.1:{port}"):
        yield f"127.0.0.1:{port}"


@pytest.fixture
def say(address, capsys):
    """Run a command; its standard output. It must end with 0."""

    def said(*arguments):
        assert run([*arguments, "--address", address]) == 0
        return capsys.readouterr().out

    return said


def failing(code, address, capsys):
    """Runs a command that must end with this code; its one line on standard error."""

    def said(*arguments):
        assert run([*arguments, "--address", address]) == code
        out, err = capsys.readouterr()
        assert (out, err.count("\n")) == ("", 1)
        return err

    return said


@pytest.fixture
def refused(address, capsys):
    """Run a command that the service refuses."""
    return failing(1, address, capsys)


@pytest.fixture
def misused(address, capsys):
    """Run a command that cannot be meant."""
    return failing(2, address, capsys)


def published(say, at_least):
    """Versions of the snapshots, as soon as there are so many; each question gives the learner more to publish."""
    give_up = time.monotonic() + 60.0
    while time.monotonic() < give_up:
        versions = [s["version"] for s in json.loads(say("snapshots", "list", "--json"))]
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


def test_complete_says_only_what_is_wanted(say):
    """For scripts: the answer, the episode, or all of it as JSON."""
    assert say("complete", CAPITAL, "--answer-only").strip().count("\n") == 0
    assert len(say("complete", CAPITAL, "--episode-only").split()) == 1
    answer = json.loads(say("complete", CAPITAL, "--json"))
    assert answer["answer"]["text"]
    assert answer["decision"]["propensity"] > 0


def test_complete_streams_what_happens_and_then_the_answer(address, capsys):
    """The trace on standard error, the answer's pieces on standard output."""
    assert run(["complete", CAPITAL, "--stream", "--address", address]) == 0
    out, err = capsys.readouterr()
    assert err.startswith("decided: starter-")
    for event in ("calling starter-", "answered in", "judge format: 1.00", "accepted answer"):
        assert event in err
    assert "Canberra" in out or "Sydney" in out
    assert "stopped by" in out


def test_complete_reads_standard_input(say, monkeypatch):
    """A long prompt need not be an argument."""
    monkeypatch.setattr("sys.stdin", io.StringIO(CAPITAL))
    assert say("complete", "-", "--system", "Be brief.", "--answer-only").strip()


def test_allowed_models_are_kept_to(say):
    """And the decision says so."""
    decision = json.loads(say("route", CAPITAL, "--model", "starter-large", "--json"))["decision"]
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
    assert "recorded: counts as 1 " in say("feedback", episode, "--up", "--feedback-id", f"f-{episode}")
    assert "the first one stands" in say("feedback", episode, "--up", "--feedback-id", f"f-{episode}")


@pytest.mark.parametrize(
    ("signal", "value"), [(["--down"], 0.0), (["--rating", "5"], 1.0), (["--score", "0.25"], 0.25)], ids=str
)
def test_feedback_of_every_kind_is_a_value_between_0_and_1(say, signal, value):
    """As README says: thumb, rating, score."""
    episode = say("complete", CAPITAL, "--episode-only").strip()
    assert json.loads(say("feedback", episode, *signal, "--json")).get("value", 0.0) == pytest.approx(value)


def test_a_correction_says_the_answer_was_wrong(say):
    """Somebody who corrects was not content."""
    episode = say("complete", CAPITAL, "--episode-only").strip()
    assert json.loads(say("feedback", episode, "--correction", "Hobart", "--json")).get("value", 0.0) < 0.5


def test_another_tenants_episode_is_unknown(say, address, capsys):
    """Not a hint that it exists."""
    episode = say("complete", CAPITAL, "--episode-only").strip()
    assert run(["feedback", episode, "--up", "--tenant", "somebody-else", "--address", address]) == 1
    assert episode in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["feedback", "no-such-episode", "--up"], "no-such-episode"),
        (["complete", ""], "content"),
        (["route", "x", "--model", "starter-lage"], "starter-lage"),
        (["models", "disable", "nobody"], "nobody"),
        (["taxonomy", "get", "nowhere"], "nowhere"),
        (["snapshots", "rollback", "9999"], "9999"),
        (["jobs", "run", "dance"], "dance"),
        (["evaluate", "--policy", "always:nobody"], "nobody"),
    ],
    ids=lambda v: v if isinstance(v, str) else " ".join(v),
)
def test_what_the_service_refuses_is_one_line_that_names_it(refused, arguments, word):
    """No traceback, exit code 1."""
    assert word in refused(*arguments)


def test_models_are_listed_put_disabled_and_brought_back(say):
    """As JSON, the same facts as in the table."""
    before = json.loads(say("models", "list", "--json"))
    assert [m["name"] for m in before][:3] == ["starter-small", "starter-medium", "starter-large"]
    assert json.loads(say("models", "disable", "starter-medium", "--json"))["enabled"] is False
    assert "starter-medium" in say("models", "list")
    model = next(m for m in before if m["name"] == "starter-medium")
    put = say(
        "models",
        "put",
        "starter-medium",
        "--base-url",
        model["base_url"],
        "--input-price",
        "0.6",
        "--output-price",
        "2.4",
    )
    assert "openai" in put


def test_the_taxonomy_can_be_read_and_grown(say):
    """A new node is found again below its parent."""
    nodes = json.loads(say("taxonomy", "list", "--json"))
    assert nodes[0]["parent"] is None
    said = say(
        "taxonomy", "put", "haiku", "--parent", nodes[0]["id"], "--title", "Haiku",
        "--description", "Poems of three lines", "--example", "Write a haiku about rain.", "--json",
    )  # fmt: skip
    assert json.loads(said)["parent"] == nodes[0]["id"]
    assert "haiku" in say("taxonomy", "list")
    assert "Write a haiku about rain." in say("taxonomy", "get", "haiku")
    assert json.loads(say("taxonomy", "get", "haiku", "--json"))["title"] == "Haiku"


def test_snapshots_can_be_gone_back_from_and_followed_again(say):
    """Without a version, to the one before."""
    versions = published(say, at_least=2)
    back = json.loads(say("snapshots", "rollback", "--json"))
    assert back["version"] <= max(versions)
    assert back["active"]
    assert str(back["version"]) in say("snapshots", "list")
    assert json.loads(say("snapshots", "follow", "--json"))["version"] >= max(versions)


def test_jobs_are_listed_and_run(say):
    """Running one does not wait for it."""
    assert {"prune", "recalibrate"} <= {j["name"] for j in json.loads(say("jobs", "list", "--json"))}
    assert "recalibrate" in say("jobs", "list")
    assert "asked for" in say("jobs", "run", "recalibrate")


def test_stats_are_by_model_node_and_time(say):
    """Each with its total last."""
    say("complete", CAPITAL)
    for group in (["models"], ["nodes"], ["time", "--bucket", "1d"]):
        total = json.loads(say("stats", *group, "--json"))[-1]
        assert total["key"] == "total"
        assert total["episodes"] >= 1
        assert "episodes" in say("stats", *group, "--since", "1h")


def test_judges_are_held_against_users(say):
    """Each in all, and at each kind of query where that is asked for."""
    episode = say("complete", CAPITAL, "--episode-only").strip()
    say("feedback", episode, "--up")
    (judge,) = [j for j in json.loads(say("stats", "judges", "--json")) if j["judge"] == "format"]
    assert judge["node"] == "(all)"
    assert judge["verdicts"] >= judge["compared"] >= 1
    nodes = json.loads(say("stats", "judges", "--per-node", "--json"))
    assert sum(j["verdicts"] for j in nodes if j["judge"] == "format") == 2 * judge["verdicts"]
    assert "agreement" in say("stats", "judges")


def test_evaluate_estimates_another_policy(say):
    """With what really happened beside it."""
    episode = say("complete", CAPITAL, "--episode-only").strip()
    say("feedback", episode, "--up")
    estimates = json.loads(say("evaluate", "--policy", "always:starter-large", "--json"))["estimates"]
    assert "logged" in {e["estimator"] for e in estimates}
    assert "after importance weighting" in say("evaluate", "--cost-weight", "1")


def test_a_table_is_told_once_and_can_be_renamed(say, misused, tmp_path):
    """The second time says that it was known; a table of strangers needs names."""
    told = json.loads(say("warm-start", "starter", "--effective-sample-size", "5", "--json"))
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
    assert "--rename" in misused("warm-start", str(table))
    assert "the table has x, y" in misused("warm-start", str(table), "--rename", "z=starter-small")
    assert "TABLE_MODEL=MODEL" in misused("warm-start", str(table), "--rename", "x")
    twins = ("--rename", "x=starter-small", "--rename", "y=starter-small")
    assert "two of the table's models" in misused("warm-start", str(table), *twins)
    renamed = say("warm-start", str(table), "--rename", "x=starter-small")
    assert "not configured, left out: y" in renamed
    assert "nothing was told of starter-medium, starter-large" in renamed
    assert "configured are starter-small" in misused("warm-start", str(table), "--rename", "x=starter-smal")
    twice = ("--rename", "x=starter-small", "--rename", "x=starter-large")
    assert "renamed already" in misused("warm-start", str(table), *twice)
    (table / "outcomes.csv").write_text("query_id,model,score,cost_usd\n")
    assert "has no outcome" in misused("warm-start", str(table), "--rename", "x=starter-small")
