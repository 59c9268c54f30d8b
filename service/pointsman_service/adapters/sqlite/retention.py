# ruff: noqa: S608 - only constants of the code are put into SQL; values are bound
"""Retention: old episodes leave, with all that was told of them; what the learner still needs stays.

The learner's state must remain the fold of the log. So nothing is pruned past the newest good checkpoint: a fold
restarts there (`CheckpointStore.base`) and reads on. An episode that later feedback is about, or the outcome of its
session, stays until a checkpoint has folded that. Events of operators, jobs and warm starts stay for ever.

Of each episode 8 bytes remain (`tombstone_key`), so that late feedback hears "expired" and not "unknown"; and it goes
on counting in sums by day, tenant, model and kind of query (`pruned_sums`).
"""

from __future__ import annotations

import sqlite3
import time
from dataclasses import dataclass

from pointsman_service.adapters.sqlite.appends import tombstone_key
from pointsman_service.adapters.sqlite.connection import Database, SharedConnection
from pointsman_service.adapters.sqlite.pruned_sums import keep_sums

_CHUNK = 50  # episodes a transaction: the hot path waits for one of them at most,
_PAUSE_S = 0.005  # and then has the lock to itself for a moment

_MAY_GO = (
    "FROM episodes e WHERE e.at < :before AND e.position <= :through"
    " AND NOT EXISTS (SELECT 1 FROM feedback f WHERE f.episode = e.position AND f.position > :through)"
    " AND NOT EXISTS (SELECT 1 FROM outcomes o WHERE o.episode = e.position AND o.position > :through)"
    " AND NOT EXISTS (SELECT 1 FROM shadows s WHERE s.episode = e.position AND s.position > :through)"
    " AND NOT EXISTS (SELECT 1 FROM session_outcomes o WHERE o.tenant = e.tenant AND o.session_id = e.session_id"
    " AND o.position > :through)"
)
_OLD = f"SELECT e.position, e.episode_id, e.tenant {_MAY_GO} ORDER BY e.at LIMIT :limit"
_BYTES = (
    "(SELECT sum(length(CAST(v.payload AS BLOB))) FROM events v WHERE v.position = e.position OR v.position IN"
    " (SELECT position FROM feedback WHERE episode = e.position UNION ALL"
    " SELECT position FROM outcomes WHERE episode = e.position))"
    " + coalesce((SELECT length(CAST(concat_texts AS BLOB)) FROM (SELECT coalesce(prompt, '') || answers || response"
    " AS concat_texts FROM texts WHERE position = e.position)), 0)"
)
_PLAN = f"SELECT count(*), min(e.at), max(e.at), coalesce(sum({_BYTES}), 0) {_MAY_GO}"


@dataclass(frozen=True, slots=True)
class PrunePlan:
    """What a run would remove: episodes decided from oldest to newest (seconds since the epoch, None without any).

    size_bytes: about what they have in the file. waiting: old ones that stay until a checkpoint covers them.
    """

    episodes: int
    oldest: float | None
    newest: float | None
    size_bytes: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Pruned:
    """What one run removed. through: the checkpoint's position that it could not go beyond, 0 without a checkpoint.

    waiting: old ones that stay until a checkpoint covers them.
    """

    episodes: int
    through: int
    waiting: int = 0


class Retention:
    """Prunes the log of one database."""

    def __init__(self, database: Database) -> None:
        self._connection = SharedConnection(database)
        self._connection.read("PRAGMA secure_delete = on")  # what was pruned shall not linger in free pages

    def prune(self, before: float, base: tuple[bytes, int], now: float) -> Pruned:
        """Remove episodes decided before `before` (seconds since the epoch) at positions up to the base's.

        base: a good checkpoint, state and position, where a fold starts from now on if anything is removed; while
        nothing is old, it still starts from empty. Blocks, in short transactions; stopped halfway, the next run goes
        on. Raises LogUnavailable.
        """
        through = base[1]
        if not self._set_base(before, base, now):
            return Pruned(0, 0, self.waiting(before, through))
        episodes = 0
        while removed := self._prune_chunk(before, through):
            episodes += removed
            time.sleep(_PAUSE_S)
        self._prune_session_outcomes(before, through)
        return Pruned(episodes, through, self.waiting(before, through))

    def waiting(self, before: float, through: int) -> int:
        """How many old episodes stay, whatever is pruned with a checkpoint at position `through`."""
        return self.plan(before, through).waiting

    def plan(self, before: float, through: int) -> PrunePlan:
        """What `prune` would remove with a checkpoint at position `through`, 0 for none. Raises LogUnavailable."""
        ((episodes, oldest, newest, size),) = self._connection.read(_PLAN, {"before": before, "through": through})
        ((old,),) = self._connection.read("SELECT count(*) FROM episodes WHERE at < ?", (before,))
        return PrunePlan(episodes, oldest, newest, size, old - episodes)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _set_base(self, before: float, base: tuple[bytes, int], now: float) -> bool:
        """Before the first row goes: from now on a fold starts here. False, and nothing set, where nothing is old."""
        state, through = base
        with self._connection.write() as connection:
            if connection.execute(_OLD, {"before": before, "through": through, "limit": 1}).fetchone() is None:
                return False
            connection.execute(
                "INSERT INTO pruned (id, through, at, state) VALUES (1, ?, ?, ?) ON CONFLICT (id)"
                " DO UPDATE SET through = excluded.through, at = excluded.at, state = excluded.state"
                " WHERE excluded.through > through",
                (through, now, state),
            )
        return True

    def _prune_session_outcomes(self, before: float, through: int) -> None:
        with self._connection.write() as connection:
            rows = connection.execute(
                "DELETE FROM session_outcomes WHERE at < ? AND position <= ? RETURNING position", (before, through)
            ).fetchall()
            connection.executemany("DELETE FROM events WHERE position = ?", rows)

    def _prune_chunk(self, before: float, through: int) -> int:
        with self._connection.write() as connection:
            old = connection.execute(_OLD, {"before": before, "through": through, "limit": _CHUNK}).fetchall()
            connection.executemany(
                "INSERT OR IGNORE INTO expired VALUES (?)", [(tombstone_key(e, tenant),) for _, e, tenant in old]
            )
            keep_sums(connection, [position for position, _, _ in old])
            _remove(connection, [position for position, _, _ in old])
        return len(old)


def _remove(connection: sqlite3.Connection, positions: list[int]) -> None:
    one = [(p,) for p in positions]
    for table in ("feedback", "outcomes", "shadows"):
        connection.executemany(
            f"DELETE FROM events WHERE position IN (SELECT position FROM {table} WHERE episode = ?)", one
        )
    for table in ("feedback", "outcomes", "shadows", "calls"):
        connection.executemany(f"DELETE FROM {table} WHERE episode = ?", one)
    connection.executemany("DELETE FROM texts WHERE position = ?", one)
    connection.executemany("DELETE FROM episodes WHERE position = ?", one)
    connection.executemany("DELETE FROM events WHERE position = ?", one)
