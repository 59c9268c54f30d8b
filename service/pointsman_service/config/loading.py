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
from pydantic_settings import SettingsError

from pointsman_service.config.problems import one_line
from pointsman_service.config.sections import Settings
from pointsman_service.domain.near_miss import nearest
from pointsman_service.errors import ConfigurationError

ENVIRONMENT_PREFIX = "POINTSMAN_"
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
    _refuse_unknown_sections(os.environ)
    try:
        return Settings(**(_relative_to(folder, data) if folder else data))
    except ValidationError as e:
        raise ConfigurationError(one_line(e, source, os.environ, Settings)) from e
    except SettingsError as e:
        raise ConfigurationError(f"environment: {e}; lists and tables are given as JSON") from e


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as e:
        raise ConfigurationError(f"{file}: no such file; give the path of a TOML file, or none for defaults") from e
    except tomllib.TOMLDecodeError as e:
        raise ConfigurationError(f"{file}: not valid TOML: {e}") from e
    except (OSError, UnicodeDecodeError) as e:
        raise ConfigurationError(f"{file}: cannot be read: {e}") from e


def _refuse_unknown_sections(environ: Mapping[str, str]) -> None:
    """Only names with `__` are ours to judge: others (POINTSMAN_CONFIG, a provider's key) belong to somebody else."""
    for name in sorted(environ):
        if name.upper().startswith(ENVIRONMENT_PREFIX) and "__" in name:
            section = name.upper().removeprefix(ENVIRONMENT_PREFIX).split("__")[0].lower()
            if section not in Settings.model_fields:
                hint = nearest(section, sorted(Settings.model_fields))
                raise ConfigurationError(f"environment: {name}: unknown section{hint}")


def _relative_to(folder: Path, data: Mapping[str, Any]) -> dict[str, Any]:
    """Paths of the file, made absolute from the file's own folder, so that the working directory does not matter."""
    resolved = dict(data)
    for section, key in (("storage", "folder"), ("replay", "table"), ("learner", "taxonomy")):
        table = resolved.get(section)
        if isinstance(table, Mapping) and isinstance(given := table.get(key), str):
            named = (section, given) in _NAMED_TABLES
            resolved[section] = {**table, key: given if named else str(folder / given)}
    return resolved
