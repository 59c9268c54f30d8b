"""The entries that have names: models, judges, tenants, taxonomy nodes. The file and operators are held to the same."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, field_validator, model_validator

from pointsman_service.config.constrained import (
    HOUR_S,
    Count,
    Dollars,
    EnvironmentName,
    HttpUrl,
    LimitedSection,
    Modality,
    Name,
    NodeId,
    Period,
    Price,
    Seconds,
    Section,
    Share,
    Tags,
    Wait,
    Weight,
    each_once,
    refuse_twice,
)
from pointsman_service.domain import Capabilities, Deployment, JudgeConfig, ModelConfig, TenantConfig
from pointsman_service.domain.chat import RESERVED_PARAMS
from pointsman_service.domain.configured import REPORTED
from pointsman_service.domain.generation import is_setting
from pointsman_service.domain.preference import Preference
from pointsman_service.domain.taxonomy import TaxonomyEntry


class CapabilitiesSection(Section):
    """`capabilities` of a model: what it can take and do, where litellm's map does not know better."""

    input_modalities: list[Modality] | None = None
    tools: bool | None = None
    json_schema: bool | None = None
    reasoning: bool | None = None
    streaming: bool | None = None


class DeploymentSection(Section):
    """`[[models.deployments]]`: one place where the model is called; what is left out is the model's own."""

    name: Name
    provider_model: str | None = None
    base_url: HttpUrl | None = None
    api_key_env: EnvironmentName | None = None
    region: str | None = None
    requests_per_minute: Count | None = None
    tokens_per_minute: Count | None = None


class ModelSection(Section):
    """`[[models]]`: one callable model. With a base_url it is called directly, else through litellm."""

    name: Name
    provider_model: str = ""
    adapter: Literal["openai", "litellm"] | None = None
    base_url: HttpUrl | None = None
    api_key_env: EnvironmentName | None = None
    input_usd_per_million: Price | None = None
    output_usd_per_million: Price | None = None
    enabled: bool = True
    params: dict[str, Any] = Field(default_factory=dict)
    cost_source: Literal["prices", "response"] = "prices"
    capabilities: CapabilitiesSection = CapabilitiesSection()
    context_window: Count | None = None
    tags: Tags = Field(default_factory=list)
    deployments: Annotated[list[DeploymentSection], Field(max_length=100)] = Field(default_factory=list)
    without_params: Annotated[list[Name], Field(max_length=100), AfterValidator(each_once)] = Field(
        default_factory=list
    )
    allow_params: Annotated[list[Name], Field(max_length=100), AfterValidator(each_once)] = Field(default_factory=list)
    connect_timeout_s: Wait | None = None
    first_token_timeout_s: Wait | None = None
    answer_timeout_s: Wait | None = None
    unpriced: bool = False
    cached_input_usd_per_million: Price | None = None
    max_output_tokens: Count | None = None
    expected_quality: Annotated[float, Field(gt=0.0, lt=1.0)] | None = None

    @field_validator("deployments")
    @classmethod
    def _deployments_are_unique(cls, entries: Sequence[DeploymentSection]) -> Sequence[DeploymentSection]:
        refuse_twice(entries)
        return entries

    @field_validator("params")
    @classmethod
    def _params_are_json(cls, params: dict[str, Any]) -> dict[str, Any]:
        try:
            json.dumps(params, allow_nan=False)
        except (TypeError, ValueError) as e:
            raise ValueError(f"must be JSON: {e}") from e
        if said := sorted(RESERVED_PARAMS & params.keys()):
            raise ValueError(f'must not set "{said[0]}": the query has its own field, or it is fixed')
        return params

    @field_validator("without_params")
    @classmethod
    def _what_is_asked_for_stays(cls, names: list[str]) -> list[str]:
        if said := sorted(RESERVED_PARAMS & set(names)):
            raise ValueError(f'must not take "{said[0]}" away: it is what the query asks for')
        return names

    @field_validator("allow_params")
    @classmethod
    def _the_querys_own_stays(cls, names: list[str]) -> list[str]:
        if said := sorted(RESERVED_PARAMS & set(names)):
            raise ValueError(f'must not allow "{said[0]}": the query has its own field, or it is fixed')
        return names

    @model_validator(mode="after")
    def _callers_set_no_settings(self) -> Self:
        direct = self.adapter == "openai" or (self.adapter is None and self._has_addresses())
        if not direct and (said := [name for name in self.allow_params if is_setting(name)]):
            raise ValueError(
                f'allow_params must not hold "{said[0]}": litellm takes it for a setting of its own (addresses, keys)'
            )
        return self

    @model_validator(mode="after")
    def _can_be_called(self) -> Self:
        if self.adapter == "openai" and not self._has_addresses():
            raise ValueError('adapter "openai" needs a base_url')
        return self

    def to_domain(self) -> ModelConfig:
        """As the application knows it."""
        return ModelConfig(
            name=self.name,
            adapter=self.adapter or ("openai" if self._has_addresses() else "litellm"),
            provider_model=self.provider_model or self.name,
            base_url=self.base_url,
            api_key_env=self.api_key_env,
            input_usd_per_million=self.input_usd_per_million,
            output_usd_per_million=self.output_usd_per_million,
            enabled=self.enabled,
            params=self.params,
            cost_source=self.cost_source,
            capabilities=_capabilities(self.capabilities),
            context_window=self.context_window,
            tags=tuple(self.tags),
            deployments=tuple(Deployment(**d.model_dump()) for d in self.deployments),
            without_params=tuple(self.without_params),
            allow_params=tuple(self.allow_params),
            connect_timeout_s=self.connect_timeout_s,
            first_token_timeout_s=self.first_token_timeout_s,
            answer_timeout_s=self.answer_timeout_s,
            unpriced=self.unpriced,
            cached_input_usd_per_million=self.cached_input_usd_per_million,
            max_output_tokens=self.max_output_tokens,
            expected_quality=self.expected_quality,
        )

    @classmethod
    def of(cls, model: ModelConfig) -> Self:
        """Inverse of `to_domain`, for models that the service configures itself."""
        return cls(**{name: value for name, value in asdict(model).items() if name in cls.model_fields})

    def _has_addresses(self) -> bool:
        each = self.deployments and all(d.base_url for d in self.deployments)
        return self.base_url is not None or bool(each)


def _capabilities(section: CapabilitiesSection) -> Capabilities:
    modalities = section.input_modalities
    return Capabilities(
        tuple(modalities) if modalities else None,
        section.tools,
        section.json_schema,
        section.reasoning,
        section.streaming,
    )


class JudgeSection(Section):
    """`[[judges]]`: one judge. A rubric judge names the configured model that judges."""

    name: Name
    kind: Name
    model: str | None = None
    cost_usd: Dollars = 0.0
    latency_ms: Annotated[float, Field(ge=0.0)] = 0.0
    options: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _who_judges_is_named(self) -> Self:
        if self.kind in {"rubric", "pairwise", "equivalence"} and self.model is None:
            raise ValueError(f"a {self.kind} judge needs `model`, the configured model that judges")
        return self

    @model_validator(mode="after")
    def _who_is_not_asked_needs_nothing(self) -> Self:
        if self.kind == REPORTED and (self.model is not None or self.options):
            raise ValueError("a reported judge has no `model` and no `options`: callers ask it, and report")
        return self

    def to_domain(self) -> JudgeConfig:
        """As the application knows it."""
        return JudgeConfig(self.name, self.kind, self.model, self.cost_usd, self.latency_ms, self.options)


class PreferenceSection(Section):
    """`preference` of a tenant: what it wants where a request does not say, as in `domain.requests.Preference`."""

    dial: Share | None = None
    cost_weight: Weight | None = None
    latency_weight: Weight | None = None
    max_cost_usd: Dollars | None = None
    max_latency_ms: Seconds | None = None
    min_quality: Share | None = None

    @model_validator(mode="after")
    def _one_word_on_cost(self) -> Self:
        if self.dial is not None and self.cost_weight is not None:
            raise ValueError("dial and cost_weight say the same in two ways; set one of them")
        return self


class TenantSection(LimitedSection):
    """`[tenants.NAME]`: whether it may ask, its paced budget and ceiling, what it wants, and what may answer it."""

    enabled: bool = True
    usd_per_thousand: Annotated[float, Field(gt=0.0, le=1e12)] | None = None
    ceiling_usd: Dollars | None = None
    period_s: Period = 24 * HOUR_S
    preference: PreferenceSection = PreferenceSection()
    models: Annotated[list[Name], Field(min_length=1, max_length=1000)] | None = None
    require_tags: Tags = Field(default_factory=list)
    baseline: Name | None = None
    hedge: bool = False
    alpha: Share | None = None
    mode: Literal["route", "observe"] | None = None

    def to_domain(self, name: str) -> TenantConfig:
        """As the application knows it."""
        return TenantConfig(
            name=name,
            enabled=self.enabled,
            usd_per_thousand=self.usd_per_thousand,
            ceiling_usd=self.ceiling_usd,
            period_s=self.period_s,
            preference=Preference(**self.preference.model_dump()),
            models=tuple(self.models) if self.models else None,
            require_tags=tuple(self.require_tags),
            baseline=self.baseline,
            hedge=self.hedge,
            alpha=self.alpha,
            mode=self.mode,
            limits=self.limits(),
        )


class NodeSection(Section):
    """A node of the taxonomy, as operators change it; the taxonomy file has the same fields but `enabled`."""

    parent: NodeId | None = None
    title: Annotated[str, Field(min_length=1, max_length=200)]
    description: Annotated[str, Field(min_length=1, max_length=20_000)]
    examples: Annotated[list[Annotated[str, Field(min_length=1, max_length=20_000)]], Field(max_length=1000)] = Field(
        default_factory=list
    )
    enabled: bool = True

    def to_domain(self, node_id: str, origin: str) -> TaxonomyEntry:
        """As the application knows it."""
        return TaxonomyEntry(
            node_id, self.parent, self.title, self.description, tuple(self.examples), self.enabled, origin
        )
