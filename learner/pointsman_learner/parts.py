"""Which parts of the learner are at work: ablation switches them off one by one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


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

OPINIONS: Final[Mapping[str, Mapping[str, bool]]] = {
    "fused": {},
    "taxonomy": {"learned": False},
    "learned": {"taxonomy": False},
    "pooled": {"taxonomy": False, "learned": False},
}
"""What first calls may be chosen by, with what is left out of it; "pooled": each model's mean over all queries."""


def opinion_of(parts: Mapping[str, bool]) -> str:
    """The opinion that parts are: release 0.2.0 promoted parts, for all of a cascade.

    >>> opinion_of({"taxonomy": True, "learned": False})
    'taxonomy'
    """
    left_out = {part: False for part in ("taxonomy", "learned") if not parts[part]}
    return next(name for name, off in OPINIONS.items() if off == left_out)
