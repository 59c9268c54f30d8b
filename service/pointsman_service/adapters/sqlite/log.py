# ruff: noqa: S608 - only constants of the code are put into SQL; values are bound
"""The event log on SQLite: appends by group commit, reads in the order of positions."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from pointsman_learner.events import (
    EpisodeRecorded,
    Event,
    FeedbackRecorded,
    OperatorActed,
    OutcomeReported,
    SessionOutcomeRecorded,
    ShadowRecorded,
    WarmStarted,
)

from pointsman_service.adapters.sqlite.appends import AppendEpisode, AppendOther, AppendShadow, tombstone_key
from pointsman_service.adapters.sqlite.connection import Database, SharedConnection
from pointsman_service.adapters.sqlite.readiness import Readiness
from pointsman_service.adapters.sqlite.rows import episode_of, event_of, logged, payload
from pointsman_service.adapters.sqlite.texts import StorePrompts, kept, kept_feedback
from pointsman_service.adapters.sqlite.told_once import (
    AppendFeedback,
    AppendOperatorAction,
    AppendOutcome,
    AppendSessionOutcome,
    AppendWarmStart,
)
from pointsman_service.adapters.sqlite.writer import GroupCommit, Work
from pointsman_service.domain.withheld import SECRET_BYTES, outcome_without_words, shadow_without_words
from pointsman_service.errors import ConfigurationError, EpisodeExpired, NewerSchema, UnknownEpisode
from pointsman_service.ports import SESSION_EPISODES, EventLog, Logged, NewEpisode, StoredEpisode, Unreadable

_STORED = (
    "SELECT v.payload, e.position, t.prompt, t.answers, t.response, t.end_user_id"
    " FROM episodes e JOIN events v ON v.position = e.position LEFT JOIN texts t ON t.position = e.position"
)

_OF_SESSION = (
    "SELECT CAST(v.payload AS BLOB) FROM episodes e JOIN events v ON v.position = e.position"
    " WHERE e.tenant = ? AND e.session_id = ? AND e.position < ? ORDER BY e.position DESC LIMIT ?"
)


class SqliteEventLog(EventLog):
    """Implements `ports.EventLog`. The file must have been made by `schema.prepare`.

    writer: shared with the ledger, so that one fsync serves both. store_prompts: what is kept of texts; text_key: that
    of digests.
    """

    def __init__(
        self, database: Database, writer: GroupCommit, *, store_prompts: StorePrompts = "full", text_key: bytes = b""
    ) -> None:
        self._writer = writer
        self._readiness = Readiness(writer, database.path)
        self._store_prompts: StorePrompts = store_prompts
        self._text_key = text_key
        self._reader = SharedConnection(database)
        self._reading = ThreadPoolExecutor(1, thread_name_prefix="pointsman-log-reader")

    async def ready(self) -> None:
        """See the port."""
        await self._readiness.check()

    async def append_episode(self, new: NewEpisode) -> int:
        """See the port. Also raises RequestConflict for a known episode id, LogUnavailable."""
        return await self._readiness.run(AppendEpisode.of(kept(new, self._store_prompts, self._text_key)))

    async def append_feedback(self, event: FeedbackRecorded) -> tuple[int, bool]:
        """See the port. Raises LogUnavailable."""
        kept_event = kept_feedback(event, self._store_prompts)
        return await self._writer.run(AppendFeedback(kept_event, payload(kept_event)))

    async def append_outcome(self, event: OutcomeReported) -> tuple[int, bool]:
        """See the port. Raises LogUnavailable."""
        kept_event = event if self._store_prompts == "full" else outcome_without_words(event)
        return await self._writer.run(AppendOutcome(kept_event, payload(kept_event)))

    async def append_shadow(self, event: ShadowRecorded) -> int:
        """See the port. Raises LogUnavailable."""
        kept_event = shadow_without_words(event, os.urandom(SECRET_BYTES))
        return await self._writer.run(AppendShadow(kept_event, payload(kept_event)))

    async def append_session_outcome(self, event: SessionOutcomeRecorded) -> tuple[int, bool]:
        """See the port. Raises LogUnavailable."""
        return await self._writer.run(AppendSessionOutcome(event, payload(event)))

    async def append_warm_start(self, event: WarmStarted) -> tuple[int, bool]:
        """See the port. Raises LogUnavailable."""
        return await self._writer.run(AppendWarmStart(event, payload(event)))

    async def append(self, event: Event) -> int:
        """See the port. Raises what its own append raises, and LogUnavailable."""
        return await self._writer.run(_work_of(event))

    def append_blocking(self, event: Event) -> int:
        """As `append`, for a process without an event loop (the learner's jobs)."""
        return self._writer.run_blocking(_work_of(event))

    async def episode(self, episode_id: str, tenant: str, *, told: bool = True) -> StoredEpisode:
        """See the port."""
        where = "WHERE e.episode_id = ? AND e.tenant = ?"
        found = await self._off_loop(f"{_STORED} {where}", episode_id, tenant, told=told)
        if found is not None:
            return found
        expired = await asyncio.get_running_loop().run_in_executor(
            self._reading,
            self._reader.read,
            "SELECT 1 FROM expired WHERE key = ?",
            (tombstone_key(episode_id, tenant),),
        )
        if expired:
            raise EpisodeExpired(f"episode {episode_id!r} is older than the retention", episode_id=episode_id)
        raise UnknownEpisode(f"no episode {episode_id!r}", episode_id=episode_id)

    async def episode_of_request(self, tenant: str, request_id: str) -> StoredEpisode | None:
        """See the port."""
        return await self._off_loop(
            f"{_STORED} WHERE e.tenant = ? AND e.request_id = ? AND e.is_reply = 1", tenant, request_id
        )

    async def session_episodes(self, tenant: str, session_id: str) -> int:
        """See the port."""
        rows = await asyncio.get_running_loop().run_in_executor(
            self._reading,
            self._reader.read,
            "SELECT count(*) FROM episodes WHERE tenant = ? AND session_id = ?",
            (tenant, session_id),
        )
        return int(rows[0][0])

    def read(self, after: int, limit: int = 1000) -> Sequence[Logged]:
        """See the port. Raises LogUnavailable."""
        rows = self._reader.read(
            "SELECT e.position, CAST(e.payload AS BLOB), CAST(s.payload AS BLOB) FROM events e"
            " LEFT JOIN events s ON s.position = e.subject WHERE e.position > ? ORDER BY e.position LIMIT ?",
            (after, limit),
        )
        return [self._with_session(logged(position, text, about)) for position, text, about in rows]

    def _with_session(self, found: Logged) -> Logged:
        """With the episodes that the outcome of a session is about."""
        event = found.event
        if not isinstance(event, SessionOutcomeRecorded) or event.said:
            return found
        whose = (event.tenant, event.session_id, found.position)
        rows = self._reader.read(_OF_SESSION, (*whose, SESSION_EPISODES))
        try:
            return replace(found, session=tuple(episode_of(text) for (text,) in reversed(rows)))
        except (ConfigurationError, NewerSchema) as e:
            return Logged(found.position, Unreadable(str(e)))

    async def end(self) -> int:
        """See the port. Pruning does not lower it."""
        return await asyncio.get_running_loop().run_in_executor(self._reading, self.end_blocking)

    def end_blocking(self) -> int:
        """As `end`, for whoever has no event loop."""
        rows = self._reader.read("SELECT seq FROM sqlite_sequence WHERE name = 'events'")
        return int(rows[0][0]) if rows else 0

    def waiting(self) -> int:
        """Appends (and the ledger's writes) that wait for the writer now."""
        return self._writer.waiting

    async def close(self) -> None:
        """See the port."""
        await asyncio.to_thread(self.close_blocking)

    def close_blocking(self) -> None:
        """As `close`, for a process without an event loop."""
        self._writer.close()
        self._reading.shutdown()
        self._reader.close()

    async def _off_loop(self, sql: str, *parameters: str, told: bool = True) -> StoredEpisode | None:
        return await asyncio.get_running_loop().run_in_executor(self._reading, self._stored, sql, parameters, told)

    def _stored(self, sql: str, parameters: tuple[str, ...], told: bool) -> StoredEpisode | None:
        rows = self._reader.read(sql, parameters)
        if not rows:
            return None
        text, position, prompt, answers, response, end_user_id = rows[0]
        episode = episode_of(text)
        assert episode is not None
        feedback, outcomes = (self._told(table, position) if told else () for table in ("feedback", "outcomes"))
        return StoredEpisode(
            episode=episode,
            position=position,
            prompt=prompt,
            answer_texts=tuple(json.loads(answers)) if answers else (),
            response=_object(response),
            feedback=tuple(e for e in feedback if isinstance(e, FeedbackRecorded)),
            outcomes=tuple(e for e in outcomes if isinstance(e, OutcomeReported)),
            end_user_id=end_user_id,
        )

    def _told(self, table: str, position: int) -> list[Event]:
        """What was told of an episode, in order."""
        rows = self._reader.read(
            f"SELECT v.payload FROM {table} t JOIN events v ON v.position = t.position"
            " WHERE t.episode = ? ORDER BY t.position",
            (position,),
        )
        return [event_of(text) for (text,) in rows]


def _work_of(event: Event) -> Work[int]:
    if isinstance(event, EpisodeRecorded):
        return AppendEpisode.of(NewEpisode(event))
    if isinstance(event, ShadowRecorded):
        return AppendShadow(event, payload(event))
    told = _told_once(event)
    return AppendOther(event, payload(event)) if told is None else lambda connection: told(connection)[0]


def _told_once(event: Event) -> Work[tuple[int, bool]] | None:
    """How it is appended, where it counts once."""
    match event:
        case FeedbackRecorded():
            return AppendFeedback(event, payload(event))
        case OutcomeReported():
            return AppendOutcome(event, payload(event))
        case SessionOutcomeRecorded():
            return AppendSessionOutcome(event, payload(event))
        case WarmStarted():
            return AppendWarmStart(event, payload(event))
        case OperatorActed():
            return AppendOperatorAction(event, payload(event))
        case _:
            return None


def _object(text: str | None) -> Mapping[str, Any]:
    return dict(json.loads(text)) if text else {}
