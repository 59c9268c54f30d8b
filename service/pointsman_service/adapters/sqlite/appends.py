"""Appends to the log inside a transaction: look first, write after (see writer.py), the projections with the event.

Positions are given inside the write transaction, and SQLite has one writer at a time; so the order of positions is the
order of commits, and a reader that has seen position n will never see a smaller one appear.
"""

from __future__ import annotations

import hashlib
import sqlite3
from dataclasses import dataclass
from typing import Any

from pointsman_learner.events import ConfigurationDeclared, Event, ShadowRecorded

from pointsman_service.adapters.sqlite.configuration_fold import project
from pointsman_service.adapters.sqlite.rows import INSERT_CALL, INSERT_EPISODE, call_rows, episode_row, payload, to_json
from pointsman_service.errors import DuplicateRequest, EpisodeExpired, RequestConflict, UnknownEpisode
from pointsman_service.ports import NewEpisode

_INSERT_EVENT = "INSERT INTO events (kind, at, subject, payload) VALUES (?, ?, ?, ?)"


@dataclass(frozen=True, slots=True)
class AppendEpisode:
    """An episode, encoded outside of the transaction so that the lock is held only for the rows.

    reply_to: its request_id, where a repetition of that gets this episode.
    """

    episode_id: str
    tenant: str
    at: float
    reply_to: str | None
    payload: str
    row: tuple[Any, ...]
    calls: tuple[tuple[Any, ...], ...]
    texts: tuple[str | None, str, str, str | None]

    @classmethod
    def of(cls, new: NewEpisode) -> AppendEpisode:
        """Encode. Raises ValueError where a value is no JSON."""
        e = new.episode
        texts = (
            new.prompt,
            to_json(list(new.answer_texts), "answer_texts"),
            to_json(dict(new.response or {}), "response"),
            new.end_user_id,
        )
        reply_to = e.request_id if new.is_reply else None
        return cls(e.episode_id, e.tenant, e.at, reply_to, payload(e), episode_row(new), call_rows(e), texts)

    def __call__(self, connection: sqlite3.Connection) -> int:
        """Write it; the position. Raises DuplicateRequest, RequestConflict."""
        self._refuse_known(connection)
        position = insert_event(connection, "episode", self.at, None, self.payload)
        connection.execute(INSERT_EPISODE, (position, *self.row))
        for call in self.calls:
            connection.execute(INSERT_CALL, (position, *call))
        connection.execute("INSERT INTO texts VALUES (?, ?, ?, ?, ?)", (position, *self.texts))
        return position

    def _refuse_known(self, connection: sqlite3.Connection) -> None:
        if self.reply_to is not None:
            row = connection.execute(
                "SELECT episode_id FROM episodes WHERE tenant = ? AND request_id = ? AND is_reply = 1",
                (self.tenant, self.reply_to),
            ).fetchone()
            if row is not None:
                raise DuplicateRequest(
                    f"request_id {self.reply_to!r} was used before, for episode {row[0]}",
                    request_id=self.reply_to,
                    episode_id=row[0],
                )
        if connection.execute("SELECT 1 FROM episodes WHERE episode_id = ?", (self.episode_id,)).fetchone():
            raise RequestConflict(f"episode_id {self.episode_id!r} was used before", episode_id=self.episode_id)


@dataclass(frozen=True, slots=True)
class AppendShadow:
    """What came of a call in the shadow: in no sum of the episode that it is about."""

    event: ShadowRecorded
    payload: str

    def __call__(self, connection: sqlite3.Connection) -> int:
        """Write it; the position. Raises UnknownEpisode, EpisodeExpired."""
        e, call = self.event, self.event.call
        episode, _ = find_episode(connection, e.episode_id, e.tenant)
        position = insert_event(connection, e.kind, e.at, episode, self.payload)
        connection.execute(
            "INSERT INTO shadows VALUES (?, ?, ?, ?, ?)",
            (position, episode, call.model, int(call.failed), call.total_cost_usd),
        )
        return position


@dataclass(frozen=True, slots=True)
class AppendOther:
    """Any event that is about no episode and has no request_id of its own."""

    event: Event
    payload: str

    def __call__(self, connection: sqlite3.Connection) -> int:
        """Write it, and what it declares; the position."""
        position = insert_event(connection, self.event.kind, self.event.at, None, self.payload)
        if isinstance(self.event, ConfigurationDeclared):
            project(connection, self.event, position)
        return position


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


def insert_event(connection: sqlite3.Connection, kind: str, at: float, subject: int | None, text: str) -> int:
    """One more event; its position. subject: position of the episode that it is about."""
    position = connection.execute(_INSERT_EVENT, (kind, at, subject, text)).lastrowid
    assert position is not None
    return position
