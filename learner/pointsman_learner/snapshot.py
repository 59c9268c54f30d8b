"""What routers decide with: an immutable, numpy-only picture of the learner's knowledge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from msgspec import Struct

from pointsman_learner import cascade
from pointsman_learner import next_action as going_on
from pointsman_learner.actions import Action
from pointsman_learner.belief import JointModel
from pointsman_learner.codec import from_json, to_json
from pointsman_learner.knowledge import TYPICAL_LATENCY_MS, Knowledge, quality_of
from pointsman_learner.learned_router import CompiledRouter
from pointsman_learner.node_statistics import Effects
from pointsman_learner.pacing import Pacer
from pointsman_learner.packing import pack, unpack
from pointsman_learner.rounding import rounded
from pointsman_learner.settings import LearnerSettings
from pointsman_learner.standardise import Moments
from pointsman_learner.taxonomy import Node, Place, Taxonomy
from pointsman_learner.traffic_kinds import TrafficKinds
from pointsman_learner.verdicts import JudgeCalibration, OddsCalibration, Recalibration
from pointsman_learner.words import Constraints, Context, Decision, Model, Step

_EFFECTS = tuple(Effects.__dataclass_fields__)
_TYPICAL_PROMPT = Context("", np.zeros(0, np.float32), np.zeros(0, np.float32), 200)
_JUDGES = ("histogram", "labels", "sums", "scatter", "pairs")


class Facts(Struct, frozen=True):
    """What a snapshot holds beside its arrays; seen: queries behind the moments. The rest is as in `Knowledge`."""

    settings: LearnerSettings
    models: tuple[Model, ...]
    taxonomy: tuple[Node, ...]
    taxonomy_version: int
    judges: tuple[str, ...]
    joint: JointModel
    pacers: dict[str, Pacer]
    keyed: float
    seen: float
    labels: float
    episodes: float


@dataclass(frozen=True, slots=True)
class Snapshot:
    """version: given by the store, 0 before. Nothing changes `known` after it was taken."""

    version: int
    known: Knowledge

    @property
    def models(self) -> tuple[str, ...]:
        """Enabled models."""
        return tuple(m.name for m in self.known.models if m.enabled)

    def decide(self, context: Context, constraints: Constraints, rng: np.random.Generator) -> Decision:
        """The first model to call, with its propensity and why. Raises NoModelFits."""
        return cascade.decide(self.known, self.version, context, constraints, rng)

    def next_action(
        self,
        context: Context,
        decision: Decision,
        steps: Sequence[Step],
        constraints: Constraints,
        rng: np.random.Generator,
    ) -> Action:
        """Accept, ask a judge, or call another model. Raises NoModelFits where all have failed."""
        return going_on.next_action(self.known, context, decision, steps, constraints, rng)

    def believe(self, context: Context, steps: Sequence[Step]) -> tuple[float | None, ...]:
        """P(right) of each step's answer after all of these steps and their verdicts, in [0, 1].

        None for a step that failed, and for one of a model that is not known here.
        """
        belief = self.known.belief(self.known.expect(context), steps)
        answers = [i for i, s in enumerate(steps) if not s.failed and self.known.index(s.model) is not None]
        quality = {} if belief is None else dict(zip(answers, belief.quality.tolist(), strict=True))
        return tuple(rounded(quality[i]) if i in quality else None for i in range(len(steps)))

    def taxonomy(self) -> list[dict[str, Any]]:
        """The live nodes with what is learnt at each: evidence, and each model's quality and its standard error."""
        known = self.known
        found = []
        listed = known.listed_cost(_TYPICAL_PROMPT)
        for j, node in enumerate(known.taxonomy.nodes):
            if node.retired:
                continue
            d: dict[str, Any] = {
                "id": node.id,
                "parent": node.parent,
                "title": node.title,
                "description": node.description,
                "origin": node.origin,
                "examples": list(node.examples),
            }
            nodes = np.array(known.taxonomy.ancestors(j))
            mean, var = known.effects.predict(Place(nodes, np.ones(len(nodes)), (), 1.0))
            quality, sd = quality_of(mean, var)
            d["evidence"] = float(known.effects.evidence[j].sum())
            place = Place(nodes, np.ones(len(nodes)), (), 1.0)
            cost, latency = (known.effects.predict_ratio(which, place) for which in (0, 1))
            d["models"] = [
                {
                    "model": m.name,
                    "quality": float(quality[i]),
                    "quality_sd": float(sd[i]),
                    "cost_usd": float(cost[i] * listed[i]),
                    "latency_ms": float(latency[i] * TYPICAL_LATENCY_MS),
                    "evidence": float(known.effects.evidence[j, i]),
                }
                for i, m in enumerate(known.models)
            ]
            found.append(d)
        return found

    def to_bytes(self) -> bytes:
        """Serialised; read back by `from_bytes`."""
        k = self.known
        router = k.router if isinstance(k.router, CompiledRouter) else k.router.compiled()
        arrays = {f"effects.{n}": getattr(k.effects, n) for n in _EFFECTS}
        arrays |= {f"judges.{n}": getattr(k.judges, n) for n in _JUDGES}
        arrays |= {"router.mean": router.mean.astype(np.float32), "router.cov": router.cov.astype(np.float32)}
        arrays |= {"judged.theta": k.judged.theta, "judged.cov": k.judged.cov}
        arrays |= {"recalibration.theta": k.recalibration.theta, "recalibration.cov": k.recalibration.cov}
        arrays |= {"doubt": k.doubt, "moments.mean": k.moments.mean, "moments.square": k.moments.square}
        arrays |= {"kinds.centers": k.kinds.centers, "kinds.counts": k.kinds.counts}
        facts = Facts(
            settings=k.settings,
            models=tuple(k.models),
            taxonomy=tuple(k.taxonomy.nodes),
            taxonomy_version=k.taxonomy.version,
            judges=tuple(k.judges.names),
            joint=k.joint,
            pacers=k.pacers,
            keyed=k.keyed,
            seen=k.moments.n,
            labels=k.labels,
            episodes=k.episodes,
        )
        return pack(arrays, to_json(facts))

    @classmethod
    def from_bytes(cls, payload: bytes, version: int) -> Self:
        """Inverse of `to_bytes`. Raises ValueError where the payload cannot be read."""
        arrays, facts = unpack(payload)
        try:
            return cls(version, _knowledge(arrays, from_json(facts, Facts)))
        except (KeyError, TypeError, AttributeError, ValueError) as e:
            raise ValueError(f"not a snapshot: {e!r}") from e


def _knowledge(arrays: Mapping[str, Any], facts: Facts) -> Knowledge:
    taxonomy = Taxonomy()
    for node in facts.taxonomy:
        taxonomy.put(node)
    taxonomy.version = facts.taxonomy_version
    return Knowledge(
        settings=facts.settings,
        models=list(facts.models),
        taxonomy=taxonomy,
        effects=Effects(**{n: arrays[f"effects.{n}"] for n in _EFFECTS}),
        moments=Moments(facts.seen, arrays["moments.mean"], arrays["moments.square"]),
        kinds=TrafficKinds(arrays["kinds.centers"], arrays["kinds.counts"]),
        router=CompiledRouter(arrays["router.mean"], arrays["router.cov"]),
        judges=JudgeCalibration(list(facts.judges), *(arrays[f"judges.{n}"] for n in _JUDGES)),
        judged=OddsCalibration(arrays["judged.theta"], arrays["judged.cov"]),
        recalibration=Recalibration(arrays["recalibration.theta"], arrays["recalibration.cov"]),
        joint=facts.joint,
        pacers=facts.pacers,
        doubt=arrays["doubt"],
        keyed=facts.keyed,
        labels=facts.labels,
        episodes=facts.episodes,
        is_frozen=True,
    )


def static_snapshot(models: Sequence[Model]) -> Snapshot:
    """The policy where nothing is learnt yet, or nothing learnt can be read: price stands for quality."""
    known = Knowledge()
    for model in models:
        known.add_model(model)
    return Snapshot(0, known.frozen())
