"""Estimates that nothing changes any more, and their bytes: what a snapshot is made of and stored as."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Self

from msgspec import UNSET, Struct, UnsetType
from numpy.typing import NDArray

from pointsman_learner.belief.calibration import OddsCalibration, Recalibration
from pointsman_learner.belief.joint_model import JointModel
from pointsman_learner.belief.judges import JudgeCombination
from pointsman_learner.belief.registry import COMBINATIONS
from pointsman_learner.codec import from_json, to_json
from pointsman_learner.context.clusters import TrafficClusters
from pointsman_learner.context.standardise import Moments
from pointsman_learner.estimators.learned_router import CompiledRouter
from pointsman_learner.estimators.node_effects import Effects
from pointsman_learner.estimators.public_results import PublicResults
from pointsman_learner.estimators.taxonomy import Node, Taxonomy
from pointsman_learner.hyperparameters import H
from pointsman_learner.packing import OtherFormat, pack, unpack
from pointsman_learner.planning.guarantee import Guarantee
from pointsman_learner.planning.pacing import Pacer
from pointsman_learner.settings import LearnerSettings
from pointsman_learner.types import FloatArray, Model

_EFFECTS = tuple(name for name in Effects.__dataclass_fields__ if name != "results")
_RESULTS = tuple(name for name in PublicResults.__dataclass_fields__ if name != "categories")


class Facts(Struct, frozen=True):
    """What is written beside the arrays.

    seen: queries behind the moments; categories: of public results, where there are any. The rest is as in `Estimates`.
    """

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
    guarantees: dict[str, Guarantee] = {}
    categories: tuple[str, ...] | UnsetType = UNSET


@dataclass(frozen=True, slots=True)
class FrozenEstimates:
    """As in `Estimates`, but the router's arrays alone, and of the trust the doubt (2,) that it has arrived at."""

    settings: LearnerSettings
    models: tuple[Model, ...]
    taxonomy: Taxonomy
    effects: Effects
    moments: Moments
    clusters: TrafficClusters
    router: CompiledRouter
    doubt: FloatArray
    judges: JudgeCombination
    odds: OddsCalibration
    recalibration: Recalibration
    joint: JointModel
    pacers: Mapping[str, Pacer]
    keyed: float
    labels: float
    episodes: float
    guarantees: Mapping[str, Guarantee] = field(default_factory=dict)

    @property
    def outcomes(self) -> float:
        """Outcomes learnt from, the little that every answered episode counts for, and some of what results are worth.

        Without the second, those who never hear from their users would explore for ever. Of public results not all
        counts: they are of other queries, and where they are wrong only what is tried tells.
        """
        beforehand = sum(m.results_worth or 0.0 for m in self.models if m.enabled)
        return self.labels + H.unspoken * self.episodes + H.results_lived * beforehand

    def to_bytes(self) -> bytes:
        """Serialised; read back by `from_bytes`."""
        arrays: dict[str, NDArray[Any]] = {f"effects.{n}": getattr(self.effects, n) for n in _EFFECTS}
        if self.effects.results:
            arrays |= {f"results.{n}": getattr(self.effects.results, n) for n in _RESULTS}
        arrays |= {f"judges.{n}": getattr(self.judges, n) for n in _arrays_of(type(self.judges))}
        arrays |= {"router.mean": self.router.mean, "router.cov": self.router.cov}
        arrays |= {"odds.theta": self.odds.theta, "odds.cov": self.odds.cov}
        arrays |= {"recalibration.theta": self.recalibration.theta, "recalibration.cov": self.recalibration.cov}
        arrays |= {"doubt": self.doubt, "moments.mean": self.moments.mean, "moments.square": self.moments.square}
        arrays |= {"clusters.centers": self.clusters.centers, "clusters.counts": self.clusters.counts}
        return pack(arrays, to_json(self._facts()))

    @classmethod
    def from_bytes(cls, payload: bytes) -> Self:
        """Inverse of `to_bytes`. Raises ValueError where the payload cannot be read, OtherFormat by this version."""
        arrays, facts = unpack(payload)
        try:
            return cls._of(arrays, from_json(facts, Facts))
        except (LookupError, TypeError, AttributeError, ValueError, RecursionError) as e:
            raise OtherFormat(f"not a snapshot of this version: {e!r}") from e

    def _facts(self) -> Facts:
        return Facts(
            settings=self.settings,
            models=self.models,
            taxonomy=tuple(self.taxonomy.nodes),
            taxonomy_version=self.taxonomy.version,
            judges=tuple(self.judges.names),
            joint=self.joint,
            pacers=dict(self.pacers),
            keyed=self.keyed,
            seen=self.moments.n,
            labels=self.labels,
            episodes=self.episodes,
            guarantees=dict(self.guarantees),
            categories=tuple(self.effects.results.categories) or UNSET,
        )

    @classmethod
    def _of(cls, arrays: Mapping[str, NDArray[Any]], facts: Facts) -> Self:
        taxonomy = Taxonomy()
        for node in facts.taxonomy:
            taxonomy.put(node)
        taxonomy.version = facts.taxonomy_version
        results = PublicResults()
        if facts.categories is not UNSET:
            results = PublicResults(list(facts.categories), **{n: arrays[f"results.{n}"] for n in _RESULTS})
        effects = Effects(**{n: arrays[f"effects.{n}"] for n in _EFFECTS}, results=results)
        effects.resize(taxonomy, len(facts.models))
        combination: Any = COMBINATIONS[facts.settings.judge_combination]
        return cls(
            settings=facts.settings,
            models=facts.models,
            taxonomy=taxonomy,
            effects=effects,
            moments=Moments(facts.seen, arrays["moments.mean"], arrays["moments.square"]),
            clusters=TrafficClusters(arrays["clusters.centers"], arrays["clusters.counts"]),
            router=CompiledRouter(arrays["router.mean"], arrays["router.cov"]),
            doubt=arrays["doubt"],
            judges=combination(list(facts.judges), **{n: arrays[f"judges.{n}"] for n in _arrays_of(combination)}),
            odds=OddsCalibration(arrays["odds.theta"], arrays["odds.cov"]),
            recalibration=Recalibration(arrays["recalibration.theta"], arrays["recalibration.cov"]),
            joint=facts.joint,
            pacers=facts.pacers,
            keyed=facts.keyed,
            labels=facts.labels,
            episodes=facts.episodes,
            guarantees=facts.guarantees,
        )


def _arrays_of(combination: Any) -> tuple[str, ...]:  # noqa: ANN401 - any dataclass
    """Names of what a combination of judges has beside their names."""
    return tuple(f.name for f in fields(combination) if f.name != "names")
