"""The event log: append-only, ordered, durable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from pointsman_learner.events import (
    EpisodeRecorded,
    Event,
    FeedbackRecorded,
    OutcomeReported,
    SessionOutcomeRecorded,
    ShadowRecorded,
    WarmStarted,
)

from pointsman_service.domain.requests import BeliefMove

SESSION_EPISODES = 50
"""What a session's outcome speaks of at most: of a longer run it says hardly anything of any answer."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Stands where an event is that nobody can read: damaged, or of a kind that this version does not know.

    why: what is wrong with it, or with the episode that it is about.
    """

    why: str
    kind: str = "unreadable"
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Logged:
    """An event at its place in the log. position grows by one an event and is never reused.

    episode: for feedback and outcomes, the episode they are about, joined by the log (the learner keeps none).
    session: for an author's first word on a session, its last `SESSION_EPISODES` episodes before it, in order.
    """

    position: int
    event: Event | Unreadable
    episode: EpisodeRecorded | None = None
    session: tuple[EpisodeRecorded, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredEpisode:
    """An episode as GetEpisode and an idempotent retry need it: with its texts, as far as `store_prompts` kept them.

    prompt: None under "none", a keyed digest under "hash". answer_texts: one a step, None likewise. response: JSON
    that the service stored to answer the same request_id again, with the query's `labels`. feedback, outcomes: what was
    told of it since, in order. end_user_id: who asked, in clear, under "full" alone.
    """

    episode: EpisodeRecorded
    position: int
    prompt: str | None
    answer_texts: tuple[str | None, ...]
    response: Mapping[str, Any]
    feedback: tuple[FeedbackRecorded, ...] = ()
    outcomes: tuple[OutcomeReported, ...] = ()
    end_user_id: str | None = None

    @property
    def labels(self) -> Mapping[str, str]:
        """The caller's labels."""
        labels: Mapping[str, str] = self.response.get("labels", {})
        return labels


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why an episode went as it did.

    summary: a few sentences. moves: what each verdict moved, in the order in which they came, computed with the
    snapshot of moves_snapshot_version: the one that decided, where it is still kept, else the present one.
    """

    stored: StoredEpisode
    summary: str
    moves: tuple[BeliefMove, ...]
    moves_snapshot_version: int


@dataclass(frozen=True, slots=True)
class NewEpisode:
    """What the request path appends: the episode, and what may be forgotten of it while the log stays."""

    episode: EpisodeRecorded
    prompt: str | None = None
    answer_texts: tuple[str | None, ...] = ()
    response: Mapping[str, Any] | None = None
    end_user_id: str | None = None

    @property
    def is_reply(self) -> bool:
        """Whether a repetition of its request_id gets this episode. One without an answer leaves the id free."""
        return self.episode.answer is not None or self.episode.stop == "route_only"


class EventLog(Protocol):
    """Append-only, ordered, durable: the only truth. What an append returned for is on disk."""

    async def ready(self) -> None:
        """Return where an episode can be written now: asked before anything is paid for one. Raises LogUnavailable."""

    async def append_episode(self, new: NewEpisode) -> int:
        """Append; the position. Raises DuplicateRequest with the episode id that the tenant's request_id has."""

    async def append_feedback(self, event: FeedbackRecorded) -> tuple[int, bool]:
        """Append once: (position, True), or the first one's (position, False) where its request_id is known.

        A request_id is the tenant's own. Raises RequestConflict where the known one had other content, UnknownEpisode,
        EpisodeExpired; OverLimit where the episode has had so many words that it takes no more.

        A word replaces what the same author (end user, else client, else tenant) said of the same answer: that stays in
        the log, and counts no more.
        """

    async def append_outcome(self, event: OutcomeReported) -> tuple[int, bool]:
        """As `append_feedback`; without a request_id it is new. RequestConflict where the model's answer is told."""

    async def append_shadow(self, event: ShadowRecorded) -> int:
        """Append what came of a call in the shadow, without anybody's words. Raises UnknownEpisode, EpisodeExpired."""

    async def append_session_outcome(self, event: SessionOutcomeRecorded) -> tuple[int, bool]:
        """As `append_feedback`, but about no episode."""

    async def session_episodes(self, tenant: str, session_id: str) -> int:
        """How many episodes of the session the log has."""

    async def append_warm_start(self, event: WarmStarted) -> tuple[int, bool]:
        """As `append_session_outcome`; its request_id is known over all tenants."""

    async def append(self, event: Event) -> int:
        """Append any event; the position, the first one's where it is known already."""

    async def episode(self, episode_id: str, tenant: str, *, told: bool = True) -> StoredEpisode:
        """The episode. told: with its feedback and outcomes, of which there may be many.

        Raises UnknownEpisode, also for another tenant's; EpisodeExpired where retention has removed it.
        """

    async def episode_of_request(self, tenant: str, request_id: str) -> StoredEpisode | None:
        """The episode that a repetition of this request_id gets, None where it is free."""

    def read(self, after: int, limit: int = 1000) -> Sequence[Logged]:
        """Events after a position, in order: what the learner folds. Blocking, for the learner's own process.

        One that cannot be read is Unreadable, and those after it follow.
        """

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
