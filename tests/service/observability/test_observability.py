"""Logs, metrics and spans: what is told, and that nothing is imported where nothing is on."""

import io
import json
import subprocess
import sys
import urllib.request
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import structlog
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from pointsman_learner.events import EpisodeRecorded
from pointsman_learner.types import Context, Decision, Step, Verdict
from pointsman_service.config.sections import ObservabilitySection
from pointsman_service.domain import ModelConfig
from pointsman_service.domain.requests import Caller
from pointsman_service.domain.trace_context import TraceContext
from pointsman_service.errors import ConfigurationError, NoModelLeft
from pointsman_service.observability import LogObserver, Observers, configure_logging, watching_of
from pointsman_service.observability.metrics import Metrics
from pointsman_service.observability.spans import Spans, provider_name, tracer_of

TRACE = TraceContext(0xABC, 0xDEF, sampled=True, state="vendor=1")
CALLER = Caller("acme", trace=TRACE)
STEPS = (
    Step("small", 0.0, 100.0, error="late", failure_kind="timeout"),
    Step("large", 0.01, 200.0, 10, 20, (Verdict("format", 1.0), Verdict("rubric", None, 0.002))),
)
EPISODE = EpisodeRecorded(
    "e1",
    "acme",
    1.0,
    Context("f", np.zeros(2, np.float32), np.zeros(2, np.float32), 1),
    Decision("small", 0.5, (), ("small",), "learned", (), 0.0, 20.0, 3, "f", "p"),
    STEPS,
    1,
    "utility",
)


def tell(observer):
    """All that an observer can be told."""
    observer.episode("complete", CALLER, EPISODE, 0.5)
    observer.refused("route", CALLER, NoModelLeft("none", constraint="models"), 0.1)
    observer.feedback("thumb", 1.0)
    observer.snapshot(3)
    observer.snapshot_refused(4, "checksum")


def test_json_lines_carry_the_facts(capsys):
    """One object a line; an episode's own line at debug level only."""
    configure_logging(ObservabilitySection(log_format="json", log_level="debug"))
    tell(LogObserver(debug=True))
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["event"] for line in lines][:3] == ["episode", "refused", "feedback"]
    assert lines[0]["models"] == ["small", "large"]
    assert lines[1]["reason"] == "NoModelLeft"
    assert lines[-1]["level"] == "error"
    configure_logging(ObservabilitySection(log_format="console", log_level="info"))
    tell(LogObserver(debug=False))
    printed = capsys.readouterr().err
    assert "refused" in printed
    assert "episode_id" not in printed


def test_metrics_are_served_over_http():
    """Counters by method, model and reason; gauges of the snapshot and the log."""
    metrics = Metrics(now=lambda: 77.0)
    tell(metrics)
    metrics.call_finished("Complete", "OK", 0.5)
    metrics.log_seen(lag=5, queue=2)
    listening = metrics.serve(0, "127.0.0.1")
    try:
        text = urllib.request.urlopen(f"http://127.0.0.1:{listening.port}/metrics").read().decode()
    finally:
        listening.stop()
    for line in (
        'pointsman_rpcs_total{code="OK",method="Complete"} 1.0',
        'pointsman_episodes_total{method="complete",stop="utility"} 1.0',
        'pointsman_steps_total{model="small",outcome="failed"} 1.0',
        'pointsman_cost_usd_total{model="large"} 0.012',
        'pointsman_refusals_total{method="route",reason="NoModelLeft"} 1.0',
        'pointsman_feedback_total{source="thumb"} 1.0',
        "pointsman_snapshot_version 3.0",
        "pointsman_snapshot_swapped_timestamp_seconds 77.0",
        "pointsman_snapshots_refused_total 1.0",
        "pointsman_learner_lag_events 5.0",
        "pointsman_log_queue 2.0",
    ):
        assert line in text


def test_an_episode_becomes_spans_with_the_names_of_the_convention():
    """A span for the request, a chat span for each call, an evaluation event for each verdict."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    models = {"large": ModelConfig("large", "litellm", "anthropic/claude")}
    tell(Spans(provider.get_tracer("t"), models, now_ns=lambda: 10**18))
    small, large, request, refused = exporter.get_finished_spans()
    assert (small.name, large.name, request.name, refused.name) == (
        "chat small",
        "chat large",
        "pointsman complete",
        "pointsman route",
    )
    assert large.attributes["gen_ai.operation.name"] == "chat"
    assert large.attributes["gen_ai.provider.name"] == "anthropic"
    assert large.attributes["gen_ai.usage.output_tokens"] == 20
    assert [e.attributes["gen_ai.evaluation.name"] for e in large.events] == ["format", "rubric"]
    assert small.attributes["error.type"] == "timeout"
    assert not small.status.is_ok
    assert large.start_time == small.end_time
    assert request.end_time - request.start_time == 500_000_000
    assert large.parent.span_id == request.context.span_id
    assert refused.attributes["error.type"] == "NoModelLeft"


def test_a_requests_span_is_a_child_of_the_callers():
    """Of its trace, with its state; where the caller does not record, nothing is; without one, a new trace."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    spans = Spans(provider.get_tracer("t"), {})
    tell(spans)
    for span in exporter.get_finished_spans():
        assert span.context.trace_id == TRACE.trace_id
        assert span.context.trace_state.to_header() == "vendor=1"
        if span.name.startswith("pointsman"):
            assert (span.parent.span_id, span.parent.is_remote) == (TRACE.span_id, True)
    exporter.clear()
    spans.episode("complete", Caller("acme", trace=replace(TRACE, sampled=False)), EPISODE, 0.5)
    assert exporter.get_finished_spans() == ()
    spans.episode("complete", Caller("acme"), EPISODE, 0.5)
    assert exporter.get_finished_spans()[-1].parent is None


def test_the_provider_is_the_wire_where_no_name_says_more():
    """A direct address speaks OpenAI's format."""
    assert provider_name(ModelConfig("m", "openai", "a/b", "http://h/v1")) == "openai"
    assert provider_name(None) == "openai"


def test_what_is_asked_for_is_what_watches():
    """Several observers are told as one; nothing but log lines where nothing is on."""
    watching = watching_of(ObservabilitySection(prometheus_port=0, otel="console", log_level="error"), {})
    assert isinstance(watching.observer, Observers)
    assert watching.metrics is not None
    assert isinstance(watching_of(ObservabilitySection(), {}).observer, LogObserver)


def test_several_observers_are_told_alike():
    """Each hears everything."""
    one, two = Metrics(), Metrics()
    tell(Observers([one, two]))
    for metrics in (one, two):
        assert metrics.registry.get_sample_value("pointsman_snapshot_version") == 3.0
        assert metrics.registry.get_sample_value("pointsman_feedback_total", {"source": "thumb"}) == 1.0
        assert metrics.registry.get_sample_value("pointsman_snapshots_refused_total") == 1.0


def test_a_breakers_change_is_one_line_and_counted(capsys):
    """By model and deployment, which is empty for a model's one place; the gauge says how it is now."""
    configure_logging(ObservabilitySection(log_format="json", log_level="info"))
    metrics = Metrics()
    both = Observers([LogObserver(debug=False), metrics])
    both.breaker("small", "eu", True, "timeout")
    both.breaker("large", None, True, "auth")
    both.breaker("large", None, False, "")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [(x["level"], x["event"].split(":")[0], x["model"], x.get("deployment")) for x in lines] == [
        ("warning", "breaker open", "small", "eu"),
        ("warning", "breaker open", "large", None),
        ("info", "breaker closed", "large", None),
    ]
    at = {"model": "large", "deployment": ""}
    assert metrics.registry.get_sample_value("pointsman_breaker_open", {"model": "small", "deployment": "eu"}) == 1.0
    assert metrics.registry.get_sample_value("pointsman_breaker_open", at) == 0.0
    for state in ("open", "closed"):
        assert metrics.registry.get_sample_value("pointsman_breaker_changes_total", {**at, "state": state}) == 1.0


def test_an_exporter_that_is_not_installed_is_named(monkeypatch):
    """With what to install."""
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with pytest.raises(ConfigurationError, match="opentelemetry-exporter-otlp-proto-http"):
        tracer_of("otlp", None)


def test_an_otlp_exporter_gets_the_endpoint(monkeypatch):
    """Where the package is installed: of a collector's bare address the path for spans, another one as it is."""
    made = []

    module = SimpleNamespace(OTLPSpanExporter=lambda endpoint: made.append(endpoint) or InMemorySpanExporter())
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", module)
    tracer_of("otlp", "http://collector:4318")
    tracer_of("otlp", "https://vendor.example/otlp/v1/traces")
    assert made == ["http://collector:4318/v1/traces", "https://vendor.example/otlp/v1/traces"]


def test_serving_imports_neither_litellm_nor_river_nor_the_exporters():
    """They would cost a second of the start each."""
    code = (
        "import sys, pointsman_service.process.worker\n"
        "heavy = {'litellm', 'river', 'matplotlib'} & {m.partition('.')[0] for m in sys.modules}\n"
        "print(heavy, 'opentelemetry.sdk.trace' in sys.modules)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "set() False"


def test_a_logger_writes_to_what_stderr_is_now(monkeypatch):
    """A command that replaced stderr for a while leaves no logger behind that writes to a closed file."""
    configure_logging(ObservabilitySection(log_format="json"))
    observer = LogObserver(debug=False)
    with io.StringIO() as gone:
        monkeypatch.setattr(sys, "stderr", gone)
        observer.snapshot_refused(1, "first")
    monkeypatch.setattr(sys, "stderr", now := io.StringIO())
    observer.snapshot_refused(2, "second")
    assert json.loads(now.getvalue())["why"] == "second"


def test_a_line_and_its_end_are_one_write(monkeypatch):
    """Two processes that share a stderr do not write into each other's lines."""
    writes = []

    class Stderr(io.RawIOBase):
        def writable(self):
            return True

        def write(self, data):
            writes.append(bytes(data))
            return len(data)

    stderr = io.TextIOWrapper(io.BufferedWriter(Stderr()), encoding="utf-8", line_buffering=True, write_through=True)
    monkeypatch.setattr(sys, "stderr", stderr)
    configure_logging(ObservabilitySection(log_format="json"))
    structlog.get_logger("pointsman").info("one", what="x" * 9_000)
    structlog.get_logger("pointsman").info("two")
    assert [line.count(b"\n") for line in writes] == [1, 1]
    assert all(line.endswith(b"\n") for line in writes)
