"""What routers decide with: an immutable, numpy-only picture of the learner's state."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from pointsman_learner.words import (
    Accept,
    Action,
    AskJudge,
    CallModel,
    Constraints,
    Context,
    Decision,
    Model,
    ModelPrediction,
    NoModelFits,
    Step,
)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Quality and cost per model, for every query alike."""

    version: int
    all_models: tuple[Model, ...]
    quality: tuple[float, ...]
    cost: tuple[float, ...]
    cost_weights: dict[str, float]
    default_cost_weight: float

    @property
    def models(self) -> tuple[str, ...]:
        """Enabled models."""
        return tuple(m.name for m in self.all_models if m.enabled)

    def decide(self, context: Context, constraints: Constraints, rng: np.random.Generator) -> Decision:
        """The first model to call."""
        names = [m for m in self.models if constraints.models is None or m in constraints.models]
        if not names:
            raise NoModelFits("models", "none of the allowed models is enabled")
        index = {m.name: i for i, m in enumerate(self.all_models)}
        lam = constraints.cost_weight
        if lam is None:
            lam = self.cost_weights.get(constraints.tenant, self.default_cost_weight)
        q = np.array([self.quality[index[n]] for n in names])
        c = np.array([self.cost[index[n]] for n in names])
        p = np.full(len(names), 0.1 / len(names))
        p[int(np.argmax(q - lam * c))] += 0.9
        k = int(rng.choice(len(names), p=p))
        return Decision(
            model=names[k],
            propensity=float(p[k]),
            predictions=tuple(
                ModelPrediction(n, float(q[i]), 0.1, float(c[i]), 1000.0, float(p[i])) for i, n in enumerate(names)
            ),
            plan=(names[k],),
            strategy="learned",
            node_path=("root",),
            familiarity=0.0,
            cost_weight=float(lam),
            snapshot_version=self.version,
            feature_version=context.feature_version,
            policy="thin",
        )

    def next_action(
        self,
        context: Context,
        decision: Decision,
        steps: Sequence[Step],
        constraints: Constraints,
        rng: np.random.Generator,
    ) -> Action:
        """Accept, ask a judge, or call another model."""
        good = [i for i, s in enumerate(steps) if s.error is None]
        tried = {s.model for s in steps}
        if not steps:
            return CallModel(decision.model, decision.propensity)
        rest = [p for p in decision.predictions if p.model not in tried]
        if not good and not rest:
            raise NoModelFits("models", "every allowed model was tried and failed")
        if not good or (steps[-1].verdicts and (steps[-1].verdicts[0].score or 1.0) < 0.5 and rest):
            best = max(rest, key=lambda p: p.quality)
            return CallModel(best.model, 1.0)
        asked = {v.judge for v in steps[good[-1]].verdicts}
        for judge in constraints.judges:
            if not judge.free and judge.name not in asked:
                return AskJudge(judge.name, good[-1])
        return Accept(good[-1], 0.5)

    def to_bytes(self) -> bytes:
        """Serialised; read back by `from_bytes`."""
        return json.dumps(
            {
                "models": [m.to_dict() for m in self.all_models],
                "quality": self.quality,
                "cost": self.cost,
                "w": self.cost_weights,
                "d": self.default_cost_weight,
            }
        ).encode()

    @classmethod
    def from_bytes(cls, payload: bytes, version: int) -> Self:
        """Inverse of `to_bytes`. Raises ValueError where the payload cannot be read."""
        try:
            d = json.loads(payload)
            models = tuple(Model.from_dict(m) for m in d["models"])
            return cls(version, models, tuple(d["quality"]), tuple(d["cost"]), d["w"], d["d"])
        except (KeyError, TypeError, UnicodeDecodeError) as e:
            raise ValueError(f"not a snapshot: {e!r}") from e


def static_snapshot(models: Sequence[Model]) -> Snapshot:
    """The policy where nothing is learnt yet: dearer models are taken for better ones."""
    price = [(m.input_usd_per_1m or 1.0) + (m.output_usd_per_1m or 1.0) for m in models]
    rank = np.argsort(np.argsort(price)) if models else np.array([])
    quality = tuple(0.5 + 0.4 * float(r) / max(1, len(models) - 1) for r in rank)
    return Snapshot(0, tuple(models), quality, tuple(p * 500e-6 for p in price), {}, 20.0)
