"""A body of `/v1/chat/completions`, checked and as a query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pointsman_service.domain import Question
from pointsman_service.domain.answer_limits import is_limit
from pointsman_service.domain.chat import MULTIPLIERS
from pointsman_service.domain.generation import KNOWN, MOST_STOPS, wrong_value
from pointsman_service.domain.json_bounds import wrong_size
from pointsman_service.domain.names import MAX_NAME
from pointsman_service.domain.question_checks import MOST_PARAMS, check_response_format, check_tool
from pointsman_service.domain.request_limits import MAX_END_USER, MOST_TOKENS, Limits
from pointsman_service.domain.requests import Query
from pointsman_service.domain.violations import Violations
from pointsman_service.errors import Fault
from pointsman_service.http.extension import Extension, read_extension
from pointsman_service.http.fields import Fields
from pointsman_service.http.headers import Headers, request_id_of
from pointsman_service.http.model_names import Wanted
from pointsman_service.http.read_messages import read_messages

_OLD = {"functions": "tools", "function_call": "tool_choice"}
"""What OpenAI had before tools; answers have no field for it."""


@dataclass(frozen=True, slots=True)
class ChatAsked:
    """query: what is asked. usage: whether a stream ends with the tokens; extension: what was said beside it."""

    query: Query
    streams: bool
    usage: bool
    predictions: bool


def read_chat(body: Mapping[str, Any], headers: Headers, asked: Wanted, limits: Limits) -> ChatAsked:
    """What is asked. Raises InvalidRequest with every violation."""
    wrong = Violations()
    fields = Fields(body, "", wrong)
    fields.take("model")
    streams = fields.flag("stream") is True
    usage = _stream_options(fields, streams=streams)
    one_answer(fields)
    labels = metadata_of(fields, wrong)
    extension = read_extension(fields, headers, asked, labels, limits)
    question = Question(
        messages=read_messages(fields.listed("messages"), limits, wrong),
        tools=read_tools(fields, limits),
        response_format=read_format(fields, limits),
        params=read_params(fields, labels, limits),
    )
    query = query_of(question, extension, end_user(fields), headers)
    wrong.raise_if_any()
    return ChatAsked(query, streams, usage, extension.predictions)


def query_of(question: Question, extension: Extension, user: str | None, headers: Headers) -> Query:
    """The query of a question and what is said beside it. user: as the dialect's own field has it."""
    return Query(
        question=question,
        hints=extension.hints,
        labels=extension.labels,
        session_id=extension.session_id,
        end_user_id=extension.end_user_id or user,
        preference=extension.preference,
        models=extension.models,
        require_tags=extension.require_tags,
        request_id=extension.request_id or request_id_of(headers),
        single_call=extension.pinned,
    )


def one_answer(fields: Fields) -> None:
    """One answer is asked for, and paid; what asks for more is refused by its name."""
    for name in MULTIPLIERS:
        if fields.has(name) and fields.take(name) != 1:
            fields.wrong.add(name, "must be 1: one answer is asked for, and paid", Fault.NOT_ALLOWED)


def end_user(fields: Fields) -> str | None:
    """`user`, which is passed on as well."""
    value = fields.of("user", str)
    return fields.wrong.identifier("user", value, MAX_END_USER) if value else None


def metadata_of(fields: Fields, wrong: Violations) -> Mapping[str, str]:
    """OpenAI's `metadata`: labels of the episode; with `store`, the provider's as well."""
    metadata = fields.take("metadata")
    why = wrong_value("metadata", metadata)
    if why is not None:
        wrong.add("metadata", why, Fault.MALFORMED)
        return {}
    return metadata or {}


def read_tools(fields: Fields, limits: Limits) -> tuple[Mapping[str, Any], ...]:
    """Functions that may be called; other tools run at a provider, and are refused by their type."""
    given = fields.listed("tools") or ()
    fields.wrong.at_most("tools", len(given), limits.tools)
    kept = [(f"tools[{i}]", tool) for i, tool in enumerate(given[: limits.tools])]
    total = 0
    for field, tool in kept:
        if not isinstance(tool, dict):
            fields.wrong.add(field, "must be an object", Fault.MALFORMED)
            continue
        check_tool(field, tool, fields.wrong)
        if isinstance(tool.get("type"), str) and tool["type"] != "function":
            why = f'"{tool["type"][:40]}" runs at a provider; only tools of type "function" are taken'
            fields.wrong.add(f"{field}.type", why, Fault.NOT_ALLOWED)
        total += check_object(field, tool, limits, fields.wrong)
    if total > limits.all_json_chars:
        why = f"hold {total} characters together; at most {limits.all_json_chars} are allowed"
        fields.wrong.add("tools", why, Fault.TOO_LONG)
    return tuple(tool for _, tool in kept if isinstance(tool, dict))


def read_format(fields: Fields, limits: Limits) -> Mapping[str, Any] | None:
    """The form of the answer; "text" is none."""
    wanted = fields.mapping("response_format")
    if wanted is None or wanted == {"type": "text"}:
        return None
    check_response_format("response_format", wanted, fields.wrong)
    check_object("response_format", wanted, limits, fields.wrong)
    return wanted


def check_object(field: str, value: object, limits: Limits, wrong: Violations) -> int:
    """Note what is too large or too deep of a JSON value; its characters."""
    chars, why = wrong_size(value, limits.json_chars)
    if why is not None:
        wrong.add(field, why, Fault.TOO_LONG)
    return chars


def read_params(fields: Fields, labels: Mapping[str, str], limits: Limits) -> dict[str, Any]:
    """Every other field: those that are known are checked; a model may be allowed more by its operator."""
    wrong, read = fields.wrong, fields.rest()
    wrong.at_most("body", len(read), MOST_PARAMS)
    for old, new in _OLD.items():
        if read.pop(old, None) is not None:
            wrong.add(old, f"is not taken here any more; use {new}", Fault.NOT_ALLOWED)
    for name in [name for name in read if is_limit(name)]:
        value = fields.between(name, 1, MOST_TOKENS)
        read[name] = None if value is None else int(value)
    for name, value in read.items():
        if name in KNOWN and (why := wrong_value(name, value)) is not None:
            wrong.add(name, why, Fault.MALFORMED)
        elif isinstance(value, dict | list):
            check_object(name, value, limits, wrong)
    _check_stop(read.get("stop"), wrong)
    if labels and read.get("store") is True:
        read["metadata"] = dict(labels)
    return read


def _check_stop(stop: object, wrong: Violations) -> None:
    listed: Sequence[object] = stop if isinstance(stop, list) else [] if stop is None else [stop]
    for i, text in enumerate(listed[:MOST_STOPS]):
        if not isinstance(text, str) or not text or len(text) > MAX_NAME:
            wrong.add(f"stop[{i}]", f"must be a text of 1 to {MAX_NAME} characters", Fault.MALFORMED)


def _stream_options(fields: Fields, *, streams: bool) -> bool:
    options = fields.mapping("stream_options")
    if options is None:
        return False
    if not streams:
        fields.wrong.add("stream_options", 'goes with "stream": true only', Fault.CONFLICTING)
    said = Fields(options, "stream_options.", fields.wrong)
    said.flag("include_obfuscation")  # pads events against listeners; TLS's own padding is not ours
    usage = said.flag("include_usage") is True
    said.refuse_rest()
    return usage
