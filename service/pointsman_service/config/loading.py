"""Configuration: one TOML file plus the environment, validated before anything starts.

The environment wins over the file: `POINTSMAN_SERVER__PORT=7070` is `port` in `[server]`. What is wrong is said in one
line that names the place: `pointsman.toml: models.3.base_url: ...`. An empty configuration is the starter replay table.

>>> settings = parse({"server": {"port": 7070}})
>>> settings.server.port, settings.on_replay
(7070, True)
>>> parse({"server": {"prot": 7070}}, source="pointsman.toml")
Traceback (most recent call last):
    ...
pointsman_service.errors.ConfigurationError: pointsman.toml: server.prot: unknown key; did you mean "port"?
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_settings import EnvSettingsSource, SettingsError

from pointsman_service.config.problems import one_line
from pointsman_service.config.sections import Given, Settings, StorageSection
from pointsman_service.config.variables import refuse_misspelt, refuse_unread
from pointsman_service.errors import ConfigurationError

_PATHS = (("storage", "folder"), ("replay", "table"), ("learner", "taxonomy"), ("learner", "public_results"))
_NESTED_PATHS = (
    ("auth", "jwt", ("jwks_file",)),
    ("server", "tls", ("cert", "key", "client_ca")),
    ("admin", "tls", ("cert", "key", "client_ca")),
)
_NAMED_TABLES = (("replay", "starter"), ("replay", "paretobandit"))


def load(path: Path | str | None = None) -> Settings:
    """The settings of a TOML file and the environment; without a path `POINTSMAN_CONFIG`'s file, else defaults.

    Paths in the file are relative to the file's folder. Raises ConfigurationError in one line: what and where.
    """
    chosen = path or os.environ.get("POINTSMAN_CONFIG")
    if not chosen:
        return parse({}, source="environment")
    file = Path(chosen)
    return parse(_read(file), source=str(file), folder=file.resolve().parent)


def parse(data: Mapping[str, Any], *, source: str = "configuration", folder: Path | None = None) -> Settings:
    """The settings of a parsed TOML document under the environment. source: the name that errors begin with."""
    refuse_unread(os.environ)
    try:
        settings = Settings(**(_relative_to(folder, data) if folder else data))
        given = Given(data, EnvSettingsSource(Settings)())
    except ValidationError as e:
        raise ConfigurationError(one_line(e, source, os.environ, Settings)) from e
    except SettingsError as e:
        raise ConfigurationError(f"environment: {e}; lists and tables are given as JSON") from e
    refuse_misspelt(os.environ, settings)
    return settings.with_given(given)


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as e:
        raise ConfigurationError(f"{file}: no such file; give the path of a TOML file, or none for defaults") from e
    except tomllib.TOMLDecodeError as e:
        raise ConfigurationError(f"{file}: not valid TOML: {e}") from e
    except (OSError, UnicodeDecodeError) as e:
        raise ConfigurationError(f"{file}: cannot be read: {e}") from e


def _relative_to(folder: Path, data: Mapping[str, Any]) -> dict[str, Any]:
    """Paths of the file, made absolute from the file's own folder, so that the working directory does not matter.

    The default folder of the storage is beside the file, too.
    """
    resolved = dict(data)
    storage = resolved.setdefault("storage", {})
    if isinstance(storage, Mapping):
        resolved["storage"] = {"folder": str(StorageSection().folder), **storage}
    for section, key in _PATHS:
        table = resolved.get(section)
        if isinstance(table, Mapping) and isinstance(given := table.get(key), str):
            named = (section, given) in _NAMED_TABLES
            resolved[section] = {**table, key: given if named else str(folder / given)}
    for section, inner, keys in _NESTED_PATHS:
        table = resolved.get(section)
        if isinstance(table, Mapping) and isinstance(within := table.get(inner), Mapping):
            paths = {key: str(folder / path) for key, path in within.items() if key in keys and isinstance(path, str)}
            resolved[section] = {**table, inner: {**within, **paths}}
    return resolved
