"""Puts in force what operators changed through another worker."""

from __future__ import annotations

import asyncio

from pointsman_service.application.model_registry import ModelRegistry
from pointsman_service.application.tenants import TenantBook
from pointsman_service.ports import ChangeStore


class ChangesWatch:
    """Overlays the configuration with the changes, whenever there are others."""

    def __init__(self, store: ChangeStore, models: ModelRegistry, tenants: TenantBook) -> None:
        self._store = store
        self._models = models
        self._tenants = tenants
        self._seen: object = None

    def check(self) -> None:
        """Look now."""
        changes = self._store.read()
        if changes is not self._seen:
            self._seen = changes
            self._models.overlay(changes.models)
            self._tenants.overlay(changes.budgets)

    async def watch(self, interval_s: float) -> None:
        """Look for ever."""
        while True:
            await asyncio.sleep(interval_s)
            self.check()
