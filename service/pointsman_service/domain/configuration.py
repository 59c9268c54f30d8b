"""What is in force: what was declared, and what operators changed on top. A fold of the log, whoever keeps it.

One rule of precedence: a run-time change beats the environment, which beats the file, until it is reset; deleting what
the file declares is a change like any other. A declaration replaces the one before and leaves every change.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from pointsman_learner.events import ConfigurationDeclared, OperatorActed

from pointsman_service.domain.api_keys import ApiKey
from pointsman_service.domain.configured import ModelConfig, TenantConfig
from pointsman_service.domain.taxonomy import TaxonomyEntry

RESOURCES = ("models", "judges", "tenants", "taxonomy", "keys")
"""Sections whose entries have names. Operators change those of CHANGEABLE while the service runs."""
CHANGEABLE = ("models", "tenants", "taxonomy", "keys")
SWITCHES = (("tenants", "open"),)
"""Values beside the entries of such a section; no entry has the name of one."""

_PART = re.compile(r'([A-Za-z0-9_-]+)|("(?:[^"\\]|\\.)*")')


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """Names one value, as TOML's dotted keys do.

    kind: the section; name: of the entry, in a section of RESOURCES; field: dotted, "" for whether the entry exists.

    >>> str(Key("models", "gpt-4.1", "capabilities.tools"))
    'models."gpt-4.1".capabilities.tools'
    >>> Key.parse("server.port"), Key.parse("tenants.open")
    (Key(kind='server', name='', field='port'), Key(kind='tenants', name='', field='open'))
    """

    kind: str
    name: str = ""
    field: str = ""

    def __str__(self) -> str:
        name = _quoted(self.name) if self.name else ""
        return ".".join(part for part in (self.kind, name, self.field) if part)

    @property
    def plain(self) -> str:
        """Without quotes, as people type it where nothing else can be meant."""
        return ".".join(part for part in (self.kind, self.name, self.field) if part)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Inverse of `str`. Raises ValueError."""
        parts = list(_parts(text))
        named = parts[0] in RESOURCES and len(parts) > 1 and tuple(parts) not in SWITCHES
        return cls(parts[0], parts[1] if named else "", ".".join(parts[2 if named else 1 :]))

    def holds(self, other: Key) -> bool:
        """Whether the other is this one or belongs to this entry.

        >>> Key("models", "a").holds(Key("models", "a", "enabled"))
        True
        """
        return self == other or (self.field == "" and (self.kind, self.name) == (other.kind, other.name))


@dataclass(frozen=True, slots=True)
class Declared:
    """A value of a start. origin: "file", "environment" or, where neither speaks, "default"."""

    value: Any
    origin: str


@dataclass(frozen=True, slots=True)
class Change:
    """A value of an operator. None clears a field: then the default speaks, whatever was declared."""

    value: Any
    by: str
    at: float


@dataclass(frozen=True, slots=True)
class Layers:
    """Both layers, as of the event at `version`. Their order is that in which entries were first named."""

    version: int = 0
    declared: Mapping[Key, Declared] = field(default_factory=dict)
    changed: Mapping[Key, Change] = field(default_factory=dict)

    def after(self, event: OperatorActed | ConfigurationDeclared, position: int) -> Layers:
        """With one more event of the log.

        >>> file = ConfigurationDeclared(0.0, "start", {"models.a": [True, "file"], "models.a.enabled": [True, "file"]})
        >>> off = OperatorActed(1.0, "ann", "DisableModel", None, "", {"models.a.enabled": False}, (), "")
        >>> Layers().after(file, 1).after(off, 2).entries("models")
        {'a': {'enabled': False}}
        """
        if isinstance(event, ConfigurationDeclared):
            declared = {Key.parse(text): Declared(value, origin) for text, (value, origin) in event.values.items()}
            return replace(self, version=position, declared=declared)
        if not event.put and not event.reset:
            return self
        gone = [Key.parse(text) for text in event.reset]
        changed = {key: change for key, change in self.changed.items() if not any(g.holds(key) for g in gone)}
        changed |= {Key.parse(text): Change(value, event.by, event.at) for text, value in event.put.items()}
        return replace(self, version=position, changed=changed)

    def exists(self, kind: str, name: str) -> bool:
        """Whether the entry is in force."""
        key = Key(kind, name)
        said = self.changed.get(key) or self.declared.get(key)
        return said is not None and bool(said.value)

    def entries(self, kind: str) -> dict[str, dict[str, Any]]:
        """Of each entry in force what is said of it, by field; what is cleared or never said is not there.

        The declared come in their order, then those that operators added, in theirs.
        """
        found: dict[str, dict[str, Any]] = {}
        for layer in (self.declared, self.changed):
            for key, said in layer.items():
                if key.kind == kind and key.name:
                    found.setdefault(key.name, {})[key.field] = said.value
        return {
            name: {name: value for name, value in fields.items() if name and value is not None}
            for name, fields in found.items()
            if fields.get("")
        }

    def hiding(self) -> Iterator[tuple[Key, Declared, Change]]:
        """Declared values of file or environment that a change hides, each with the change."""
        for key, change in self.changed.items():
            declared = self.declared.get(key)
            if declared is not None and declared.origin != "default" and declared.value != change.value:
                yield key, declared, change


class Refused(ValueError):  # noqa: N818 - named for the fact
    """Values that cannot be in force together. violations: each with the key at fault, at least one."""

    def __init__(self, violations: Sequence[tuple[Key, str]]) -> None:
        super().__init__("; ".join(f"{key}: {why}" for key, why in violations))
        self.violations = violations


@dataclass(frozen=True, slots=True)
class InForce:
    """The entries in force, by name: models and nodes in configured order, with defaults and known facts filled in.

    etags: by (kind, name); each changes whenever what is said of its entry does. open_tenants: whether any name may be
    a tenant's, as the file says; operators cannot change it while the service runs.
    """

    layers: Layers = field(default_factory=Layers)
    models: Mapping[str, ModelConfig] = field(default_factory=dict)
    tenants: Mapping[str, TenantConfig] = field(default_factory=dict)
    nodes: Mapping[str, TaxonomyEntry] = field(default_factory=dict)
    keys: Mapping[str, ApiKey] = field(default_factory=dict)
    etags: Mapping[tuple[str, str], str] = field(default_factory=dict)
    open_tenants: bool = False

    @property
    def first_model(self) -> str | None:
        """The first that may be called: the baseline where nobody names one."""
        return next((name for name, model in self.models.items() if model.enabled), None)

    @property
    def has_chosen_model(self) -> bool:
        """Whether somebody configured that one: else recorded answers stand in for models that nobody named."""
        declared = self.layers.declared.get(Key("models", self.first_model or ""))
        return self.first_model is not None and (declared is None or declared.origin != "default")


def nested(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Dotted fields as tables.

    >>> nested({"enabled": True, "preference.dial": 0.5})
    {'enabled': True, 'preference': {'dial': 0.5}}
    """
    tables: dict[str, Any] = {}
    for name, value in fields.items():
        *path, last = name.split(".")
        table = tables
        for part in path:
            table = table.setdefault(part, {})
        table[last] = value
    return tables


def _quoted(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name)


def _parts(text: str) -> Iterator[str]:
    at = 0
    while True:
        match = _PART.match(text, at)
        if match is None:
            raise ValueError(
                f"{text!r} is no key: names with other characters than letters, digits, _ and - are quoted"
            )
        yield match[1] or json.loads(match[2])
        at = match.end()
        if at == len(text):
            return
        if text[at] != ".":
            raise ValueError(f"{text!r} is no key: {text[at:]!r} is not understood")
        at += 1
