"""What the learner learns from: the events of the log, in their order. State is a fold over them.

Each event is frozen and has a `kind`, which is its tag in the log (see `codec`). `at` is in seconds since the epoch,
given by the service: the learner has no clock. request_id: the caller's, under which the same is told once. end_user: a
pseudonym, the digest of an id that the log does not hold. client: name of the API key, or subject of the token, with
which the call was made; None where none was asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pointsman_learner.actions import ActionTaken
from pointsman_learner.types import Constraints, Context, Decision, KnownOutcome, Model, Step, Value, Verdict


class _Event(Value, frozen=True, tag_field="kind"):
    """What all events have."""

    @property
    def kind(self) -> str:
        """Its name in the log."""
        return str(self.__struct_config__.tag)


class EpisodeRecorded(_Event, frozen=True, tag="episode"):
    """One query was decided and, unless it was decision-only, answered.

    steps: the calls made, in order, empty for Route. answer: index of the accepted step, None where nothing answered.
    stop: why the cascade ended ("utility", "deadline", "cost_ceiling", "max_steps", "route_only", "failed",
    "cancelled"). believed: P(answer right) when it was accepted, in [0, 1]. constraints: those that the decision was
    made under. actions: all that was done, in order, each with the chances of what else could have been done.
    require_tags: what the models had to be tagged with. end_user: pseudonym of who asked. latency_ms: from the
    request's arrival until its answer was ready, None where nobody measured it. left_out: the learner was so far behind
    that it does without what this teaches, which is little: it counts what was spent, and what users say of it later.
    """

    episode_id: str
    tenant: str
    at: float
    context: Context
    decision: Decision
    steps: tuple[Step, ...] = ()
    answer: int | None = None
    stop: str = "route_only"
    believed: float | None = None
    constraints: Constraints = Constraints()
    actions: tuple[ActionTaken, ...] = ()
    request_id: str | None = None
    session_id: str | None = None
    end_user: str | None = None
    require_tags: tuple[str, ...] = ()
    latency_ms: float | None = None
    client: str | None = None
    left_out: bool = False

    @property
    def cost_usd(self) -> float:
        """All that the episode cost, judges included."""
        return sum(s.total_cost_usd for s in self.steps)


class OutcomeReported(_Event, frozen=True, tag="outcome"):
    """A caller that ran a routed model itself says what came of it. Of a measurement that is None, nothing was told.

    cost_usd: told, or computed from told tokens at known prices; propensity: P(model | context) of the episode's
    decision, None where it had no chance; verdicts: of the caller's own judges. failure_kind, error: as in `Step`;
    either says that there was no answer.
    """

    episode_id: str
    tenant: str
    at: float
    model: str
    cost_usd: float | None = None
    latency_ms: float | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_input_tokens: int | None = None
    reasoning_tokens: int | None = None
    verdicts: tuple[Verdict, ...] = ()
    failure_kind: str | None = None
    error: str | None = None
    propensity: float | None = None
    request_id: str | None = None
    client: str | None = None

    @property
    def failed(self) -> bool:
        """Whether there was no answer."""
        return self.failure_kind is not None or self.error is not None

    @property
    def total_cost_usd(self) -> float | None:
        """What the call and the verdicts on its answer cost, None where the call's cost is not known.

        >>> OutcomeReported("e", "t", 0.0, "small", latency_ms=300.0).total_cost_usd is None
        True
        """
        return None if self.cost_usd is None else self.cost_usd + sum(v.cost_usd or 0.0 for v in self.verdicts)


class FeedbackRecorded(_Event, frozen=True, tag="feedback"):
    """What a user, or a measured outcome, said of an episode's answer.

    value: in [0, 1], already mapped from thumb, rating, correction or score by the service. source: "thumb" |
    "rating" | "correction" | "score". model: which step's answer it is about, None for the accepted one. weight: how
    much it counts against other feedback, 1 by default. end_user: pseudonym of who said it.
    digest: of a correction's text and of the comment, by which two of them are told apart. said: how many words the
    same author had said of this answer before, of which none counts any more; replaces: the value of the last of them.
    comment: what was said beside it, for people who read; nothing is learnt from it. author: number of the end user
    among those that the log heard of, which says nothing of who it is and stays when that is forgotten; None where none
    was told, and in logs of before.
    """

    request_id: str
    episode_id: str
    tenant: str
    at: float
    source: str
    value: float
    model: str | None = None
    weight: float = 1.0
    end_user: str | None = None
    digest: str | None = None
    client: str | None = None
    said: int = 0
    replaces: float | None = None
    comment: str | None = None
    author: int | None = None


class ShadowRecorded(_Event, frozen=True, tag="shadow"):
    """Beside an answer that was given another model was called on the same query, to learn of it; nobody was shown it.

    episode_id, tenant: of the episode that was answered; what this cost is not the tenant's. steps: those of the
    episode that had an answer, which judges compared this one with, and last the call in the shadow, whose propensity
    is the chance by which it was drawn among models that had not been called.
    """

    episode_id: str
    tenant: str
    at: float
    steps: tuple[Step, ...]

    @property
    def call(self) -> Step:
        """The call in the shadow."""
        return self.steps[-1]


class SessionOutcomeRecorded(_Event, frozen=True, tag="session_outcome"):
    """How a whole session, or an agent's run, turned out: value in [0, 1], source "score" | "thumb" | "rating".

    What it says of the session's answers is `learning.sessions`'; only an author's first word on a session teaches.
    said: how many words the same author had said of it before; author: as of feedback.
    """

    request_id: str
    session_id: str
    tenant: str
    at: float
    value: float
    source: str
    end_user: str | None = None
    client: str | None = None
    said: int = 0
    author: int | None = None


class ModelPut(_Event, frozen=True, tag="model"):
    """A model was added or changed (prices, enabled). One that is disabled leaves every decision at once."""

    at: float
    model: Model


class BudgetPut(_Event, frozen=True, tag="budget"):
    """A tenant's budget: usd_per_thousand is dollars per 1,000 queries, which the pacer holds; None lifts it."""

    at: float
    tenant: str
    usd_per_thousand: float | None = None


class TaxonomyNodePut(_Event, frozen=True, tag="taxonomy_node"):
    """An operator added or changed a taxonomy node. center: (d,) mean embedding of its description and examples."""

    at: float
    node: Mapping[str, Any]


class JobApplied(_Event, frozen=True, tag="job"):
    """A scheduled job changed the state: `name` with the `change` that it computed. The fold replays the change."""

    at: float
    name: str
    change: Mapping[str, Any] = {}


class WarmStarted(_Event, frozen=True, tag="warm_start"):
    """Outcomes that were known beforehand, from a table: a prior, that what is lived outweighs.

    request_id: names the batch; the log takes each once. queries: contexts, each with the outcomes known of it. by: who
    told it, "" where that was not kept; client: the key it came with, None without authentication; note: who by said to
    be beside it.
    """

    request_id: str
    at: float
    queries: tuple[tuple[Context, tuple[KnownOutcome, ...]], ...]
    by: str = ""
    client: str | None = None
    note: str = ""


class OperatorActed(_Event, frozen=True, tag="operator"):
    """An operator changed the configuration while the service ran. The learner passes over it.

    by: who; method: the call that did it; fingerprint: digest of what was asked, by which a repeated request_id is told
    from another request. put: what holds from now on, JSON by key; reset: keys that hold again what was declared; note:
    the operator's own words.
    """

    at: float
    by: str
    method: str
    request_id: str | None = None
    fingerprint: str = ""
    put: Mapping[str, Any] = {}
    reset: tuple[str, ...] = ()
    note: str = ""
    client: str | None = None


class ConfigurationDeclared(_Event, frozen=True, tag="declared"):
    """What a start of the service declared. The learner passes over it.

    by: who started it. values: JSON by key, each with its origin: "file", "environment" or "default".
    """

    at: float
    by: str
    values: Mapping[str, tuple[Any, str]] = {}


class EvidenceForgotten(_Event, frozen=True, tag="forgotten"):
    """What was logged before, and is so of all that is named here, shall teach nothing; the log keeps it.

    forget_id: names it; tenant, client: whose it is; authors: who said it, as in `FeedbackRecorded`; model: that was
    called, or that it is about; since, until: when it was, seconds since the epoch, `until` not included. None, or no
    author: whatever. See `forgetting`.
    """

    forget_id: str
    at: float
    tenant: str | None = None
    client: str | None = None
    authors: tuple[int, ...] = ()
    model: str | None = None
    since: float | None = None
    until: float | None = None


class EvidenceRestored(_Event, frozen=True, tag="restored"):
    """What was forgotten under this id teaches again, as if it had never been forgotten."""

    forget_id: str
    at: float


Event = (
    EpisodeRecorded
    | OutcomeReported
    | FeedbackRecorded
    | ShadowRecorded
    | SessionOutcomeRecorded
    | ModelPut
    | BudgetPut
    | TaxonomyNodePut
    | JobApplied
    | WarmStarted
    | OperatorActed
    | ConfigurationDeclared
    | EvidenceForgotten
    | EvidenceRestored
)
