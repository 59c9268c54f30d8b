"""How operators undo what they changed: which changes a key stands for, and what the learner must hear of it."""

from __future__ import annotations

from collections.abc import Sequence

from pointsman_learner.events import Event
from pointsman_learner.snapshot import Snapshot

from pointsman_service.application.changes import Edit
from pointsman_service.application.grown_nodes import switched
from pointsman_service.domain.configuration import CHANGEABLE, InForce, Key
from pointsman_service.domain.near_miss import close_to
from pointsman_service.errors import UnknownKey


def reset_edit(key: str, now: InForce, snapshot: Snapshot, at: float) -> Edit:
    """Every change at or below the key is undone. Raises UnknownKey where there is none."""
    keys = changed_at(key, list(now.layers.changed))
    if not keys:
        raise UnknownKey(_unknown(key, now), key=key)
    entries = {(k.kind, k.name) for k in keys}
    subject = Key(*entries.pop()) if len(entries) == 1 else Key(keys[0].kind)
    return Edit(subject, reset=keys, taught=_grown_again(keys, now, snapshot, at))


def changed_at(text: str, changed: Sequence[Key]) -> list[Key]:
    """The changed keys at or below a key; without quotes, those of one entry or one value.

    >>> changed = [Key("models", "gpt-4.1", "enabled"), Key("tenants", "a", "enabled")]
    >>> [str(key) for key in changed_at("models.gpt-4.1", changed)]
    ['models."gpt-4.1".enabled']
    """
    found = [key for key in changed if str(key) == text or str(key).startswith(f"{text}.")]
    return found or [key for key in changed if text in {key.plain, Key(key.kind, key.name).plain}]


def _unknown(key: str, now: InForce) -> str:
    changed = [str(changed) for changed in now.layers.changed]
    near = close_to(key, changed)
    if near is not None:
        return f'nothing was changed at run time under {key!r}; did you mean "{near}"?'
    only = f"; only {', '.join(CHANGEABLE)} can be" if key.split(".", maxsplit=1)[0] not in CHANGEABLE else ""
    return f"nothing was changed at run time under {key!r}{only}"


def _grown_again(keys: Sequence[Key], now: InForce, snapshot: Snapshot, at: float) -> list[Event]:
    """A node that grew is live again when nothing switches it off any more."""
    nodes = {k.name for k in keys if k.kind == "taxonomy"} - now.nodes.keys()
    nodes = {n for n in nodes if Key("taxonomy", n) not in now.layers.declared}
    return [event for node_id in sorted(nodes) for event in switched(snapshot, node_id, at, on=True)]
