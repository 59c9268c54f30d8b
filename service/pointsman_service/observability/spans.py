"""OpenTelemetry spans of an episode: one for the request, a `chat MODEL` span for each call, an event per verdict."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    Tracer,
    TraceState,
)
from opentelemetry.util.types import AttributeValue
from pointsman_learner.events import EpisodeRecorded
from pointsman_learner.types import Step

from pointsman_service.domain import ModelConfig
from pointsman_service.domain.conditions import Condition
from pointsman_service.domain.requests import Caller
from pointsman_service.domain.trace_context import TraceContext
from pointsman_service.errors import PointsmanError
from pointsman_service.observability.otlp import exporter, resource


def tracer_of(kind: str, endpoint: str | None) -> Tracer:
    """A tracer that exports to the console or by OTLP. Raises ConfigurationError where an exporter is not installed."""
    provider = TracerProvider(resource=resource())
    spans = ConsoleSpanExporter() if kind == "console" else exporter("traces", endpoint)
    provider.add_span_processor(BatchSpanProcessor(spans))
    return provider.get_tracer("pointsman")


PROVIDERS = {
    "azure": "azure.ai.openai",
    "azure_ai": "azure.ai.inference",
    "bedrock": "aws.bedrock",
    "gemini": "gcp.gemini",
    "mistral": "mistral_ai",
    "vertex_ai": "gcp.vertex_ai",
    "watsonx": "ibm.watsonx.ai",
    "xai": "x_ai",
}
"""OpenTelemetry's names for what litellm calls otherwise; the others are the same."""


def provider_name(model: ModelConfig | None) -> str:
    """The gen_ai.provider.name of a model: by what litellm's name begins with, else the wire it speaks.

    >>> provider_name(ModelConfig("sonnet", "litellm", "bedrock/anthropic.claude-sonnet-4-5"))
    'aws.bedrock'
    """
    if model is not None and model.adapter == "litellm" and "/" in model.provider_model:
        called = model.provider_model.partition("/")[0]
        return PROVIDERS.get(called, called)
    return "openai"


def _within(parent: TraceContext | None) -> Context:
    """Where the request's span begins: below the caller's, else a trace of its own."""
    if parent is None:
        return Context()
    flags = TraceFlags(TraceFlags.SAMPLED if parent.sampled else TraceFlags.DEFAULT)
    state = TraceState.from_header([parent.state])
    remote = SpanContext(parent.trace_id, parent.span_id, is_remote=True, trace_flags=flags, trace_state=state)
    return trace.set_span_in_context(NonRecordingSpan(remote), Context())


def _where_known(attributes: Mapping[str, AttributeValue | None]) -> Mapping[str, AttributeValue]:
    return {name: value for name, value in attributes.items() if value is not None}


class Spans:
    """An observer that makes spans."""

    def __init__(
        self, tracer: Tracer, models: Mapping[str, ModelConfig], now_ns: Callable[[], int] = time.time_ns
    ) -> None:
        self._tracer = tracer
        self._models = models
        self._now_ns = now_ns

    def episode(self, method: str, caller: Caller, episode: EpisodeRecorded, seconds: float) -> None:
        """The request's span with a child for each call, placed by the times that were recorded."""
        ends = self._now_ns()
        at = ends - int(seconds * 1e9)
        decision = episode.decision
        span = self._tracer.start_span(
            f"pointsman {method}", _within(caller.trace), kind=SpanKind.SERVER, start_time=at
        )
        span.set_attributes(
            {
                "pointsman.episode_id": episode.episode_id,
                "pointsman.tenant": episode.tenant,
                "pointsman.model": decision.model,
                "pointsman.propensity": decision.propensity,
                "pointsman.strategy": decision.strategy,
                "pointsman.snapshot_version": decision.snapshot_version,
                "pointsman.stop": episode.stop,
                "pointsman.cost_usd": episode.cost_usd,
                **_where_known({"gen_ai.conversation.id": episode.session_id}),
            }
        )
        within = trace.set_span_in_context(span)
        began = at
        for step in episode.steps:
            began = began if step.at_once else at
            self._call(step, began, within)
            at = max(at, began + int(step.latency_ms * 1e6))
        span.end(end_time=ends)

    def _call(self, step: Step, at: int, within: Context) -> None:
        span = self._tracer.start_span(f"chat {step.model}", within, kind=SpanKind.CLIENT, start_time=at)
        span.set_attributes(
            {
                "gen_ai.operation.name": "chat",
                "gen_ai.provider.name": provider_name(self._models.get(step.model)),
                "gen_ai.request.model": step.model,
                "gen_ai.usage.input_tokens": step.input_tokens,
                "gen_ai.usage.output_tokens": step.output_tokens,
                "pointsman.cost_usd": step.cost_usd,
                "pointsman.propensity": step.propensity,
                **_where_known(
                    {
                        "gen_ai.usage.cache_read.input_tokens": step.cached_input_tokens,
                        "gen_ai.usage.reasoning.output_tokens": step.reasoning_tokens,
                        "gen_ai.response.finish_reasons": [step.finish_reason] if step.finish_reason else None,
                        "pointsman.deployment": step.deployment,
                    }
                ),
            }
        )
        ends = at + int(step.latency_ms * 1e6)
        for v in step.verdicts:
            attributes: dict[str, str | float] = {"gen_ai.evaluation.name": v.judge}
            if v.score is not None:
                attributes["gen_ai.evaluation.score.value"] = v.score
            span.add_event("gen_ai.evaluation.result", attributes, timestamp=ends)
        if step.failed:
            span.set_attribute("error.type", step.failure_kind or "_OTHER")
            span.set_status(Status(StatusCode.ERROR, step.error))
        span.end(end_time=ends)

    def refused(self, method: str, caller: Caller, error: PointsmanError, seconds: float) -> None:
        """A span with the error's name."""
        ends = self._now_ns()
        span = self._tracer.start_span(
            f"pointsman {method}", _within(caller.trace), kind=SpanKind.SERVER, start_time=ends - int(seconds * 1e9)
        )
        span.set_attributes({"pointsman.tenant": caller.tenant, "error.type": type(error).__name__})
        span.set_status(Status(StatusCode.ERROR, str(error)))
        span.end(end_time=ends)

    def feedback(self, source: str, value: float, model: str | None = None, tenant: str = "") -> None:
        """Feedback comes by a request of its own; it has no call to trace."""

    def breaker(self, model: str, deployment: str | None, is_open: bool, why: str) -> None:
        """No request, no span."""

    def snapshot(self, version: int) -> None:
        """No request, no span."""

    def snapshot_refused(self, version: int, why: str) -> None:
        """No request, no span."""

    def condition(self, condition: Condition, holds: bool, why: str = "") -> None:
        """No request, no span."""

    def stranger(self, why: str) -> None:
        """No request of ours, no span."""

    def admission_refused(self, limit: str, whose: str) -> None:
        """Refused before anything was done: `refused` makes its span."""
