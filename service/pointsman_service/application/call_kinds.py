"""What a request's own parameters may do to a bill: nothing, more thinking, or nobody knows what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from pointsman_service.domain import Question
from pointsman_service.domain.answer_limits import is_limit

CallKind = Literal["ordinary", "reasoning", "unknown"]
SIMPLER: Mapping[CallKind, tuple[CallKind, ...]] = {
    "ordinary": (),
    "reasoning": ("ordinary",),
    "unknown": ("ordinary", "reasoning"),
}
"""Kinds of call that ask for less than one of each kind does."""

_HARMLESS = frozenset(
    {
        "temperature", "top_p", "top_k", "top_a", "min_p", "typical_p", "stop", "seed", "presence_penalty",
        "frequency_penalty", "repetition_penalty", "logit_bias", "logprobs", "top_logprobs", "user", "tool_choice",
        "parallel_tool_calls", "safety_identifier", "prompt_cache_key", "metadata", "store", "verbosity",
    }
)  # fmt: skip
"""What is said by them costs no more than the limit on the answer allows."""

_THINKING = frozenset(
    {"reasoning_effort", "reasoning", "thinking", "enable_thinking", "thinking_budget", "include_reasoning"}
)
"""They make answers longer. Whether thinking counts into the limit differs by provider, so it is seen apart."""

_ORDINARY_TIERS = frozenset({"auto", "default", "standard", "flex", "batch"})
PRIORITY_FACTOR = 2.5
"""Dearest of the price map's priority tiers over the plain price (1.67 to 2.5)."""

SEARCH_USD = 0.05
"""Dearest of the price map's `search_context_cost_per_query`: what a search costs beside the tokens."""
_SEARCHES = frozenset({"web_search_options", "search_parameters", "plugins", "enable_search", "web_search", "search"})


def kind_of(question: Question) -> CallKind:
    """What the request's own parameters make of a call. What operators set in a model's own is the model's ordinary.

    >>> from pointsman_service.domain import ChatMessage
    >>> kind_of(Question((ChatMessage("user", "hi"),), params={"best_of": 50}))
    'unknown'
    """
    said = {name for name, value in question.params.items() if value is not None and not is_limit(name)}
    foreign = any(tool.get("type") != "function" for tool in question.tools)
    if foreign or said - _HARMLESS - _THINKING:
        return "unknown"
    return "reasoning" if said & _THINKING else "ordinary"


def surcharge(params: Mapping[str, Any]) -> tuple[float, float]:
    """(factor on the price of tokens, dollars beside them) at most: what the tokens of a response do not tell.

    >>> surcharge({"service_tier": "priority"}), surcharge({"web_search_options": {}}), surcharge({})
    ((2.5, 0.0), (1.0, 0.05), (1.0, 0.0))
    """
    tier = params.get("service_tier")
    dear = tier is not None and tier not in _ORDINARY_TIERS
    return (PRIORITY_FACTOR if dear else 1.0), SEARCH_USD if _searches(params) else 0.0


def _searches(names: Iterable[str]) -> bool:
    return any(name in _SEARCHES for name in names)
