"""Models, judges and tenants as they are configured, whoever said so, and the prices in force.

The learner's words bring numpy, so they are imported when they are made: the command line reads this room without it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pointsman_service.domain.identity import Limits
from pointsman_service.domain.model_prices import ModelPrices
from pointsman_service.domain.preference import Preference

if TYPE_CHECKING:
    from pointsman_learner.types import Judge, Model

REPORTED = "reported"
"""The kind of a judge that callers have."""
ROUTE, OBSERVE = "route", "observe"
"""Who decides for a tenant: the policy, or its callers while the policy looks on."""
MODALITIES = ("text", "image", "audio", "file")


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a model can take and do. None is not known, and not held against it.

    input_modalities: of MODALITIES. tools, json_schema, reasoning, streaming: whether it can.
    """

    input_modalities: tuple[str, ...] | None = None
    tools: bool | None = None
    json_schema: bool | None = None
    reasoning: bool | None = None
    streaming: bool | None = None


@dataclass(frozen=True, slots=True)
class Deployment:
    """One place where a model is called; what is None is the model's own.

    Deployments of a model share its quality, which is all that the learner knows; each has an availability of its own.
    requests_per_minute, tokens_per_minute: what it takes, None for no known limit.
    """

    name: str
    provider_model: str | None = None
    base_url: str | None = None
    api_key_env: str | None = None
    region: str | None = None
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """One model as configured: what the learner sees of it, and how to call it.

    adapter: "openai" (direct aiohttp to an OpenAI-compatible base_url) or "litellm". provider_model: the name that the
    provider knows. api_key_env: environment variable that holds the key (never the key itself). params: defaults sent
    with every call, below the request's own. cost_source: "prices" (tokens times the prices in force) or "response"
    (what the response itself says the call cost, where it does: OpenRouter, recordings). context_window: tokens of
    prompt and answer together, None for not known. tags: what queries and tenants can require. deployments: where it is
    called, empty for one place, its own. without_params: parameters that are never sent, whoever asks for them.
    allow_params: parameters that it takes of callers beside those of `domain.generation`. The times, in seconds, are
    limits within what the caller's deadline leaves: connect_timeout_s for a connection, None for the adapter's;
    first_token_timeout_s for the first piece of a stream, answer_timeout_s for the whole answer, None for none.
    unpriced: it may run although nobody knows its prices. max_output_tokens: the longest answer it can give, thinking
    included, None for not known. expected_quality: share of its answers that the operator expects to be good, in
    (0, 1); None where he says nothing. prices: all that are in force, of which the fields above are those that can be
    configured; None where they are not known, or not looked up yet.
    """

    name: str
    adapter: str
    provider_model: str
    base_url: str | None = None
    api_key_env: str | None = None
    input_usd_per_million: float | None = None
    output_usd_per_million: float | None = None
    enabled: bool = True
    params: Mapping[str, Any] = field(default_factory=dict)
    cost_source: str = "prices"
    capabilities: Capabilities = field(default_factory=Capabilities)
    context_window: int | None = None
    tags: tuple[str, ...] = ()
    deployments: tuple[Deployment, ...] = ()
    without_params: tuple[str, ...] = ()
    allow_params: tuple[str, ...] = ()
    connect_timeout_s: float | None = None
    first_token_timeout_s: float | None = None
    answer_timeout_s: float | None = None
    unpriced: bool = False
    cached_input_usd_per_million: float | None = None
    max_output_tokens: int | None = None
    expected_quality: float | None = None
    prices: ModelPrices | None = field(default=None, compare=False)

    @property
    def prices_in_force(self) -> ModelPrices | None:
        """All that were looked up, else those that are configured; None where nobody knows them."""
        if self.prices is not None or self.input_usd_per_million is None or self.output_usd_per_million is None:
            return self.prices
        return ModelPrices(
            self.input_usd_per_million,
            self.output_usd_per_million,
            "configured",
            cached_input_usd_per_million=self.cached_input_usd_per_million,
        )

    def as_learner_model(self) -> Model:
        """The part that the learner sees."""
        from pointsman_learner.types import Model  # noqa: PLC0415 - see the module's docstring

        return Model(
            self.name,
            self.input_usd_per_million,
            self.output_usd_per_million,
            self.enabled,
            expected_quality=self.expected_quality,
        )


@dataclass(frozen=True, slots=True)
class JudgeConfig:
    """One judge as configured.

    kind: "format" | "agreement" | "logprob" | "rubric" | "pairwise" | "consistency" | "retrieval" |
    "equivalence" | "recorded" | "reported" (it speaks elsewhere, and callers report its verdicts) | the name of an
    entry point.
    model: for rubric, pairwise and equivalence judges, the configured model that judges. options go to the judge's
    constructor.
    """

    name: str
    kind: str
    model: str | None = None
    cost_usd: float = 0.0
    latency_ms: float = 0.0
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_asked(self) -> bool:
        """Whether the service asks it; verdicts of the others are reported by callers.

        >>> JudgeConfig("unit-tests", REPORTED).is_asked
        False
        """
        return self.kind != REPORTED

    def as_learner_judge(self) -> Judge:
        """The part that plans see."""
        from pointsman_learner.types import Judge  # noqa: PLC0415 - see the module's docstring

        return Judge(self.name, self.cost_usd, self.latency_ms)


DEFAULT_ALPHA = 0.05
"""Share of a chosen baseline's utility that may be lost to learning, where nobody says another: Wu et al. (2016)."""


@dataclass(frozen=True, slots=True)
class TenantConfig:
    """One tenant as configured; what is None is the default tenant's, or has no limit.

    enabled: False refuses its queries. usd_per_thousand: dollars per 1,000 queries that the pacer holds. ceiling_usd:
    which no period of period_s seconds exceeds. preference: where a request does not say. models: that its queries may
    call, None for every enabled one. require_tags: which a model must have. baseline: the model it used before.
    hedge: whether a call that is slow gets another beside it, for which it pays, too. limits: how many calls and words
    of feedback it may have; they are its own, and never the default tenant's. alpha: share of the baseline's utility
    that may be lost to learning, `DEFAULT_ALPHA` where nobody says and the baseline was chosen; None and 1: nothing is
    guaranteed. mode: ROUTE, or OBSERVE where its own model answers and the policy looks on; None, where nobody says, is
    ROUTE.
    """

    name: str
    enabled: bool = True
    usd_per_thousand: float | None = None
    ceiling_usd: float | None = None
    period_s: float = 86_400.0
    preference: Preference = field(default_factory=Preference)
    models: tuple[str, ...] | None = None
    require_tags: tuple[str, ...] = ()
    baseline: str | None = None
    hedge: bool = False
    limits: Limits = field(default_factory=Limits)
    alpha: float | None = None
    mode: str | None = None

    @property
    def observes(self) -> bool:
        """Whether its own model answers, and the policy looks on.

        >>> [TenantConfig("acme", mode=mode).observes for mode in (None, "route", OBSERVE)]
        [False, False, True]
        """
        return self.mode == OBSERVE

    @property
    def guarantees_nothing(self) -> bool:
        """Whether all of the baseline's utility may be lost.

        >>> [TenantConfig("acme", alpha=alpha).guarantees_nothing for alpha in (None, 1.0, 0.0)]
        [True, True, False]
        """
        return self.alpha is None or self.alpha >= 1.0
