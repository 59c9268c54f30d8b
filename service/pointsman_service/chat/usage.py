"""What a response says of its tokens. What it does not say is None, not 0."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from pointsman_service.chat.token_kinds import as_billed
from pointsman_service.domain import Usage

MAX_TOKENS = 10**8
"""Of one call: ten times the longest window that any model has. A larger count is a mistake of the provider's, and
not known: charged for, 10^18 tokens came to $5e11."""


def usage_of(payload: Mapping[str, Any]) -> Usage:
    """The tokens that a completion or a chunk tells.

    >>> usage_of({"usage": {"prompt_tokens": 9, "prompt_tokens_details": {"cached_tokens": 4}}})
    Usage(input_tokens=9, cached_input_tokens=4, output_tokens=None, reasoning_tokens=None)
    """
    usage = _mapping(payload.get("usage"))
    prompt = _mapping(usage.get("prompt_tokens_details"))
    answer = _mapping(usage.get("completion_tokens_details"))
    cached = _count(prompt.get("cached_tokens"))
    counted = Usage(
        input_tokens=_count(usage.get("prompt_tokens")),
        # The second is DeepSeek's word.
        cached_input_tokens=_count(usage.get("prompt_cache_hit_tokens")) if cached is None else cached,
        output_tokens=_count(usage.get("completion_tokens")),
        reasoning_tokens=_count(answer.get("reasoning_tokens")),
    )
    return as_billed(usage, counted, _count)


def later_usage(earlier: Usage, later: Usage) -> Usage:
    """Each count as told last. Neither silence nor a 0 takes back what was counted before.

    >>> later_usage(Usage(9, None, 1), Usage(0, None, 5))
    Usage(input_tokens=9, cached_input_tokens=None, output_tokens=5, reasoning_tokens=None)
    """
    return Usage(*(_later(getattr(earlier, f.name), getattr(later, f.name)) for f in fields(Usage)))


def _later(before: int | None, after: int | None) -> int | None:
    # A last chunk of zeros is what some gateways send for "nothing new".
    return before if before is not None and not after else after


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _count(value: object) -> int | None:
    amount = _amount(value)
    return None if amount is None or amount > MAX_TOKENS else int(amount)


def _amount(value: object) -> float | None:
    # Python's JSON reads NaN and Infinity too, and integers that no float holds.
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
        return None
    try:
        return float(value)
    except OverflowError:
        return None
