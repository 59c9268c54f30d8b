"""Hard spending ceilings, as the configuration in force has them."""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pointsman_service.domain.names import EXPLORATION

HOUR_S = 3600.0
DAY_S = 24 * HOUR_S

_DEFAULT_TENANT = "default"
_SAID = (
    "SELECT name, field, value FROM configuration WHERE kind = 'tenants' AND name IN (?, ?)"
    " AND field IN ('', 'ceiling_usd', 'period_s') ORDER BY layer DESC"  # what was changed after what was declared
)

_EXPLORATION = "SELECT value FROM configuration WHERE kind = 'exploration' AND name = '' AND field = 'usd_per_day'"


@dataclass(frozen=True, slots=True)
class Ceiling:
    """At most `usd` in each period of `period_s` seconds; periods are counted from the epoch (days begin at 0:00 UTC).

    usd None lifts it. purse: the tenant whose it is: the default tenant's is shared by all that nobody configured, so
    that an invented name is no fresh ceiling. Raises ValueError for a negative or infinite one.
    """

    usd: float | None
    period_s: float = DAY_S
    purse: str = _DEFAULT_TENANT

    def __post_init__(self) -> None:
        if self.usd is not None and not (math.isfinite(self.usd) and self.usd >= 0):
            raise ValueError(f"ceiling_usd must be a number of dollars not below 0, not {self.usd}")
        if not (math.isfinite(self.period_s) and self.period_s > 0):
            raise ValueError(f"period_s must be a number of seconds above 0, not {self.period_s}")

    def period_start(self, now: float) -> float:
        """When the period that contains `now` began.

        >>> Ceiling(1.0, period_s=60.0).period_start(130.0)
        120.0
        """
        return math.floor(now / self.period_s) * self.period_s


def ceiling_of(connection: sqlite3.Connection, tenant: str) -> Ceiling:
    """The tenant's, or where nobody configured it a share in the default tenant's: a few rows by their keys.

    Of EXPLORATION: what calls in the shadow may cost in a day; nothing, where nobody said it.
    """
    if tenant == EXPLORATION:
        row = connection.execute(_EXPLORATION).fetchone()
        return Ceiling((json.loads(row[0]) if row else None) or 0.0, DAY_S, EXPLORATION)
    said: dict[str, dict[str, Any]] = {tenant: {}, _DEFAULT_TENANT: {}}
    for name, field, value in connection.execute(_SAID, (tenant, _DEFAULT_TENANT)):
        said[name][field] = json.loads(value)
    purse = tenant if said[tenant].get("") else _DEFAULT_TENANT
    return _ceiling(said[purse], purse)


def _ceiling(fields: Mapping[str, Any], purse: str) -> Ceiling:
    if not fields.get(""):
        return Ceiling(None)
    period_s = fields.get("period_s")
    return Ceiling(fields.get("ceiling_usd"), DAY_S if period_s is None else period_s, purse)
