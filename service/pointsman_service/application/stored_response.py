"""What is kept with an episode to answer its request_id again: all that the episode itself does not say."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pointsman_service.application.cascade import CUT_SHORT
from pointsman_service.domain.requests import Completed, Query, Routed
from pointsman_service.errors import DuplicateRequest
from pointsman_service.ports import StoredEpisode


def response_of(kind: str, query: Query, fingerprint: str | None = None) -> dict[str, Any]:
    """JSON for an episode of any kind: "route", "complete" or "unanswered"."""
    return {"kind": kind, "fingerprint": fingerprint, "labels": dict(query.labels)}


def response_of_answer(query: Query, done: Completed, fingerprint: str | None, *, keep_texts: bool) -> dict[str, Any]:
    """JSON for an answered episode; without its texts where the service may not store them."""
    response = response_of("complete", query, fingerprint)
    if not keep_texts:
        return response
    return {
        **response,
        "text": done.text,
        "reasoning": done.reasoning,
        "refusal": done.refusal,
        "parts": [dict(part) for part in done.parts],
        "tool_calls": [dict(call) for call in done.tool_calls],
        **({"tokens": [dict(token) for token in done.tokens]} if done.tokens else {}),
    }


def routed_again(stored: StoredEpisode) -> Routed:
    """The decision that was stored."""
    return Routed(stored.episode.episode_id, stored.episode.decision, replayed=True)


class RecentAnswers:
    """The answers of the last requests with an id, for retries where the log may not keep texts."""

    def __init__(self, size: int = 1000) -> None:
        self._size = size
        self._answers: OrderedDict[str, Completed] = OrderedDict()

    def keep(self, done: Completed) -> None:
        """Remember, and forget the oldest."""
        self._answers[done.episode_id] = done
        if len(self._answers) > self._size:
            self._answers.popitem(last=False)

    def again(self, stored: StoredEpisode) -> Completed:
        """The answer that was given. Raises DuplicateRequest where its text was kept nowhere."""
        recent = self._answers.get(stored.episode.episode_id)
        if recent is not None:
            return replace(recent, replayed=True)
        return _completed_again(stored, stored.response)


def _completed_again(stored: StoredEpisode, response: Mapping[str, Any]) -> Completed:
    e = stored.episode
    if "text" not in response or e.answer is None:
        raise DuplicateRequest(
            f"request_id {e.request_id!r} was answered in episode {e.episode_id}, whose text is not stored",
            request_id=e.request_id,
            episode_id=e.episode_id,
        )
    return Completed(
        episode_id=e.episode_id,
        decision=e.decision,
        steps=e.steps,
        answer=e.answer,
        stop=e.stop,
        believed=e.believed,
        text=response["text"],
        finish_reason=e.steps[e.answer].finish_reason or "other",
        cost_usd=e.cost_usd,
        latency_ms=e.latency_ms or 0.0,
        parts=tuple(response["parts"]),
        reasoning=response["reasoning"],
        refusal=response["refusal"],
        tool_calls=tuple(response["tool_calls"]),
        cut_short=e.stop in CUT_SHORT,
        replayed=True,
        tokens=tuple(response.get("tokens", ())),
    )
