"""Requests from plain Python values, with ids that stay the same over retries."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypedDict

from pointsman import v1

Messages = str | v1.Query | Sequence[v1.ChatMessage | Mapping[str, Any]]
"""A user's text, a whole query, or a chat: messages, or dicts as OpenAI has them."""


class QueryFields(TypedDict, total=False):
    """What a query may say beside its messages; see `v1.Query` for the meaning of each.

    tools: dicts as OpenAI's; response_format: a dict; params: temperature, max_tokens and the like, also ones that
    only some provider knows. dial, in [0, 1], and cost_weight, utility per dollar, exclude each other.
    """

    tools: Sequence[Mapping[str, Any]]
    response_format: Mapping[str, Any]
    params: Mapping[str, Any]
    task: str
    domain: str
    language: str
    metadata: Mapping[str, str]
    session_id: str
    dial: float
    cost_weight: float
    max_cost_usd: float
    min_quality: float
    models: Sequence[str]
    request_id: str


def new_id() -> str:
    """An id that nobody else has."""
    return uuid.uuid4().hex


def query_of(messages: Messages, fields: QueryFields) -> v1.Query:
    """The query, with a new request_id where it has none. Raises ValueError for dial and cost_weight together.

    >>> query_of("2 + 2?", {"dial": 0.5, "request_id": "r-1"}).messages[0].content
    '2 + 2?'
    """
    query = v1.Query(messages=_messages(messages))
    if isinstance(messages, v1.Query):
        query.CopyFrom(messages)
    query.tools_json.extend(json.dumps(tool) for tool in fields.get("tools", ()))
    if "response_format" in fields:
        query.response_format_json = json.dumps(fields["response_format"])
    if "params" in fields:
        query.params.MergeFrom(_params(fields["params"]))
    if "session_id" in fields:
        query.session_id = fields["session_id"]
    query.models.extend(fields.get("models", ()))
    _set_hints(query, fields)
    _set_preference(query, fields)
    request_id = fields.get("request_id")
    if request_id is not None:
        query.request_id = request_id
    elif not query.HasField("request_id"):
        query.request_id = new_id()
    return query


def feedback_of(
    episode_id: str,
    *,
    thumb: bool | None = None,
    rating: float | None = None,
    correction: str | None = None,
    score: float | None = None,
    model: str | None = None,
    feedback_id: str | None = None,
) -> v1.Feedback:
    """Feedback with a new id where none is given. Raises ValueError unless exactly one signal is given."""
    signals = {"thumb": thumb, "rating": rating, "correction": correction, "score": score}
    given = [name for name, value in signals.items() if value is not None]
    if len(given) != 1:
        raise ValueError(f"give exactly one of {', '.join(signals)}; got {', '.join(given) or 'none'}")
    return v1.Feedback(
        episode_id=episode_id,
        feedback_id=feedback_id or new_id(),
        model=model,
        thumb=None if thumb is None else v1.THUMB_UP if thumb else v1.THUMB_DOWN,
        rating=rating,
        correction=correction,
        score=score,
    )


def identified(feedback: Iterable[v1.Feedback]) -> list[v1.Feedback]:
    """Copies, with a new id each where there is none."""
    copies = []
    for given in feedback:
        copy = v1.Feedback()
        copy.CopyFrom(given)
        if not copy.HasField("feedback_id"):
            copy.feedback_id = new_id()
        copies.append(copy)
    return copies


def _messages(messages: Messages) -> list[v1.ChatMessage]:
    if isinstance(messages, v1.Query):
        return []
    if isinstance(messages, str):
        return [v1.ChatMessage(role=v1.ROLE_USER, content=messages)]
    return [m if isinstance(m, v1.ChatMessage) else _message(m) for m in messages]


def _message(message: Mapping[str, Any]) -> v1.ChatMessage:
    role = f"ROLE_{str(message['role']).upper()}"
    if role not in v1.Role.keys():  # noqa: SIM118 - an enum wrapper, not a dict
        raise ValueError(f"role must be system, user, assistant, tool or developer; it is {message['role']!r}")
    return v1.ChatMessage(
        role=role,
        content=message.get("content") or "",
        name=message.get("name"),
        tool_call_id=message.get("tool_call_id"),
        tool_calls=[
            v1.ToolCall(id=c["id"], name=c["function"]["name"], arguments_json=c["function"]["arguments"])
            for c in message.get("tool_calls") or ()
        ],
    )


def _params(params: Mapping[str, Any]) -> v1.GenerationParams:
    known = {name: params[name] for name in ("temperature", "top_p", "max_tokens", "seed") if name in params}
    stop = params.get("stop", ())
    extra = {name: value for name, value in params.items() if name not in known and name != "stop"}
    return v1.GenerationParams(
        **known, stop=[stop] if isinstance(stop, str) else stop, extra_json=json.dumps(extra) if extra else None
    )


def _set_hints(query: v1.Query, fields: QueryFields) -> None:
    if "task" in fields:
        query.hints.task = fields["task"]
    if "domain" in fields:
        query.hints.domain = fields["domain"]
    if "language" in fields:
        query.hints.language = fields["language"]
    if fields.get("metadata"):
        query.hints.metadata.update(fields["metadata"])


def _set_preference(query: v1.Query, fields: QueryFields) -> None:
    if "dial" in fields and "cost_weight" in fields:
        raise ValueError("give dial or cost_weight, not both")
    if "dial" in fields:
        query.preference.dial = fields["dial"]
    if "cost_weight" in fields:
        query.preference.cost_weight = fields["cost_weight"]
    if "max_cost_usd" in fields:
        query.preference.max_cost_usd = fields["max_cost_usd"]
    if "min_quality" in fields:
        query.preference.min_quality = fields["min_quality"]
