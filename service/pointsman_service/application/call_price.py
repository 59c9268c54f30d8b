"""What a call can cost at most, by the tokens that it can take: pure, from a model's prices and the question."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pointsman_service.application.call_kinds import CallKind, kind_of, surcharge
from pointsman_service.domain import ModelConfig, ModelPrices, Question, Usage
from pointsman_service.domain.answer_limits import limit_of, name_said, without_limits

OUTPUT_TOKENS = 4096
"""Asked for where a tenant has a ceiling and the request names no limit."""
MESSAGE_TOKENS = 16
"""What a provider's chat template puts around each message."""
TOOLS_TOKENS = 1000
"""What providers put before tools (Anthropic's longest instruction: 700)."""
IMAGE_TOKENS = 50_000
"""Of one image at most: gpt-4o-mini's count of a large one in high detail is 2,833 + 8 x 5,667."""
FILE_TOKENS = 200_000
"""Of a file that is only named: a long model's window."""
FILE_FACTOR = 4
"""Tokens for a byte of a file that is sent: its texts may be compressed, its pages are read as images as well."""

UNPRICED = ModelPrices(15.0, 75.0, "unknown")
"""Where no model has a price: what the dearest of the map's general models cost (Claude Opus 4)."""


@dataclass(frozen=True, slots=True)
class Quote:
    """One call as it is bounded: what is sent, and what it can cost.

    model, question: with one limit on the answer, of `limit` tokens.
    least_usd: what it can cost where the model keeps the limit; most_usd: where it gives its longest answer; the same
    where that is not known. prices: those that the bill is reckoned with; factor, fee_usd: on and beside the tokens.
    is_own: the limit may be where the model ends its answers anyway.
    """

    model: ModelConfig
    question: Question
    kind: CallKind
    limit: int
    least_usd: float
    most_usd: float
    prices: ModelPrices
    factor: float = 1.0
    fee_usd: float = 0.0
    is_own: bool = False

    def bill_usd(self, usage: Usage) -> float:
        """Dollars that these tokens cost at most."""
        return self.prices.bill_usd(usage) * self.factor + self.fee_usd


def quoted(model: ModelConfig, question: Question, dearest: ModelPrices | None, tokens: int | None = None) -> Quote:
    """The call as it is bounded.

    dearest: what stands for the prices of a model that has none, None where no model has any. tokens: `input_tokens` of
    the question, where it was counted before.

    >>> from pointsman_service.domain import ChatMessage
    >>> model = ModelConfig("m", "openai", "m", input_usd_per_million=1.0, output_usd_per_million=10.0)
    >>> quote = quoted(model, Question((ChatMessage("user", "hi"),), params={"max_tokens": -1}), None)
    >>> quote.question.params, quote.least_usd
    ({'max_tokens': 4096}, 0.040984)
    """
    prices = model.prices_in_force or dearest or UNPRICED
    most_out = _most_output(model)
    asked = limit_of(question.params) or limit_of(model.params) or OUTPUT_TOKENS
    asked = min(asked, limit_of(model.params) or asked)
    limit = asked if most_out is None else min(asked, most_out)
    name = name_said(question.params) or name_said(model.params) or "max_tokens"
    factor, fee = surcharge(question.params)
    tokens = input_tokens(question) if tokens is None else tokens
    # No prompt is longer than the window: what a provider would have to read beyond it, it refuses.
    tokens, cached = min(tokens, model.context_window or tokens), _keeps(question)
    least, most = (
        prices.most_usd(tokens, out, cached=cached) * factor + fee for out in (limit, max(limit, most_out or 0))
    )
    return Quote(
        model=replace(model, params=without_limits(model.params)),
        question=replace(question, params={**without_limits(question.params), name: limit}),
        kind=kind_of(question),
        limit=limit,
        least_usd=least,
        most_usd=most,
        prices=prices,
        factor=factor,
        fee_usd=fee,
        is_own=limit >= (most_out or OUTPUT_TOKENS),
    )


def input_tokens(question: Question) -> int:
    """Tokens that the prompt cannot exceed: no byte-level tokenizer makes more than a token of a byte."""
    sent = [m.content + json.dumps(list(m.tool_calls), ensure_ascii=False, default=str) for m in question.messages]
    sent += [f"{m.name or ''}{m.tool_call_id or ''}" for m in question.messages]
    sent += [json.dumps(tool, ensure_ascii=False, default=str) for tool in question.tools]
    sent.append(json.dumps(question.response_format, ensure_ascii=False, default=str))
    tokens = sum(len(text.encode("utf-8", "replace")) for text in sent) + MESSAGE_TOKENS * len(question.messages)
    tokens += TOOLS_TOKENS if question.tools else 0
    return tokens + sum(_part_tokens(part) for m in question.messages for part in m.parts)


def dearest_of(models: Iterable[ModelConfig]) -> ModelPrices | None:
    """The prices of the dearest priced model by a typical answer's, None where none is priced."""
    priced = [p for m in models if (p := m.prices_in_force) is not None]
    return max(priced, key=lambda p: p.input_usd_per_million + p.output_usd_per_million, default=None)


def _most_output(model: ModelConfig) -> int | None:
    known = [n for n in (model.max_output_tokens, model.context_window) if n is not None]
    return min(known, default=None)


def _part_tokens(part: Mapping[str, Any]) -> int:
    """Of a part that is no text, which stands in the message's content."""
    match part.get("type"):
        case "image_url":
            return IMAGE_TOKENS
        case "input_audio":
            # 32 tokens a second (Gemini) against 1,000 bytes a second of the thriftiest codec.
            return len(str((part.get("input_audio") or {}).get("data", "")))
        case "file":
            data = str((part.get("file") or {}).get("file_data") or "")
            return FILE_FACTOR * len(data) + IMAGE_TOKENS if data else FILE_TOKENS
        case _:
            return 0


def _keeps(question: Question) -> bool:
    """Whether the caller asks the provider to keep the prompt for later calls, as Anthropic's marks do."""
    marked = any("cache_control" in part for m in question.messages for part in m.parts)
    return marked or "cache_control" in question.params or any("cache_control" in tool for tool in question.tools)
