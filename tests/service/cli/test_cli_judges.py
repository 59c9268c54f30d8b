"""`pointsman judges try`: lines in, lines out, no service, no configuration, no model."""

import io
import json
import sys

import pytest
from pointsman_service.cli.commands import run


@pytest.fixture
def tries(tmp_path, monkeypatch, capsys):
    """Runs the command on lines: its exit code, what it wrote as JSON, what it said of errors."""
    monkeypatch.chdir(tmp_path)

    def run_on(*lines, stdin=False):
        written = b"\n".join(line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines) + b"\n"
        if stdin:
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(written)))
        else:
            (tmp_path / "trials.jsonl").write_bytes(written)
        code = run(["judges", "try", *([] if stdin else ["trials.jsonl"])])
        out, err = capsys.readouterr()
        return code, [json.loads(line) for line in out.splitlines()], err

    return run_on


FINE = {"score": 1.0, "reason": ""}


@pytest.mark.parametrize("stdin", [True, False])
def test_answers_get_their_format_and_key_and_the_pairs_that_agree(tries, stdin):
    """The shape that operators and tests rely on."""
    line = {"question": "How many cows are there?", "answers": ["18", "17", "The answer is 18."], "about": "ignored"}
    code, [said], err = tries(line, stdin=stdin)
    assert (code, err) == (0, "")
    assert list(said) == ["answers", "same", "reply"]
    assert [each["format"] for each in said["answers"]] == [FINE] * 3
    keys = [each["agreement"]["key"] for each in said["answers"]]
    assert keys[0] == keys[2] != keys[1]
    assert (said["same"], said["reply"]) == ([[0, 2]], None)


def test_a_pair_and_a_single_answer_are_read_like_a_list(tries):
    """The files of cases have one or two."""
    code, said, _ = tries({"question": "How many?", "a": "7", "b": "7"}, b"", {"question": "Sing", "answer": ""})
    assert code == 0
    assert said[0]["same"] == [[0, 1]]
    assert said[1]["answers"] == [{"format": {"score": 0.0, "reason": "empty"}, "agreement": {"key": None}}]


def test_a_reply_is_read_as_the_judge_would(tries):
    """The score or the winner, else the reason."""
    _, said, _ = tries(
        {"kind": "rubric", "reply": '{"score": 8}', "score": 0.1},
        {"kind": "pairwise", "reply": '{"winner": "tie"}'},
        {"kind": "rubric", "reply": '{"score": 80}'},
    )
    assert [each["reply"] for each in said] == [
        {"score": 0.8, "winner": None, "error": None},
        {"score": None, "winner": "tie", "error": None},
        {"score": None, "winner": None, "error": "out_of_range: the mark 80 is not between 0 and 10"},
    ]
    assert all((each["answers"], each["same"]) == ([], []) for each in said)


def test_thinking_cutting_and_the_conversation_are_considered(tries):
    """As in the service: thinking is no part of an answer, and a length finish is a cut."""
    spoken = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": None}]
    _, said, _ = tries(
        {"question": "How many?", "answers": ["<think>6?</think>7", "7"], "conversation": spoken},
        {"question": "Tell me more.", "answer": "It is", "finish_reason": "MAX_TOKENS"},
        {"conversation": [*spoken, {"role": "user", "content": "How many?"}], "answer": "7"},
    )
    assert said[0]["same"] == [[0, 1]]
    assert said[1]["answers"][0]["format"] == {"score": 0.2, "reason": "cut off at the token limit"}
    assert said[2]["answers"][0]["agreement"] == said[0]["answers"][1]["agreement"]


def test_half_an_emoji_in_an_answer_can_be_printed(tries):
    """UTF-8 cannot carry it, JSON can."""
    code, [said], _ = tries(b'{"question": "Which one?", "answers": ["\\ud83d", "\\ud83d"]}')
    assert code == 0
    assert len(said["answers"]) == 2


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"{", "line 2: line: is no JSON"),
        (b"\xff\xfe", "line 2: line: is no JSON"),
        (b"[" * 100_000, "line 2: line: is no JSON"),
        ([], "line 2: line: must be a JSON object"),
        ({}, "line 2: answers: give `answers`"),
        ({"answer": "7"}, "line 2: question: is missing"),
        ({"question": 7, "answer": "7"}, "line 2: question: must be a text"),
        ({"question": "q", "answers": "7"}, "line 2: answers: must be a list of texts"),
        ({"question": "q", "answers": [7]}, "line 2: answers: must be a list of texts"),
        ({"question": "q", "a": "7"}, "line 2: b: is missing"),
        ({"question": "q", "answer": None}, "line 2: answer: must be a text"),
        ({"question": "q", "answer": "7", "finish_reason": 7}, "line 2: finish_reason: must be a text"),
        ({"question": "q", "answer": "7", "conversation": "hi"}, "line 2: conversation: must be a list"),
        ({"question": "q", "answer": "7", "conversation": ["hi"]}, "line 2: conversation[0]: must be an object"),
        (
            {"question": "q", "answer": "7", "conversation": [{"role": "user", "content": 7}]},
            "line 2: conversation[0].content: must be a text",
        ),
        ({"kind": "format", "reply": "x"}, "line 2: kind: must be one of rubric, pairwise"),
        ({"reply": "x"}, "line 2: kind: must be one of rubric, pairwise"),
        ({"kind": "rubric", "reply": 7}, "line 2: reply: must be a text"),
    ],
)
def test_a_line_that_cannot_be_meant_ends_it_with_its_number_and_field(tries, line, says):
    """What was before it is written; the exit code says that the input must change."""
    code, said, err = tries({"question": "q", "answer": "7"}, line)
    assert code == 2
    assert len(said) == 1
    assert says in err
    assert err.count("\n") == 1


def test_a_file_that_is_not_there_is_named(tries, capsys):
    """In one line, with what to do."""
    assert run(["judges", "try", "nowhere.jsonl"]) == 2
    assert "nowhere.jsonl: No such file or directory; give a file" in capsys.readouterr().err
