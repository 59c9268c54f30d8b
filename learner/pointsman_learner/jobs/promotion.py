"""First calls are chosen by another opinion once that has been shown to earn more; live reward can take it back.

The log is the experiment: every candidate says how likely it would have made the first call that was made, and what
came of the whole episode, later calls, judges and all, is weighed by that (`evaluation.advantage`). What follows a
first call stays the policy's that is in force, so that what goes live is exactly what was tried. Over whole cascades
the log holds too little of what another opinion would have done (finding 17): no bound could speak.

Every bound holds at all times at once (`evaluation.anytime`), so that the job may look whenever it runs. The error,
`H.promote_error`, is of a log's whole life: candidates share it, and the k-th round of trials, which begins with each
promotion and roll-back, has 6 / (pi k)^2 of it. As much again may ever take back what has not fallen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from pointsman_learner.estimates import Estimates
from pointsman_learner.evaluation.candidates import rivals
from pointsman_learner.evaluation.trials import Record
from pointsman_learner.hyperparameters import H
from pointsman_learner.parts import opinion_of


def error_of(round_: int, among: int = 1) -> float:
    """The share of the error that each of so many candidates has in the k-th round, k from 1.

    >>> round(sum(error_of(k, among=3) * 3 for k in range(1, 10_000)), 3)
    0.05
    """
    return float(H.promote_error * 6.0 / (np.pi * round_) ** 2 / among)


def propose(record: Record, e: Estimates) -> dict[str, Any] | None:
    """A roll-back where live reward has fallen, else a promotion where a candidate earns more; None where unsure."""
    if record.fallen is not None:
        low = record.fallen.low(error_of(record.round) / 2)
        if low > 0.0:
            return _roll_back(record, low)
    names = rivals(e.settings.opinion)
    bounds = {name: record.advantages[name].low(error_of(record.round, len(names))) for name in record.advantages}
    name = max(bounds, key=lambda n: bounds[n], default=None)
    if name is None or not bounds[name] > 0.0:
        return None
    return _promotion(record, e.settings.opinion, name, bounds[name])


def apply(change: Mapping[str, Any], record: Record, e: Estimates) -> None:
    """Choose first calls by the opinion from now on, and begin the trials anew."""
    found = _opinion_of(change)
    if found is None:
        return
    before, e.settings = e.settings.opinion, replace(e.settings, opinion=found)
    floor = record.earned.low(error_of(record.round) / 2)
    record.begin(e, (before, floor) if change["kind"] == "promote" and record.earned.n else None)


def _opinion_of(change: Mapping[str, Any]) -> str | None:
    """What a logged change names. Until 0.2.0 it named parts, for all of a cascade: read as their opinion."""
    if "opinion" in change:
        return str(change["opinion"])
    return opinion_of(change["parts"]) if "parts" in change else None


def _promotion(record: Record, before: str, name: str, low: float) -> dict[str, Any]:
    tried = record.advantages[name]
    is_back = record.fallen is not None and record.before == name
    evidence = {"low": low, "mean": tried.mean, "incumbent": record.earned.mean, "decisions": tried.n,
                "round": record.round}  # fmt: skip
    why = (
        f"first calls by {name!r} instead of {before!r} earn {low:+.4f} of utility a decision at the least "
        f"({tried.mean:+.4f} estimated), on {tried.n:,} rewarded decisions; {_sure(record)}"
    )
    return {"kind": "roll_back" if is_back else "promote", "opinion": name, "why": why, "evidence": evidence}


def _roll_back(record: Record, low: float) -> dict[str, Any]:
    fallen = record.fallen
    assert fallen is not None
    mean = fallen.total / fallen.n
    evidence = {"low": low, "floor": fallen.floor, "mean": mean, "decisions": fallen.n, "round": record.round}
    why = (
        f"first calls by {record.before!r} again: since they are not, utility is {mean:.4f} a decision on {fallen.n:,} "
        f"rewarded ones, short by at least {low:.4f} of the {fallen.floor:.4f} that was earned before; {_sure(record)}"
    )
    return {"kind": "roll_back", "opinion": record.before, "why": why, "evidence": evidence}


def _sure(record: Record) -> str:
    return f"{1 - H.promote_error:.0%} sure over the whole log, looking at all times; round {record.round}"
