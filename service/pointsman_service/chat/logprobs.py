"""How likely each token of an answer was to its model, where the provider tells.

Chat completions have `logprobs.content[].logprob` (OpenAI, and what imitates it), some servers the older form
`logprobs.token_logprobs`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

UNKNOWN = -9999.0
"""What OpenAI's API reference lets providers send for a token that is not among the likeliest twenty."""


def logprobs_of(choice: Mapping[str, Any]) -> list[float]:
    """Natural log-probabilities of the tokens of a choice, or of a chunk's piece of it; none where it does not tell.

    >>> logprobs_of({"logprobs": {"content": [{"token": "4", "logprob": -0.5}, {"token": "2", "logprob": "?"}]}})
    [-0.5]
    """
    told = choice.get("logprobs")
    if not isinstance(told, Mapping):
        return []
    return [value for each in _each(told) if (value := _logprob(each)) is not None]


def _each(told: Mapping[str, Any]) -> Iterator[object]:
    tokens, older = told.get("content"), told.get("token_logprobs")
    if isinstance(tokens, list):
        yield from (token.get("logprob") for token in tokens if isinstance(token, Mapping))
    elif isinstance(older, list):
        yield from older


def _logprob(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not UNKNOWN < value <= 0.0:
        return None
    return float(value)
