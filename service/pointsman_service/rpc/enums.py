"""Every enum of the contract with the service's own words for its values, both ways.

A word is the value's name in lower case without the enum's: STOP_REASON_COST_CEILING is "cost_ceiling". Where the
service says it otherwise, the table below has it.
"""

from __future__ import annotations

import re
from typing import Any, Generic, TypeVar

from pointsman import v1

E = TypeVar("E", bound=int)


class Words(Generic[E]):
    """An enum's values by word, and the words by value.

    >>> STOP_REASONS.value("cost_ceiling") == v1.STOP_REASON_COST_CEILING
    True
    >>> STOP_REASONS.word(v1.STOP_REASON_COST_CEILING), STOP_REASONS.word(v1.STOP_REASON_UNSPECIFIED)
    ('cost_ceiling', None)
    """

    __slots__ = ("_unnamed", "_values", "_words", "names", "unspecified", "unspecified_name")

    def __init__(self, enum: type[E], said: dict[str, str] | None = None, unnamed: str = "UNSPECIFIED") -> None:
        """said: words that are not the value's name, by that name without its prefix.

        unnamed: the value for words that this version of the contract does not name.
        """
        described: Any = enum
        prefix = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", described.DESCRIPTOR.name).upper() + "_"
        values = {name.removeprefix(prefix): value for name, value in described.items()}
        self._unnamed: E = values[unnamed]
        self.unspecified: E = values.pop("UNSPECIFIED")
        self.unspecified_name = prefix + "UNSPECIFIED"
        self.names = tuple(prefix + name for name in values)
        self._values: dict[str, E] = {(said or {}).get(name, name.lower()): value for name, value in values.items()}
        self._words: dict[int, str] = {value: word for word, value in self._values.items()}

    def value(self, word: str | None) -> E:
        """UNSPECIFIED for None."""
        return self.unspecified if word is None else self._values.get(word, self._unnamed)

    def word(self, value: int) -> str | None:
        """None for UNSPECIFIED, and for a value that this version of the contract does not name."""
        return self._words.get(value)


ACCESS_ROLES = Words(v1.AccessRole)
ACTION_KINDS = Words(v1.ActionKind)
ADAPTERS = Words(v1.Adapter)
BREAKER_STATES = Words(v1.BreakerState)
CONFIG_ORIGINS = Words(v1.ConfigOrigin)
COST_SOURCES = Words(v1.CostSource)
ESTIMATORS = Words(v1.Estimator, {"DOUBLY_ROBUST": "dr"})
FAILURE_KINDS = Words(v1.FailureKind, unnamed="OTHER")
FEEDBACK_SOURCES = Words(v1.FeedbackSource)
FINISH_REASONS = Words(v1.FinishReason, unnamed="OTHER")
HEALTH_STATES = Words(v1.HealthState)
JOB_OUTCOMES = Words(v1.JobOutcome)
MODALITIES = Words(v1.Modality)
NODE_ORIGINS = Words(v1.NodeOrigin)
QUANTITIES = Words(v1.Quantity)
ROLES = Words(v1.Role)
STATS_GROUPS = Words(v1.StatsGroup)
STOP_REASONS = Words(v1.StopReason)
STRATEGIES = Words(v1.Strategy)
STREAM_MODES = Words(v1.StreamMode)
TENANT_MODES = Words(v1.TenantMode)
THUMBS = Words(v1.Thumb)
