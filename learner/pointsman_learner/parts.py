"""Which parts of the learner are at work: ablation switches them off one by one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Parts:
    """Which parts of the learner are at work; ablation switches them off one by one.

    taxonomy, learned: sources of predicted quality; cascade: further calls after the first; lookahead: plans are
    scored, else only the next step; agreement: keys of answers are compared; calibration: verdicts count as learnt,
    else as assumed; exploration: inverse-gap weighting, else greedy with the control draw; soft_labels: verdicts
    teach where feedback is missing; standardisation: features on the scale of the traffic, else as they are; drift,
    price_prior, recalibration, joint_tuning, trust, clusters: as named.
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
    trust: bool = True
    clusters: bool = True
    standardisation: bool = True


ALL_PARTS = Parts()
"""Every one of them."""
