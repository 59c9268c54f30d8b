"""The configuration of a folder that no service needs to have open: looked at, changes undone, keys made.

So a change that stands against a new file can be reset though no start goes through with both, and who has the folder
can make the first key, or another where the last was lost. A service that runs on the folder hears of it as of any
other process's change.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pointsman_service.application.admin import ChangeParts, FolderDesk
from pointsman_service.application.changes import Changes
from pointsman_service.application.in_force import ConfigurationWatch
from pointsman_service.application.model_registry import ModelRegistry
from pointsman_service.application.snapshot_watch import SnapshotWatch
from pointsman_service.application.tenants import TenantBook
from pointsman_service.domain.operations import Fields
from pointsman_service.domain.request_limits import Limits
from pointsman_service.errors import ConfigurationError
from pointsman_service.ports import NoObserver
from pointsman_service.process.opening import DATABASE_NAME, Storage, is_stored, opened, rules
from pointsman_service.rpc.in_process import InProcess
from pointsman_service.rpc.read_resource import read_create
from pointsman_service.rpc.resources import API_KEY


@contextmanager
def folder_service(folder: Path, by: str, *, read_only: bool = False, new: bool = False) -> Iterator[InProcess]:
    """What answers the contract's requests about keys and the configuration from a storage folder.

    by: the operator who asks; new: the folder may be one that no service has used yet. Raises ConfigurationError where
    nothing is stored there, NewerSchema, LogUnavailable.
    """
    if not new and not is_stored(folder):
        raise ConfigurationError(
            f"--folder {folder}: there is no {DATABASE_NAME} in it; name the [storage] folder of a service"
        )
    with opened(folder, read_only=read_only) as storage:
        yield InProcess(folder_desk(storage), by)


def folder_desk(storage: Storage) -> FolderDesk:
    """What operators do to the storage, which may be open for reading only, or a backup."""
    checks = rules()
    watch = ConfigurationWatch(storage.configuration, checks, ModelRegistry(), TenantBook())
    snapshots = SnapshotWatch(storage.snapshots, [], NoObserver())
    snapshots.start()
    return FolderDesk(
        ChangeParts(
            configuration=watch,
            rules=checks,
            changes=Changes(storage.configuration, checks, watch, time.time),
            watch=snapshots,
            now=time.time,
        )
    )


def key_fields(request: Any) -> Fields:  # noqa: ANN401 - CreateApiKeyRequest
    """What a request to make a key says of it, by the names of the configuration. Raises InvalidRequest."""
    return read_create(request, API_KEY, Limits()).fields
