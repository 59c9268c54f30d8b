"""A body of `/v1/responses`, checked and as a query: text and functions, each call by itself.

What OpenAI keeps between calls (`previous_response_id`, `conversation`, `background`) is not kept here, and refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pointsman_service.domain import ChatMessage, Question
from pointsman_service.domain.request_limits import MOST_TOKENS, Limits
from pointsman_service.domain.requests import Query
from pointsman_service.domain.violations import Violations
from pointsman_service.errors import Fault
from pointsman_service.http.extension import read_extension
from pointsman_service.http.fields import Fields
from pointsman_service.http.headers import Headers
from pointsman_service.http.model_names import Wanted
from pointsman_service.http.read_chat import (
    end_user,
    metadata_of,
    one_answer,
    query_of,
    read_format,
    read_params,
    read_tools,
)
from pointsman_service.http.responses_items import read_input

_KEPT = ("previous_response_id", "conversation", "prompt", "context_management")
_LOGPROBS = "message.output_text.logprobs"
_INCLUDED = (_LOGPROBS, "reasoning.encrypted_content")
"""The second is nothing here: no reasoning is kept at a provider, so none has to be carried."""


@dataclass(frozen=True, slots=True)
class ResponseAsked:
    """query: what is asked. said: the fields of the request that its response repeats."""

    query: Query
    streams: bool
    predictions: bool
    said: Mapping[str, Any]


def read_response(body: Mapping[str, Any], headers: Headers, asked: Wanted, limits: Limits) -> ResponseAsked:
    """What is asked. Raises InvalidRequest with every violation."""
    wrong = Violations()
    fields = Fields(body, "", wrong)
    fields.take("model")
    streams = fields.flag("stream") is True
    _refuse_kept(fields)
    one_answer(fields)
    labels = metadata_of(fields, wrong)
    extension = read_extension(fields, headers, asked, labels, limits)
    instructions = fields.text("instructions", limits.text_chars)
    messages = read_input(fields, limits)
    if instructions:
        messages = (ChatMessage("developer", instructions), *messages)
    text = Fields(fields.mapping("text") or {}, "text.", wrong)
    form = _format(text, limits)
    tools = _tools(fields, limits)
    params = _own_params(fields, text) | read_params(fields, labels, limits)
    user = end_user(fields)
    text.refuse_rest()
    query = query_of(Question(messages, tools, form, params), extension, user, headers)
    wrong.raise_if_any()
    return ResponseAsked(query, streams, extension.predictions, _repeated(body, instructions))


def _repeated(body: Mapping[str, Any], instructions: str | None) -> dict[str, Any]:
    """What a response says of its request; checked already."""
    text: Mapping[str, Any] = body.get("text") or {}
    return {
        "instructions": instructions,
        "metadata": body.get("metadata") or {},
        "text": {"format": text.get("format") or {"type": "text"}},
        "tools": body.get("tools") or [],
        "tool_choice": body.get("tool_choice") or "auto",
        "parallel_tool_calls": body.get("parallel_tool_calls") is not False,
        "temperature": body.get("temperature"),
        "top_p": body.get("top_p"),
        "max_output_tokens": body.get("max_output_tokens"),
        "reasoning": body.get("reasoning") or {"effort": None, "summary": None},
        "user": body.get("user"),
    }


def _refuse_kept(fields: Fields) -> None:
    for name in _KEPT:
        if fields.take(name) is not None:
            why = "needs what earlier calls left at OpenAI, and nothing is kept here; send it in `input`"
            fields.wrong.add(name, why, Fault.NOT_ALLOWED)
    if fields.flag("background") is True:
        fields.wrong.add("background", "must be false: whoever asks waits for the answer", Fault.NOT_ALLOWED)
    if fields.take("truncation") is not None and fields.take("truncation") != "disabled":
        fields.wrong.add("truncation", 'must be "disabled": what is sent is not cut', Fault.NOT_ALLOWED)
    if fields.take("max_tool_calls") is not None:
        fields.wrong.add("max_tool_calls", "bounds tools that run at OpenAI; none are taken", Fault.NOT_ALLOWED)
    options = Fields(fields.mapping("stream_options") or {}, "stream_options.", fields.wrong)
    options.flag("include_obfuscation")
    options.refuse_rest()


def _own_params(fields: Fields, text: Fields) -> dict[str, Any]:
    """What Responses call otherwise than chat completions do."""
    params: dict[str, Any] = {}
    limit = fields.between("max_output_tokens", 1, MOST_TOKENS)
    if limit is not None:
        params["max_completion_tokens"] = int(limit)
    reasoning = Fields(fields.mapping("reasoning") or {}, "reasoning.", fields.wrong)
    if (effort := reasoning.identifier("effort", 40)) is not None:
        params["reasoning_effort"] = effort
    for asked in ("summary", "generate_summary"):
        reasoning.identifier(asked, 40)  # what was thought is told where the model tells it
    reasoning.refuse_rest()
    if (verbosity := text.identifier("verbosity", 40)) is not None:
        params["verbosity"] = verbosity
    return params | _included(fields) | _tool_choice(fields)


def _included(fields: Fields) -> dict[str, Any]:
    included = fields.texts("include") or []
    for i, name in enumerate(included):
        if name not in _INCLUDED:
            fields.wrong.add(f"include[{i}]", f"can be one of {', '.join(_INCLUDED)}", Fault.NOT_ALLOWED)
    return {"logprobs": True} if _LOGPROBS in included else {}


def _tool_choice(fields: Fields) -> dict[str, Any]:
    choice = fields.take("tool_choice")
    if isinstance(choice, dict) and choice.get("type") == "function":
        choice = {"type": "function", "function": {"name": choice.get("name")}}
    if isinstance(choice, str | dict):
        return {"tool_choice": choice}
    if choice is not None:
        fields.wrong.add("tool_choice", "must be a text or an object", Fault.MALFORMED)
    return {}


def _format(text: Fields, limits: Limits) -> Mapping[str, Any] | None:
    """`text.format`, whose schema stands beside its name, as chat completions have it."""
    wanted = text.mapping("format")
    if wanted is None:
        return None
    if wanted.get("type") == "json_schema":
        wanted = {"type": "json_schema", "json_schema": {k: v for k, v in wanted.items() if k != "type"}}
    return read_format(Fields({"response_format": wanted}, "", text.wrong), limits)


def _tools(fields: Fields, limits: Limits) -> tuple[Mapping[str, Any], ...]:
    """Functions, whose names stand beside their type here."""
    given: Sequence[Any] = fields.listed("tools") or ()
    return read_tools(Fields({"tools": [_function(tool) for tool in given]}, "", fields.wrong), limits)


def _function(tool: object) -> object:
    if not isinstance(tool, dict) or tool.get("type") != "function" or "function" in tool:
        return tool
    return {"type": "function", "function": {k: v for k, v in tool.items() if k != "type" and v is not None}}
