"""Variables of the environment that nobody would read: a misspelt name is an error, as a misspelt key is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import is_dataclass

from pydantic import BaseModel

from pointsman_service.config.problems import entry_in, section_in
from pointsman_service.config.sections import Settings
from pointsman_service.domain.near_miss import close_to, nearest
from pointsman_service.errors import ConfigurationError

ENVIRONMENT_PREFIX = "POINTSMAN_"

SLIP = 0.8
"""Similarity of a name with a letter too much or too little; HOST_KEY is somebody's own name, not HOST's."""

_LISTS = ("models", "judges")  # which are one variable, as JSON

# What Docker and Kubernetes set in every container beside a service that is named, for instance, pointsman-server.
_OF_A_LINK = re.compile(r"(SERVICE_(HOST|PORT(_.*)?)|PORT_\d+_(TCP|UDP)(_.*)?|NAME|ENV_.*)")


def refuse_unread(environ: Mapping[str, str]) -> None:
    """Raises ConfigurationError for a name with `__` whose section does not exist.

    Others (POINTSMAN_CONFIG, a provider's key) may belong to somebody else.
    """
    for name in sorted(environ):
        if name.upper().startswith(ENVIRONMENT_PREFIX) and "__" in name:
            section = name.upper().removeprefix(ENVIRONMENT_PREFIX).split("__")[0].lower()
            if section not in Settings.model_fields:
                hint = nearest(section, sorted(Settings.model_fields))
                raise ConfigurationError(f"environment: {name}: unknown section{hint}")


def refuse_misspelt(environ: Mapping[str, str], settings: Settings) -> None:
    """Raises ConfigurationError for POINTSMAN_SERVER_PORT, which is POINTSMAN_SERVER__PORT with one underscore.

    A name that a model has its key under is read, and a link of Docker or Kubernetes is none of ours.
    """
    keys = {m.api_key_env for m in settings.models} | {d.api_key_env for m in settings.models for d in m.deployments}
    for name, value in sorted(environ.items()):
        if name in keys or "://" in value or not name.upper().startswith(ENVIRONMENT_PREFIX) or "__" in name:
            continue
        meant = _meant_by(name.upper().removeprefix(ENVIRONMENT_PREFIX))
        if meant is not None:
            raise ConfigurationError(f"environment: {name}: is not read; did you mean {ENVIRONMENT_PREFIX}{meant}?")


def _meant_by(name: str) -> str | None:
    """`SERVER__PORT` for `SERVER_PORT`, also where the key is misspelt; None where no section's key is near."""
    for section, field in Settings.model_fields.items():
        table = section_in(field.annotation)
        if table is None or section in _LISTS or not name.startswith(f"{section.upper()}_"):
            continue
        rest = name.removeprefix(f"{section.upper()}_")
        entry = entry_in(table) or (table if section == "keys" else None)
        if not _OF_A_LINK.fullmatch(rest) and (path := _path(rest, table, entry)):
            return "__".join((section.upper(), *path))
    return None


def _path(rest: str, table: type[BaseModel], entry: type[BaseModel] | None) -> tuple[str, ...]:
    """The parts of a name below its section, nothing where no key is near.

    entry: of a section of entries that have names; then the first part is one.
    """
    keys = sorted(key.upper() for key in table.model_fields)
    if entry is not None:
        if entry is not table and rest in keys:
            return (rest,)
        own = sorted(key.upper() for key in entry.model_fields)
        return next(((rest.removesuffix(f"_{key}"), key) for key in own if rest.endswith(f"_{key}")), ())
    if (key := close_to(rest, keys, SLIP)) is not None:
        return (key,)
    tables = [key.upper() for key, field in table.model_fields.items() if is_dataclass(field.annotation)]
    return next(((key, rest.removeprefix(f"{key}_")) for key in tables if rest.startswith(f"{key}_")), ())
