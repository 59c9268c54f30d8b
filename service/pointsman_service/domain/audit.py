"""Who changed what, when, from what to what: told by the log's own events, folded in their order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pointsman_learner.events import ConfigurationDeclared, OperatorActed

from pointsman_service.domain.configuration import Key, Layers

MOST_CHANGES = 200
"""Of one entry: the first start declares some hundred values, which are the file."""
SECRETS = ("sha256", "previous_sha256")
"""Fields of keys. Their hashes are of no use to anybody who reads who changed what."""

Told = OperatorActed | ConfigurationDeclared


@dataclass(frozen=True, slots=True)
class AuditChange:
    """One value before and after; None where nothing said it."""

    key: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One change of the configuration, or one thing that was done.

    position: in the log; by: whom a key or certificate stands for, else who it said to be; left_out: changes not told.
    """

    position: int
    at: float
    by: str
    method: str
    changes: tuple[AuditChange, ...]
    left_out: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """Which entries; None asks for nothing. start, end: seconds since the epoch; key: how a changed key begins."""

    by: str | None = None
    start: float | None = None
    end: float | None = None
    key: str | None = None

    def holds(self, entry: AuditEntry) -> bool:
        """Whether the entry is asked for."""
        in_time = (self.start is None or entry.at >= self.start) and (self.end is None or entry.at < self.end)
        return in_time and self.by in {None, entry.by} and (self.key is None or _touches(entry, self.key))


def entries(events: Iterable[tuple[int, Told]]) -> Iterator[AuditEntry]:
    """In the log's order. events: every one of both kinds, since what was there before is what they added up to.

    >>> off = OperatorActed(1.0, "ann", "DisableModel", None, "", {"models.a.enabled": False}, (), "")
    >>> [(entry.by, entry.changes) for entry in entries([(7, off)])]
    [('ann', (AuditChange(key='models.a.enabled', before=None, after=False),))]
    """
    layers = Layers()
    for position, event in events:
        after = layers.after(event, position)
        changed = [_change(key, layers, after) for key in _touched(event, layers, after)]
        told = [change for change in changed if change.before != change.after]
        method = event.method if isinstance(event, OperatorActed) else "Declare"
        note = event.note if isinstance(event, OperatorActed) else ""
        shown, rest = told[:MOST_CHANGES], max(0, len(told) - MOST_CHANGES)
        yield AuditEntry(position, event.at, event.by, method, tuple(shown), rest, note)
        layers = after


def newest_first(found: Sequence[AuditEntry], query: AuditQuery) -> list[AuditEntry]:
    """Those that are asked for."""
    return [entry for entry in reversed(found) if query.holds(entry)]


def _touched(event: Told, before: Layers, after: Layers) -> list[Key]:
    if isinstance(event, ConfigurationDeclared):
        return list(dict.fromkeys((*after.declared, *before.declared)))
    gone = [Key.parse(text) for text in event.reset]
    undone = [key for key in before.changed if any(g.holds(key) for g in gone)]
    return list(dict.fromkeys((*undone, *(Key.parse(text) for text in event.put))))


def _change(key: Key, before: Layers, after: Layers) -> AuditChange:
    if key.field in SECRETS:
        was, now = _said(key, before), _said(key, after)
        return AuditChange(str(key), was and "(hidden)", now and ("(hidden)" if was == now else "(hidden, another)"))
    return AuditChange(str(key), _said(key, before), _said(key, after))


def _said(key: Key, layers: Layers) -> Any:  # noqa: ANN401 - JSON
    said = layers.changed.get(key) or layers.declared.get(key)
    return None if said is None else said.value


def _touches(entry: AuditEntry, prefix: str) -> bool:
    return any(c.key.startswith(prefix) or Key.parse(c.key).plain.startswith(prefix) for c in entry.changes)
