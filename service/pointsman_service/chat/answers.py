"""From a completion to an answer: tokens counted or estimated, cost from the figure in force."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pointsman_service.chat.completion import Completion
from pointsman_service.domain import ModelAnswer, ModelConfig, ModelPrices, Question, Usage
from pointsman_service.errors import ModelCallError

CHARS_PER_TOKEN = 4.0
"""English text on the usual tokenizers; only used where a response counts no tokens."""

MOST_USD = 1_000.0
"""Dollars of one call: ten times what the dearest model (o1-pro) takes for a full window."""


def estimate_tokens(text: str) -> int:
    """Rough token count of a text, at least 1 unless it is empty.

    >>> estimate_tokens("What is 17 times 23?"), estimate_tokens("")
    (5, 0)
    """
    return max(1, round(len(text) / CHARS_PER_TOKEN)) if text else 0


def answer_of(
    completion: Completion, *, model: ModelConfig, question: Question, prices: ModelPrices | None, latency_ms: float
) -> ModelAnswer:
    """The answer with its tokens and cost.

    Raises ModelCallError: refused (content filter, or nothing but a refusal), empty (neither text, parts nor a tool
    call); both carry what they cost.
    """
    input_tokens, output_tokens, estimated = _tokens(completion, question)
    usage = replace(completion.usage, input_tokens=input_tokens, output_tokens=output_tokens)
    cost, source = _cost(completion, model, prices, usage)
    if why := _unusable(completion):
        kind, message = why
        sent = True if source == "unknown" else None  # it is charged for, nobody knows how much
        raise ModelCallError(f"the model {model.name} {message}", kind=kind, cost_usd=cost, sent=sent)
    return ModelAnswer(
        text=completion.text,
        finish_reason=completion.finish_reason,
        input_tokens=input_tokens,
        output_tokens=output_tokens,
        cost_usd=cost,
        latency_ms=latency_ms,
        tool_calls=completion.tool_calls,
        parts=tuple(_with_format(part, model, question) for part in completion.parts),
        reasoning=completion.reasoning,
        refusal=completion.refusal,
        cached_input_tokens=completion.usage.cached_input_tokens,
        reasoning_tokens=completion.usage.reasoning_tokens,
        tokens_estimated=estimated,
        cost_source=source,
        mean_logprob=completion.mean_logprob,
        tokens=completion.tokens if question.params.get("logprobs") else (),
    )


def _unusable(completion: Completion) -> tuple[str, str] | None:
    """The kind of failure and what the model did, where this is no answer."""
    content = completion.text.strip() or completion.parts or completion.tool_calls
    if completion.finish_reason == "content_filter" or (completion.refusal and not content):
        return "refused", f"refused: {completion.refusal or 'its content filter stopped the answer'}"
    if not content:
        return "empty", f"gave an empty answer (finish_reason {completion.finish_reason})"
    return None


def _with_format(part: Mapping[str, Any], model: ModelConfig, question: Question) -> Mapping[str, Any]:
    """Sound comes without its format: it is the one that was asked for."""
    asked = {**model.params, **question.params}.get("audio")
    if part["type"] != "input_audio" or not isinstance(asked, Mapping) or "format" not in asked:
        return part
    return {**part, "input_audio": {"format": str(asked["format"]), **part["input_audio"]}}


def _tokens(completion: Completion, question: Question) -> tuple[int, int, bool]:
    counted_input, counted_output = completion.usage.input_tokens, completion.usage.output_tokens
    # Some gateways send zeros for "not counted"; no chat request has no tokens.
    if counted_input and counted_output is not None and (counted_output or not completion.text):
        return counted_input, counted_output, False
    prompt = sum(estimate_tokens(m.content) for m in question.messages)
    answer = (completion.reasoning or "") + completion.text
    answer += json.dumps(completion.tool_calls) if completion.tool_calls else ""
    return counted_input or prompt, counted_output or estimate_tokens(answer), True


def _cost(completion: Completion, model: ModelConfig, prices: ModelPrices | None, usage: Usage) -> tuple[float, str]:
    """Dollars, and whose figure they are."""
    stated, says_so = completion.stated_cost_usd, model.cost_source == "response"
    configured = prices is not None and prices.source == "configured"
    # A 0 that nobody asked for is what some gateways say of a model whose price they do not know.
    if stated is not None and (says_so or (stated > 0.0 and not configured)):
        return stated, "response"
    if prices is None:
        return 0.0, "unknown"
    bill = prices.bill_usd(usage)
    # Tokens that come to more than any call can cost were miscounted.
    return (bill, prices.source) if bill <= MOST_USD else (0.0, "unknown")
