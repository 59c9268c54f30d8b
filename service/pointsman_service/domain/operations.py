"""What operators ask of the application, and what it answers. See `requests` for the callers' side.

Money is in US dollars, times in the unit of their name, `at`, `start` and `end` in seconds since the epoch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar

from pointsman_learner.types import KnownOutcome

from pointsman_service.domain.api_keys import ApiKey
from pointsman_service.domain.configured import ModelConfig, TenantConfig

T = TypeVar("T")

Fields = Mapping[str, Any]
"""JSON values by the configuration's field names ("input_usd_per_million", "preference.dial"); None clears a field."""
Origin = Literal["default", "file", "environment", "changed"]


@dataclass(frozen=True, slots=True)
class PageRequest:
    """size: entries at most. token: the next_token of the page before, "" for the first."""

    size: int = 100
    token: str = ""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """next_token: where to go on, "" on the last page."""

    items: Sequence[T]
    next_token: str = ""


@dataclass(frozen=True, slots=True)
class ChangeContext:
    """Who changes something, and under which id: the same id again changes nothing more.

    client: name of the key or the token's subject, where one was asked for; then `by` is that, and operator who the
    caller says to be beside it.
    """

    by: str
    request_id: str | None = None
    client: str | None = None
    operator: str | None = None


@dataclass(frozen=True, slots=True)
class Changed(Generic[T]):
    """What is in force after a change. replayed: the id was known, and nothing was changed now."""

    now: T
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was asked and told: all that is so of what is given. since, until: seconds since the epoch, until excluded.

    client: name of the key, or subject of the token; end_user_id: in clear, whose words are meant; model: that was
    called, or that they are about.
    """

    tenant: str | None = None
    client: str | None = None
    end_user_id: str | None = None
    model: str | None = None
    since: float | None = None
    until: float | None = None


@dataclass(frozen=True, slots=True)
class ForgottenEvidence:
    """What teaches nothing any more, of what the log has: counts. forget_id: names it, empty where it was only counted.

    outcomes: reports of callers, and calls in the shadow. job_changes: what jobs made of it.
    """

    forget_id: str
    episodes: int = 0
    feedback: int = 0
    outcomes: int = 0
    session_outcomes: int = 0
    warm_starts: int = 0
    job_changes: int = 0


@dataclass(frozen=True, slots=True)
class WantedSnapshot:
    """Which snapshot to decide by: one of them. stored_by: the newest of that time, seconds since the epoch."""

    version: int | None = None
    name: str | None = None
    stored_by: float | None = None

    def told(self) -> Mapping[str, Any]:
        """What was given.

        >>> WantedSnapshot(name="good").told()
        {'name': 'good'}
        """
        given = {"version": self.version, "name": self.name, "stored_by": self.stored_by}
        return {key: value for key, value in given.items() if value is not None}


@dataclass(frozen=True, slots=True)
class ModelState:
    """A model as it is in force. etag: of its configuration.

    availability: P(a call succeeds) by deployment, in [0, 1]; breakers: what each one's is, "" for the one place of a
    model without deployments; chance: P(a call succeeds) of the whole model, None where nobody knows.
    """

    config: ModelConfig
    etag: str
    availability: Mapping[str, float] = field(default_factory=dict)
    breakers: Mapping[str, str] = field(default_factory=dict)
    chance: float | None = None


@dataclass(frozen=True, slots=True)
class GuaranteeState:
    """credit: utility that others than the baseline may still lose; departed: decisions for another first call."""

    credit: float
    decisions: int
    departed: int


@dataclass(frozen=True, slots=True)
class TenantState:
    """A tenant as it is in force.

    spent_usd: in this period, calls under way included; period_ends_at: None without a ceiling; paced_cost_weight:
    lambda of its pacer, None where nothing paces; guarantee: what its safe start has room for, None before any.
    """

    config: TenantConfig
    etag: str
    spent_usd: float = 0.0
    period_ends_at: float | None = None
    paced_cost_weight: float | None = None
    guarantee: GuaranteeState | None = None


@dataclass(frozen=True, slots=True)
class ModelAtNode:
    """What is known of one model at one taxonomy node.

    quality in [0, 1] with quality_sd, the standard error of the mean; evidence: discounted number of rewarded answers.
    """

    model: str
    quality: float
    quality_sd: float
    cost_usd: float
    latency_ms: float
    evidence: float


@dataclass(frozen=True, slots=True)
class NodeState:
    """A kind of query as it is in force. parent: id of the node above, None at the root.

    evidence: discounted number of episodes that fell to it; origin: "file", "operator" or "grown"; child_ids: of the
    nodes below it.
    """

    id: str
    parent: str | None
    title: str
    description: str
    examples: tuple[str, ...] = ()
    enabled: bool = True
    etag: str = ""
    evidence: float = 0.0
    origin: str = "operator"
    models: tuple[ModelAtNode, ...] = ()
    child_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KeyState:
    """An API key as it is in force. etag: of all that is said of it."""

    config: ApiKey
    etag: str


@dataclass(frozen=True, slots=True)
class ShownKey:
    """A key after it was made or rotated. now: None where it is gone meanwhile.

    secret: the key's text, None where the change was made before, since nobody kept it.
    """

    now: KeyState | None
    replayed: bool = False
    secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class ConfigValue:
    """One value in force. hidden: what file, environment or default would give, for a changed one."""

    key: str
    value: Any
    origin: Origin
    changed_by: str | None = None
    changed_at: float | None = None
    hidden: Any = None


@dataclass(frozen=True, slots=True)
class JobInfo:
    """A scheduled job and its last run; the last four are None where it never ran.

    outcome: "changed", "unchanged" or "failed"; detail: what it says of itself, JSON types.
    """

    name: str
    interval_s: float
    next_run_at: float | None = None
    started_at: float | None = None
    ended_at: float | None = None
    outcome: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EpisodeQuery:
    """Which episodes to look at: every condition that is not None must hold. start: from then on; end: exclusive.

    node: that or one below it. model_called: in any step; model_answered: whose answer was accepted or, for a routed
    query, that was decided for.
    """

    tenant: str | None = None
    start: float | None = None
    end: float | None = None
    model_called: str | None = None
    model_answered: str | None = None
    node: str | None = None
    strategy: str | None = None
    stop: str | None = None
    has_feedback: bool | None = None
    request_id: str | None = None
    session_id: str | None = None


@dataclass(frozen=True, slots=True)
class EpisodeSummary:
    """One episode in a list. model: None where nothing answered; feedback: mean, in [0, 1], None without any.

    comment: the newest beside that feedback, as far as it was kept.
    """

    episode_id: str
    tenant: str
    at: float
    model: str | None
    models_called: tuple[str, ...]
    node: str | None
    strategy: str
    stop: str
    believed: float | None
    cost_usd: float
    latency_ms: float | None
    feedback: float | None
    request_id: str | None
    session_id: str | None
    prompt: str | None
    comment: str | None = None


Group = Literal["none", "model", "node", "tenant", "time"]


@dataclass(frozen=True, slots=True)
class StatsQuery:
    """Which episodes to count, and by what to group them. bucket_s: width of the buckets over time."""

    episodes: EpisodeQuery = field(default_factory=EpisodeQuery)
    group: Group = "none"
    bucket_s: float | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """Totals of a group of episodes.

    key: the model, node or tenant, or the bucket's start in seconds since the epoch, as text; "" for the total. share:
    of all episodes, in [0, 1]. quality: mean feedback in [0, 1], None where there was none, over `rewarded` of the
    `episodes`. calls, failed_calls, cost_usd: of a model, those to it, whoever answered in the end; latency_ms: mean
    of the model's calls that answered, else of answered episodes. escalated: episodes with more than one call.
    """

    key: str
    episodes: int
    share: float
    rewarded: int
    quality: float | None
    calls: int
    failed_calls: int
    cost_usd: float
    latency_ms: float | None
    escalated: int = 0


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What some first calls were expected to bring: dollars in all, and mean quality in [0, 1]."""

    cost_usd: float
    quality: float


@dataclass(frozen=True, slots=True)
class Observed:
    """What the policy would have done while tenants only observed, over `episodes`, and what their own models did.

    would: of the policy's first calls; most_usd: in dollars, with the second call that each was planned with where
    doubt was left. calls: of each pair (the own model, the policy's first call) in how many episodes.
    """

    episodes: int
    own: Foreseen
    would: Foreseen
    most_usd: float
    calls: tuple[tuple[str, str, int], ...]


@dataclass(frozen=True, slots=True)
class ShadowTally:
    """Calls in the shadow, and what they cost with their verdicts: nobody's answers, and no tenant's dollars."""

    calls: int
    failed: int
    cost_usd: float


@dataclass(frozen=True, slots=True)
class Stats:
    """Statistics of the log: in all, and a page of groups.

    observed: None where no tenant only observed; shadows: None where nothing was called in the shadow.
    """

    total: Tally
    groups: Page[Tally]
    observed: Observed | None = None
    shadows: ShadowTally | None = None


@dataclass(frozen=True, slots=True)
class JudgeTally:
    """One judge on answers that were accepted, at one taxonomy node or, where node is None, in all.

    scored: verdicts with a score, of `verdicts`. compared: scored ones whose episode has feedback; the rest is about
    these, and None where there is nothing to say. agreement: share where score and feedback lie on the same side of one
    half. error: mean absolute difference. calibration_error: mean, over tenths of the score weighted by their verdicts,
    of |mean score - mean feedback| (expected calibration error). correlation: Pearson's, of score and feedback.
    cost_usd: what its verdicts cost, also on other answers; failures: how often it failed, on any, for which reason.
    """

    judge: str
    node: str | None
    verdicts: int
    scored: int
    mean_score: float | None
    cost_usd: float
    compared: int
    agreement: float | None
    error: float | None
    calibration_error: float | None
    correlation: float | None
    failures: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class WhatIfQuery:
    """Which change to estimate from the log: another lambda, or another policy, exactly one of both.

    policy: "current", "always:MODEL" (and nothing else) or "snapshot:VERSION". models: another pool, those of each
    request where it is empty. confidence: of the intervals, in (0, 1).
    """

    cost_weight: float | None = None
    policy: str | None = None
    models: tuple[str, ...] = ()
    episodes: EpisodeQuery = field(default_factory=EpisodeQuery)
    confidence: float = 0.95


@dataclass(frozen=True, slots=True)
class Estimate:
    """One off-policy estimate with its confidence interval.

    quantity: "quality" in [0, 1], "cost_usd" a query, or "utility". estimator: "dr", or "logged" for what really
    happened. An end that is infinite is none.
    """

    quantity: Literal["quality", "cost_usd", "utility"]
    estimator: str
    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What the change would have brought on the logged episodes.

    effective_episodes: Kish's effective sample size of the importance weights; far below `episodes`, distrust it.
    rated: episodes whose answer has feedback. support: share of what the change would do that the policy in force could
    have done, in [0, 1]. why: what is missing where an estimate is; empty where nothing is.
    """

    episodes: int
    effective_episodes: float
    estimates: tuple[Estimate, ...]
    rated: int = 0
    support: float = 0.0
    why: str = ""


@dataclass(frozen=True, slots=True)
class SavingsQuery:
    """What was saved against another policy, over which episodes, in all or by what group.

    against: a model and nothing else, or "snapshot:VERSION", an earlier policy; None for the baseline of the tenant
    whose episodes they are, of the default tenant where they are everybody's.
    """

    against: str | None = None
    episodes: EpisodeQuery = field(default_factory=EpisodeQuery)
    group: Group = "none"
    confidence: float = 0.95


@dataclass(frozen=True, slots=True)
class Bounds:
    """A figure with its interval."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Saved:
    """Of one group of episodes: key is "" for all of them, else the tenant or the node.

    spent_usd: what they cost in all. quality: of their answers, in [0, 1]; other_quality, other_usd: what the other
    policy would have had, and have cost in all. saved_usd, quality_gain: the differences, whose intervals are narrower
    than their parts'. What the log cannot say is None, and why says why. summary: the same in words.
    """

    key: str
    episodes: int
    rated: int
    spent_usd: float
    quality: Bounds | None
    other_quality: Bounds | None
    other_usd: Bounds | None
    saved_usd: Bounds | None
    quality_gain: Bounds | None
    support: float
    why: str
    summary: str


@dataclass(frozen=True, slots=True)
class Savings:
    """All episodes and, where asked, groups of them by their number. against: whom, as it is named in words."""

    against: str
    total: Saved
    groups: tuple[Saved, ...] = ()


@dataclass(frozen=True, slots=True)
class KnownQuery:
    """A query of which outcomes are known beforehand. hints: as a caller would give them."""

    prompt: str
    outcomes: tuple[KnownOutcome, ...]
    hints: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WarmStartReceipt:
    """A batch of known outcomes is in the log at `position`. replayed: it had been before."""

    request_id: str
    position: int
    replayed: bool
