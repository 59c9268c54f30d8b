"""The configuration's projection: one row a value and layer, written in the transaction of the event that says it.

`configuration_version` is one row: the position of the last event that changed anything, which every process polls.
`operator_actions` has what operators did, by request_id where they gave one. All of it can be made again from the log.
"""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from pointsman_learner.events import ConfigurationDeclared, OperatorActed

from pointsman_service.adapters.sqlite.rows import event_of
from pointsman_service.domain.configuration import RESOURCES, Change, Declared, Key, Layers

KINDS = ("operator", "declared")

_PUT = (
    "INSERT INTO configuration (layer, kind, name, field, value, origin, by, at, position)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (kind, name, field, layer) DO UPDATE SET"
    " value = excluded.value, by = excluded.by, at = excluded.at, position = excluded.position"
)
_READ = (
    "SELECT v.position, c.layer, c.kind, c.name, c.field, c.value, c.origin, c.by, c.at"
    " FROM configuration_version v LEFT JOIN configuration c ORDER BY c.id"
)

_WARM_STARTS = (
    "SELECT w.position, w.at, w.request_id, w.queries || ' queries, ' || w.outcomes || ' outcomes',"
    " json_extract(e.payload, '$.by'), json_extract(e.payload, '$.note')"
    " FROM warm_starts w JOIN events e ON e.position = w.position ORDER BY w.position"
)
UNKNOWN = "unknown"
"""Who told a batch that an earlier version wrote down."""


def project(connection: sqlite3.Connection, event: OperatorActed | ConfigurationDeclared, position: int) -> None:
    """Put one event of the log into the projection."""
    if isinstance(event, ConfigurationDeclared):
        connection.execute("DELETE FROM configuration WHERE layer = 'declared'")
        said = [(Key.parse(text), value, origin) for text, (value, origin) in event.values.items()]
        rows = [
            ("declared", *_columns(key, value), origin, event.by, event.at, position) for key, value, origin in said
        ]
    else:
        action = (position, event.request_id, event.at, event.by, event.method, event.fingerprint)
        connection.execute("INSERT INTO operator_actions VALUES (?, ?, ?, ?, ?, ?)", action)
        if not event.put and not event.reset:
            return
        for text in event.reset:
            _forget(connection, Key.parse(text))
        put = ((Key.parse(text), value) for text, value in event.put.items())
        rows = [("changed", *_columns(key, value), "changed", event.by, event.at, position) for key, value in put]
    connection.executemany(_PUT, rows)
    connection.execute(
        "INSERT INTO configuration_version VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET position = excluded.position",
        (position,),
    )


def rebuild(connection: sqlite3.Connection) -> None:
    """Make the projection again from the log."""
    for table in ("configuration", "configuration_version", "operator_actions"):
        connection.execute(f"DELETE FROM {table}")  # noqa: S608 - names of this code
    for position, event in history_of(connection):
        project(connection, event, position)


def history_of(connection: sqlite3.Connection) -> list[tuple[int, OperatorActed | ConfigurationDeclared]]:
    """Every event of both kinds with its position, in the log's order."""
    rows = connection.execute("SELECT position, payload FROM events WHERE kind IN (?, ?) ORDER BY position", KINDS)
    found = []
    for position, text in rows.fetchall():
        event = event_of(text)
        assert isinstance(event, OperatorActed | ConfigurationDeclared)
        found.append((int(position), event))
    return found


def warm_starts_of(connection: sqlite3.Connection) -> list[tuple[int, OperatorActed]]:
    """What operators told the learner beforehand, each batch as something that was done.

    The outcomes themselves are not read: one batch has a hundred queries.
    """
    rows = connection.execute(_WARM_STARTS).fetchall()
    return [
        (position, OperatorActed(at, by or UNKNOWN, "WarmStart", batch, note="; ".join(filter(None, (about, note)))))
        for position, at, batch, about, by, note in rows
    ]


def layers_of(connection: sqlite3.Connection) -> Layers:
    """What the projection says, as of one version."""
    version = 0
    declared: dict[Key, Declared] = {}
    changed: dict[Key, Change] = {}
    for position, layer, kind, name, field, value, origin, by, at in connection.execute(_READ):
        version = position
        if layer == "declared":
            declared[Key(kind, name, field)] = Declared(json.loads(value), origin)
        elif layer == "changed":
            changed[Key(kind, name, field)] = Change(json.loads(value), by, at)
    return Layers(version, declared, changed)


def version_of(connection: sqlite3.Connection) -> int:
    """Position of the last event that changed anything, 0 for none: one row by its key."""
    row = connection.execute("SELECT position FROM configuration_version").fetchone()
    return 0 if row is None else int(row[0])


def _columns(key: Key, value: Any) -> tuple[str, str, str, str]:  # noqa: ANN401 - JSON
    return key.kind, key.name, key.field, json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _forget(connection: sqlite3.Connection, key: Key) -> None:
    """As `Key.holds`: an entry's own key stands for all of it."""
    sql = "DELETE FROM configuration WHERE layer = 'changed' AND kind = ? AND name = ?"
    if key.field or key.kind not in RESOURCES:
        connection.execute(f"{sql} AND field = ?", (key.kind, key.name, key.field))
    else:
        connection.execute(sql, (key.kind, key.name))
