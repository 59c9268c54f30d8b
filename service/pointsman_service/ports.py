"""The ports: what the application needs of the world. Adapters implement them, `compose` wires them.

Nothing above this page may assume SQLite, HTTP or one machine: the log and the snapshots can move to JetStream.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from pointsman_learner.events import EpisodeRecorded, Event, FeedbackRecorded, WarmStarted
from pointsman_learner.words import Verdict

from pointsman_service.domain import AnswerUnderJudgement, ModelAnswer, ModelConfig, Question


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


@dataclass(frozen=True, slots=True)
class SnapshotRecord:
    """A stored snapshot: version is unique and grows; position: log position it is the fold of."""

    version: int
    position: int
    created_at: float
    checksum: str
    size_bytes: int
    active: bool
    note: str


class SnapshotStore(Protocol):
    """Immutable, versioned, checksummed learner states, of which one is active."""

    def put(self, payload: bytes, position: int, at: float, note: str = "") -> SnapshotRecord:
        """Store under the next version and make it active, unless an operator pinned another by `activate`."""

    def active_version(self) -> int | None:
        """Cheap enough to poll: None when there is none."""

    def load(self, version: int) -> bytes:
        """Raises UnknownSnapshot, or CorruptSnapshot where the checksum does not match."""

    def list(self, limit: int = 100) -> Sequence[SnapshotRecord]:
        """Newest first."""

    def activate(self, version: int, at: float) -> SnapshotRecord:
        """Roll back (or forward) and pin. Raises UnknownSnapshot, CorruptSnapshot."""

    def unpin(self) -> None:
        """Follow the newest again."""


class Ledger(Protocol):
    """What must be exact at once: hard spending ceilings and session stickiness. Lives with the log."""

    async def reserve(self, tenant: str, usd: float, now: float) -> str:
        """Hold `usd` of the tenant's ceiling for this period; a reservation id. Raises BudgetExhausted."""

    async def settle(self, reservation: str, usd: float) -> None:
        """Replace the hold by what was spent."""

    async def session_model(self, tenant: str, session_id: str) -> str | None:
        """The model that this session keeps."""

    async def keep_session(self, tenant: str, session_id: str, model: str, now: float) -> None:
        """Remember it."""


class ModelCaller(Protocol):
    """Calls one configured model. Both adapters (litellm, direct aiohttp) pass one contract suite."""

    async def call(self, model: ModelConfig, question: Question, timeout_s: float) -> ModelAnswer:
        """One answer. Raises ModelCallError (kind: timeout | refused | rate_limited | garbage | unavailable | auth)."""

    def stream(self, model: ModelConfig, question: Question, timeout_s: float) -> AsyncIterator[str | ModelAnswer]:
        """Text chunks as they come, then the whole ModelAnswer last. Raises as `call`."""

    async def close(self) -> None:
        """Close connections."""


class AnswerJudge(Protocol):
    """One judge. It never raises: what goes wrong is a Verdict with score None and an error."""

    name: str

    async def judge(self, subject: AnswerUnderJudgement, timeout_s: float) -> Verdict:
        """Its opinion of the subject's answer."""


class Embedder(Protocol):
    """Text to a unit vector. feature_version changes whenever the vectors do."""

    feature_version: str
    dimension: int

    def embed(self, text: str) -> NDArray[np.float32]:
        """(dimension,) float32 of unit length (zeros for an empty text). Bounded work, however long the text."""


class JobStore(Protocol):
    """Last run and outcome of each scheduled job, and requests to run one now."""

    def record(self, name: str, started_at: float, ended_at: float, outcome: str, detail: Mapping[str, Any]) -> None:
        """outcome: "changed" | "unchanged" | "failed"."""

    def last_runs(self) -> Mapping[str, Mapping[str, Any]]:
        """By job name: started_at, ended_at, outcome, detail."""

    def request(self, name: str, at: float) -> None:
        """Ask that the job runs as soon as the learner sees it."""

    def take_requests(self) -> Sequence[str]:
        """Names requested since the last take."""
