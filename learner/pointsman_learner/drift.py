"""Drift: ADWIN on each model's residuals. An alarm means that a model is no longer what its evidence says."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from river.drift import ADWIN

DELTA = 0.002
"""False-alarm rate a test. Bifet & Gavalda (2007)."""


@dataclass(slots=True)
class DriftWatch:
    """One detector per model, over outcome minus prediction."""

    detectors: list[Any] = field(default_factory=list)
    alarms: list[int] = field(default_factory=list)

    def resize(self, models: int) -> None:
        """Make room for new models."""
        while len(self.detectors) < models:
            self.detectors.append(_detector())
            self.alarms.append(0)

    def learn(self, model: int, residual: float) -> bool:
        """Whether this residual, in [-1, 1], sets off the alarm; the detector then starts anew."""
        self.detectors[model].update(residual)
        if not self.detectors[model].drift_detected:
            return False
        self.detectors[model] = _detector()
        self.alarms[model] += 1
        return True


def _detector() -> Any:  # noqa: ANN401 - River's detectors carry no types
    return ADWIN(delta=DELTA)  # type: ignore[no-untyped-call]
