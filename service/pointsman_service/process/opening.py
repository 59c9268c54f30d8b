"""What every process begins with: the storage that the settings name, and the configuration's rules.

Another storage is put in here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pointsman_service.adapters.sqlite.storage import DATABASE_NAME, Storage, StorageSettings, open_storage

if TYPE_CHECKING:
    from pointsman_service.config.rules import Rules
    from pointsman_service.config.sections import Settings

__all__ = ["DATABASE_NAME", "Storage", "is_stored", "opened", "rules", "storage_of"]


def storage_of(settings: Settings, *, read_only: bool = False, make: bool = True) -> Storage:
    """The storage that the settings name. make: whether it is made where it is not there, which only a start should.

    Raises ConfigurationError, NewerSchema, LogUnavailable.
    """
    return open_storage(
        settings.storage.folder,
        StorageSettings(
            store_prompts=settings.storage.store_prompts,
            synchronous=settings.storage.synchronous,
            read_only=read_only,
            make=make,
        ),
    )


def is_stored(folder: Path) -> bool:
    """Whether a service, or a backup, has stored anything in the folder."""
    return (folder / DATABASE_NAME).is_file()


@contextmanager
def opened(folder: Path, *, read_only: bool) -> Iterator[Storage]:
    """The storage in a folder, closed again at the end. Raises NewerSchema, LogUnavailable."""
    storage = open_storage(folder, StorageSettings(read_only=read_only, make=not read_only))
    try:
        yield storage
    finally:
        storage.close_blocking()


def rules() -> Rules:
    """The configuration's rules, with what litellm's map knows of models and the embedder that places nodes."""
    # Who reads the log alone, for one evaluation, need not wait for these.
    from pointsman_service.adapters.embedder_wordllama import shared_embedder  # noqa: PLC0415
    from pointsman_service.adapters.prices.book import PriceBook  # noqa: PLC0415
    from pointsman_service.config.rules import Rules  # noqa: PLC0415

    return Rules(PriceBook(), shared_embedder)
