"""A request to route or to answer, checked and as a value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pointsman import v1

from pointsman_service.domain import Question
from pointsman_service.domain.generation import MOST_STOPS
from pointsman_service.domain.names import MAX_NAME
from pointsman_service.domain.preference import MAX_WEIGHT, Preference
from pointsman_service.domain.question_checks import caller_params, check_response_format, check_tool
from pointsman_service.domain.request_limits import MAX_END_USER, MAX_TAGS, Limits
from pointsman_service.domain.requests import Query, StreamMode
from pointsman_service.errors import Fault
from pointsman_service.rpc.enums import STREAM_MODES
from pointsman_service.rpc.presence import Told, told
from pointsman_service.rpc.read_chat import read_messages
from pointsman_service.rpc.validation import Violations

_MAX_STOPS = MOST_STOPS
_MOST_HEAT = 100.0
"""Above it temperatures differ in nothing: every token is as likely as another."""
_NO_PREFERENCE = Preference()
Asking = v1.RouteRequest | v1.CompleteRequest | v1.StreamCompleteRequest


def read_query(request: Asking, limits: Limits, *, single_call: bool = False) -> Query:
    """The query with the request's id. Raises InvalidRequest with every violation."""
    wrong = Violations()
    query = request.query
    given = Told(query, "query.", wrong)
    hinted = query.HasField("hints")
    read = Query(
        question=_question(query, limits, wrong),
        hints=read_hints("query.hints.", query.hints, wrong) if hinted else {},
        labels=wrong.labels("query.hints.labels", query.hints.labels, limits.labels) if hinted else {},
        session_id=given.identifier("session_id"),
        end_user_id=given.identifier("end_user_id", MAX_END_USER),
        preference=read_preference("query.preference.", query.preference, wrong)
        if query.HasField("preference")
        else _NO_PREFERENCE,
        models=wrong.names("query.models", query.models, limits.models) or None,
        require_tags=wrong.names("query.require_tags", query.require_tags, MAX_TAGS),
        request_id=Told(request, "", wrong).identifier("request_id"),
        single_call=single_call,
    )
    wrong.raise_if_any()
    return read


def read_stream_mode(request: v1.StreamCompleteRequest) -> StreamMode:
    """When pieces are sent; not said is "settled". Raises InvalidRequest for one that nobody knows."""
    wrong = Violations()
    word = wrong.choice("stream_mode", STREAM_MODES, request.stream_mode)
    wrong.raise_if_any()
    return "optimistic" if word == "optimistic" else "settled"


def read_hints(path: str, hints: v1.Hints, wrong: Violations) -> dict[str, str]:
    """Those that are given."""
    given = Told(hints, path, wrong)
    read = {key: given.identifier(key, MAX_NAME) for key in ("task", "domain", "language")}
    return {key: hint for key, hint in read.items() if hint is not None}


def read_preference(path: str, preference: v1.Preference, wrong: Violations) -> Preference:
    """What is given of it."""
    given = Told(preference, path, wrong)
    return Preference(
        dial=given.between("dial", 0.0, 1.0),
        cost_weight=given.between("cost_weight", 0.0, MAX_WEIGHT),
        latency_weight=given.between("latency_weight", 0.0, MAX_WEIGHT),
        max_cost_usd=given.above_zero("max_cost_usd"),
        max_latency_ms=given.above_zero("max_latency_ms"),
        min_quality=given.between("min_quality", 0.0, 1.0),
    )


def _question(query: v1.Query, limits: Limits, wrong: Violations) -> Question:
    return Question(
        messages=read_messages(query.messages, limits, wrong),
        tools=_tools(query.tools_json, limits, wrong),
        response_format=_response_format(query, limits, wrong) if query.HasField("response_format_json") else None,
        params=_params(query.params, limits, wrong) if query.HasField("params") else {},
    )


def _tools(texts: Sequence[str], limits: Limits, wrong: Violations) -> tuple[Mapping[str, Any], ...]:
    field = "query.tools_json"
    wrong.at_most(field, len(texts), limits.tools)
    texts = texts[: limits.tools]
    total = sum(map(len, texts))
    if total > limits.all_json_chars:
        wrong.add(
            field, f"hold {total} characters together; at most {limits.all_json_chars} are allowed", Fault.TOO_LONG
        )
        return ()
    return tuple(_tool(i, text, limits, wrong) for i, text in enumerate(texts))


def _tool(i: int, text: str, limits: Limits, wrong: Violations) -> Mapping[str, Any]:
    field = f"query.tools_json[{i}]"
    before = len(wrong.found)
    tool = wrong.json_object(field, text, limits.json_chars)
    if len(wrong.found) == before:
        check_tool(field, tool, wrong)
    return tool


def _response_format(query: v1.Query, limits: Limits, wrong: Violations) -> Mapping[str, Any]:
    field = "query.response_format_json"
    before = len(wrong.found)
    wanted = wrong.json_object(field, query.response_format_json, limits.json_chars)
    if len(wrong.found) == before:
        check_response_format(field, wanted, wrong)
    return wanted


def _params(params: v1.GenerationParams, limits: Limits, wrong: Violations) -> Mapping[str, Any]:
    given = Told(params, "query.params.", wrong)
    read = _further(params.extra_json, limits, wrong) if params.HasField("extra_json") else {}
    named = {
        "temperature": given.between("temperature", 0.0, _MOST_HEAT),
        "top_p": given.above_zero("top_p", 1.0),
        "max_tokens": given.between("max_tokens", 1),
        "seed": told(params, "seed"),
    }
    read.update({key: value for key, value in named.items() if value is not None})
    if params.stop:
        wrong.at_most("query.params.stop", len(params.stop), _MAX_STOPS)
        read["stop"] = [_stop(i, text, wrong) for i, text in enumerate(params.stop[:_MAX_STOPS])]
    return read


def _further(text: str, limits: Limits, wrong: Violations) -> dict[str, Any]:
    """Parameters that have no field of their own. Names that nobody knows are the models' to take or not."""
    field = "query.params.extra_json"
    return caller_params(field, wrong.json_object(field, text, limits.json_chars), wrong)


def _stop(i: int, text: str, wrong: Violations) -> str:
    # Blanks are meant: "\n\n" is the usual one.
    if not text:
        wrong.add(f"query.params.stop[{i}]", "must not be empty", Fault.REQUIRED)
    return wrong.text(f"query.params.stop[{i}]", text, MAX_NAME)
