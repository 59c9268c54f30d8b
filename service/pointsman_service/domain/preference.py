"""What is wanted of cost and time against quality."""

from __future__ import annotations

from dataclasses import dataclass

MAX_WEIGHT = 1e9
"""Of a dollar or a second, in units of utility, where 1 is a right answer. Far above it values lose all precision."""


@dataclass(frozen=True, slots=True)
class Preference:
    """What is wanted of cost and time against quality; what is None is the tenant's own.

    dial: in [0, 1], 0 the cheapest acceptable answer, 1 the best whatever it costs. cost_weight: lambda, utility per
    dollar, not below 0. At most one of these two is set. latency_weight: mu, utility per second, not below 0.
    max_cost_usd: ceiling on the whole episode, judges included; max_latency_ms: models expected to take longer are not
    called; min_quality: a floor in [0, 1] on the predicted quality.
    """

    dial: float | None = None
    cost_weight: float | None = None
    latency_weight: float | None = None
    max_cost_usd: float | None = None
    max_latency_ms: float | None = None
    min_quality: float | None = None
