"""What a start declares: every value of its settings by key, each with its origin, and the taxonomy file's nodes.

Of models, judges, tenants and nodes only what is said is declared: what their defaults are, the code knows, and
litellm's price map. Of the other sections everything is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from pydantic import BaseModel

from pointsman_service.config.entries import JudgeSection
from pointsman_service.config.sections import Settings
from pointsman_service.domain import JudgeConfig
from pointsman_service.domain.configuration import RESOURCES, Declared, Key
from pointsman_service.domain.operations import Origin
from pointsman_service.domain.taxonomy import TaxonomyEntry

WHOLE = frozenset({"params", "options", "deployments", "tags", "require_tags", "models", "examples", "pool"})
"""Fields that are one value, whatever is in them."""


def declared_values(settings: Settings, nodes: Sequence[TaxonomyEntry]) -> dict[Key, Declared]:
    """By key, entries in their order. nodes: of the taxonomy file that the settings name.

    >>> values = declared_values(Settings(models=[{"name": "a", "base_url": "http://h"}]), [])
    >>> values[Key("models", "a")], values[Key("server", "", "port")]
    (Declared(value=True, origin='default'), Declared(value=50051, origin='default'))
    """
    said = _Origins(settings)
    values: dict[Key, Declared] = {}
    for section in type(settings).model_fields:
        if section not in RESOURCES:
            table = _plain(getattr(settings, section).model_dump(mode="json"))
            values |= {Key(section, "", f): Declared(v, said.of(section, f)) for f, v in leaves(table)}
    for model in settings.models:
        values |= _entry("models", model.name, model, said)
    values |= _judges(settings, said)
    values[Key("tenants", "", "open")] = Declared(settings.tenants.open, said.of("tenants", "open"))
    for name, tenant in settings.tenants.items():
        values |= _entry("tenants", name, tenant, said)
    for name, key in settings.keys.items():
        values |= _entry("keys", name, key, said)
    for node in nodes:
        values |= _node(node, "default" if settings.learner.taxonomy is None else "file")
    return values


def leaves(table: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted fields of nested tables, each with its value.

    >>> list(leaves({"params": {"top_p": 1}, "preference": {"dial": 0.5}}))
    [('params', {'top_p': 1}), ('preference.dial', 0.5)]
    """
    for name, value in table.items():
        if isinstance(value, Mapping) and name not in WHOLE:
            yield from leaves(value, f"{path}{name}.")
        else:
            yield f"{path}{name}", value


class _Origins:
    """Who said a value: the environment, else the file, else nobody."""

    def __init__(self, settings: Settings) -> None:
        self._layers: tuple[tuple[Origin, Mapping[str, Any]], ...] = (
            ("environment", settings.given.environment),
            ("file", settings.given.file),
        )

    def of(self, section: str, field: str = "", name: str = "") -> Origin:
        """Of a value in a section, or in the entry of that name."""
        for origin, tables in self._layers:
            table = tables.get(section)
            if name:
                table = _named(table, name)
            if _has(table, field):
                return origin
        return "default"


def _named(table: object, name: str) -> object:
    """The entry of a name, of a table by names or of a list of tables with names."""
    if isinstance(table, Mapping):
        return table.get(name)
    entries = table if isinstance(table, Sequence) and not isinstance(table, str) else ()
    return next((e for e in entries if isinstance(e, Mapping) and e.get("name") == name), None)


def _has(table: object, field: str) -> bool:
    for part in field.split(".") if field else ():
        if not isinstance(table, Mapping) or part not in table:
            return False
        table = table[part]
    return table is not None


def _entry(kind: str, name: str, section: BaseModel, said: _Origins) -> dict[Key, Declared]:
    given = _plain(section.model_dump(mode="json", exclude_unset=True, exclude={"name"}))
    values = {Key(kind, name): Declared(True, said.of(kind, "", name))}
    defaults = dict(leaves(type(section).model_construct().model_dump(mode="json")))
    for field, value in leaves(given):
        origin = said.of(kind, field, name)
        if value is not None and (origin != "default" or value != defaults.get(field)):
            values[Key(kind, name, field)] = Declared(value, origin)
    return values


def _judges(settings: Settings, said: _Origins) -> dict[Key, Declared]:
    if settings.judges is not None and not settings.judges:
        return {Key("judges"): Declared([], said.of("judges"))}
    values: dict[Key, Declared] = {}
    for judge in settings.judge_configs():
        values |= _entry("judges", judge.name, _section_of(judge), said)
    return values


def _section_of(judge: JudgeConfig) -> JudgeSection:
    return JudgeSection(**asdict(judge))


def _node(node: TaxonomyEntry, origin: Origin) -> dict[Key, Declared]:
    fields: dict[str, Any] = {"parent": node.parent, "title": node.title, "description": node.description}
    fields["examples"] = list(node.examples)
    values = {Key("taxonomy", node.id): Declared(True, origin)}
    return values | {Key("taxonomy", node.id, f): Declared(v, origin) for f, v in fields.items() if v}


def _plain(table: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a JSON text gives back, so that a value equals itself after the log."""
    plain: Mapping[str, Any] = json.loads(json.dumps(table))
    return plain
