"""The limit on an answer's length, under all the names that requests have for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

LIMIT_NAMES = ("max_completion_tokens", "max_tokens")
"""Those of the OpenAI format; models take one of them, or either."""

_SPELLINGS = frozenset(
    {
        "maxtokens", "maxcompletiontokens", "maxoutputtokens", "maxnewtokens", "maxtokenstosample", "maxgentokens",
        "maxgeneratedtokens", "maxlength", "maxdecodelength", "maxresponsetokens", "maxresponseoutputtokens",
        "maxoutputlength", "numpredict", "npredict", "nctxoutput", "outputtokenlimit", "tokenlimit",
        "maxtokenstogenerate",
    }
)  # fmt: skip
"""What providers call it, without marks and case: two limits at once are read differently by different providers."""

LONGEST = 2**31 - 1
"""Tokens of a limit that makes sense: beyond it is a mistake, or meant to be none."""


def is_limit(name: str) -> bool:
    """Whether a parameter of this name bounds the answer's length.

    >>> is_limit("max_tokens"), is_limit("maxOutputTokens"), is_limit("max_price")
    (True, True, False)
    """
    return "".join(c for c in name if c.isalnum()).lower() in _SPELLINGS


def limit_of(params: Mapping[str, Any]) -> int | None:
    """The smallest limit that makes sense, None where there is none: text, numbers below 1 and infinity are no limits.

    >>> limit_of({"max_tokens": 800, "max_completion_tokens": -1}), limit_of({"max_tokens": "many"})
    (800, None)
    """
    said = (value for name, value in params.items() if is_limit(name))
    return min((int(v) for v in said if _is_count(v)), default=None)


def without_limits(params: Mapping[str, Any]) -> dict[str, Any]:
    """The other parameters.

    >>> without_limits({"max_tokens": 5, "seed": 1})
    {'seed': 1}
    """
    return {name: value for name, value in params.items() if not is_limit(name)}


def name_said(params: Mapping[str, Any]) -> str | None:
    """Which of the format's names the parameters use, where it is one of them, with a limit that makes sense."""
    said = [name for name in LIMIT_NAMES if _is_count(params.get(name))]
    return said[0] if len(said) == 1 else None


def _is_count(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 1 <= value <= LONGEST
