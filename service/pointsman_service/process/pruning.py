"""Pruning a folder on an operator's word, beside a running service or without one."""

from __future__ import annotations

import time

from pointsman_learner.events import OperatorActed

from pointsman_service.adapters.sqlite.retention import Pruned
from pointsman_service.adapters.sqlite.storage import Storage
from pointsman_service.config.sections import Settings
from pointsman_service.domain.moments import written
from pointsman_service.errors import ConfigurationError
from pointsman_service.process.fold import Mark, settings_key


def prune_by(storage: Storage, settings: Settings, before: float, by: str) -> Pruned:
    """Remove what was decided before `before` (seconds since the epoch), as the job does, and log who did it.

    Raises ConfigurationError where the learner's newest saved state cannot be gone on from by these settings: what was
    learnt from removed episodes would be lost. LogUnavailable.
    """
    newest = storage.checkpoints.latest()
    if newest is not None:
        _check_usable(newest[0], settings)
    pruned = storage.prune(before, time.time())
    if pruned.episodes:
        note = f"decided before: {written(before)}, episodes: {pruned.episodes}"
        storage.log.append_blocking(OperatorActed(at=time.time(), by=by, method="Prune", note=note))
    return pruned


def _check_usable(state: bytes, settings: Settings) -> None:
    try:
        usable = Mark.from_bytes(state).settings == settings_key(settings.learner.policy)
    except ValueError:
        usable = False
    if not usable:
        raise ConfigurationError(
            "the learner's saved state is of another version or of other settings: start the service once, and stop it"
        )
