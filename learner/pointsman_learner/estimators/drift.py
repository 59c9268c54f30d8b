"""Drift: ADWIN on each model's residuals. An alarm means that a model is no longer what its evidence says.

A model that changes on one kind of query is hardly seen among all the others: so its residuals on each cluster of the
traffic are watched, too, and there its alarm comes first.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pointsman_learner.hyperparameters import H


@dataclass(slots=True)
class DriftWatch:
    """One detector per model, over outcome minus prediction; None until its first outcome.

    alarms: of each model, those on one cluster included; local: detectors by (model, cluster) that had an outcome.
    """

    detectors: list[Any] = field(default_factory=list)
    alarms: list[int] = field(default_factory=list)
    local: dict[tuple[int, int], Any] = field(default_factory=dict)

    def resize(self, models: int) -> None:
        """Make room for new models."""
        self.detectors += [None] * (models - len(self.detectors))
        self.alarms += [0] * (models - len(self.alarms))

    def learn(self, model: int, residual: float) -> bool:
        """Whether this residual, in [-1, 1], sets off the alarm; the model's detectors then start anew."""
        detector = _detector() if self.detectors[model] is None else self.detectors[model]
        self.detectors[model] = detector
        if not self._alarms(detector, model, residual):
            return False
        self.detectors[model] = None
        self.local = {key: d for key, d in self.local.items() if key[0] != model}
        return True

    def learn_in(self, model: int, cluster: int, residual: float) -> bool:
        """The same of a residual on a query of this cluster; only that detector starts anew."""
        if (model, cluster) not in self.local:
            self.local[model, cluster] = _detector()
        detector = self.local[model, cluster]
        if not self._alarms(detector, model, residual):
            return False
        del self.local[model, cluster]
        return True

    def seen(self) -> list[tuple[float, float, float]]:
        """By model, then by (model, cluster): residuals since the last alarm that count, their mean and variance."""
        every = [*self.detectors, *self.local.values()]
        return [(0.0, 0.0, 0.0) if d is None else (d.width, d.estimation, d.variance) for d in every]

    def _alarms(self, detector: Any, model: int, residual: float) -> bool:  # noqa: ANN401 - see below
        detector.update(residual)
        self.alarms[model] += detector.drift_detected
        return bool(detector.drift_detected)


def _detector() -> Any:  # noqa: ANN401 - River's detectors carry no types
    # Here and not above: routers import this module for their static policy, which watches nothing.
    from pointsman_learner.river_alone import ADWIN  # noqa: PLC0415

    return ADWIN(delta=H.adwin_delta)
