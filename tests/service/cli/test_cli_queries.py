"""`complete`, `route`, `feedback`: what callers do, by hand."""

import io
import json

import pytest
from pointsman import v1

ITEM = v1.StreamCompleteResponse


def test_complete_prints_the_answer_and_how_it_came_about(say):
    """The accepted call is marked; a failed one says why."""
    out = say("complete", "x")
    assert out.splitlines()[0] == "Canberra"
    assert "*  starter-small at eu" in out
    assert "timeout: no answer in 30 s" in out
    assert "stopped by      utility" in out


def test_complete_says_only_what_is_wanted(say, rows):
    """For scripts: the answer, the episode, or all of it as JSON."""
    assert say("complete", "x", "--answer-only") == "Canberra\n"
    assert say("complete", "x", "--episode-only") == "e-1\n"
    assert rows("complete", "x")["steps"][0]["usage"]["input_tokens"] == 12


def test_a_query_carries_what_was_said(say, fake, tmp_path):
    """Preference, hints, parameters, tools, form, content."""
    (tmp_path / "tools.json").write_text('[{"type": "function"}, {"type": "function", "name": "b"}]')
    (tmp_path / "form.json").write_text('{"type": "json_object"}')
    (tmp_path / "a.png").write_bytes(b"png")
    say(
        "complete", "x", "--system", "Be brief.", "--dial", "0.5", "--latency-weight", "0.1", "--max-latency-ms", "900",
        "--model", "a", "--model", "b", "--require-tag", "region:eu", "--session", "s", "--end-user", "u",
        "--task", "t",
        "--label", "k=v", "--temperature", "0", "--max-tokens", "9", "--param", "top_k=3", "--request-id", "r",
        "--tools", str(tmp_path / "tools.json"), "--response-format", str(tmp_path / "form.json"),
        "--image", str(tmp_path / "a.png"), "--image", "https://h/b.png",
    )  # fmt: skip
    sent = fake.last(v1.CompleteRequest)
    query = sent.query
    assert (sent.request_id, query.session_id, query.end_user_id, list(query.models)) == ("r", "s", "u", ["a", "b"])
    assert query.preference == v1.Preference(dial=0.5, latency_weight=0.1, max_latency_ms=900.0)
    assert (query.hints.task, dict(query.hints.labels)) == ("t", {"k": "v"})
    assert (query.params.temperature, query.params.max_tokens, json.loads(query.params.extra_json)) == (
        0,
        9,
        {"top_k": 3},
    )
    assert len(query.tools_json) == 2
    assert json.loads(query.response_format_json) == {"type": "json_object"}
    system, user = query.messages
    assert system.role == v1.ROLE_SYSTEM
    assert (user.content, user.parts[0].text) == ("", "x")
    assert user.parts[1].image == v1.ImagePart(data=b"png", media_type="image/png")
    assert user.parts[2].image.url == "https://h/b.png"


def test_complete_reads_standard_input(say, fake, monkeypatch):
    """A long prompt need not be an argument."""
    monkeypatch.setattr("sys.stdin", io.StringIO("a long prompt"))
    say("complete", "-", "--answer-only")
    assert fake.last(v1.CompleteRequest).query.messages[0].content == "a long prompt"


def test_a_stream_tells_the_trace_on_standard_error(fake, address, capsys):
    """And the answer's pieces on standard output, whole lines only for the trace."""
    from pointsman_service.cli.commands import run

    step = v1.Step(model="m", latency_ms=12.0)
    fake.stream = [
        ITEM(trace=v1.TraceEvent(step_started=v1.StepStarted(model="m"))),
        ITEM(text=v1.TextPiece(text="Syd")),
        ITEM(retraction=v1.Retraction(reason="a judge doubts it")),
        ITEM(progress=v1.Progress(elapsed_ms=2000.0, model="n")),
        ITEM(trace=v1.TraceEvent(step_finished=v1.StepFinished(step=step))),
        ITEM(trace=v1.TraceEvent(verdict_given=v1.VerdictGiven(verdict=v1.Verdict(judge="format", score=1.0)))),
        ITEM(text=v1.TextPiece(text="Canberra")),
        ITEM(),
        ITEM(trace=v1.TraceEvent(answer_accepted=v1.AnswerAccepted(stop_reason=v1.STOP_REASON_UTILITY))),
    ]
    assert run(["complete", "x", "--optimistic", "--answer-only", "--address", address]) == 0
    out, err = capsys.readouterr()
    assert out == "Syd\nCanberra\n"
    assert err.splitlines() == [
        "episode e-1",
        "calling m",
        "taken back: a judge doubts it; another answer follows",
        "2 s: n at work",
        "m answered in 12 ms",
        "judge format: 1.00",
        "accepted answer 1: utility",
    ]
    assert fake.last(v1.StreamCompleteRequest).stream_mode == v1.STREAM_MODE_OPTIMISTIC


def test_an_interrupted_stream_ends_with_130_and_names_the_episode(fake, address, capsys, monkeypatch):
    """It takes feedback."""
    from pointsman_service.cli import streaming
    from pointsman_service.cli.commands import run

    def interrupted(*_):
        raise KeyboardInterrupt

    fake.stream = [ITEM(text=v1.TextPiece(text="Syd"))]
    monkeypatch.setattr(streaming._Written, "text", interrupted)
    assert run(["complete", "x", "--stream", "--address", address]) == 130
    assert "e-1 takes feedback" in capsys.readouterr().err


def test_route_explains_its_decision(say, rows, fake):
    """Which part spoke, the kind of query, what is expected of each model."""
    out = say("route", "x", "--single-call")
    for words in ("strategy     taxonomy", "root / maths", "starter-small -> starter-large", "propensity"):
        assert words in out
    sent = fake.last(v1.RouteRequest)
    assert (sent.single_call, sent.include_predictions) == (True, True)
    assert say("route", "x", "--episode-only") == "e-1\n"
    assert rows("route", "x")["decision"]["predictions"][0]["quality"] == 0.6


@pytest.mark.parametrize(
    ("signal", "field", "value"),
    [
        (["--up"], "thumb", v1.THUMB_UP),
        (["--down"], "thumb", v1.THUMB_DOWN),
        (["--rating", "4.5"], "rating", 4.5),
        (["--score", "0"], "score", 0.0),
        (["--correction", "Canberra"], "correction", "Canberra"),
    ],
    ids=str,
)
def test_feedback_of_every_kind(say, fake, signal, field, value):
    """Of whom, on whose answer, under which id."""
    out = say("feedback", "e-1", *signal, "--model", "m", "--end-user", "u", "--request-id", "f-1", "--tenant", "t")
    assert out.startswith("recorded: counts as 1 (feedback f-1, log position ")
    sent = fake.last(v1.RecordFeedbackRequest)
    assert (sent.request_id, sent.feedback.end_user_id, sent.feedback.model) == ("f-1", "u", "m")
    assert (sent.feedback.WhichOneof("signal"), getattr(sent.feedback, field)) == (field, value)
    assert fake.tenants_asking == ["t"]


def test_feedback_takes_a_comment(say, fake):
    """Beside a signal."""
    say("feedback", "e-1", "--up", "--comment", "right and fast")
    assert fake.last(v1.RecordFeedbackRequest).feedback.comment == "right and fast"


def test_a_session_gets_an_outcome(say, fake, rows):
    """Instead of an episode."""
    assert "counts as 0.25, of 3 episodes" in say("feedback", "--session", "s-1", "--score", "0.25")
    assert fake.last(v1.RecordSessionOutcomeRequest).session_id == "s-1"
    assert rows("feedback", "--session", "s-1", "--score", "0.5")["episode_count"] == 3


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["feedback", "--up"], "an episode's id or --session"),
        (["feedback", "e", "--session", "s", "--up"], "one of them"),
        (["feedback", "e"], "exactly one of --up"),
        (["feedback", "e", "--up", "--down"], "exactly one of --up"),
        (["feedback", "--session", "s", "--correction", "x"], "about one answer"),
        (["feedback", "--session", "s", "--up", "--comment", "x"], "about one answer"),
        (["feedback", "e", "--comment", "x"], "exactly one of --up"),
        (["complete", "x", "--dial", "0.5", "--cost-weight", "1"], "not both"),
        (["complete", "x", "--label", "k"], "KEY=VALUE"),
        (["complete", "x", "--stream", "--json"], "leave out"),
        (["complete", "x", "--json", "--answer-only"], "give one of"),
        (["complete", "x", "--image", "nothing.txt"], "photo.png"),
        (["complete", "x", "--image", "/nowhere/a.png"], "No such file"),
        (["complete", "x", "--tools", "/nowhere/a.json"], "No such file"),
        (["route", "x", "--dial", "1.5"], "--dial"),
        (["evaluate", "--policy", "p", "--cost-weight", "1"], "give one of --cost-weight and --policy"),
    ],
    ids=lambda v: v if isinstance(v, str) else " ".join(v),
)
def test_what_cannot_be_meant_is_one_line_and_exit_code_2(fails, arguments, word):
    """Before anything is sent."""
    assert word in fails(2, *arguments)
