"""The configuration in force, as operators look at it, and how they undo what they changed."""

from __future__ import annotations

from collections.abc import Sequence

from pointsman_service.application.admin_part import ChangePart
from pointsman_service.application.changes import Edit
from pointsman_service.application.resets import reset_edit
from pointsman_service.domain.configuration import InForce, Key
from pointsman_service.domain.operations import ChangeContext, Changed, ConfigValue, Page, PageRequest
from pointsman_service.domain.pages import page_of


class ConfigurationAdmin(ChangePart):
    """Implements the part of `rpc.application.Admin` that is about the configuration."""

    async def list_config_values(self, prefix: str, page: PageRequest, *, changed_only: bool) -> Page[ConfigValue]:
        """See the port. A prefix may leave out the quotes around names."""
        values = [v for v in self._values(prefix) if v.origin == "changed" or not changed_only]
        return page_of(values, page, lambda value: value.key)

    async def reset_config(self, key: str, change: ChangeContext) -> Changed[Sequence[ConfigValue]]:
        """See the port. Quotes around names may be left out where only one thing can be meant."""

        def edit(now: InForce) -> Edit:
            return reset_edit(key, now, self._p.watch.current, self._p.now())

        replayed = await self._p.changes.make("ResetConfig", {"key": key}, change, edit)
        return Changed(self._values(key), replayed)

    def _values(self, prefix: str) -> list[ConfigValue]:
        shown = self._p.rules.shown(self._p.configuration.check())
        return [v for v in shown if v.key.startswith(prefix) or Key.parse(v.key).plain.startswith(prefix)]
