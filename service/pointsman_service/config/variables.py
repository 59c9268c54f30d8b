"""Variables of the environment that nobody would read: a misspelt name is an error, as a misspelt key is."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pydantic import BaseModel

from pointsman_service.config.problems import section_in
from pointsman_service.config.sections import Settings
from pointsman_service.domain.near_miss import close_to, nearest
from pointsman_service.errors import ConfigurationError

ENVIRONMENT_PREFIX = "POINTSMAN_"

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
        if table is None or not name.startswith(f"{section.upper()}_"):
            continue
        rest = name.removeprefix(f"{section.upper()}_")
        key = None if _OF_A_LINK.fullmatch(rest) else close_to(rest.lower(), _keys(table))
        if key is not None:
            return f"{section.upper()}__{key.upper()}"
    return None


def _keys(table: type[BaseModel]) -> list[str]:
    return sorted(table.model_fields)
