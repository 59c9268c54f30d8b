"""What is in force in this process: a view of the configuration, made anew whenever another process changed it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from pointsman_learner.events import ConfigurationDeclared, OperatorActed

from pointsman_service.application.model_registry import ModelRegistry
from pointsman_service.application.tenants import TenantBook
from pointsman_service.domain.configuration import InForce, Refused
from pointsman_service.errors import PointsmanError
from pointsman_service.ports import ConfigurationRules, ConfigurationStore


class ConfigurationWatch:
    """Keeps models and tenants as the log has them. A configuration that cannot be in force leaves the last one."""

    def __init__(
        self,
        store: ConfigurationStore,
        rules: ConfigurationRules,
        models: ModelRegistry,
        tenants: TenantBook,
        on_change: Callable[[InForce], None] = lambda _now: None,
        *,
        on_trouble: Callable[[str], None] = lambda _why: None,
    ) -> None:
        """on_change: told of what is in force whenever that is news; on_trouble: at each look, why it cannot be read.

        The latter is told an empty text where it can.
        """
        self._store = store
        self._rules = rules
        self._models = models
        self._tenants = tenants
        self._on_change = on_change
        self._on_trouble = on_trouble
        self.current = InForce()

    def check(self) -> InForce:
        """Look now: one row where nothing changed. Raises Refused, LogUnavailable."""
        if self._store.version() != self.current.layers.version:
            self.current = self._rules.in_force(self._store.read())
            self._models.put_in_force(self.current.models)
            now = self.current
            self._tenants.put_in_force(now.tenants.values(), now.first_model, is_chosen=now.has_chosen_model)
            self._on_change(self.current)
        return self.current

    def history(self) -> Sequence[tuple[int, OperatorActed | ConfigurationDeclared]]:
        """All that was declared and changed, in order. Raises LogUnavailable."""
        return self._store.history()

    def newest(self) -> InForce:
        """As `check`; where nothing can be in force, the layers alone, so that a reset can mend them."""
        try:
            return self.check()
        except Refused:
            return InForce(self._store.read())

    async def watch(self, interval_s: float) -> None:
        """Look for ever. What cannot be read now is looked at again; the last configuration stays. Raises Refused."""
        while True:
            await asyncio.sleep(interval_s)
            try:
                self.check()
            except PointsmanError as e:
                self._on_trouble(str(e))
            else:
                self._on_trouble("")
