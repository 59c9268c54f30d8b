"""What an operator may set of the learner, and which parts are on. Everything else tunes itself from the log."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Parts:
    """Which parts of the learner are at work; ablation switches them off one by one.

    taxonomy, learned: sources of predicted quality; cascade: further calls after the first; lookahead: plans are
    scored, else only the next step; agreement: keys of answers are compared; calibration: verdicts count as learnt,
    else as assumed; exploration: inverse-gap weighting, else greedy with the control share; soft_labels: verdicts
    teach where feedback is missing; drift, price_prior, recalibration, joint_tuning: as named.
    """

    taxonomy: bool = True
    learned: bool = True
    cascade: bool = True
    lookahead: bool = True
    agreement: bool = True
    calibration: bool = True
    exploration: bool = True
    soft_labels: bool = True
    drift: bool = True
    price_prior: bool = True
    recalibration: bool = True
    joint_tuning: bool = True


@dataclass(frozen=True, slots=True)
class LearnerSettings:
    """What an operator may set.

    exploration: the control share, in [0, 1], drawn over models that may be worth trying, by how little is known of
    each; eleven times that, or all traffic, at the very start; half_life: labelled outcomes after which evidence counts
    half; default_cost_weight: lambda of a tenant that has neither budget nor preference; max_steps: model calls an
    episode may make; policy: the name that decisions carry. Raises ValueError, naming the setting.
    """

    exploration: float = 0.01
    half_life: float = 20_000.0
    default_cost_weight: float = 20.0
    max_steps: int = 4
    policy: str = "unified"
    parts: Parts = Parts()

    def __post_init__(self) -> None:
        checks = (
            ("exploration", 0.0 <= self.exploration <= 1.0, "a share from 0 to 1"),
            ("half_life", self.half_life > 0.0, "labelled outcomes, above 0"),
            ("default_cost_weight", 0.0 <= self.default_cost_weight < float("inf"), "0 or more"),
            ("max_steps", self.max_steps >= 1, "at least 1"),
        )
        for name, right, what in checks:
            if not right:
                raise ValueError(f"{name}: {what}")
