"""The configuration as commands see it: the file and the environment, and the command's own options above them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pointsman_service.config import Settings


def settings_of(
    config: Path | None, *, host: str | None = None, port: int | None = None, folder: Path | None = None
) -> Settings:
    """The validated settings. Raises ConfigurationError in one line: what and where."""
    from pointsman_service.config import load

    settings = load(config)
    server: dict[str, Any] = {"host": host, "port": port}
    given = {name: value for name, value in server.items() if value is not None}
    return settings.model_copy(
        update={
            "server": settings.server.model_copy(update=given),
            "storage": settings.storage.model_copy(update={"folder": folder} if folder else {}),
        }
    )
