"""The configuration on SQLite: read by every process, changed by compare-and-set in the log's own transactions."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter

from pointsman_learner.events import ConfigurationDeclared, Event, OperatorActed

from pointsman_service.adapters.sqlite.appends import AppendOther
from pointsman_service.adapters.sqlite.configuration_fold import (
    history_of,
    layers_of,
    rebuild,
    version_of,
    warm_starts_of,
)
from pointsman_service.adapters.sqlite.connection import Database, SharedConnection
from pointsman_service.adapters.sqlite.rows import payload
from pointsman_service.adapters.sqlite.told_once import AppendOperatorAction
from pointsman_service.adapters.sqlite.writer import GroupCommit
from pointsman_service.domain.configuration import Layers
from pointsman_service.errors import RequestConflict
from pointsman_service.ports import Acted, ConfigurationStore, Overtaken


class SqliteConfiguration(ConfigurationStore):
    """Implements `ports.ConfigurationStore`. writer: the log's, so that positions and projection agree."""

    def __init__(self, database: Database, writer: GroupCommit) -> None:
        self._reader = SharedConnection(database)
        self._writer = writer

    def version(self) -> int:
        """See the port. Raises LogUnavailable."""
        return self._reader.look(version_of)

    def read(self) -> Layers:
        """See the port. Raises LogUnavailable."""
        return self._reader.look(layers_of)

    def history(self) -> Sequence[tuple[int, OperatorActed | ConfigurationDeclared]]:
        """See the port. Raises LogUnavailable."""
        return self._reader.look(lambda connection: sorted(_history(connection), key=itemgetter(0)))

    def acted(self, request_id: str, fingerprint: str, method: str) -> int | None:
        """See the port. Raises LogUnavailable."""
        return self._reader.look(lambda connection: _known(connection, request_id, fingerprint, method))

    async def act(self, event: OperatorActed, taught: Sequence[Event], version: int) -> Acted:
        """See the port."""
        return await self._append([event, *taught], version)

    async def declare(self, event: ConfigurationDeclared, taught: Sequence[Event], version: int) -> int:
        """See the port."""
        return (await self._append([event, *taught], version)).position

    async def teach(self, events: Sequence[Event], version: int) -> None:
        """See the port."""
        if events:
            await self._append(events, version)

    async def rebuild(self) -> None:
        """See the port. Raises LogUnavailable."""
        await self._writer.run(rebuild)

    async def _append(self, events: Sequence[Event], version: int) -> Acted:
        acted = await self._writer.run(_Append([_work_of(event) for event in events], version))
        if acted is None:
            raise Overtaken
        return acted

    def close(self) -> None:
        """Close the reading connection; the writer is the log's."""
        self._reader.close()


def _history(connection: sqlite3.Connection) -> Iterator[tuple[int, OperatorActed | ConfigurationDeclared]]:
    yield from history_of(connection)
    yield from warm_starts_of(connection)


@dataclass(frozen=True, slots=True)
class _Append:
    """Events that belong together, encoded outside of the transaction."""

    works: Sequence[AppendOperatorAction | AppendOther]
    version: int

    def __call__(self, connection: sqlite3.Connection) -> Acted | None:
        """Write all of them; None where the version is not the present one."""
        first = self.works[0].event
        if isinstance(first, OperatorActed) and first.request_id is not None:
            known = _known(connection, first.request_id, first.fingerprint, first.method)
            if known is not None:
                return Acted(known, replayed=True)
        if version_of(connection) != self.version:
            return None
        position, *_ = [work(connection) for work in self.works]
        return Acted(position[0] if isinstance(position, tuple) else position)


def _work_of(event: Event) -> AppendOperatorAction | AppendOther:
    if isinstance(event, OperatorActed):
        return AppendOperatorAction(event, payload(event))
    return AppendOther(event, payload(event))


def _known(connection: sqlite3.Connection, request_id: str, fingerprint: str, method: str) -> int | None:
    row = connection.execute(
        "SELECT position, method, fingerprint FROM operator_actions WHERE request_id = ?", (request_id,)
    ).fetchone()
    if row is None:
        return None
    if tuple(row[1:]) != (method, fingerprint):
        raise RequestConflict(
            f"request_id {request_id!r} was used before, for {row[1]} with other content; use a new id",
            request_id=request_id,
        )
    return int(row[0])
