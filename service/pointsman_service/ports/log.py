"""The event log: append-only, ordered, durable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from pointsman_learner.events import EpisodeRecorded, Event, FeedbackRecorded, WarmStarted


@dataclass(frozen=True, slots=True)
class Logged:
    """An event at its place in the log. position grows by one an event and is never reused.

    episode: for feedback and outcomes, the episode they are about, joined by the log (the learner keeps none).
    """

    position: int
    event: Event
    episode: EpisodeRecorded | None = None


@dataclass(frozen=True, slots=True)
class StoredEpisode:
    """An episode as GetEpisode and an idempotent retry need it: with its texts, as far as `store_prompts` kept them.

    prompt: None under "none", a sha256 hex under "hash". answer_texts: one a step, None likewise. request_id is the
    caller's; response: JSON that the service stored to answer the same request_id again.
    """

    episode: EpisodeRecorded
    position: int
    request_id: str | None
    session_id: str | None
    prompt: str | None
    answer_texts: tuple[str | None, ...]
    response: Mapping[str, Any]
    feedback: tuple[FeedbackRecorded, ...] = ()


@dataclass(frozen=True, slots=True)
class NewEpisode:
    """What the request path appends."""

    episode: EpisodeRecorded
    request_id: str | None = None
    session_id: str | None = None
    prompt: str | None = None
    answer_texts: tuple[str | None, ...] = ()
    response: Mapping[str, Any] | None = None


class EventLog(Protocol):
    """Append-only, ordered, durable: the only truth. What an append returned for is on disk."""

    async def append_episode(self, new: NewEpisode) -> int:
        """Append; the position. Raises DuplicateRequest with the episode id that the tenant's request_id has."""

    async def append_feedback(self, feedback: FeedbackRecorded) -> tuple[int, bool]:
        """Append; (position, True), or the first one's (position, False) where the tenant's feedback id is known."""

    async def append_warm_start(self, event: WarmStarted) -> tuple[int, bool]:
        """Append; (position, True), or the first one's (position, False) where the batch id is known.

        Raises RequestConflict where that one had other content.
        """

    async def append(self, event: Event) -> int:
        """Append any other event."""

    async def episode(self, episode_id: str, tenant: str) -> StoredEpisode:
        """Raises UnknownEpisode, also for another tenant's; EpisodeExpired where retention has removed it."""

    async def episode_of_request(self, tenant: str, request_id: str) -> StoredEpisode | None:
        """The episode that this request_id already has, for idempotent retries."""

    def read(self, after: int, limit: int = 1000) -> Sequence[Logged]:
        """Events after a position, in order: what the learner folds. Blocking, for the learner's own process."""

    async def end(self) -> int:
        """Position of the last event, 0 when empty."""

    async def close(self) -> None:
        """Flush what was accepted, then close."""


class Reads(Protocol):
    """The part of the event log that a fold needs."""

    def read(self, after: int, limit: int = 1000) -> Sequence[Logged]:
        """Events after a position, in order."""


class Log(Reads, Protocol):
    """The part of the event log that the learner needs."""

    async def append(self, event: Event) -> int:
        """Append; the position."""

    async def end(self) -> int:
        """Position of the last event."""
