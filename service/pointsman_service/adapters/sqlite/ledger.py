# ruff: noqa: S608 - only constants of the code are put into SQL; values are bound
"""The ledger: hard spending ceilings and sticky sessions, exact at once, over all processes on the file.

A reservation holds its dollars before a call is made. The look at what is spent and held, and the new hold, are one
BEGIN IMMEDIATE transaction, so two processes cannot both take the last dollar. A hold that is never settled (its
process died) stays, counted as spent, until its period ends: a ceiling may then be a little too strict, never broken;
once its process has ended, or its call must have, nobody waits for it any more.
"""

from __future__ import annotations

import math
import sqlite3
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from pointsman_service.adapters.sqlite.ceilings import DAY_S, HOUR_S, Ceiling, ceiling_of
from pointsman_service.adapters.sqlite.connection import Database, SharedConnection
from pointsman_service.adapters.sqlite.writer import GroupCommit
from pointsman_service.errors import BudgetExhausted
from pointsman_service.machine.process_identity import has_ended, own_identity
from pointsman_service.ports import Ledger, LimitsSeen, Reservation, RoomTaken

_ROUNDING = 1e-9  # relative: sums of floats; a ceiling of 0.3 has room for three times 0.1
_KEPT_PERIODS_S = 400 * DAY_S
_FREE = Reservation("", 0.0)  # of a tenant without a ceiling: nothing was written


@dataclass(frozen=True, slots=True)
class _Reserve:
    id: str
    tenant: str
    usd: float
    most_usd: float
    now: float
    until: float | None
    alone: bool
    owner: str

    def __call__(self, connection: sqlite3.Connection) -> Reservation:
        ceiling = ceiling_of(connection, self.tenant)
        if ceiling.usd is None:
            return _FREE
        key = (ceiling.purse, ceiling.period_s, ceiling.period_start(self.now))
        taken = _taken(connection, key)
        left = ceiling.usd * (1 + _ROUNDING) - taken
        if self.alone or self.usd > left:
            under_way = _under_way(connection, key, self.now)
            if self.usd > left + under_way.usd:
                raise _refused(BudgetExhausted, self, ceiling, taken)
            if self.usd > left or (self.alone and under_way.alone):
                raise _refused(RoomTaken, self, ceiling, taken)
        usd = max(self.usd, min(self.most_usd, left))
        connection.execute(
            "INSERT INTO spending VALUES (?, ?, ?, 0, ?) ON CONFLICT DO UPDATE SET held_usd = held_usd + ?",
            (*key, usd, usd),
        )
        connection.execute(
            "INSERT INTO reservations (id, tenant, period_s, starts_at, usd, until, alone, owner)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (self.id, *key, usd, self.until, int(self.alone), self.owner),
        )
        return Reservation(self.id, usd)


@dataclass(frozen=True, slots=True)
class _Settle:
    id: str
    usd: float

    def __call__(self, connection: sqlite3.Connection) -> None:
        held = connection.execute(
            "SELECT tenant, period_s, starts_at, usd FROM reservations WHERE id = ?", (self.id,)
        ).fetchone()
        if held is None:  # settled before: the first stands
            return
        connection.execute("DELETE FROM reservations WHERE id = ?", (self.id,))
        connection.execute(
            "UPDATE spending SET held_usd = max(0, held_usd - ?), settled_usd = settled_usd + ?"
            " WHERE tenant = ? AND period_s = ? AND starts_at = ?",
            (held[3], self.usd, *held[:3]),
        )


class SqliteLedger(Ledger):
    """Implements `ports.Ledger`.

    Ceilings are those of the configuration in force, read in the transaction that reserves: a change holds at once and
    in every process. session_ttl_s: seconds after its last answer that a session keeps its model. clock: seconds since
    the epoch.
    """

    def __init__(
        self,
        database: Database,
        writer: GroupCommit,
        *,
        session_ttl_s: float = HOUR_S,
        clock: Callable[[], float] = time.time,
        new_id: Callable[[], str] = lambda: uuid.uuid4().hex,
    ) -> None:
        self._writer = writer
        self._session_ttl_s = session_ttl_s
        self._clock = clock
        self._new_id = new_id
        self._owner = own_identity()
        # Its reads are one row by its key and wait for no writer: cheaper on the event loop than a thread's hand-over.
        self._reader = SharedConnection(database)

    async def reserve(
        self,
        tenant: str,
        usd: float,
        now: float,
        *,
        most_usd: float | None = None,
        seconds: float | None = None,
        alone: bool = False,
    ) -> Reservation:
        """See the port. A tenant without a ceiling costs no write."""
        if self.ceiling(tenant).usd is None:
            return _FREE
        most = _dollars(usd if most_usd is None else most_usd)
        until = None if seconds is None else now + seconds
        work = _Reserve(self._new_id(), tenant, _dollars(usd), most, now, until, alone, self._owner)
        return await self._writer.run(work)

    async def settle(self, reservation: Reservation, usd: float) -> None:
        """See the port. Settling again changes nothing; it counts in the period of its reservation."""
        if reservation.id:
            await self._writer.run(_Settle(reservation.id, _dollars(usd)))

    def left(self, tenant: str, now: float) -> float | None:
        """See the port."""

        def look(connection: sqlite3.Connection) -> float | None:
            ceiling = ceiling_of(connection, tenant)
            if ceiling.usd is None:
                return None
            key = (ceiling.purse, ceiling.period_s, ceiling.period_start(now))
            return ceiling.usd - _taken(connection, key) + _under_way(connection, key, now).usd

        return self._reader.look(look)

    def limits_seen(self, model: str, kind: str) -> LimitsSeen:
        """See the port: one row by its key."""
        rows = self._reader.read(
            "SELECT within, cut, most_usd FROM limits_seen WHERE model = ? AND kind = ?", (model, kind)
        )
        return LimitsSeen(int(rows[0][0]), bool(rows[0][1]), float(rows[0][2])) if rows else LimitsSeen()

    async def saw_limits(self, model: str, kind: str, seen: LimitsSeen) -> None:
        """See the port. What goes beyond a limit counts from 0 again."""
        row = (model, kind, seen.within, int(seen.cut), _dollars(seen.most_usd))
        await self._writer.run(lambda connection: connection.execute(_SEE, row))

    async def session_model(self, tenant: str, session_id: str) -> str | None:
        """See the port."""
        rows = self._reader.read(
            "SELECT model FROM sessions WHERE tenant = ? AND session_id = ? AND expires_at > ?",
            (tenant, session_id, self._clock()),
        )
        return str(rows[0][0]) if rows else None

    async def keep_session(self, tenant: str, session_id: str, model: str, now: float) -> None:
        """See the port. A session that is fresh and has the same model costs no write."""
        expires_at = now + self._session_ttl_s
        fresh = expires_at - self._session_ttl_s / 4
        if not self._reader.read(
            "SELECT 1 FROM sessions WHERE tenant = ? AND session_id = ? AND model = ? AND expires_at > ?",
            (tenant, session_id, model, fresh),
        ):
            row = (tenant, session_id, model, expires_at)
            await self._writer.run(
                lambda connection: connection.execute("INSERT OR REPLACE INTO sessions VALUES (?, ?, ?, ?)", row)
            )

    def ceiling(self, tenant: str) -> Ceiling:
        """The ceiling in force."""
        return self._reader.look(lambda connection: ceiling_of(connection, tenant))

    def spent(self, tenant: str, now: float) -> float:
        """Dollars settled or held in this period; 0 without a ceiling."""
        ceiling = self.ceiling(tenant)
        rows = self._reader.read(_TAKEN, (ceiling.purse, ceiling.period_s, ceiling.period_start(now)))
        return float(rows[0][0]) if rows else 0.0

    def prune(self, now: float) -> None:
        """Forget sessions that have expired and periods long past. Blocks."""
        with self._reader.write() as connection:
            connection.execute("DELETE FROM sessions WHERE expires_at <= ?", (now,))
            for table in ("reservations", "spending"):
                connection.execute(f"DELETE FROM {table} WHERE starts_at < ?", (now - _KEPT_PERIODS_S,))

    def close(self) -> None:
        """Close the reading connection; the writer is the log's."""
        self._reader.close()


_TAKEN = "SELECT settled_usd + held_usd FROM spending WHERE tenant = ? AND period_s = ? AND starts_at = ?"


_UNDER_WAY = (
    "SELECT owner, total(usd), max(alone) FROM reservations"
    " WHERE tenant = ? AND period_s = ? AND starts_at = ? AND until > ? GROUP BY owner"
)
_SEE = (
    "INSERT INTO limits_seen VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
    " within = CASE WHEN excluded.most_usd > 0 THEN 0 ELSE within + excluded.within END,"
    " cut = max(cut, excluded.cut), most_usd = max(most_usd, excluded.most_usd)"
)


def _taken(connection: sqlite3.Connection, key: tuple[str, float, float]) -> float:
    row = connection.execute(_TAKEN, key).fetchone()
    return 0.0 if row is None else float(row[0])


class _UnderWay(NamedTuple):
    """usd: what calls hold that may still be settled; alone: whether one of them has to be."""

    usd: float
    alone: bool


def _under_way(connection: sqlite3.Connection, key: tuple[str, float, float], now: float) -> _UnderWay:
    by_owner = connection.execute(_UNDER_WAY, (*key, now)).fetchall()
    running = [(float(usd), bool(alone)) for owner, usd, alone in by_owner if not has_ended(owner or "")]
    return _UnderWay(sum(usd for usd, _ in running), any(alone for _, alone in running))


def _refused(of: type[BudgetExhausted], asked: _Reserve, ceiling: Ceiling, taken: float) -> BudgetExhausted:
    # Calls under way end within seconds, a period when it ends.
    period_ends_s = ceiling.period_start(asked.now) + ceiling.period_s - asked.now
    retry_after_s = min(1.0, period_ends_s) if of is RoomTaken else period_ends_s
    shared = "" if ceiling.purse == asked.tenant else ", with all tenants that nobody configured,"
    return of(
        f"tenant {asked.tenant!r} may spend {ceiling.usd} dollars{shared} in {ceiling.period_s:g} s, {taken:.6f} are"
        f" spent or held, {asked.usd:.6f} more were asked; retry in {retry_after_s:.0f} s",
        tenant=asked.tenant,
        retry_after_s=retry_after_s,
    )


def _dollars(usd: float) -> float:
    if not (math.isfinite(usd) and usd >= 0):
        raise ValueError(f"usd must be a number of dollars not below 0, not {usd}")
    return float(usd)
