"""LiteLLM's spend logs: rows of its table LiteLLM_SpendLogs, as JSON, JSON lines or CSV.

Prompts are there where `store_prompts_in_spend_logs` is on: in `proxy_server_request` (the request's body), in earlier
versions in `messages`. JSON columns may be texts. `spend` is what LiteLLM took the call to cost: 0 for an answer from
its cache, and 0, too, for a model whose price it does not know.

Sources: litellm/proxy/schema.prisma (model LiteLLM_SpendLogs); litellm/proxy/spend_tracking/spend_tracking_utils.py
(get_logging_payload; metadata: usage_object, additional_usage_values, status, error_information).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pointsman_service.advice.chats import answer_of, question_of
from pointsman_service.advice.foreign import Figures, duration_ms, first, mapping, moment, name
from pointsman_service.advice.logged_call import LeftOut, LoggedCall, Told
from pointsman_service.advice.scores import words_in
from pointsman_service.chat.usage import usage_of

_CHATS = frozenset({"completion", "text_completion", "responses", "anthropic_messages", "generate_content", ""})


def is_litellm(fields: Mapping[str, Any]) -> bool:
    """Whether a record is such a row."""
    return "request_id" in fields and "spend" in fields


def litellm_calls(fields: Mapping[str, Any]) -> Iterator[Told]:
    """The call of one row."""
    kind = name(fields.get("call_type")).removeprefix("a")
    metadata = mapping(fields.get("metadata"))
    if kind not in _CHATS and f"a{kind}" not in _CHATS:
        yield LeftOut("other")
    elif "failure" in {name(fields.get("status")), name(metadata.get("status"))}:
        yield LeftOut("failed")
    else:
        yield _call(fields, metadata)


def _call(fields: Mapping[str, Any], metadata: Mapping[str, Any]) -> LoggedCall:
    figures = Figures()
    request, response = mapping(fields.get("proxy_server_request")), mapping(fields.get("response"))
    request = mapping(request.get("body")) or request
    begin, end = moment(fields.get("startTime")), moment(fields.get("endTime"))
    details = mapping(metadata.get("usage_object")) or mapping(metadata.get("additional_usage_values"))
    counts = {
        key: figures.tokens(key, fields.get(key)) for key in ("prompt_tokens", "completion_tokens", "total_tokens")
    }
    return LoggedCall(
        model=name(fields.get("model")),
        asked=name(fields.get("model_group")),
        question=question_of(
            first(request, "messages", "input", "prompt") or first(fields, "messages"),
            request.get("tools"),
            request.get("response_format"),
            first(request, "max_completion_tokens", "max_tokens"),
        ),
        answer=answer_of(response),
        usage=usage_of({"usage": {**details, **counts}}),
        cost_usd=_spend(figures, fields, counts),
        at=begin,
        latency_ms=figures.ms("request_duration_ms", fields.get("request_duration_ms")) or duration_ms(begin, end),
        scores=tuple(words_in(metadata) + words_in(mapping(metadata.get("spend_logs_metadata")))),
        call=name(fields.get("request_id")),
        trace=name(fields.get("session_id")),
        odd=figures.odd,
    )


def _spend(figures: Figures, fields: Mapping[str, Any], counts: Mapping[str, int | None]) -> float | None:
    """What was spent; a 0 for tokens that no cache answered is what LiteLLM writes where it knows no price."""
    spent = figures.usd("spend", fields.get("spend"))
    from_cache = name(fields.get("cache_hit")).lower() == "true" or fields.get("cache_hit") is True
    return None if spent == 0.0 and any(counts.values()) and not from_cache else spent
