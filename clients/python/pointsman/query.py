"""Queries, and the requests that carry one, from plain Python values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pointsman import v1
from pointsman.arguments import invalid, items, json_of, put, put_given, refuse_unknown, shown, text, texts
from pointsman.chat import Messages, chat_of
from pointsman.settings import CallOptions

_HINTS = ("task", "domain", "language")
_LIMITS = ("latency_weight", "max_cost_usd", "max_latency_ms", "min_quality")
_PARAMS = ("temperature", "top_p", "max_tokens", "seed")


class QueryFields(CallOptions, total=False):
    """What a query may say beside its messages, and what its call may; `v1.Query` has the meaning of each in full.

    request_id: the same again gets the first answer again; made up where it is left out. session_id: a conversation or
    an agent's run. end_user_id: who asks.

    tools and response_format: dicts as OpenAI's. temperature, top_p, max_tokens, stop, seed: how to generate; in params
    they may stand together, with others that only some provider knows.

    dial, in [0, 1], 0 cheap to 1 good, or cost_weight, utility per dollar; latency_weight, utility per second.
    max_cost_usd: for the whole query; max_latency_ms and min_quality, in [0, 1]: what is expected of a model that may
    answer. models: those that may be called; require_tags: tags that a model must have.

    task, domain, language: what you know of it; labels: what you want to find it by. include_predictions: whether the
    decision tells what was expected of each model.
    """

    request_id: str
    session_id: str
    end_user_id: str
    tools: Sequence[Mapping[str, Any]]
    response_format: Mapping[str, Any]
    params: Mapping[str, Any]
    temperature: float
    top_p: float
    max_tokens: int
    stop: str | Sequence[str]
    seed: int
    dial: float
    cost_weight: float
    latency_weight: float
    max_cost_usd: float
    max_latency_ms: float
    min_quality: float
    models: Sequence[str]
    require_tags: Sequence[str]
    task: str
    domain: str
    language: str
    labels: Mapping[str, str]
    include_predictions: bool


class RouteFields(QueryFields, total=False):
    """As a query. single_call: you will run one model and no cascade; then it is the best single choice."""

    single_call: bool


class StreamFields(QueryFields, total=False):
    """As a query. optimistic: text from the first model's first token on, and retractions; trace: trace events, too."""

    optimistic: bool
    trace: bool


def route_request(messages: Messages, fields: RouteFields) -> v1.RouteRequest:
    """The request of `route`."""
    refuse_unknown("route", fields, RouteFields.__annotations__)
    request = v1.RouteRequest(query=query_of(messages, fields))
    put_given(request, fields, ("request_id", "single_call", "include_predictions"))
    return request


def complete_request(messages: Messages, fields: QueryFields) -> v1.CompleteRequest:
    """The request of `complete`."""
    refuse_unknown("complete", fields, QueryFields.__annotations__)
    request = v1.CompleteRequest(query=query_of(messages, fields))
    put_given(request, fields, ("request_id", "include_predictions"))
    return request


def stream_request(messages: Messages, fields: StreamFields) -> v1.StreamCompleteRequest:
    """The request of `stream_complete`."""
    refuse_unknown("stream_complete", fields, StreamFields.__annotations__)
    request = v1.StreamCompleteRequest(query=query_of(messages, fields), stream_mode=v1.STREAM_MODE_SETTLED)
    put_given(request, fields, ("request_id", "include_predictions"))
    if "trace" in fields:
        put(request, "include_trace", fields["trace"], "trace")
    if "optimistic" in fields:
        if not isinstance(fields["optimistic"], bool):
            raise invalid("optimistic", f"must be True or False, not {shown(fields['optimistic'])}")
        request.stream_mode = v1.STREAM_MODE_OPTIMISTIC if fields["optimistic"] else v1.STREAM_MODE_SETTLED
    return request


def query_of(messages: Messages, fields: QueryFields) -> v1.Query:
    """The query. What fields say takes the place of what a whole query says. Raises InvalidRequest.

    >>> query_of("2 + 2?", {"dial": 0.5}).preference.dial
    0.5
    """
    query = v1.Query()
    if isinstance(messages, v1.Query):
        query.CopyFrom(messages)
    else:
        query.messages.extend(chat_of(messages))
    put_given(query, fields, ("session_id", "end_user_id"))
    if "models" in fields:
        query.models[:] = texts(fields["models"], "models")
    if "require_tags" in fields:
        query.require_tags[:] = texts(fields["require_tags"], "require_tags")
    if "tools" in fields:
        tools = items(fields["tools"], "tools", "dicts")
        query.tools_json[:] = [json_of(tool, f"tools[{i}]") for i, tool in enumerate(tools)]
    if "response_format" in fields:
        query.response_format_json = json_of(fields["response_format"], "response_format")
    _put_params(query, fields)
    _put_preference(query, fields)
    _put_hints(query, fields)
    return query


def _put_params(query: v1.Query, fields: QueryFields) -> None:
    params = fields.get("params", {})
    if not isinstance(params, Mapping):
        raise invalid("params", f"must be a dict, for instance {{'temperature': 0.2}}, not {shown(params)}")
    direct: dict[str, object] = {name: value for name, value in fields.items() if name in {*_PARAMS, "stop"}}
    if twice := sorted(direct.keys() & params.keys()):
        raise invalid(twice[0], "is given twice, by itself and in params: leave one out")
    given = {**direct, **params}
    put_given(query.params, given, _PARAMS)
    if "stop" in given:
        stop = given.pop("stop")
        query.params.stop[:] = [text(stop, "stop")] if isinstance(stop, str) else texts(stop, "stop")
    if extra := {name: value for name, value in given.items() if name not in _PARAMS}:
        query.params.extra_json = json_of(extra, "params")


def _put_preference(query: v1.Query, fields: QueryFields) -> None:
    if "dial" in fields and "cost_weight" in fields:
        raise invalid("dial", "and cost_weight exclude each other: give one of them")
    put_given(query.preference, fields, ("dial", "cost_weight", *_LIMITS))


def _put_hints(query: v1.Query, fields: QueryFields) -> None:
    put_given(query.hints, fields, _HINTS)
    if "labels" in fields:
        labels = fields["labels"]
        if not isinstance(labels, Mapping):
            raise invalid("labels", f"must be a dict, for instance {{'feature': 'search'}}, not {shown(labels)}")
        query.hints.labels.clear()
        for key, label in labels.items():
            query.hints.labels[text(key, "labels")] = text(label, f"labels[{key!r}]")
