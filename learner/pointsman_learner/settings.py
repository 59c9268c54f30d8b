"""What an operator may set of the learner. Everything else tunes itself from the log."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LearnerSettings:
    """exploration: the guaranteed share of traffic that explores, in [0, 1]; half_life: episodes after which evidence
    counts half (forgetting); default_cost_weight: lambda of a tenant that has no budget and sends no preference.
    """

    exploration: float = 0.02
    half_life: float = 20_000.0
    default_cost_weight: float = 20.0
    seed: int = 0
