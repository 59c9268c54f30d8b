"""The OpenAI wire format as it is written."""

from pointsman_service.chat.request import request_body
from pointsman_service.domain import ChatMessage, ModelConfig, Question

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
    for said in ({"params": {"stream_options": None}}, {"params": {"stream_options": False}}):
        assert "stream_options" not in request_body(ModelConfig("m", "openai", "m-1", **said), question, stream=True)
    without = ModelConfig("m", "openai", "m-1", without_params=("stream_options", "temperature"))
    warm = Question((ChatMessage("user", "Hi"),), params={"temperature": 1.0, "top_p": 0.5})
    body = request_body(without, warm, stream=True)
    assert {"stream_options", "temperature"} & body.keys() == set(), "whoever asks for them"
    assert body["top_p"] == 0.5


def test_parts_are_sent_as_they_are_and_in_their_order():
    """The text is among them, so it is not sent twice."""
    parts = (
        {"type": "text", "text": "What is this?"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA==", "detail": "low"}},
        {"type": "input_audio", "input_audio": {"data": "AA==", "format": "wav"}},
        {"type": "file", "file": {"file_id": "f-1"}},
    )
    question = Question((ChatMessage("system", "Be brief."), ChatMessage("user", "What is this?", parts)))
    system, user = request_body(MODEL, question)["messages"]
    assert system["content"] == "Be brief."
    assert user == {"role": "user", "content": list(parts)}
