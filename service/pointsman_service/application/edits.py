"""How entries of the configuration are added, changed and removed: from what is asked to what is put and reset."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pointsman_service.application.changes import Edit
from pointsman_service.domain.configuration import InForce, Key, Layers
from pointsman_service.domain.operations import Fields
from pointsman_service.errors import StaleEtag

TABLES = ("capabilities", "preference")
"""Fields that are tables: what is in them is changed one by one."""


def created(layers: Layers, kind: str, name: str, fields: Fields) -> Edit:
    """The whole entry: what was declared of a removed one of the same name does not come back."""
    cleared = {key: None for key, said in layers.declared.items() if _in(key, kind, name) and said.value is not None}
    put = {Key(kind, name, field): value for field, value in _each(layers, kind, name, fields)}
    return Edit(Key(kind, name), {**cleared, Key(kind, name): True, **put}, _changed(layers, kind, name))


def updated(layers: Layers, kind: str, name: str, fields: Fields) -> Edit:
    """The given fields, and nothing else."""
    put = {Key(kind, name, field): value for field, value in _each(layers, kind, name, fields)}
    return Edit(Key(kind, name), put)


def deleted(layers: Layers, kind: str, name: str) -> Edit:
    """All that was changed of it goes; where it is declared, that it does not exist is a change like any other."""
    key = Key(kind, name)
    return Edit(key, {key: False} if key in layers.declared else {}, _changed(layers, kind, name))


def check_etag(now: InForce, kind: str, name: str, etag: str | None) -> None:
    """Raises StaleEtag where one is given that is not the present one."""
    present = now.etags[kind, name]
    if etag is not None and etag != present:
        raise StaleEtag(
            f"{Key(kind, name)} was changed by somebody else: its etag is {present!r}, not {etag!r};"
            " read it again, then decide",
            of=Key(kind, name),
            etag=present,
        )


def _changed(layers: Layers, kind: str, name: str) -> tuple[Key, ...]:
    return (Key(kind, name),) if any((key.kind, key.name) == (kind, name) for key in layers.changed) else ()


def _in(key: Key, kind: str, name: str) -> bool:
    return (key.kind, key.name) == (kind, name) and key.field != ""


def _each(layers: Layers, kind: str, name: str, fields: Fields) -> list[tuple[str, Any]]:
    """Fields with tables taken apart; a table that is given whole clears what it does not name."""
    found: dict[str, Any] = {}
    for field, value in fields.items():
        if field not in TABLES:
            found[field] = value
            continue
        known = (key.field for layer in (layers.declared, layers.changed) for key in layer if _in(key, kind, name))
        found |= {f: None for f in known if f.startswith(f"{field}.")}
        found |= {f"{field}.{inner}": v for inner, v in (value if isinstance(value, Mapping) else {}).items()}
    return list(found.items())
