"""What is kept of prompts and answers: all of it, a digest that can only be compared, or nothing.

A digest is made under the folder's own key (`text_key`): who has the database and not the key cannot confirm a guess.
What is left: the digest of a request with a `request_id`, by which a repetition is known, has no key. The id of
an end user is kept beside full texts alone: what stays in the log is a pseudonym of it. Under both, nothing is kept of
what errors and verdicts quote, nor of hints that name no kind of query (`domain.withheld`).

What the caller gives as a name stays under each: request_id, session_id, labels, tags.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

from msgspec import structs
from pointsman_learner.events import FeedbackRecorded

from pointsman_service.domain.withheld import SECRET_BYTES, episode_without_words
from pointsman_service.ports import NewEpisode

StorePrompts = Literal["full", "hash", "none"]

# Where a stored response holds what a person wrote or a model answered.
TEXT_KEYS = frozenset(
    {"text", "content", "tool_calls", "arguments", "prompt", "messages", "reasoning", "refusal", "parts"}
)


def kept_text(text: str | None, mode: StorePrompts, key: bytes = b"") -> str | None:
    """What is stored of one text. A lone surrogate, which no database takes, becomes a question mark.

    key: of the digest, which is HMAC-SHA-256 (RFC 2104).

    >>> kept_text("hello", "hash", bytes(32))
    '4352b26e33fe0d769a8922a6ba29004109f01688e26acc9e6cb347e5a5afc4da'
    >>> kept_text("hello", "none") is None
    True
    """
    if text is None or mode == "none":
        return None
    encoded = text.encode("utf-8", "replace")
    return hmac.digest(key, encoded, "sha256").hex() if mode == "hash" else encoded.decode("utf-8")


def kept_response(response: Mapping[str, Any], mode: StorePrompts) -> Mapping[str, Any]:
    """The response without what is text, at any depth but in the caller's labels, unless the mode keeps it.

    >>> kept_response({"text": "secret", "answer": 0, "steps": [{"model": "a", "content": "x"}]}, "hash")
    {'answer': 0, 'steps': [{'model': 'a'}]}
    >>> kept_response({"labels": {"prompt": "v2"}}, "none")
    {'labels': {'prompt': 'v2'}}
    """
    if mode == "full":
        return response
    labels = {"labels": response["labels"]} if "labels" in response else {}
    return {**_without_texts(response), **labels}


def kept(new: NewEpisode, mode: StorePrompts, key: bytes = b"") -> NewEpisode:
    """The episode as it may be stored. key: of digests."""
    texts = (new.prompt, new.end_user_id)
    if mode == "full" and not new.answer_texts and all(t is None or t.isascii() for t in texts):
        return new  # nothing to take away or to mend
    episode = new.episode
    return replace(
        new,
        episode=episode if mode == "full" else episode_without_words(episode, os.urandom(SECRET_BYTES)),
        prompt=kept_text(new.prompt, mode, key),
        answer_texts=tuple(kept_text(t, mode, key) for t in new.answer_texts),
        response=kept_response(new.response or {}, mode),
        end_user_id=kept_text(new.end_user_id, mode) if mode == "full" else None,
    )


def kept_feedback(event: FeedbackRecorded, mode: StorePrompts) -> FeedbackRecorded:
    """The event with its comment as it may be stored: in full, or not at all. Its digest stays."""
    if event.comment is None:
        return event
    return structs.replace(event, comment=kept_text(event.comment, mode) if mode == "full" else None)


def _without_texts(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, Mapping):
        return {k: _without_texts(v) for k, v in value.items() if k not in TEXT_KEYS}
    if isinstance(value, list | tuple):
        return [_without_texts(v) for v in value]
    return value
