"""What an episode cost, by the model that was called: our own calls, and those that callers reported."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from pointsman_service.ports import StoredEpisode


class ModelCost(NamedTuple):
    """Calls of one model. cost_usd: with the verdicts on its answers, None where nobody knows any of it."""

    model: str
    calls: int
    cost_usd: float | None


def costs_by_model(stored: StoredEpisode) -> tuple[ModelCost, ...]:
    """In the order in which the models were called first."""
    calls: dict[str, list[float | None]] = {}
    for model, cost_usd in _calls(stored):
        calls.setdefault(model, []).append(cost_usd)
    return tuple(ModelCost(model, len(costs), known_sum(costs)) for model, costs in calls.items())


def cost_of(stored: StoredEpisode) -> float | None:
    """All that is known to have been spent. A decision that nobody reported of cost nothing yet."""
    costs = [cost_usd for _, cost_usd in _calls(stored)]
    return known_sum(costs) if costs else 0.0


def known_sum(costs: list[float | None]) -> float | None:
    """Callers may tell the cost in one report and the rest in another, so what is not told adds nothing.

    >>> known_sum([0.25, None]), known_sum([None])
    (0.25, None)
    """
    told = [cost for cost in costs if cost is not None]
    return sum(told) if told else None


def _calls(stored: StoredEpisode) -> Iterator[tuple[str, float | None]]:
    for step in stored.episode.steps:
        yield step.model, step.total_cost_usd
    for outcome in stored.outcomes:
        yield outcome.model, outcome.total_cost_usd
