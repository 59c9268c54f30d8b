"""One entry of litellm's price map as prices."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pointsman_service.domain import ModelPrices

_KINDS = (
    "cache_read_input_token_cost",
    "cache_creation_input_token_cost",
    "output_cost_per_reasoning_token",
    "input_cost_per_audio_token",
    "output_cost_per_audio_token",
)
"""In the order of `ModelPrices`."""
_LONG = re.compile(r"input_cost_per_token(_above_(\d+)k_tokens)")


def prices_of(entry: Mapping[str, Any]) -> ModelPrices | None:
    """None where the entry does not price both halves by the token.

    >>> entry = {"input_cost_per_token": 3e-06, "output_cost_per_token": 1.5e-05}
    >>> long = {"input_cost_per_token_above_200k_tokens": 6e-06, "output_cost_per_token_above_200k_tokens": 2.25e-05}
    >>> prices = prices_of(entry | long)
    >>> round(prices.cost_usd(1_000, 1_000), 6), round(prices.cost_usd(300_000, 1_000), 6)
    (0.018, 1.8225)
    """
    plain = _prices(entry, "")
    if plain is None:
        return None
    longer = [(int(m[2]) * 1000, m[1]) for m in map(_LONG.fullmatch, entry) if m is not None]
    if not longer:
        return plain
    # Every entry has one bound today; of several the first would count.
    long_from, suffix = min(longer)
    return replace(plain, long=_prices(entry, suffix), long_from=long_from)


def _prices(entry: Mapping[str, Any], suffix: str) -> ModelPrices | None:
    each_in = _per_million(entry.get(f"input_cost_per_token{suffix}"))
    each_out = _per_million(entry.get(f"output_cost_per_token{suffix}"))
    if each_in is None or each_out is None:
        return None
    cached, written, thought, heard, spoken = (
        _per_million(entry.get(f"{key}{suffix}", entry.get(key))) for key in _KINDS
    )
    return ModelPrices(each_in, each_out, "litellm", cached, written, thought, heard, spoken)


def _per_million(price: object) -> float | None:
    """Dollars; rounded, since a price times a million has a float's last digit."""
    if isinstance(price, bool) or not isinstance(price, int | float) or not 0.0 <= price < math.inf:
        return None
    return float(f"{price * 1e6:.12g}")
