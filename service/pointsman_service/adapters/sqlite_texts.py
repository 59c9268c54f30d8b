"""What is kept of prompts and answers: all of it, a digest that can only be compared, or nothing.

A digest hides a long text; who can guess a short one can confirm the guess. Where that matters, keep nothing. The id of
an end user is kept beside full texts alone: what stays in the log is a pseudonym of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

from pointsman_service.ports import NewEpisode

StorePrompts = Literal["full", "hash", "none"]

# Where a stored response holds what a person wrote or a model answered.
TEXT_KEYS = frozenset({"text", "content", "tool_calls", "arguments", "prompt", "messages"})


def kept_text(text: str | None, mode: StorePrompts) -> str | None:
    """What is stored of one text. A lone surrogate, which no database takes, becomes a question mark.

    >>> kept_text("hello", "hash")
    '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824'
    >>> kept_text("hello", "none") is None
    True
    """
    if text is None or mode == "none":
        return None
    encoded = text.encode("utf-8", "replace")
    return hashlib.sha256(encoded).hexdigest() if mode == "hash" else encoded.decode("utf-8")


def kept_response(response: Mapping[str, Any], mode: StorePrompts) -> Mapping[str, Any]:
    """The response without what is text, at any depth, unless the mode keeps it.

    >>> kept_response({"text": "secret", "answer": 0, "steps": [{"model": "a", "content": "x"}]}, "hash")
    {'answer': 0, 'steps': [{'model': 'a'}]}
    """
    return response if mode == "full" else _without_texts(response)


def kept(new: NewEpisode, mode: StorePrompts) -> NewEpisode:
    """The episode as it may be stored."""
    texts = (new.prompt, new.end_user_id)
    if mode == "full" and not new.answer_texts and all(t is None or t.isascii() for t in texts):
        return new  # nothing to take away or to mend
    return replace(
        new,
        prompt=kept_text(new.prompt, mode),
        answer_texts=tuple(kept_text(t, mode) for t in new.answer_texts),
        response=kept_response(new.response or {}, mode),
        end_user_id=kept_text(new.end_user_id, mode) if mode == "full" else None,
    )


def _without_texts(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, Mapping):
        return {k: _without_texts(v) for k, v in value.items() if k not in TEXT_KEYS}
    if isinstance(value, list | tuple):
        return [_without_texts(v) for v in value]
    return value
