"""The vocabulary: values that the learner's parts and the service exchange. What is done with them is in `actions`.

All of them are frozen msgspec structs, since they are logged (see `codec`). Money is in US dollars, time in
milliseconds, quality in [0, 1]; an array is float64 unless it says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

OBSERVED = "observed"
"""The strategy of a decision that was not the policy's, which only looked on."""


class Value(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What may stand in the log. A field that this version does not know is an error: the state would differ."""


class Model(Value, frozen=True):
    """One callable model configuration, as the learner knows it.

    Prices are dollars per million tokens; None means unknown, and then cost is learnt from outcomes alone. results:
    public ones, (category, score) each, in standard deviations of what models reach there; results_worth: how many
    outcomes they are worth (see `estimators.public_results`), None where there are none; expected_quality: P(right)
    that the operator expects, in (0, 1), None where he says nothing; relative: another model of its family.
    """

    name: str
    input_usd_per_million: float | None = None
    output_usd_per_million: float | None = None
    enabled: bool = True
    results: tuple[tuple[str, float], ...] = ()
    results_worth: float | None = None
    expected_quality: float | None = None
    relative: str | None = None


class Context(
    Value,
    frozen=True,
    eq=False,
    rename={"feature_version": "fv", "embedding": "e", "surface": "s", "input_tokens": "n", "hints": "h"},
):
    """What a policy sees of one query. Never the answer. Two contexts are equal where they are the same object.

    embedding: (d,) float32 of unit length; surface: (k,) float32, see `context.SURFACE_FEATURES`;
    input_tokens: estimated prompt length; hints: what the caller said (task, domain, language). Its
    names in the log are short: nobody reads arrays there.
    """

    feature_version: str
    embedding: NDArray[np.float32]
    surface: NDArray[np.float32]
    input_tokens: int
    hints: Mapping[str, str] = {}


class Verdict(Value, frozen=True):
    """One judge's opinion of one answer.

    score: in [0, 1], or None where the judge had nothing to say. key: for judges that compare answers (agreement), a
    digest of the final answer; two answers agree if and only if their keys are equal. error: why there is no score.
    cost_usd, latency_ms: None where the caller, whose judge it was, did not tell.
    """

    judge: str
    score: float | None = None
    cost_usd: float | None = 0.0
    latency_ms: float | None = 0.0
    key: str | None = None
    error: str | None = None


class Step(Value, frozen=True):
    """One model call in a cascade, with its verdicts. A failed call is a step, too.

    propensity: P(this model was called next | context and the steps before), in (0, 1]. failure_kind: None where the
    model answered, else "timeout", "refused", "rate_limited", "garbage", "empty", "unavailable", "auth", "invalid",
    "unknown_model" or "cancelled"; error: what the provider said of it. cached_input_tokens, reasoning_tokens: part of
    input_tokens and of output_tokens, None where nobody counted them. deployment: which of the model's deployments was
    called, None where it has one. finish_reason: the provider's word for why the answer ended. cost_known: False where
    cost_usd is only what is sure: nobody knows the price, or the call was given up and may be billed; then it teaches
    nothing of what calls cost. at_once: it was called together with the step before, whose answer it did not wait for.
    """

    model: str
    cost_usd: float
    latency_ms: float
    input_tokens: int = 0
    output_tokens: int = 0
    verdicts: tuple[Verdict, ...] = ()
    error: str | None = None
    propensity: float = 1.0
    failure_kind: str | None = None
    cached_input_tokens: int | None = None
    reasoning_tokens: int | None = None
    deployment: str | None = None
    finish_reason: str | None = None
    cost_known: bool = True
    at_once: bool = False

    @property
    def failed(self) -> bool:
        """Whether there is no answer."""
        return self.failure_kind is not None or self.error is not None

    @property
    def key(self) -> str | None:
        """Digest of the final answer, where some judge could tell it."""
        return next((v.key for v in self.verdicts if v.key is not None), None)

    @property
    def judge_cost_usd(self) -> float:
        """What the verdicts cost."""
        return sum(v.cost_usd or 0.0 for v in self.verdicts)

    @property
    def total_cost_usd(self) -> float:
        """What the call and the verdicts on its answer cost.

        >>> Step("small", 0.25, 300.0, verdicts=(Verdict("rubric", 0.9, 0.5),)).total_cost_usd
        0.75
        """
        return self.cost_usd + self.judge_cost_usd

    @property
    def judges_ms(self) -> float:
        """What the verdicts took: those that cost nothing were asked together, the others one after the other."""
        each = [(v.cost_usd, v.latency_ms or 0.0) for v in self.verdicts]
        return sum(ms for usd, ms in each if usd) + max((ms for usd, ms in each if not usd), default=0.0)


def waited_ms(steps: Sequence[Step]) -> float:
    """Milliseconds from the first call to the last verdict, one after the other but for what was called at once.

    >>> waited_ms([Step("a", 0.0, 300.0), Step("b", 0.0, 500.0, at_once=True), Step("c", 0.0, 100.0)])
    600.0
    """
    total = together = 0.0
    for step in steps:
        if not step.at_once:
            together = 0.0
        total += max(step.latency_ms - together, 0.0) + step.judges_ms
        together = max(together, step.latency_ms)
    return total


class KnownOutcome(Value, frozen=True):
    """How good one model's answer was, known before anybody asked the service.

    quality: in [0, 1]; weight: how many outcomes it counts for, in (0, 1]. cost_usd, latency_ms: of the call, None
    where unknown; scores: by judge, in [0, 1].
    """

    model: str
    quality: float
    weight: float
    cost_usd: float | None = None
    latency_ms: float | None = None
    scores: Mapping[str, float] = {}


class Judge(Value, frozen=True):
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


class Constraints(Value, frozen=True):
    """What bounds one episode.

    models: names that may be called, None for every enabled one; cost_weight: lambda, utility per dollar, None to take
    the tenant's paced one; max_cost_usd: ceiling on the whole episode; min_quality: a predicted-quality floor for the
    answer; deadline_ms: time left, in which the fastest may try whatever is expected of it; judges: those that may be
    asked; sticky_model: the session's model, kept unless the gain beats the switch; tenant: whose budget paces.
    latency_weight: mu, utility per second, None for none; max_latency_ms: ceiling on the whole episode: no model is
    called that is expected to end after it. excluded: models that were kept out of `models` before a policy saw them,
    each with the reason, as {"llama": "input_modalities:image"}. availability: P(a call succeeds now) by model, in
    [0, 1], 1 for those that are not in it; failure_ms: how long a call of it takes that fails, 0 likewise. Both are of
    this moment and of the process that decides, and no part of what is learnt. baseline: the model that the tenant used
    before, None where nothing is guaranteed; alpha: share of its utility that may be lost to learning, in [0, 1], 0 to
    stay with it; room: utility that others may lose on this query, None for what the policy has saved up.
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
    latency_weight: float | None = None
    max_latency_ms: float | None = None
    excluded: Mapping[str, str] = {}
    availability: Mapping[str, float] = {}
    failure_ms: Mapping[str, float] = {}
    baseline: str | None = None
    alpha: float = 0.05
    room: float | None = None


class ModelPrediction(Value, frozen=True, array_like=True):
    """What is expected of one model on one query, before calling it. quality_sd is the standard error of the mean.

    All but the propensity, which is exact, have 6 significant digits.
    """

    model: str
    quality: float
    quality_sd: float
    cost_usd: float
    latency_ms: float
    propensity: float


class Decision(Value, frozen=True):
    """The chosen first model with its propensity, and why.

    plan: the planned cascade in words of models, first call first; each further entry is called only if the answers so
    far leave doubt. strategy: which part spoke ("taxonomy", "learned", "fused", "sticky", "static", "control": not the
    best, drawn to learn; "baseline": nothing else was safe; OBSERVED: the tenant's own model, whatever spoke).
    node_path: taxonomy nodes from the root, dominant leaf last; familiarity: in [0, 1], share of precision that the
    taxonomy brought. cost_weight: lambda used. feature_version: the context's; in an episode's text it stands there
    alone. policy: name and version of the policy. gain: by how much it earns more than what the baseline is owed (see
    `guarantee`), margin: at the least; None where there is none. would: the plan that the policy would have followed,
    where the tenant only observes; empty where no model fitted.
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
    feature_version: str | None = None
    policy: str = ""
    gain: float | None = None
    margin: float | None = None
    would: tuple[str, ...] = ()

    @property
    def is_observed(self) -> bool:
        """Whether the policy had no say in it: the tenant only observes."""
        return self.strategy == OBSERVED

    def expected(self, model: str) -> ModelPrediction | None:
        """What was expected of this model; None where it was not in the choice."""
        return next((p for p in self.predictions if p.model == model), None)


def model_names(models: Sequence[Model]) -> tuple[str, ...]:
    """Names of the enabled models, in order."""
    return tuple(m.name for m in models if m.enabled)


class NoModelFits(ValueError):  # noqa: N818 - named for the fact
    """The constraints leave no model. constraint: the field that removed the last one."""

    def __init__(self, constraint: str, why: str) -> None:
        super().__init__(f"no model is left: {why}")
        self.constraint = constraint
