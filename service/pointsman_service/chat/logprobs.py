"""How likely each token of an answer was to its model, where the provider tells.

Chat completions have `logprobs.content[].logprob` (OpenAI, and what imitates it), some servers the older form
`logprobs.token_logprobs`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pointsman_service.domain.well_formed import well_formed

MOST_TOP = 20
"""Of a token; OpenAI gives no more."""
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


def told_tokens(choice: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The tokens of a choice as OpenAI's wire has them, for a caller who asked; none where another form tells.

    >>> told_tokens({"logprobs": {"content": [{"token": "4", "logprob": -0.5, "note": "left out"}]}})
    [{'token': '4', 'logprob': -0.5, 'bytes': None, 'top_logprobs': []}]
    """
    told = choice.get("logprobs")
    listed = told.get("content") if isinstance(told, Mapping) else None
    found = (_token(each) for each in listed) if isinstance(listed, list) else ()
    return [token for token in found if token is not None]


def _token(told: object) -> dict[str, Any] | None:
    if not isinstance(told, Mapping) or not isinstance(told.get("token"), str):
        return None
    value, top, raw = told.get("logprob"), told.get("top_logprobs"), told.get("bytes")
    if isinstance(value, bool) or not isinstance(value, int | float) or not value <= 0.0:
        return None
    others = [_token(each) for each in top[:MOST_TOP]] if isinstance(top, list) else []
    return {
        "token": well_formed(told["token"]),
        "logprob": max(float(value), UNKNOWN),
        "bytes": raw if isinstance(raw, list) and all(isinstance(b, int) and 0 <= b < 256 for b in raw) else None,
        "top_logprobs": [
            {name: other[name] for name in ("token", "logprob", "bytes")} for other in others if other is not None
        ],
    }


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
