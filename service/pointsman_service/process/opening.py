"""What every process begins with: the storage that the settings name, and the configuration's rules.

Another storage is put in here.
"""

from __future__ import annotations

from pointsman_service.adapters.embedder_wordllama import shared_embedder
from pointsman_service.adapters.prices import PriceBook
from pointsman_service.adapters.sqlite_storage import Storage, StorageSettings, open_storage
from pointsman_service.config.rules import Rules
from pointsman_service.config.sections import Settings


def storage_of(settings: Settings, *, read_only: bool = False) -> Storage:
    """The storage that the settings name. Raises ConfigurationError, NewerSchema, LogUnavailable."""
    return open_storage(
        settings.storage.folder,
        StorageSettings(
            store_prompts=settings.storage.store_prompts,
            synchronous=settings.storage.synchronous,
            read_only=read_only,
        ),
    )


def rules() -> Rules:
    """The configuration's rules, with what litellm's map knows of models and the embedder that places nodes."""
    return Rules(PriceBook(), shared_embedder)
