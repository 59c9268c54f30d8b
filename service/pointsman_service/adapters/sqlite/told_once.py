# ruff: noqa: S608 - only constants of the code are put into SQL; values are bound
"""Appends that count once, however often they are sent: each is known by its request_id.

The same content again gets the first one's position; other content under a known request_id is a RequestConflict. When
it was sent, and with which of the tenant's keys, does not count as content.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from typing import TypeVar

from msgspec.structs import replace
from pointsman_learner.events import (
    FeedbackRecorded,
    OperatorActed,
    OutcomeReported,
    SessionOutcomeRecorded,
    WarmStarted,
)

from pointsman_service.adapters.sqlite.appends import find_episode, insert_event
from pointsman_service.adapters.sqlite.configuration_fold import project
from pointsman_service.adapters.sqlite.rows import event_of, payload
from pointsman_service.errors import OverLimit, RequestConflict

_Told = TypeVar("_Told", FeedbackRecorded, OutcomeReported, SessionOutcomeRecorded)

MOST_WORDS = 100
"""Words of feedback on one episode, replaced ones too: more than people and measurements say of an answer, few enough
that reading them all with each costs nothing (10 us)."""
MOST_OUTCOMES = 32
"""Reports on one episode: eight calls of each step of the longest cascade (`learner.policy.max_steps` is 4)."""

Receipt = tuple[int, bool]
"""Position of the first one, and whether that is this one."""


@dataclass(frozen=True, slots=True)
class AppendFeedback:
    """Feedback on an episode: one word an author counts, the last; at most `MOST_WORDS` are taken."""

    event: FeedbackRecorded
    payload: str

    def __call__(self, connection: sqlite3.Connection) -> Receipt:
        """Write it. Raises UnknownEpisode, EpisodeExpired, RequestConflict, OverLimit."""
        e = self.event
        if (first := _first_of_tenant(connection, "feedback", e)) is not None:
            return first, False
        episode, model = find_episode(connection, e.episode_id, e.tenant)
        _refuse_beyond(connection, "feedback", episode, MOST_WORDS, e.episode_id)
        before = _said_before(connection, episode, e)
        if before:
            e = replace(e, said=len(before), replaces=before[-1][1])
        if e.end_user is not None:
            e = replace(e, author=_author(connection, e.tenant, e.end_user))
        text = self.payload if e is self.event else payload(e)
        position = insert_event(connection, e.kind, e.at, episode, text)
        connection.execute(
            "INSERT INTO feedback VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (position, e.tenant, e.request_id, episode, e.at, e.source, e.value, e.weight, e.model, e.end_user),
        )
        if e.model in (None, model):  # the projection tells how good the answers were that callers got
            gone = sum(weight for *_, weight in before)
            connection.execute(
                "UPDATE episodes SET feedback_weight = feedback_weight + ?, feedback_sum = feedback_sum + ?"
                " WHERE position = ?",
                (e.weight - gone, e.weight * e.value - sum(v * w for _, v, w in before), episode),
            )
        connection.executemany("UPDATE feedback SET weight = 0 WHERE position = ?", [(p,) for p, *_ in before])
        return position, True


@dataclass(frozen=True, slots=True)
class AppendOutcome:
    """What came of a routed model that the caller ran; it becomes the episode's answer in the statistics.

    Without a request_id each is another one.
    """

    event: OutcomeReported
    payload: str

    def __call__(self, connection: sqlite3.Connection) -> Receipt:
        """Write it. Raises UnknownEpisode, EpisodeExpired, RequestConflict."""
        o = self.event
        if o.request_id is not None and (first := _first_of_tenant(connection, "outcomes", o)) is not None:
            return first, False
        episode, _ = find_episode(connection, o.episode_id, o.tenant)
        _refuse_beyond(connection, "outcomes", episode, MOST_OUTCOMES, o.episode_id)
        if o.request_id is not None:
            _refuse_told(connection, episode, o)
        position = insert_event(connection, o.kind, o.at, episode, self.payload)
        failed, cost_usd = int(o.failed), o.total_cost_usd
        connection.execute(
            "INSERT INTO outcomes VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (position, o.tenant, o.request_id, episode, o.at, o.model, failed, o.failure_kind, cost_usd, o.latency_ms,
             o.input_tokens, o.output_tokens),
        )  # fmt: skip
        connection.execute(
            "UPDATE episodes SET calls = calls + 1, errors = errors + ?, answered = max(answered, ?),"
            " model = CASE WHEN ? THEN model ELSE ? END, cost_usd = cost_usd + coalesce(?, 0),"
            " latency_ms = coalesce(latency_ms + ?, latency_ms, ?) WHERE position = ?",
            (failed, 1 - failed, failed, o.model, cost_usd, o.latency_ms, o.latency_ms, episode),
        )
        return position, True


@dataclass(frozen=True, slots=True)
class AppendSessionOutcome:
    """How a whole session turned out."""

    event: SessionOutcomeRecorded
    payload: str

    def __call__(self, connection: sqlite3.Connection) -> Receipt:
        """Write it. Raises RequestConflict."""
        e = self.event
        if (first := _first_of_tenant(connection, "session_outcomes", e)) is not None:
            return first, False
        e = replace(e, said=_said_of_session(connection, e))
        if e.end_user is not None:
            e = replace(e, author=_author(connection, e.tenant, e.end_user))
        position = insert_event(connection, e.kind, e.at, None, self.payload if e == self.event else payload(e))
        connection.execute(
            "INSERT INTO session_outcomes VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (position, e.tenant, e.request_id, e.session_id, e.at, e.source, e.value, e.end_user),
        )
        return position, True


@dataclass(frozen=True, slots=True)
class AppendWarmStart:
    """A batch of outcomes known beforehand."""

    event: WarmStarted
    payload: str

    def __call__(self, connection: sqlite3.Connection) -> Receipt:
        """Write it. Raises RequestConflict."""
        e = self.event
        if (first := _first(connection, "warm_starts", e.request_id)) is not None:
            if json.loads(first[1])["queries"] != json.loads(self.payload)["queries"]:
                raise _conflict(e.request_id)
            return first[0], False
        position = insert_event(connection, e.kind, e.at, None, self.payload)
        outcomes = sum(len(known) for _, known in e.queries)
        connection.execute(
            "INSERT INTO warm_starts VALUES (?, ?, ?, ?, ?)", (position, e.request_id, e.at, len(e.queries), outcomes)
        )
        return position, True


@dataclass(frozen=True, slots=True)
class AppendOperatorAction:
    """A change of the configuration, with its projection; what was asked is known by its fingerprint.

    Without a request_id each is another one.
    """

    event: OperatorActed
    payload: str

    def __call__(self, connection: sqlite3.Connection) -> Receipt:
        """Write it. Raises RequestConflict."""
        e = self.event
        if e.request_id is not None and (first := _first(connection, "operator_actions", e.request_id)) is not None:
            known = event_of(first[1])
            if not isinstance(known, OperatorActed) or (known.method, known.fingerprint) != (e.method, e.fingerprint):
                raise _conflict(e.request_id)
            return first[0], False
        position = insert_event(connection, e.kind, e.at, None, self.payload)
        project(connection, e, position)
        return position, True


def _refuse_beyond(connection: sqlite3.Connection, table: str, episode: int, most: int, episode_id: str) -> None:
    """Raises OverLimit where so many are told of the episode. It counts no further than that."""
    counted = f"SELECT count(*) FROM (SELECT 1 FROM {table} WHERE episode = ? LIMIT ?)"
    if connection.execute(counted, (episode, most)).fetchone()[0] >= most:
        raise OverLimit(
            f"episode {episode_id!r} has {most} words of {table} already, and takes no more",
            limit=f"{table}_per_episode",
            subject=f"episode:{episode_id}",
        )


def _said_before(
    connection: sqlite3.Connection, episode: int, event: FeedbackRecorded
) -> list[tuple[int, float, float]]:
    """(position, value, weight) of what the same author said of the same answer, in order.

    Weight 0 where it had been replaced. An author is an end user, where one is told; else the client, or the tenant.
    """
    return connection.execute(
        "SELECT f.position, f.value, f.weight FROM feedback f JOIN events v ON v.position = f.position"
        " WHERE f.episode = ? AND f.model IS ? AND f.end_user IS ?"
        " AND (f.end_user IS NOT NULL OR json_extract(v.payload, '$.client') IS ?) ORDER BY f.position",
        (episode, event.model, event.end_user, event.client),
    ).fetchall()


def _said_of_session(connection: sqlite3.Connection, event: SessionOutcomeRecorded) -> int:
    """How many words the same author has said of the session. It stays in the log: who spoke may be forgotten."""
    said = connection.execute(
        "SELECT count(*) FROM session_outcomes s JOIN events v ON v.position = s.position"
        " WHERE s.tenant = ? AND s.session_id = ? AND s.end_user IS ?"
        " AND (s.end_user IS NOT NULL OR json_extract(v.payload, '$.client') IS ?)",
        (event.tenant, event.session_id, event.end_user, event.client),
    )
    return int(said.fetchone()[0])


def _author(connection: sqlite3.Connection, tenant: str, end_user: str) -> int:
    """The number that its last word has; one that nobody had, where it has not spoken."""
    for table in ("feedback", "session_outcomes"):
        known = connection.execute(
            f"SELECT json_extract(v.payload, '$.author') FROM {table} f JOIN events v ON v.position = f.position"
            " WHERE f.tenant = ? AND f.end_user = ? ORDER BY f.position DESC LIMIT 1",
            (tenant, end_user),
        ).fetchone()
        if known is not None and known[0] is not None:
            return int(known[0])
    last = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'events'").fetchone()
    return 1 + int(last[0] if last else 0)


def _refuse_told(connection: sqlite3.Connection, episode: int, event: OutcomeReported) -> None:
    """Raises RequestConflict where the log has that this model answered: a step has one outcome.

    A call that failed may be made again, and told again.
    """
    told = connection.execute(
        "SELECT 1 FROM outcomes WHERE episode = ? AND model = ? AND failed = 0", (episode, event.model)
    )
    if told.fetchone():
        raise RequestConflict(
            f"what came of {event.model!r} in episode {event.episode_id!r} is told already, by another report",
            request_id=event.request_id,
            episode_id=event.episode_id,
        )


def _first_of_tenant(connection: sqlite3.Connection, table: str, event: _Told) -> int | None:
    """Position of the tenant's first event of this request_id, None where there is none. Raises RequestConflict."""
    row = connection.execute(
        f"SELECT v.position, v.payload FROM {table} t JOIN events v ON v.position = t.position"
        " WHERE t.tenant = ? AND t.request_id = ?",
        (event.tenant, event.request_id),
    ).fetchone()
    if row is None:
        return None
    known = event_of(row[1])
    if not isinstance(known, type(event)) or not _same(known, event):
        raise _conflict(event.request_id)
    return int(row[0])


def _same(known: _Told, event: _Told) -> bool:
    """Whether both say the same, whenever and with whichever key they were sent."""
    known = replace(known, at=event.at, client=event.client)
    if isinstance(known, FeedbackRecorded):
        # What the log adds; and a comment is told by the digest, since whether it was kept depends on the setting then.
        known = replace(known, said=0, replaces=None, comment=None, author=None)
        event = replace(event, comment=None)
    if isinstance(known, SessionOutcomeRecorded):
        known = replace(known, said=0, author=None)  # likewise
    if isinstance(event, OutcomeReported) and event.input_tokens is not None and event.output_tokens is not None:
        known = replace(known, cost_usd=event.cost_usd)  # computed from the tokens, maybe at other prices by now
    return known == event


def _first(connection: sqlite3.Connection, table: str, request_id: str) -> tuple[int, str] | None:
    """(position, payload) of the first event of this request_id."""
    row = connection.execute(
        f"SELECT v.position, v.payload FROM {table} t JOIN events v ON v.position = t.position WHERE t.request_id = ?",
        (request_id,),
    ).fetchone()
    return None if row is None else (int(row[0]), str(row[1]))


def _conflict(request_id: str | None) -> RequestConflict:
    return RequestConflict(
        f"request_id {request_id!r} was used before with other content; use a new id", request_id=request_id
    )
