"""The sections of the configuration: each key with its meaning, unit, default and bounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pointsman_learner.settings import LearnerSettings, Parts
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from pointsman_service.domain import JudgeConfig, ModelConfig
from pointsman_service.domain.near_miss import nearest
from pointsman_service.errors import ConfigurationError
from pointsman_service.replay.failures import FailureRates

Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/@-]*$")]
Dollars = Annotated[float, Field(ge=0.0, allow_inf_nan=False)]
Seconds = Annotated[float, Field(gt=0.0, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]

HOUR_S = 3600.0
MONTH_S = 30 * 24 * HOUR_S


class Section(BaseModel):
    """A table of the file. A key that nobody reads is an error: it is a misspelt one."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class ServerSection(Section):
    """`[server]`: where it listens, when clients connect anew, and how it stops."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 50051
    workers: Annotated[int, Field(ge=1, le=64)] = 1
    drain_s: Annotated[float, Field(ge=0.0, le=600.0)] = 0.5
    grace_s: Annotated[float, Field(ge=0.0, le=600.0)] = 10.0
    max_connection_age_s: Annotated[float, Field(ge=0.0, le=MONTH_S)] = 1800.0
    max_connection_age_grace_s: Annotated[float, Field(ge=0.0, le=MONTH_S)] = 300.0
    max_message_chars: Annotated[int, Field(ge=1, le=10_000_000)] = 200_000
    default_deadline_s: Seconds = 120.0


class StorageSection(Section):
    """`[storage]`: the event log. synchronous "normal" survives a killed process, "full" also a power cut."""

    folder: Path = Path("pointsman-data")
    store_prompts: Literal["full", "hash", "none"] = "full"
    retention_days: Annotated[float, Field(gt=0.0, le=36_500.0)] = 90.0
    synchronous: Literal["normal", "full"] = "normal"


class ModelSection(Section):
    """`[[models]]`: one callable model. With a base_url it is called directly, else through litellm."""

    name: Name
    provider_model: str = ""
    adapter: Literal["openai", "litellm"] | None = None
    base_url: str | None = None
    api_key_env: str | None = None
    input_usd_per_1m: Dollars | None = None
    output_usd_per_1m: Dollars | None = None
    enabled: bool = True
    params: dict[str, Any] = Field(default_factory=dict)
    cost_from: Literal["prices", "response"] = "prices"

    @field_validator("base_url")
    @classmethod
    def _is_http(cls, url: str | None) -> str | None:
        if url is not None and not url.startswith(("http://", "https://")):
            raise ValueError('must begin with "http://" or "https://"')
        return url

    @field_validator("api_key_env")
    @classmethod
    def _is_a_name(cls, name: str | None) -> str | None:
        if name is not None and not name.replace("_", "").isalnum():
            raise ValueError("must be the name of an environment variable, never the key itself")
        return name

    @model_validator(mode="after")
    def _can_be_called(self) -> Self:
        if self.adapter == "openai" and self.base_url is None:
            raise ValueError('adapter "openai" needs a base_url')
        return self

    def to_domain(self) -> ModelConfig:
        """As the application knows it."""
        return ModelConfig(
            name=self.name,
            adapter=self.adapter or ("openai" if self.base_url else "litellm"),
            provider_model=self.provider_model or self.name,
            base_url=self.base_url,
            api_key_env=self.api_key_env,
            input_usd_per_1m=self.input_usd_per_1m,
            output_usd_per_1m=self.output_usd_per_1m,
            enabled=self.enabled,
            params=self.params,
            cost_from=self.cost_from,
        )

    @classmethod
    def of(cls, model: ModelConfig) -> Self:
        """Inverse of `to_domain`, for models that the service configures itself."""
        return cls(**asdict(model))


class JudgeSection(Section):
    """`[[judges]]`: one judge. A rubric judge names the configured model that judges."""

    name: Name
    kind: Name
    model: str | None = None
    cost_usd: Dollars = 0.0
    latency_ms: Annotated[float, Field(ge=0.0)] = 0.0
    options: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _rubric_has_a_model(self) -> Self:
        if self.kind == "rubric" and self.model is None:
            raise ValueError("a rubric judge needs `model`, the configured model that judges")
        return self

    def to_domain(self) -> JudgeConfig:
        """As the application knows it."""
        return JudgeConfig(self.name, self.kind, self.model, self.cost_usd, self.latency_ms, self.options)


class LearnerSection(Section):
    """`[learner]`: how often it publishes and saves; `[learner.policy]`: overrides of the learner's settings."""

    enabled: bool = True
    publish_interval_s: Seconds = 0.25
    poll_interval_s: Seconds = 0.05
    checkpoint_interval_s: Seconds = 10.0
    taxonomy: Path | None = None
    policy: LearnerSettings = LearnerSettings()

    @field_validator("policy", mode="before")
    @classmethod
    def _policy_keys_are_known(cls, given: Any) -> Any:  # noqa: ANN401 - before validation it can be anything
        if isinstance(given, Mapping):
            _refuse_unknown(given, LearnerSettings)
            _refuse_unknown(given.get("parts", {}), Parts)
        return given


def _refuse_unknown(given: Mapping[str, Any], of: type[LearnerSettings | Parts]) -> None:
    """Pydantic ignores unknown keys of a dataclass; a misspelt one must not pass."""
    known = sorted(f.name for f in fields(of))
    for key in given:
        if key not in known:
            raise ValueError(f"unknown key {key!r}{nearest(key, known)}")


class TenantSection(Section):
    """`[tenants.NAME]`: its paced budget, its hard ceiling per period, and its dial where a request sets none."""

    usd_per_1k: Annotated[float, Field(gt=0.0)] | None = None
    ceiling_usd: Dollars | None = None
    period_s: Seconds = 24 * HOUR_S
    preference: Share | None = None


class JobsSection(Section):
    """`[jobs]`: seconds between two runs of each scheduled job; 0 switches it off."""

    rebuild_statistics_s: Annotated[float, Field(ge=0.0)] = HOUR_S
    recalibrate_s: Annotated[float, Field(ge=0.0)] = HOUR_S
    grow_taxonomy_s: Annotated[float, Field(ge=0.0)] = 6 * HOUR_S
    promote_s: Annotated[float, Field(ge=0.0)] = HOUR_S
    prune_s: Annotated[float, Field(ge=0.0)] = 24 * HOUR_S

    def intervals(self) -> Mapping[str, float]:
        """Seconds by job name.

        >>> JobsSection().intervals()["prune"]
        86400.0
        """
        return {name.removesuffix("_s"): float(getattr(self, name)) for name in type(self).model_fields}


class ObservabilitySection(Section):
    """`[observability]`: logs always; metrics where a port is given; spans where an exporter is named."""

    log_format: Literal["console", "json"] = "console"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    prometheus_port: Annotated[int, Field(ge=0, le=65535)] | None = None
    otel: Literal["off", "console", "otlp"] = "off"
    otlp_endpoint: str | None = None


class ReplaySection(Section):
    """`[replay]`: the local stand-in for providers, which answers as recorded models did and calls none.

    enabled: None means "where no model is configured". table: "starter" (ours, small), "paretobandit", or a folder.
    pool: the recorded models to offer. latency: "none", "recorded" or milliseconds. failures: for rehearsals, a share
    ("0.05") or one by kind ("timeout=0.1,empty=0.05"); seed chooses which calls fail.
    """

    enabled: bool | None = None
    table: str = "starter"
    pool: list[str] | None = None
    latency: Literal["none", "recorded"] | Annotated[float, Field(ge=0.0, le=600_000.0)] = "none"
    failures: str = "0"
    seed: int = 0
    port: Annotated[int, Field(ge=0, le=65535)] = 0

    @field_validator("failures", mode="before")
    @classmethod
    def _failures_are_shares(cls, given: object) -> str:
        text = str(given)
        try:
            FailureRates.parse(text)
        except ConfigurationError as e:
            raise ValueError(str(e)) from e
        return text


class Settings(BaseSettings):
    """Everything that can be configured, validated. The environment wins over what the constructor is given."""

    model_config = SettingsConfigDict(
        extra="forbid",
        frozen=True,
        env_prefix="POINTSMAN_",
        env_nested_delimiter="__",
        nested_model_default_partial_update=True,
    )

    server: ServerSection = ServerSection()
    storage: StorageSection = StorageSection()
    models: list[ModelSection] = Field(default_factory=list)
    judges: list[JudgeSection] | None = None
    learner: LearnerSection = LearnerSection()
    tenants: dict[Name, TenantSection] = Field(default_factory=dict)
    jobs: JobsSection = JobsSection()
    observability: ObservabilitySection = ObservabilitySection()
    replay: ReplaySection = ReplaySection()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - pydantic-settings' own signature
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment first, then the file; they are merged table by table."""
        return env_settings, init_settings

    @field_validator("models", "judges")
    @classmethod
    def _names_are_unique(cls, entries: Sequence[Any] | None) -> Sequence[Any] | None:
        seen: dict[str, int] = {}
        for i, entry in enumerate(entries or ()):
            if entry.name in seen:
                raise ValueError(f"entries {seen[entry.name]} and {i} are both named {entry.name!r}")
            seen[entry.name] = i
        return entries

    @model_validator(mode="after")
    def _judges_name_models(self) -> Self:
        names = [m.name for m in self.models]
        for i, judge in enumerate(self.judges or ()):
            if judge.model is not None and names and judge.model not in names:
                raise ValueError(f"judges.{i}.model: no model is named {judge.model!r}{nearest(judge.model, names)}")
        return self

    @model_validator(mode="after")
    def _some_model_can_answer(self) -> Self:
        if self.models and not any(m.enabled for m in self.models):
            raise ValueError("models: every model is disabled; enable at least one")
        if not self.models and self.replay.enabled is False:
            raise ValueError("models: none is configured and replay.enabled is false; add a [[models]] entry")
        return self

    @property
    def on_replay(self) -> bool:
        """Whether the replay provider stands in: asked for, or no model is configured."""
        return bool(self.replay.enabled) or not self.models

    def model_configs(self) -> tuple[ModelConfig, ...]:
        """The configured models, in order."""
        return tuple(m.to_domain() for m in self.models)

    def judge_configs(self) -> tuple[JudgeConfig, ...]:
        """The configured judges; without the key the free ones, with an empty list none."""
        if self.judges is None:
            return (JudgeConfig("format", "format"), JudgeConfig("agreement", "agreement"))
        return tuple(j.to_domain() for j in self.judges)

    def tenant(self, name: str) -> TenantSection:
        """The tenant's settings: its own, else `[tenants.default]`, else none."""
        return self.tenants.get(name) or self.tenants.get("default") or TenantSection()
