"""Models and judges as configured, and the prices in force.

The learner's words bring numpy, so they are imported when they are made: the command line reads this room without it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pointsman_learner.words import Judge, Model


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """One model as configured: what the learner sees of it, and how to call it.

    adapter: "openai" (direct aiohttp to an OpenAI-compatible base_url) or "litellm". provider_model: the name that the
    provider knows. api_key_env: environment variable that holds the key (never the key itself). params: defaults sent
    with every call, below the request's own. cost_from: "prices" (tokens times the prices in force) or "response" (what
    the response itself says the call cost, where it does: OpenRouter, recordings).
    """

    name: str
    adapter: str
    provider_model: str
    base_url: str | None = None
    api_key_env: str | None = None
    input_usd_per_1m: float | None = None
    output_usd_per_1m: float | None = None
    enabled: bool = True
    params: Mapping[str, Any] = field(default_factory=dict)
    cost_from: str = "prices"

    def as_learner_model(self) -> Model:
        """The part that the learner sees."""
        from pointsman_learner.words import Model  # noqa: PLC0415 - see the module's docstring

        return Model(self.name, self.input_usd_per_1m, self.output_usd_per_1m, self.enabled)


@dataclass(frozen=True, slots=True)
class JudgeConfig:
    """One judge as configured.

    kind: "format" | "agreement" | "logprob" | "rubric" | "pairwise" | "recorded" | the name of an entry point.
    model: for rubric and pairwise judges, the configured model that judges. options go to the judge's constructor.
    """

    name: str
    kind: str
    model: str | None = None
    cost_usd: float = 0.0
    latency_ms: float = 0.0
    options: Mapping[str, Any] = field(default_factory=dict)

    def as_learner_judge(self) -> Judge:
        """The part that plans see."""
        from pointsman_learner.words import Judge  # noqa: PLC0415 - see the module's docstring

        return Judge(self.name, self.cost_usd, self.latency_ms)


@dataclass(frozen=True, slots=True)
class ModelPrices:
    """Prices in force for one model, dollars per million tokens. source: "configured" or "litellm"."""

    input_usd_per_1m: float
    output_usd_per_1m: float
    source: str

    def cost_usd(self, input_tokens: int, output_tokens: int) -> float:
        """Dollars for one call.

        >>> ModelPrices(1.0, 10.0, "configured").cost_usd(1000, 100)
        0.002
        """
        return (input_tokens * self.input_usd_per_1m + output_tokens * self.output_usd_per_1m) / 1e6
