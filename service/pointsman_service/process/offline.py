"""The configuration of a folder that no service needs to have open: looked at, and changes undone.

So a change that stands against a new file can be reset though no start goes through with both.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from pointsman_service.adapters.sqlite_storage import Storage
from pointsman_service.application.changes import Changes
from pointsman_service.application.in_force import ConfigurationWatch
from pointsman_service.application.model_registry import ModelRegistry
from pointsman_service.application.resets import reset_edit
from pointsman_service.application.snapshot_watch import SnapshotWatch
from pointsman_service.application.tenants import TenantBook
from pointsman_service.domain.operations import ChangeContext, ConfigValue
from pointsman_service.ports import NoObserver
from pointsman_service.process.opening import rules


def config_values_of(storage: Storage) -> Sequence[ConfigValue]:
    """The configuration in force as the storage has it, which may be open for reading only, or a backup.

    Raises domain.configuration.Refused where this version cannot have it in force.
    """
    checks = rules()
    return checks.shown(checks.in_force(storage.configuration.read()))


async def reset_in(storage: Storage, key: str, change: ChangeContext) -> bool:
    """As ResetConfig: whether it had been made before. Raises UnknownKey, InUse, RequestConflict, LogUnavailable."""
    checks = rules()
    watch = ConfigurationWatch(storage.configuration, checks, ModelRegistry(), TenantBook())
    snapshots = SnapshotWatch(storage.snapshots, [], NoObserver())
    snapshot = snapshots.start()
    changes = Changes(storage.configuration, checks, watch, time.time)
    return await changes.make(
        "ResetConfig", {"key": key}, change, lambda now: reset_edit(key, now, snapshot, time.time())
    )
