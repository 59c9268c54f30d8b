# ruff: noqa: S608 - only constants of the code are put into SQL; values are bound
"""Appends to the log inside a transaction: look first, write after (see sqlite_writer), the projections with the event.

Positions are given inside the write transaction, and SQLite has one writer at a time; so the order of positions is the
order of commits, and a reader that has seen position n will never see a smaller one appear.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from dataclasses import dataclass
from typing import Any

from pointsman_learner.events import Event, FeedbackRecorded, OutcomeReported, WarmStarted

from pointsman_service.adapters.sqlite_rows import (
    EPISODE_COLUMNS,
    episode_columns,
    event_of,
    payload,
    same_feedback,
    to_json,
)
from pointsman_service.errors import DuplicateRequest, EpisodeExpired, RequestConflict, UnknownEpisode
from pointsman_service.ports import NewEpisode

_INSERT_EVENT = "INSERT INTO events (kind, at, subject, payload) VALUES (?, ?, ?, ?)"
_INSERT_EPISODE = f"INSERT INTO episodes ({EPISODE_COLUMNS}) VALUES ({', '.join('?' * 16)})"


@dataclass(frozen=True, slots=True)
class AppendEpisode:
    """An episode, encoded outside of the transaction so that the lock is held only for the rows."""

    episode_id: str
    tenant: str
    at: float
    request_id: str | None
    payload: str
    columns: tuple[Any, ...]
    texts: tuple[str | None, str, str]

    @classmethod
    def of(cls, new: NewEpisode) -> AppendEpisode:
        """Encode. Raises ValueError where a value is no JSON."""
        e = new.episode
        texts = (
            new.prompt,
            to_json(list(new.answer_texts), "answer_texts"),
            to_json(dict(new.response or {}), "response"),
        )
        return cls(e.episode_id, e.tenant, e.at, new.request_id, payload(e), episode_columns(new), texts)

    def __call__(self, connection: sqlite3.Connection) -> int:
        """Write it; the position. Raises DuplicateRequest, RequestConflict."""
        self._refuse_known(connection)
        position = _insert_event(connection, "episode", self.at, None, self.payload)
        connection.execute(_INSERT_EPISODE, (position, *self.columns))
        connection.execute("INSERT INTO texts VALUES (?, ?, ?, ?)", (position, *self.texts))
        return position

    def _refuse_known(self, connection: sqlite3.Connection) -> None:
        if self.request_id is not None:
            row = connection.execute(
                "SELECT episode_id FROM episodes WHERE tenant = ? AND request_id = ?", (self.tenant, self.request_id)
            ).fetchone()
            if row is not None:
                raise DuplicateRequest(
                    f"request_id {self.request_id!r} was used before, for episode {row[0]}",
                    request_id=self.request_id,
                    episode_id=row[0],
                )
        if connection.execute("SELECT 1 FROM episodes WHERE episode_id = ?", (self.episode_id,)).fetchone():
            raise RequestConflict(f"episode_id {self.episode_id!r} was used before", episode_id=self.episode_id)


@dataclass(frozen=True, slots=True)
class AppendFeedback:
    """Feedback on an episode; the same request_id again changes nothing."""

    feedback: FeedbackRecorded
    payload: str

    @classmethod
    def of(cls, feedback: FeedbackRecorded) -> AppendFeedback:
        """Encode. Raises ValueError where a value is no JSON."""
        return cls(feedback, payload(feedback))

    def __call__(self, connection: sqlite3.Connection) -> tuple[int, bool]:
        """Write it; (position, whether it is new). Raises UnknownEpisode, EpisodeExpired, RequestConflict."""
        first = self._first(connection)
        if first is not None:
            return first, False
        f = self.feedback
        episode, model = find_episode(connection, f.episode_id, f.tenant)
        position = _insert_event(connection, f.kind, f.at, episode, self.payload)
        connection.execute(
            "INSERT INTO feedback VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (position, f.tenant, f.request_id, episode, f.at, f.source, f.value, f.weight, f.model),
        )
        if f.model in (None, model):  # the projection tells how good the answers were that callers got
            connection.execute(
                "UPDATE episodes SET feedback_weight = feedback_weight + ?, feedback_sum = feedback_sum + ?"
                " WHERE position = ?",
                (f.weight, f.weight * f.value, episode),
            )
        return position, True

    def _first(self, connection: sqlite3.Connection) -> int | None:
        f = self.feedback
        row = connection.execute(
            "SELECT e.position, e.payload FROM feedback f JOIN events e ON e.position = f.position"
            " WHERE f.tenant = ? AND f.request_id = ?",
            (f.tenant, f.request_id),
        ).fetchone()
        if row is None:
            return None
        known = event_of(row[1])
        if not (isinstance(known, FeedbackRecorded) and same_feedback(known, f)):
            raise RequestConflict(
                f"request_id {f.request_id!r} was used before with other content; use a new id",
                request_id=f.request_id,
            )
        return int(row[0])


@dataclass(frozen=True, slots=True)
class AppendOutcome:
    """What came of a routed model that the caller ran; it becomes the episode's answer in the statistics."""

    outcome: OutcomeReported
    payload: str

    def __call__(self, connection: sqlite3.Connection) -> int:
        """Write it; the position. Raises UnknownEpisode, EpisodeExpired."""
        o = self.outcome
        episode, _ = find_episode(connection, o.episode_id, o.tenant)
        position = _insert_event(connection, o.kind, o.at, episode, self.payload)
        failed = int(o.failed)
        connection.execute(
            "INSERT INTO outcomes VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (position, episode, o.at, o.model, o.total_cost_usd, o.latency_ms, o.failure_kind, o.error),
        )
        connection.execute(
            "UPDATE episodes SET calls = calls + 1, errors = errors + ?, answered = max(answered, ?),"
            " model = CASE WHEN ? THEN model ELSE ? END, cost_usd = cost_usd + coalesce(?, 0),"
            " latency_ms = coalesce(latency_ms + ?, latency_ms, ?) WHERE position = ?",
            (failed, 1 - failed, failed, o.model, o.total_cost_usd, o.latency_ms, o.latency_ms, episode),
        )
        return position


@dataclass(frozen=True, slots=True)
class AppendWarmStart:
    """A batch of outcomes known beforehand; the same request_id again changes nothing."""

    event: WarmStarted
    payload: str

    def __call__(self, connection: sqlite3.Connection) -> tuple[int, bool]:
        """Write it; (position, whether it is new). Raises RequestConflict for a known id with other content."""
        e = self.event
        row = connection.execute(
            "SELECT w.position, v.payload FROM warm_starts w JOIN events v ON v.position = w.position"
            " WHERE w.request_id = ?",
            (e.request_id,),
        ).fetchone()
        if row is not None:
            if json.loads(row[1])["queries"] != json.loads(self.payload)["queries"]:
                raise RequestConflict(
                    f"request_id {e.request_id!r} was used before with other content; use a new id",
                    request_id=e.request_id,
                )
            return int(row[0]), False
        position = _insert_event(connection, e.kind, e.at, None, self.payload)
        outcomes = sum(len(known) for _, known in e.queries)
        connection.execute(
            "INSERT INTO warm_starts VALUES (?, ?, ?, ?, ?)", (position, e.request_id, e.at, len(e.queries), outcomes)
        )
        return position, True


@dataclass(frozen=True, slots=True)
class AppendOther:
    """Any event that is about no episode."""

    event: Event
    payload: str

    def __call__(self, connection: sqlite3.Connection) -> int:
        """Write it; the position."""
        return _insert_event(connection, self.event.kind, self.event.at, None, self.payload)


def find_episode(connection: sqlite3.Connection, episode_id: str, tenant: str) -> tuple[int, str]:
    """(position, answering model). Raises UnknownEpisode, also for another tenant's, and EpisodeExpired."""
    row = connection.execute(
        "SELECT position, model FROM episodes WHERE episode_id = ? AND tenant = ?", (episode_id, tenant)
    ).fetchone()
    if row is not None:
        return int(row[0]), str(row[1])
    tombstone = connection.execute("SELECT 1 FROM expired WHERE key = ?", (tombstone_key(episode_id, tenant),))
    if tombstone.fetchone():
        raise EpisodeExpired(f"episode {episode_id!r} is older than the retention", episode_id=episode_id)
    raise UnknownEpisode(f"no episode {episode_id!r}", episode_id=episode_id)


def tombstone_key(episode_id: str, tenant: str) -> int:
    """What stays of a pruned episode: 8 bytes that tell "expired" from "never existed", and nothing else.

    Two of a billion episodes share a key with probability 0.03; then one that never existed is called expired.

    >>> tombstone_key("e", "t") == tombstone_key("e", "u")
    False
    """
    digest = hashlib.sha256(f"{tenant}\0{episode_id}".encode("utf-8", "replace")).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def _insert_event(connection: sqlite3.Connection, kind: str, at: float, subject: int | None, text: str) -> int:
    position = connection.execute(_INSERT_EVENT, (kind, at, subject, text)).lastrowid
    assert position is not None
    return position
