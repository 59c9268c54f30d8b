"""What the learner learns from: the events of the log, in their order. State is a fold over them.

Each event is frozen, has a `kind`, and round-trips through `to_dict` / `event_from_dict` (JSON types only). `at` is in
seconds since the epoch, given by the service: the learner has no clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self, get_args

from pointsman_learner.words import Context, Decision, KnownOutcome, Model, Step


@dataclass(frozen=True, slots=True)
class EpisodeRecorded:
    """One query was decided and, unless it was decision-only, answered.

    steps: the calls made, in order, empty for Route. answer: index of the accepted step, None where nothing answered.
    stop: why the cascade ended ("utility", "deadline", "cost_ceiling", "max_steps", "route_only", "failed").
    believed: P(answer right) when it was accepted, in [0, 1]. judge_cost_usd is part of the steps' verdicts.
    """

    kind: ClassVar[str] = "episode"
    episode_id: str
    tenant: str
    at: float
    context: Context
    decision: Decision
    steps: tuple[Step, ...] = ()
    answer: int | None = None
    stop: str = "route_only"
    believed: float | None = None

    @property
    def cost_usd(self) -> float:
        """All that the episode cost, judges included."""
        return sum(s.cost_usd + sum(v.cost_usd for v in s.verdicts) for s in self.steps)

    def to_dict(self) -> dict[str, Any]:
        """As JSON types."""
        return {
            "kind": self.kind,
            "episode_id": self.episode_id,
            "tenant": self.tenant,
            "at": self.at,
            "context": self.context.to_dict(),
            "decision": self.decision.to_dict(),
            "steps": [s.to_dict() for s in self.steps],
            "answer": self.answer,
            "stop": self.stop,
            "believed": self.believed,
        }

    @classmethod
    def from_dict(cls, d: Mapping[str, Any]) -> Self:
        """Inverse of `to_dict`."""
        fields = {k: v for k, v in d.items() if k != "kind"}
        fields["context"] = Context.from_dict(d["context"])
        fields["decision"] = Decision.from_dict(d["decision"])
        fields["steps"] = tuple(Step.from_dict(s) for s in d["steps"])
        return cls(**fields)


@dataclass(frozen=True, slots=True)
class OutcomeReported:
    """A caller that ran a routed model itself says what came of it. step carries its own verdicts, too."""

    kind: ClassVar[str] = "outcome"
    episode_id: str
    tenant: str
    at: float
    step: Step

    def to_dict(self) -> dict[str, Any]:
        """As JSON types."""
        return {
            "kind": self.kind,
            "episode_id": self.episode_id,
            "tenant": self.tenant,
            "at": self.at,
            "step": self.step.to_dict(),
        }

    @classmethod
    def from_dict(cls, d: Mapping[str, Any]) -> Self:
        """Inverse of `to_dict`."""
        return cls(d["episode_id"], d["tenant"], d["at"], Step.from_dict(d["step"]))


@dataclass(frozen=True, slots=True)
class FeedbackRecorded:
    """What a user, or a measured outcome, said of an episode's answer.

    value: in [0, 1], already mapped from thumb, rating, correction or score by the service. source: "thumb" |
    "rating" | "correction" | "score". model: which step's answer it is
    about, None for the accepted one. weight: how much it counts against other feedback, 1 by default.
    """

    kind: ClassVar[str] = "feedback"
    feedback_id: str
    episode_id: str
    tenant: str
    at: float
    source: str
    value: float
    model: str | None = None
    weight: float = 1.0

    def to_dict(self) -> dict[str, Any]:
        """As JSON types."""
        return {
            "kind": self.kind,
            "feedback_id": self.feedback_id,
            "episode_id": self.episode_id,
            "tenant": self.tenant,
            "at": self.at,
            "source": self.source,
            "value": self.value,
            "model": self.model,
            "weight": self.weight,
        }

    @classmethod
    def from_dict(cls, d: Mapping[str, Any]) -> Self:
        """Inverse of `to_dict`."""
        return cls(**{k: v for k, v in d.items() if k != "kind"})


@dataclass(frozen=True, slots=True)
class ModelPut:
    """A model was added or changed (prices, enabled). One that is disabled leaves every decision at once."""

    kind: ClassVar[str] = "model"
    at: float
    model: Model

    def to_dict(self) -> dict[str, Any]:
        """As JSON types."""
        return {"kind": self.kind, "at": self.at, "model": self.model.to_dict()}

    @classmethod
    def from_dict(cls, d: Mapping[str, Any]) -> Self:
        """Inverse of `to_dict`."""
        return cls(d["at"], Model.from_dict(d["model"]))


@dataclass(frozen=True, slots=True)
class BudgetPut:
    """A tenant's budget: usd_per_1k is dollars per 1,000 queries, which the pacer holds; None lifts it."""

    kind: ClassVar[str] = "budget"
    at: float
    tenant: str
    usd_per_1k: float | None

    def to_dict(self) -> dict[str, Any]:
        """As JSON types."""
        return {"kind": self.kind, "at": self.at, "tenant": self.tenant, "usd_per_1k": self.usd_per_1k}

    @classmethod
    def from_dict(cls, d: Mapping[str, Any]) -> Self:
        """Inverse of `to_dict`."""
        return cls(d["at"], d["tenant"], d["usd_per_1k"])


@dataclass(frozen=True, slots=True)
class TaxonomyNodePut:
    """An operator added or changed a taxonomy node. center: (d,) mean embedding of its description and examples."""

    kind: ClassVar[str] = "taxonomy_node"
    at: float
    node: Mapping[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """As JSON types."""
        return {"kind": self.kind, "at": self.at, "node": dict(self.node)}

    @classmethod
    def from_dict(cls, d: Mapping[str, Any]) -> Self:
        """Inverse of `to_dict`."""
        return cls(d["at"], d["node"])


@dataclass(frozen=True, slots=True)
class JobApplied:
    """A scheduled job changed the state: `name` with the `change` that it computed. The fold replays the change."""

    kind: ClassVar[str] = "job"
    at: float
    name: str
    change: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """As JSON types."""
        return {"kind": self.kind, "at": self.at, "name": self.name, "change": dict(self.change)}

    @classmethod
    def from_dict(cls, d: Mapping[str, Any]) -> Self:
        """Inverse of `to_dict`."""
        return cls(d["at"], d["name"], d["change"])


@dataclass(frozen=True, slots=True)
class WarmStarted:
    """Outcomes that were known beforehand, from a table: a prior, that what is lived outweighs.

    batch_id: names the batch; the log takes each once. queries: contexts, each with the outcomes known of it.
    """

    kind: ClassVar[str] = "warm_start"
    batch_id: str
    at: float
    queries: tuple[tuple[Context, tuple[KnownOutcome, ...]], ...]

    def to_dict(self) -> dict[str, Any]:
        """As JSON types."""
        queries = [{"context": c.to_dict(), "outcomes": [o.to_dict() for o in known]} for c, known in self.queries]
        return {"kind": self.kind, "batch_id": self.batch_id, "at": self.at, "queries": queries}

    @classmethod
    def from_dict(cls, d: Mapping[str, Any]) -> Self:
        """Inverse of `to_dict`."""
        queries = tuple(
            (Context.from_dict(q["context"]), tuple(KnownOutcome.from_dict(o) for o in q["outcomes"]))
            for q in d["queries"]
        )
        return cls(d["batch_id"], d["at"], queries)


Event = (
    EpisodeRecorded
    | OutcomeReported
    | FeedbackRecorded
    | ModelPut
    | BudgetPut
    | TaxonomyNodePut
    | JobApplied
    | WarmStarted
)

_KINDS: Mapping[str, type[Event]] = {c.kind: c for c in get_args(Event)}


def event_from_dict(d: Mapping[str, Any]) -> Event:
    """The event that `to_dict` came from. Raises KeyError for an unknown kind: the log is of a newer schema."""
    return _KINDS[d["kind"]].from_dict(d)
