"""What an operator may set of the learner. Everything else tunes itself from the log, or is a hyperparameter."""

from __future__ import annotations

from dataclasses import dataclass

from pointsman_learner.belief.registry import COMBINATIONS
from pointsman_learner.exploration.registry import EXPLORATIONS
from pointsman_learner.parts import ALL_PARTS, OPINIONS, Parts


@dataclass(frozen=True, slots=True)
class LearnerSettings:
    """What an operator may set.

    exploration: the share of the control draw, in [0, 1], over models that may be worth trying, by how little is known
    of each; eleven times that, or all traffic, at the very start; half_life: labelled outcomes after which evidence
    counts half; default_cost_weight: lambda of a tenant that has neither budget nor preference; max_steps: model calls
    an episode may make; policy: the name that decisions carry; explorer, judge_combination: names
    in `exploration.registry` and `belief.registry`; opinion: a name in `parts.OPINIONS`, by which first calls are
    chosen, until promotion finds a better one. Raises ValueError, naming the setting.
    """

    exploration: float = 0.01
    half_life: float = 20_000.0
    default_cost_weight: float = 20.0
    max_steps: int = 4
    policy: str = "unified"
    explorer: str = "inverse_gap"
    judge_combination: str = "discriminant"
    parts: Parts = ALL_PARTS
    opinion: str = "fused"

    def __post_init__(self) -> None:
        checks = (
            ("exploration", 0.0 <= self.exploration <= 1.0, "a share from 0 to 1"),
            ("half_life", self.half_life > 0.0, "labelled outcomes, above 0"),
            ("default_cost_weight", 0.0 <= self.default_cost_weight < float("inf"), "0 or more"),
            ("max_steps", self.max_steps >= 1, "at least 1"),
            ("explorer", self.explorer in EXPLORATIONS, f"one of {', '.join(EXPLORATIONS)}"),
            ("opinion", self.opinion in OPINIONS, f"one of {', '.join(OPINIONS)}"),
            ("judge_combination", self.judge_combination in COMBINATIONS, f"one of {', '.join(COMBINATIONS)}"),
        )
        for name, right, what in checks:
            if not right:
                raise ValueError(f"{name}: {what}")
