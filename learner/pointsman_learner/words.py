"""The vocabulary: values that the learner's parts and the service exchange.

All of them are frozen, and all round-trip through `to_dict` / `from_dict` (JSON types only), because they are logged.
Money is in US dollars, time in milliseconds, quality in [0, 1]; an array is float64 unless it says otherwise.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Model:
    """One callable model configuration, as the learner knows it.

    Prices are dollars per million tokens; None means unknown, and then cost is learnt from outcomes alone.
    """

    name: str
    input_usd_per_1m: float | None = None
    output_usd_per_1m: float | None = None
    enabled: bool = True

    def to_dict(self) -> dict[str, Any]:
        """As JSON types."""
        return {"name": self.name, "in": self.input_usd_per_1m, "out": self.output_usd_per_1m, "on": self.enabled}

    @classmethod
    def from_dict(cls, d: Mapping[str, Any]) -> Self:
        """Inverse of `to_dict`."""
        return cls(d["name"], d["in"], d["out"], d["on"])


@dataclass(frozen=True, slots=True)
class Context:
    """What a policy sees of one query. Never the answer.

    embedding: (d,) float32 of unit length; surface: (k,) float32, see `context.SURFACE_FEATURES`;
    input_tokens: estimated prompt length; hints: what the caller said (task, domain, language).
    """

    feature_version: str
    embedding: NDArray[np.float32]
    surface: NDArray[np.float32]
    input_tokens: int
    hints: Mapping[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """As JSON types; arrays as base64 of little-endian float16, which halves the log and loses 3 digits of 7."""
        return {
            "fv": self.feature_version,
            "e": _pack(self.embedding),
            "s": _pack(self.surface),
            "n": self.input_tokens,
            "h": dict(self.hints),
        }

    @classmethod
    def from_dict(cls, d: Mapping[str, Any]) -> Self:
        """Inverse of `to_dict`, up to float16."""
        return cls(d["fv"], _unpack(d["e"]), _unpack(d["s"]), d["n"], d["h"])


@dataclass(frozen=True, slots=True)
class Verdict:
    """One judge's opinion of one answer.

    score: in [0, 1], or None where the judge had nothing to say. key: for judges that compare answers (agreement), a
    digest of the final answer; two answers agree if and only if their keys are equal. error: why there is no score.
    """

    judge: str
    score: float | None
    cost_usd: float = 0.0
    latency_ms: float = 0.0
    key: str | None = None
    error: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """As JSON types."""
        return {
            "judge": self.judge,
            "score": self.score,
            "cost_usd": self.cost_usd,
            "latency_ms": self.latency_ms,
            "key": self.key,
            "error": self.error,
        }

    @classmethod
    def from_dict(cls, d: Mapping[str, Any]) -> Self:
        """Inverse of `to_dict`."""
        return cls(**d)


@dataclass(frozen=True, slots=True)
class Step:
    """One model call in a cascade, with its verdicts. A failed call is a step with an error.

    propensity: P(this model was called next | context and the steps before), in (0, 1].
    """

    model: str
    cost_usd: float
    latency_ms: float
    input_tokens: int = 0
    output_tokens: int = 0
    verdicts: tuple[Verdict, ...] = ()
    error: str | None = None
    propensity: float = 1.0

    @property
    def key(self) -> str | None:
        """Digest of the final answer, where some judge could tell it."""
        return next((v.key for v in self.verdicts if v.key is not None), None)

    def to_dict(self) -> dict[str, Any]:
        """As JSON types."""
        return {
            "model": self.model,
            "cost_usd": self.cost_usd,
            "latency_ms": self.latency_ms,
            "input_tokens": self.input_tokens,
            "output_tokens": self.output_tokens,
            "verdicts": [v.to_dict() for v in self.verdicts],
            "error": self.error,
            "propensity": self.propensity,
        }

    @classmethod
    def from_dict(cls, d: Mapping[str, Any]) -> Self:
        """Inverse of `to_dict`."""
        return cls(**{**d, "verdicts": tuple(Verdict.from_dict(v) for v in d["verdicts"])})


@dataclass(frozen=True, slots=True)
class KnownOutcome:
    """How good one model's answer was, known before anybody asked the service.

    quality: in [0, 1]; weight: how many outcomes it counts for, in (0, 1]. cost_usd, latency_ms: of the call, None
    where unknown; scores: by judge, in [0, 1].
    """

    model: str
    quality: float
    weight: float
    cost_usd: float | None = None
    latency_ms: float | None = None
    scores: Mapping[str, float] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """As JSON types."""
        return {
            "model": self.model,
            "quality": self.quality,
            "weight": self.weight,
            "cost_usd": self.cost_usd,
            "latency_ms": self.latency_ms,
            "scores": dict(self.scores),
        }

    @classmethod
    def from_dict(cls, d: Mapping[str, Any]) -> Self:
        """Inverse of `to_dict`."""
        return cls(**d)


@dataclass(frozen=True, slots=True)
class Judge:
    """What a plan needs to know of a judge before asking it.

    free: its verdict costs nothing and comes with every answer (format, agreement); others are asked when worth it.
    """

    name: str
    cost_usd: float = 0.0
    latency_ms: float = 0.0

    @property
    def free(self) -> bool:
        """Whether every answer gets its verdict."""
        return self.cost_usd == 0.0


@dataclass(frozen=True, slots=True)
class Constraints:
    """What bounds one episode.

    models: names that may be called, None for every enabled one; cost_weight: lambda, utility per dollar, None to take
    the tenant's paced one; max_cost_usd: ceiling on the whole episode; min_quality: a predicted-quality floor for the
    answer; deadline_ms: time left; judges: those that may be asked; sticky_model: the session's model, kept unless the
    gain beats the switch; tenant: whose budget paces.
    """

    models: tuple[str, ...] | None = None
    cost_weight: float | None = None
    max_cost_usd: float | None = None
    min_quality: float | None = None
    deadline_ms: float | None = None
    judges: tuple[Judge, ...] = ()
    sticky_model: str | None = None
    tenant: str = "default"
    max_steps: int = 4


@dataclass(frozen=True, slots=True)
class ModelPrediction:
    """What is expected of one model on one query, before calling it. quality_sd is the standard error of the mean."""

    model: str
    quality: float
    quality_sd: float
    cost_usd: float
    latency_ms: float
    propensity: float

    def to_dict(self) -> dict[str, Any]:
        """As JSON types."""
        return {
            "model": self.model,
            "quality": self.quality,
            "quality_sd": self.quality_sd,
            "cost_usd": self.cost_usd,
            "latency_ms": self.latency_ms,
            "propensity": self.propensity,
        }

    @classmethod
    def from_dict(cls, d: Mapping[str, Any]) -> Self:
        """Inverse of `to_dict`."""
        return cls(**d)


@dataclass(frozen=True, slots=True)
class Decision:
    """The chosen first model with its propensity, and why.

    plan: the planned cascade in words of models, first call first; each further entry is called only if the answers so
    far leave doubt. strategy: which part spoke ("taxonomy", "learned", "fused", "control", "sticky", "static").
    node_path: taxonomy nodes from the root, dominant leaf last; familiarity: in [0, 1], share of precision that the
    taxonomy brought. cost_weight: lambda used. policy: name and version of the policy.
    """

    model: str
    propensity: float
    predictions: tuple[ModelPrediction, ...]
    plan: tuple[str, ...]
    strategy: str
    node_path: tuple[str, ...]
    familiarity: float
    cost_weight: float
    snapshot_version: int
    feature_version: str
    policy: str

    def to_dict(self) -> dict[str, Any]:
        """As JSON types."""
        return {
            "model": self.model,
            "propensity": self.propensity,
            "predictions": [p.to_dict() for p in self.predictions],
            "plan": list(self.plan),
            "strategy": self.strategy,
            "node_path": list(self.node_path),
            "familiarity": self.familiarity,
            "cost_weight": self.cost_weight,
            "snapshot_version": self.snapshot_version,
            "feature_version": self.feature_version,
            "policy": self.policy,
        }

    @classmethod
    def from_dict(cls, d: Mapping[str, Any]) -> Self:
        """Inverse of `to_dict`."""
        return cls(
            **{
                **d,
                "predictions": tuple(ModelPrediction.from_dict(p) for p in d["predictions"]),
                "plan": tuple(d["plan"]),
                "node_path": tuple(d["node_path"]),
            }
        )


@dataclass(frozen=True, slots=True)
class Accept:
    """Answer with step `index` of the episode. quality: P(that answer is right), as believed now."""

    index: int
    quality: float
    reason: str = "utility"


@dataclass(frozen=True, slots=True)
class AskJudge:
    """Ask `judge` about the answer of step `index` (its verdict could change what happens next)."""

    judge: str
    index: int


@dataclass(frozen=True, slots=True)
class CallModel:
    """Call `model` next, drawn with `propensity` given the steps so far. final: its answer will be accepted unseen."""

    model: str
    propensity: float
    final: bool = False


Action = Accept | AskJudge | CallModel


def _pack(x: NDArray[Any]) -> str:
    return base64.b64encode(np.asarray(x, dtype="<f2").tobytes()).decode("ascii")


def _unpack(s: str) -> NDArray[np.float32]:
    return np.frombuffer(base64.b64decode(s), dtype="<f2").astype(np.float32)


def model_names(models: Sequence[Model]) -> tuple[str, ...]:
    """Names of the enabled models, in order."""
    return tuple(m.name for m in models if m.enabled)


class NoModelFits(ValueError):  # noqa: N818 - named for the fact
    """The constraints leave no model. constraint: the field that removed the last one."""

    def __init__(self, constraint: str, why: str) -> None:
        super().__init__(f"no model is left: {why}")
        self.constraint = constraint
