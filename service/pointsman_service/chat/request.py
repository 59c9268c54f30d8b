"""A question as an OpenAI chat request."""

from __future__ import annotations

from typing import Any

from pointsman_service.chat.parameters import taken
from pointsman_service.domain import ChatMessage, ModelConfig, Question

OPTIONAL = frozenset({"stream_options"})
"""What the service adds to a request by itself, and can do without."""


def request_body(model: ModelConfig, question: Question, *, stream: bool = False) -> dict[str, Any]:
    """The JSON body of POST /chat/completions. The request's parameters win over the model's defaults.

    Of the request's only those that the model takes of callers are sent (`taken`). What the model's `without_params`
    name is left off, whoever asked for it; so is what is null, and `stream_options` where it is false, too.

    >>> config = ModelConfig("small", "openai", "small-1", params={"temperature": 1})
    >>> request_body(config, Question((ChatMessage("user", "Hi"),), params={"temperature": 0}))
    {'temperature': 0, 'model': 'small-1', 'messages': [{'role': 'user', 'content': 'Hi'}]}
    """
    body = {**model.params, **taken(model, question.params)}
    body.pop("stream", None)
    if stream:
        # Without it a stream has no token counts.
        body.setdefault("stream_options", {"include_usage": True})
    else:
        body.pop("stream_options", None)
    body = {name: value for name, value in body.items() if not _left_off(name, value, model)}
    body["model"] = model.provider_model
    body["messages"] = [_message(m) for m in question.messages]
    if question.tools:
        body["tools"] = [dict(tool) for tool in question.tools]
    if question.response_format is not None:
        body["response_format"] = dict(question.response_format)
    if stream:
        body["stream"] = True
    return body


def _left_off(name: str, value: object, model: ModelConfig) -> bool:
    return value is None or (value is False and name in OPTIONAL) or name in model.without_params


def _message(m: ChatMessage) -> dict[str, Any]:
    # The parts hold the text as well, in its place among them.
    content = [dict(part) for part in m.parts] if m.parts else m.content
    message: dict[str, Any] = {"role": m.role, "content": content}
    if m.name is not None:
        message["name"] = m.name
    if m.tool_call_id is not None:
        message["tool_call_id"] = m.tool_call_id
    if m.tool_calls:
        message["tool_calls"] = [dict(call) for call in m.tool_calls]
    return message
