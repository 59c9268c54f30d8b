"""Drift: ADWIN on each model's residuals. An alarm means that a model is no longer what its evidence says."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pointsman_learner.hyperparameters import H


@dataclass(slots=True)
class DriftWatch:
    """One detector per model, over outcome minus prediction; None until its first outcome."""

    detectors: list[Any] = field(default_factory=list)
    alarms: list[int] = field(default_factory=list)

    def resize(self, models: int) -> None:
        """Make room for new models."""
        self.detectors += [None] * (models - len(self.detectors))
        self.alarms += [0] * (models - len(self.alarms))

    def learn(self, model: int, residual: float) -> bool:
        """Whether this residual, in [-1, 1], sets off the alarm; the detector then starts anew."""
        detector = _detector() if self.detectors[model] is None else self.detectors[model]
        detector.update(residual)
        self.alarms[model] += detector.drift_detected
        self.detectors[model] = None if detector.drift_detected else detector
        return bool(detector.drift_detected)

    def seen(self) -> list[tuple[float, float, float]]:
        """By model: residuals since its last alarm that still count, their mean and variance."""
        return [(0.0, 0.0, 0.0) if d is None else (d.width, d.estimation, d.variance) for d in self.detectors]


def _detector() -> Any:  # noqa: ANN401 - River's detectors carry no types
    # Here and not above: routers import this module for their static policy, which watches nothing.
    from pointsman_learner.river_alone import ADWIN  # noqa: PLC0415

    return ADWIN(delta=H.adwin_delta)
