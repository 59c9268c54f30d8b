"""How each tenant is paced, and what it prefers: the configuration, with what operators set on top.

Hard ceilings are not here: they live with the ledger, which must be exact at once and over all processes.
"""

from __future__ import annotations

from collections.abc import Mapping

DEFAULT_TENANT = "default"


class TenantBook:
    """budgets: paced dollars per 1,000 queries; dials: preference in [0, 1] where a request states none.

    The dial of "default" is that of every tenant without one; its budget is its own.
    """

    def __init__(self, budgets: Mapping[str, float | None], dials: Mapping[str, float | None]) -> None:
        self._configured = dict(budgets)
        self._budgets: Mapping[str, float | None] = self._configured
        self._dials = dict(dials)

    def budget(self, tenant: str) -> float | None:
        """Dollars per 1,000 queries, None where nothing paces."""
        return self._budgets.get(tenant)

    def dial(self, tenant: str) -> float | None:
        """The tenant's dial.

        >>> TenantBook({}, {"default": 0.2}).dial("anyone")
        0.2
        """
        return self._dials.get(tenant, self._dials.get(DEFAULT_TENANT))

    def overlay(self, budgets: Mapping[str, float | None]) -> None:
        """Put what operators set on top of the configuration."""
        self._budgets = {**self._configured, **budgets}
