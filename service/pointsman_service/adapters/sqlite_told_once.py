# ruff: noqa: S608 - only constants of the code are put into SQL; values are bound
"""Appends that count once, however often they are sent: each is known by its request_id.

The same content again gets the first one's position; other content under a known request_id is a RequestConflict. When
it was sent does not count as content.
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

from pointsman_service.adapters.sqlite_appends import find_episode, insert_event
from pointsman_service.adapters.sqlite_configuration_fold import project
from pointsman_service.adapters.sqlite_rows import event_of
from pointsman_service.errors import RequestConflict

_Told = TypeVar("_Told", FeedbackRecorded, OutcomeReported, SessionOutcomeRecorded)

Receipt = tuple[int, bool]
"""Position of the first one, and whether that is this one."""


@dataclass(frozen=True, slots=True)
class AppendFeedback:
    """Feedback on an episode."""

    event: FeedbackRecorded
    payload: str

    def __call__(self, connection: sqlite3.Connection) -> Receipt:
        """Write it. Raises UnknownEpisode, EpisodeExpired, RequestConflict."""
        e = self.event
        if (first := _first_of_tenant(connection, "feedback", e)) is not None:
            return first, False
        episode, model = find_episode(connection, e.episode_id, e.tenant)
        position = insert_event(connection, e.kind, e.at, episode, self.payload)
        connection.execute(
            "INSERT INTO feedback VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (position, e.tenant, e.request_id, episode, e.at, e.source, e.value, e.weight, e.model, e.end_user),
        )
        if e.model in (None, model):  # the projection tells how good the answers were that callers got
            connection.execute(
                "UPDATE episodes SET feedback_weight = feedback_weight + ?, feedback_sum = feedback_sum + ?"
                " WHERE position = ?",
                (e.weight, e.weight * e.value, episode),
            )
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
        position = insert_event(connection, e.kind, e.at, None, self.payload)
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
    """Whether both say the same, whenever they were sent."""
    known = replace(known, at=event.at)
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
