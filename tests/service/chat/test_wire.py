"""The OpenAI wire format: what is written, and what odd but real answers are read as."""

import pytest
from pointsman_service.chat.call_errors import error_of_status
from pointsman_service.chat.wire import StreamedCompletion, read_completion, request_body
from pointsman_service.domain import ChatMessage, ModelConfig, Question
from pointsman_service.errors import ModelCallError

MODEL = ModelConfig("m", "openai", "m-1", params={"temperature": 1.0})


def test_parameters_cannot_replace_what_the_call_is_about():
    """Model, messages and stream are the adapter's; a name travels with its message."""
    question = Question((ChatMessage("user", "Hi", name="ada"),), params={"model": "other", "stream": True})
    body = request_body(MODEL, question)
    assert body == {"temperature": 1.0, "model": "m-1", "messages": [{"role": "user", "content": "Hi", "name": "ada"}]}


def test_a_stream_asks_for_its_token_counts_unless_told_otherwise():
    """Some servers refuse stream_options; the model's parameters can replace it."""
    question = Question((ChatMessage("user", "Hi"),))
    assert request_body(MODEL, question, stream=True)["stream_options"] == {"include_usage": True}
    without = ModelConfig("m", "openai", "m-1", params={"stream_options": None})
    assert request_body(without, question, stream=True)["stream_options"] is None


@pytest.mark.parametrize("payload", ["text", None, {"choices": {}}, {"choices": [1]}, {"choices": [{"text": "old"}]}])
def test_what_is_not_a_chat_completion_is_garbage(payload):
    """Whatever its shape."""
    with pytest.raises(ModelCallError) as caught:
        read_completion(payload)
    assert caught.value.kind == "garbage"


def test_odd_values_are_read_as_missing():
    """Infinite, textual or true counts, null content, a missing finish_reason."""
    message = {"content": None, "tool_calls": None}
    usage = {"prompt_tokens": float("inf"), "completion_tokens": True, "cost": float("nan")}
    read = read_completion({"choices": [{"message": message, "finish_reason": None}], "usage": usage})
    assert (read.text, read.tool_calls, read.finish_reason) == ("", (), "stop")
    assert (read.input_tokens, read.output_tokens, read.stated_cost_usd) == (None, None, None)


def test_usage_may_come_in_any_chunk_and_others_do_not_erase_it():
    """Some servers repeat it, some send it once, some send nulls after it."""
    answer = StreamedCompletion()
    choice = {"delta": {"content": "a"}, "finish_reason": None}
    answer.add({"choices": [choice], "usage": {"prompt_tokens": 3, "completion_tokens": 1, "cost": 0.5}})
    answer.add({"choices": [{"delta": None, "finish_reason": "stop"}], "usage": None})
    whole = answer.completion()
    assert (whole.text, whole.input_tokens, whole.output_tokens, whole.stated_cost_usd) == ("a", 3, 1, 0.5)


def test_an_error_in_a_good_response_has_the_status_that_it_names():
    """Gateways answer 200 with an error in the body."""
    for code, kind in ((429, "rate_limited"), (401, "auth"), ("odd", "unavailable"), (7, "unavailable")):
        with pytest.raises(ModelCallError) as caught:
            read_completion({"error": {"message": "no", "code": code}})
        assert caught.value.kind == kind
    with pytest.raises(ModelCallError, match="just words"):
        read_completion({"error": "just words"})


def test_long_messages_of_providers_are_cut():
    """They end up in logs and in errors to callers."""
    assert len(str(error_of_status(500, "x" * 10_000))) < 300
