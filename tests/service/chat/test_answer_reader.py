"""The body of a response, however it comes, is one answer or one failure."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pointsman_service.chat.answer_reader import AnswerReader
from pointsman_service.chat.logprobs import logprobs_of
from pointsman_service.chat.provider_json import parse_json
from pointsman_service.errors import ModelCallError


def _event(delta: dict, finish_reason: str | None = None, **more) -> str:
    choice = {"delta": delta, "finish_reason": finish_reason, **more}
    return f"data: {json.dumps({'choices': [choice]})}\n\n"


BODIES = st.sampled_from(
    [
        _event({"content": "a\ud83d"}) + _event({"content": "\ude00<thi"}) + _event({"content": "nk>"}, "stop"),
        _event({"content": "<think>\u00e9"})
        + ": ping\n\n"
        + _event({"content": "</think>42"}, "stop")
        + "data: [DONE]\n\n",
        json.dumps({"choices": [{"message": {"content": "caf\u00e9"}, "finish_reason": "stop"}]}),
        _event({"content": "The first half"}),
        "event: error\ndata: overloaded\n\n",
        "<html>",
        "",
    ]
)


def _read(*pieces: bytes) -> object:
    reader = AnswerReader()
    try:
        for piece in pieces:
            reader.feed(piece)
        reader.end()
        return reader.completion()
    except ModelCallError as error:
        return (error.kind, str(error))


@given(BODIES, st.data())
def test_where_the_bytes_are_cut_makes_no_difference(body, data):
    """The answer, or the failure and its words, are those of the whole."""
    raw = body.encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(raw)), max_size=5)))
    assert _read(*(raw[a:b] for a, b in zip([0, *cuts], [*cuts, len(raw)], strict=True))) == _read(raw)


@given(st.binary(max_size=300) | st.binary(max_size=100).map(lambda b: b"data: {" + b + b"}\n\n"))
def test_no_bytes_break_the_reader(raw):
    """They are an answer or a failed call, and nothing else."""
    _read(raw)


def test_a_body_without_end_is_garbage():
    """It is not kept in memory."""
    reader = AnswerReader(most_bytes=100)
    reader.feed(b" " * 100)
    with pytest.raises(ModelCallError, match="longer than 100 bytes"):
        reader.feed(b" ")


@pytest.mark.parametrize(
    ("body", "finished", "counted"),
    [
        (_event({"content": "42"}), False, False),
        (_event({"content": "42"}, "null"), False, False),
        (_event({"content": "42"}, "stop"), True, False),
        (_event({"content": "42"}) + "data: [DONE]\n\n", True, False),
        (_event({"content": "42"}, "stop") + 'data: {"usage": {"completion_tokens": 3}}\n\n', True, True),
    ],
)
def test_an_answer_has_finished_once_its_end_was_said(body, finished, counted):
    """Then nothing that happens to the connection takes it back; once it is counted, nothing is waited for."""
    reader = AnswerReader()
    reader.feed(body.encode())
    assert (reader.has_finished, reader.is_counted) == (finished, counted)


@pytest.mark.parametrize(
    ("logprobs", "read"),
    [
        ({"content": [{"logprob": -0.5}, {"logprob": -1.5}]}, [-0.5, -1.5]),
        ({"token_logprobs": [None, -0.5]}, [-0.5]),
        ({"content": [None, {}, {"logprob": "x"}, {"logprob": 0.5}, {"logprob": float("nan")}, {"logprob": True}]}, []),
        ({"content": [{"logprob": -9999.0}, {"logprob": -1}]}, [-1.0]),
        ({"content": None}, []),
        ([-0.5], []),
        (None, []),
    ],
)
def test_log_probabilities_are_numbers_below_0_or_none(logprobs, read):
    """What OpenAI sends for a token of which it does not know is none either."""
    assert logprobs_of({"logprobs": logprobs}) == read


def test_the_mean_log_probability_is_over_all_chunks():
    """A stream tells them piece by piece."""
    told = [{"logprobs": {"content": [{"logprob": -value}]}} for value in (0.5, 1.5)]
    body = _event({"content": "4"}, **told[0]) + _event({"content": "2"}, "stop", **told[1])
    assert _read(body.encode()).mean_logprob == -1.0


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "{", "", "nul", "'a'"])
def test_json_that_is_none_is_a_value_error(text):
    """However deep it goes."""
    with pytest.raises(ValueError):
        parse_json(text)


def test_numbers_of_thousands_of_digits_are_read():
    """As what they are for any count: too many."""
    assert parse_json('{"a": ' + "9" * 5000 + ', "b": 7}') == {"a": float("inf"), "b": 7}
