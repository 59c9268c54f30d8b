"""What operators ask of the application, and what it answers. See `requests` for the callers' side.

Money is in US dollars, times in the unit of their name, `at`, `since` and `until` in seconds since the epoch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pointsman_learner.words import KnownOutcome


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
class TaxonomyNode:
    """A kind of query. parent: id of the node above, None at the root.

    evidence: discounted number of episodes that fell to it; origin: "file", "operator" or "grown".
    models: statistics per model, filled by get_taxonomy_node only. The last three are answers, ignored when putting.
    """

    id: str
    parent: str | None
    title: str
    description: str
    examples: tuple[str, ...] = ()
    evidence: float = 0.0
    origin: str = "operator"
    models: tuple[ModelAtNode, ...] = ()


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
class StatsQuery:
    """Which episodes to count. tenant: None for all. until: None for now; since: None for the beginning.

    bucket_s: width of the buckets over time, None for none of them.
    """

    tenant: str | None = None
    since: float | None = None
    until: float | None = None
    bucket_s: float | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """Totals of a group of episodes.

    key: the model or node id, or the bucket's start in seconds since the epoch, as text. share: of all episodes, in
    [0, 1]. quality: mean reward in [0, 1], None where nothing was rewarded, over `rewarded` of the `episodes`.
    cost_usd: sum; latency_ms: mean, None where nothing was answered. errors: failed calls. escalated: episodes with
    more than one call.
    """

    key: str
    episodes: int
    share: float
    rewarded: int
    quality: float | None
    cost_usd: float
    latency_ms: float | None
    errors: int = 0
    escalated: int = 0


@dataclass(frozen=True, slots=True)
class Stats:
    """Statistics of the log: in all, per answering model, per dominant taxonomy node, over time (oldest first)."""

    total: Tally
    per_model: tuple[Tally, ...]
    per_node: tuple[Tally, ...]
    over_time: tuple[Tally, ...]


@dataclass(frozen=True, slots=True)
class JudgeTally:
    """One judge on answers that were accepted, at one taxonomy node or, where node is None, in all.

    scored: verdicts with a score, of `verdicts`. compared: scored ones whose episode has feedback; the rest is about
    these, and None where there is nothing to say. agreement: share where score and feedback lie on the same side of one
    half. error: mean absolute difference. calibration_error: mean, over tenths of the score weighted by their verdicts,
    of |mean score - mean feedback| (expected calibration error). correlation: Pearson's, of score and feedback.
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


@dataclass(frozen=True, slots=True)
class JudgeStats:
    """Judges by name, and each at every node that its answers fell to, most verdicts first."""

    total: tuple[JudgeTally, ...]
    per_node: tuple[JudgeTally, ...]


@dataclass(frozen=True, slots=True)
class WhatIfQuery:
    """Which change to estimate from the log: another lambda, or another policy, at most one of both.

    policy: a name the learner offers, or "always:MODEL". tenant, since, until: as in StatsQuery. confidence: of the
    intervals, in (0, 1).
    """

    cost_weight: float | None = None
    policy: str | None = None
    tenant: str | None = None
    since: float | None = None
    until: float | None = None
    confidence: float = 0.95


@dataclass(frozen=True, slots=True)
class Estimate:
    """One off-policy estimate with its confidence interval.

    quantity: "quality" in [0, 1], "cost_usd" a query, or "utility". estimator: "ips", "snips", "dr", or "logged" for
    what really happened.
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
    """

    episodes: int
    effective_episodes: float
    estimates: tuple[Estimate, ...]


@dataclass(frozen=True, slots=True)
class Budget:
    """A tenant's budget; None lifts a limit.

    usd_per_1k: paced dollars per 1,000 queries; ceiling_usd: which no period of period_s exceeds. Answers only:
    spent_usd in this period, cost_weight: lambda in force.
    """

    tenant: str
    usd_per_1k: float | None = None
    ceiling_usd: float | None = None
    period_s: float | None = None
    spent_usd: float = 0.0
    cost_weight: float | None = None


@dataclass(frozen=True, slots=True)
class KnownQuery:
    """A query of which outcomes are known beforehand. hints: as a caller would give them."""

    prompt: str
    outcomes: tuple[KnownOutcome, ...]
    hints: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WarmStartReceipt:
    """A batch of known outcomes is in the log at `position`. recorded: False where it had been before."""

    position: int
    recorded: bool
