"""What operators changed while the service ran: models and paced budgets on top of the configuration file.

One small JSON file in the storage folder, replaced whole. Every process looks at its change time; so a change that one
worker was asked for reaches the others, and outlives a restart.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from pointsman_service.domain import ModelConfig
from pointsman_service.errors import ConfigurationError, LogUnavailable

FILE_NAME = "operator.json"


@dataclass(frozen=True, slots=True)
class OperatorChanges:
    """models: put or disabled, by name; budgets: dollars per 1,000 queries by tenant, None where lifted."""

    models: Mapping[str, ModelConfig] = field(default_factory=dict)
    budgets: Mapping[str, float | None] = field(default_factory=dict)


class OperatorFile:
    """The file. `read` costs one stat where nothing changed."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME
        self._seen: tuple[int, int] | None = None
        self._changes = OperatorChanges()

    def read(self) -> OperatorChanges:
        """The changes in force. Raises ConfigurationError where the file cannot be understood."""
        try:
            stat = self._path.stat()
        except FileNotFoundError:
            return OperatorChanges()
        if (stat.st_mtime_ns, stat.st_ino) != self._seen:
            self._changes = self._parse()
            self._seen = stat.st_mtime_ns, stat.st_ino
        return self._changes

    def put_model(self, model: ModelConfig) -> OperatorChanges:
        """Remember a model. Raises LogUnavailable where the file cannot be written."""
        with self._locked() as now:
            return self._write(OperatorChanges({**now.models, model.name: model}, now.budgets))

    def put_budget(self, tenant: str, usd_per_1k: float | None) -> OperatorChanges:
        """Remember a paced budget. Raises LogUnavailable where the file cannot be written."""
        with self._locked() as now:
            return self._write(OperatorChanges(now.models, {**now.budgets, tenant: usd_per_1k}))

    @contextmanager
    def _locked(self) -> Iterator[OperatorChanges]:
        """Between processes, too: two changes at once must not lose one of them."""
        try:
            with self._path.with_suffix(".lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield self.read()
        except OSError as e:
            raise LogUnavailable(f"{self._path} cannot be written: {e}", reason="operator_file") from e

    def _write(self, changes: OperatorChanges) -> OperatorChanges:
        models = {name: asdict(m) for name, m in changes.models.items()}
        temporary = self._path.with_suffix(".new")
        with temporary.open("w", encoding="utf-8") as file:
            json.dump({"models": models, "budgets": dict(changes.budgets)}, file, indent=1, default=dict)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self._path)
        return self.read()

    def _parse(self) -> OperatorChanges:
        try:
            d = json.loads(self._path.read_text(encoding="utf-8"))
            models = {name: ModelConfig(**m) for name, m in d["models"].items()}
            return OperatorChanges(models, dict(d["budgets"]))
        except (ValueError, KeyError, TypeError, AttributeError) as e:
            raise ConfigurationError(f"{self._path}: cannot be understood ({e!r}); repair or remove it") from e
