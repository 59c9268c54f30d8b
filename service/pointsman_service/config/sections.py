"""The sections of the configuration: each key with its meaning, unit, default and bounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pointsman_learner.parts import Parts
from pointsman_learner.settings import LearnerSettings
from pydantic import Field, PrivateAttr, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from pointsman_service.config.access import AuthSection, KeySection, TenantsSection
from pointsman_service.config.constrained import HOUR_S, Name, Seconds, Section, refuse_twice
from pointsman_service.config.doors import LAST_PORT, AdminSection, HttpSection, ServerSection
from pointsman_service.config.entries import JudgeSection, ModelSection
from pointsman_service.domain import JudgeConfig, ModelConfig
from pointsman_service.domain.near_miss import nearest
from pointsman_service.domain.tls_files import TlsFiles
from pointsman_service.errors import ConfigurationError
from pointsman_service.replay.failures import FailureRates


class StorageSection(Section):
    """`[storage]`: the event log. synchronous "normal" survives a killed process, "full" also a power cut."""

    folder: Path = Path("pointsman-data")
    store_prompts: Literal["full", "hash", "none"] = "full"
    retention_days: Annotated[float, Field(gt=0.0, le=36_500.0)] = 90.0
    synchronous: Literal["normal", "full"] = "normal"


class LearnerSection(Section):
    """`[learner]`: how often it publishes and saves; `[learner.policy]`: overrides of the learner's settings.

    public_priors: whether models start from what public results foretell; public_results: another table of them, None
    for the one that ships (see `priors.table`).
    """

    enabled: bool = True
    publish_interval_s: Seconds = 0.25
    poll_interval_s: Seconds = 0.05
    checkpoint_interval_s: Seconds = 10.0
    taxonomy: Path | None = None
    public_priors: bool = True
    public_results: Path | None = None
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


class ExplorationSection(Section):
    """`[exploration]`: where models are tried that may not be the best.

    mode: "live" in what callers are given; "shadow" beside it, where nobody sees it; "off" nowhere. usd_per_day:
    dollars that all calls in the shadow of a day (UTC) cost at the most.
    """

    mode: Literal["live", "shadow", "off"] = "live"
    usd_per_day: Annotated[float, Field(gt=0.0, le=1e9)] | None = None

    @model_validator(mode="after")
    def _the_shadow_is_paid(self) -> Self:
        if self.mode == "shadow" and self.usd_per_day is None:
            raise ValueError('mode "shadow" needs usd_per_day, the dollars that its calls may cost in a day')
        return self


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


@dataclass(frozen=True, slots=True)
class Given:
    """What was said before defaults were filled in: by the file and by the environment, as tables."""

    file: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, Any] = field(default_factory=dict)


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
    admin: AdminSection = AdminSection()
    http: HttpSection = HttpSection()
    storage: StorageSection = StorageSection()
    models: list[ModelSection] = Field(default_factory=list)
    judges: list[JudgeSection] | None = None
    learner: LearnerSection = LearnerSection()
    tenants: TenantsSection = TenantsSection()
    auth: AuthSection = AuthSection()
    keys: dict[Name, KeySection] = Field(default_factory=dict)
    exploration: ExplorationSection = ExplorationSection()
    jobs: JobsSection = JobsSection()
    observability: ObservabilitySection = ObservabilitySection()
    replay: ReplaySection = ReplaySection()

    _given: Given = PrivateAttr(default_factory=Given)

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
        refuse_twice(entries or ())
        return entries

    @model_validator(mode="after")
    def _judges_name_models(self) -> Self:
        names = [m.name for m in self.models]
        for i, judge in enumerate(self.judges or ()):
            if judge.model is not None and names and judge.model not in names:
                raise ValueError(f"judges.{i}.model: no model is named {judge.model!r}{nearest(judge.model, names)}")
        return self

    @model_validator(mode="after")
    def _tenants_name_models(self) -> Self:
        names = [m.name for m in self.models]
        for tenant, section in self.tenants.items():
            for key, asked in (("baseline", [section.baseline]), ("models", section.models or [])):
                wrong = next((n for n in asked if n is not None and names and n not in names), None)
                if wrong is not None:
                    raise ValueError(f"tenants.{tenant}.{key}: no model is named {wrong!r}{nearest(wrong, names)}")
        return self

    @model_validator(mode="after")
    def _operators_have_an_address(self) -> Self:
        if self.admin.port is None and self.server.port == LAST_PORT:
            raise ValueError(f"admin.port: there is no port after server.port, {LAST_PORT}; name another one")
        if self.admin.port and (self.admin.host, self.admin.port) == (self.server.host, self.server.port):
            raise ValueError(f"admin.port: callers ask at {self.server.port}; operators have a port of their own")
        return self

    @model_validator(mode="after")
    def _http_has_a_port_of_its_own(self) -> Self:
        # Of None, the operators' port is the one after the callers'.
        operators = self.admin.port if self.admin.port is not None else self.server.port and self.server.port + 1
        for section, taken in (("server", self.server.port), ("admin", operators)):
            if self.http.port and self.http.port == taken:
                raise ValueError(f"http.port: {taken} is [{section}]'s; HTTP has a port of its own")
        return self

    @model_validator(mode="after")
    def _some_model_can_answer(self) -> Self:
        if self.models and not any(m.enabled for m in self.models):
            raise ValueError("models: every model is disabled; enable at least one")
        if not self.models and self.replay.enabled is False:
            raise ValueError("models: none is configured and replay.enabled is false; add a [[models]] entry")
        return self

    @property
    def given(self) -> Given:
        """What file and environment said, each for itself; empty in a child process, which is told only the sum."""
        return self._given

    def with_given(self, given: Given) -> Self:
        """The same settings, which know who said what."""
        self._given = given
        return self

    @property
    def on_replay(self) -> bool:
        """Whether the replay provider stands in: asked for, or no model is configured."""
        return bool(self.replay.enabled) or not self.models

    def tls_files(self) -> tuple[TlsFiles, ...]:
        """Of the callers' address, then of the operators' and of HTTP's, where each has TLS of its own."""
        sections = (("server", self.server.tls), ("admin", self.admin.tls), ("http", self.http.tls))
        return tuple(tls.files(name) for name, tls in sections if tls is not None)

    def model_configs(self) -> tuple[ModelConfig, ...]:
        """The configured models, in order."""
        return tuple(m.to_domain() for m in self.models)

    def judge_configs(self) -> tuple[JudgeConfig, ...]:
        """The configured judges; without the key the free ones, with an empty list none."""
        if self.judges is None:
            return (JudgeConfig("format", "format"), JudgeConfig("agreement", "agreement"))
        return tuple(j.to_domain() for j in self.judges)
