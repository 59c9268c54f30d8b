# ruff: noqa: S608 - only constants of the code are put into SQL; values are bound
"""Forgets an end user: what was asked, answered, quoted and said, and who it was, leave the file's very bytes.

The events stay, without words and without a pseudonym: the learner reads neither, so its state is still the fold of the
log. What is freed is overwritten (secure_delete), and then the write-ahead log, which has pages as they were, is folded
into the file and cut to nothing.
"""

from __future__ import annotations

import os
import sqlite3
import time
import uuid
from collections.abc import Callable

from msgspec.structs import replace
from pointsman_learner.events import EpisodeRecorded, Event, FeedbackRecorded, OutcomeReported, SessionOutcomeRecorded

from pointsman_service.adapters.sqlite.connection import Database, SharedConnection
from pointsman_service.adapters.sqlite.rows import event_of, payload
from pointsman_service.domain.withheld import SECRET_BYTES, episode_without_words, outcome_without_words
from pointsman_service.ports import EndUsers, Forgotten

_CHUNK = 50  # events a transaction: the hot path waits for one of them at most,
_PAUSE_S = 0.005  # and then has the lock to itself for a moment
_TRIES, _BETWEEN_S = 50, 0.1  # to cut the write-ahead log: readers of a service are done in far less
_MADE_OF_CONTENT = "content-"
"""Begins a request_id that is a digest of what was said."""

_EPISODES = (
    "SELECT e.position FROM episodes e LEFT JOIN texts t ON t.position = e.position"
    " WHERE e.tenant = :tenant AND (e.end_user = :pseudonym OR t.end_user_id = :id)"
)
_ABOUT_EPISODES = f"SELECT t.position FROM {{}} t WHERE t.episode IN ({_EPISODES})"
_SAID = "SELECT position FROM {} WHERE tenant = :tenant AND end_user = :pseudonym"

Forget = Callable[[sqlite3.Connection, int], None]


class SqliteEndUsers(EndUsers):
    """Implements `ports.EndUsers`."""

    def __init__(self, database: Database) -> None:
        self._connection = SharedConnection(database)
        self._connection.read("PRAGMA secure_delete = on")

    def forget(self, tenant: str, end_user_id: str, pseudonym: str) -> Forgotten:
        """See the port. The episodes last: they say what else is to be found, also where this was broken off."""
        asked = {"tenant": tenant, "pseudonym": pseudonym, "id": end_user_id}
        about = [self._forget(_ABOUT_EPISODES.format(t), asked, _forget_told) for t in ("feedback", "outcomes")]
        said = self._forget(_SAID.format("feedback"), asked, _forget_told)
        sessions = self._forget(_SAID.format("session_outcomes"), asked, _forget_session_outcome)
        episodes = self._forget(_EPISODES, asked, _forget_episode)
        return Forgotten(episodes, about[0] + said, sessions, self._scrub())

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _forget(self, sql: str, asked: dict[str, str], forget: Forget) -> int:
        """How many events there were."""
        positions = [int(row[0]) for row in self._connection.read(sql, asked)]
        for start in range(0, len(positions), _CHUNK):
            with self._connection.write() as connection:
                for position in positions[start : start + _CHUNK]:
                    forget(connection, position)
            time.sleep(_PAUSE_S)
        return len(positions)

    def _scrub(self) -> bool:
        """Whether the write-ahead log is empty and all of it is in the file, which then has no old page any more."""
        self._connection.read("PRAGMA busy_timeout = 0")  # waiting inside would hold the writers up
        for _ in range(_TRIES):
            ((busy, _, _),) = self._connection.read("PRAGMA wal_checkpoint(TRUNCATE)")
            if not busy:
                return True
            time.sleep(_BETWEEN_S)
        return False


def _forget_episode(connection: sqlite3.Connection, position: int) -> None:
    """Its texts, what it quotes, and who asked."""

    def change(event: Event) -> Event:
        assert isinstance(event, EpisodeRecorded)
        return replace(episode_without_words(event, os.urandom(SECRET_BYTES)), end_user=None)

    _rewrite(connection, position, change)
    connection.execute(
        "UPDATE texts SET prompt = NULL, answers = '[]', response = json_object('kind', response ->> 'kind',"
        " 'forgotten', json('true')), end_user_id = NULL WHERE position = ?",
        (position,),
    )
    connection.execute("UPDATE episodes SET end_user = NULL WHERE position = ?", (position,))


def _forget_told(connection: sqlite3.Connection, position: int) -> None:
    """Who said it and in which words, the digest of these, an id that is a digest of all; what a report quotes."""

    def change(event: Event) -> Event:
        if isinstance(event, OutcomeReported):
            return replace(outcome_without_words(event), request_id=_id(event.request_id))
        assert isinstance(event, FeedbackRecorded)
        bare = replace(event, end_user=None, digest=None, comment=None)
        return replace(bare, request_id=_id(event.request_id) or "")

    event = _rewrite(connection, position, change)
    if isinstance(event, FeedbackRecorded):
        columns = (event.request_id, position)
        connection.execute("UPDATE feedback SET end_user = NULL, request_id = ? WHERE position = ?", columns)
    elif isinstance(event, OutcomeReported):
        connection.execute("UPDATE outcomes SET request_id = ? WHERE position = ?", (event.request_id, position))


def _forget_session_outcome(connection: sqlite3.Connection, position: int) -> None:
    def change(event: Event) -> Event:
        assert isinstance(event, SessionOutcomeRecorded)
        return replace(event, end_user=None, request_id=_id(event.request_id) or "")

    event = _rewrite(connection, position, change)
    assert isinstance(event, SessionOutcomeRecorded)
    columns = (event.request_id, position)
    connection.execute("UPDATE session_outcomes SET end_user = NULL, request_id = ? WHERE position = ?", columns)


def _id(request_id: str | None) -> str | None:
    """A caller's own stays; one that was made of the content is made of chance."""
    if request_id is None or not request_id.startswith(_MADE_OF_CONTENT):
        return request_id
    return f"{_MADE_OF_CONTENT}{uuid.uuid4().hex}"


def _rewrite(connection: sqlite3.Connection, position: int, change: Callable[[Event], Event]) -> Event:
    """The one exception to the log's being append-only, besides retention. Raises ConfigurationError, NewerSchema."""
    (text,) = connection.execute("SELECT payload FROM events WHERE position = ?", (position,)).fetchone()
    event = change(event_of(text))
    connection.execute("UPDATE events SET payload = ? WHERE position = ?", (payload(event), position))
    return event
