"""What a response itself says that the call cost, in the forms that providers and gateways have for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

RECORDED_COST_FIELD = "pointsman_recorded_cost_usd"
"""Where the replay provider's responses say what the recorded call cost, in dollars."""

HEADER_COST_FIELD = "pointsman_header_cost_usd"
"""Where a caller puts what the response's headers say, beside its body."""

COST_HEADERS = ("x-litellm-response-cost", "x-response-cost", "x-request-cost")
"""LiteLLM's proxy, and other gateways."""

TICKS_PER_USD = 1e10
"""xAI counts in these: its documentation of `cost_in_usd_ticks`."""

MOST_USD = 100.0
"""A call of today's dearest model (o1-pro, $150 and $600 a million tokens) that fills its window costs $90: more than
this is another unit, or a mistake."""


def stated_cost_of(payload: Mapping[str, Any]) -> float | None:
    """Dollars, None where the response does not tell, or nothing that can be.

    >>> stated_cost_of({"usage": {"cost": {"total_cost": "0.0061"}}})
    0.0061
    >>> stated_cost_of({"usage": {"cost": -1}}) is None
    True
    """
    return next((usd for usd in map(amount_of, _forms(payload)) if usd is not None), None)


def cost_of_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """What the headers say, as a field beside the response's own; empty where they do not.

    >>> cost_of_headers({"x-litellm-response-cost": "0.002"})
    {'pointsman_header_cost_usd': '0.002'}
    """
    said = next((headers[name] for name in COST_HEADERS if headers.get(name)), None)
    return {} if said is None else {HEADER_COST_FIELD: said}


def amount_of(value: object) -> float | None:
    """Dollars as a number or as a text, between 0 and MOST_USD; None for anything else.

    >>> amount_of("$0.25"), amount_of(True), amount_of("1e9")
    (0.25, None, None)
    """
    if isinstance(value, str):
        try:
            value = float(value.strip().removeprefix("$").removesuffix("USD"))
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MOST_USD:
        return None
    return float(value)


def _forms(payload: Mapping[str, Any]) -> Iterator[object]:
    """Each place where a cost may stand, the most particular first."""
    usage = _mapping(payload.get("usage"))
    yield _own_key(usage)
    for said in (usage.get("cost"), payload.get("cost")):
        yield said  # OpenRouter, Requesty
        yield from (_mapping(said).get(name) for name in ("total_cost", "total"))  # Perplexity
    yield _mapping(usage.get("cost_details")).get("upstream_inference_cost")
    for name in ("total_cost", "cost_usd", "total_cost_usd", "cost_usd_total", "estimated_cost"):  # DeepInfra's is last
        yield usage.get(name)
    ticks = usage.get("cost_in_usd_ticks")
    yield ticks / TICKS_PER_USD if isinstance(ticks, int) and 0 <= ticks <= MOST_USD * TICKS_PER_USD else None
    yield _mapping(payload.get("_hidden_params")).get("response_cost")  # the litellm library
    for name in ("provider_metadata", "providerMetadata"):  # Vercel's gateway
        yield _mapping(_mapping(payload.get(name)).get("gateway")).get("cost")
    yield payload.get(HEADER_COST_FIELD)
    yield payload.get(RECORDED_COST_FIELD)


def _own_key(usage: Mapping[str, Any]) -> float | None:
    """OpenRouter with a key of one's own: its fee, and what the provider charges to that key."""
    upstream = amount_of(_mapping(usage.get("cost_details")).get("upstream_inference_cost"))
    if usage.get("is_byok") is not True or upstream is None:
        return None
    return upstream + (amount_of(usage.get("cost")) or 0.0)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
