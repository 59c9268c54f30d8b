"""Spans of OpenTelemetry, and requests that are compressed."""

import inspect
import sys

import pytest
from grpc import StatusCode
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import pointsman
from pointsman import AsyncClient, Client, InvalidRequest, RetryPolicy, Unavailable


@pytest.fixture
def spans():
    """A tracer provider, and what it exported."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return provider, exporter


async def test_a_call_is_one_span_whose_trace_the_service_can_go_on_with(call, running, spans):
    """Retries are within it, as its deadline is; the episode is named."""
    provider, exporter = spans
    running.service.script = [running.fails(StatusCode.UNAVAILABLE)]
    await call("complete", "2 + 2?", options={"telemetry": provider})
    (span,) = exporter.get_finished_spans()
    assert (span.name, span.kind.name, span.status.status_code.name) == (
        "pointsman.v1.RouterService/Complete", "CLIENT", "UNSET",
    )  # fmt: skip
    host, port = running.address.split(":")
    assert dict(span.attributes) == {
        "rpc.system": "grpc", "rpc.service": "pointsman.v1.RouterService", "rpc.method": "Complete",
        "server.address": host, "server.port": int(port), "rpc.grpc.status_code": 0, "pointsman.episode_id": "e-1",
    }  # fmt: skip
    sent = [dict(pairs)["traceparent"] for pairs in running.service.metadata]
    context = span.get_span_context()
    assert len(sent) == 2
    assert {text[:-3] for text in sent} == {f"00-{context.trace_id:032x}-{context.span_id:016x}"}


async def test_a_span_is_below_the_present_one(call, running, spans):
    """The trace is the program's."""
    provider, exporter = spans
    with provider.get_tracer("test").start_as_current_span("outer") as outer:
        await call("route", "2 + 2?", options={"telemetry": provider})
    inner = exporter.get_finished_spans()[0]
    assert inner.parent.span_id == outer.get_span_context().span_id


async def test_a_failed_call_is_a_failed_span_without_what_the_caller_wrote(call, running, spans):
    """The reason and the code are told, the message is not."""
    provider, exporter = spans
    running.service.script = [running.fails(StatusCode.NOT_FOUND, "UNKNOWN_EPISODE")]
    with pytest.raises(pointsman.NotFound):
        await call("get_episode", "e-secret", options={"telemetry": provider})
    (span,) = exporter.get_finished_spans()
    assert (span.status.status_code.name, span.status.description) == ("ERROR", "UNKNOWN_EPISODE")
    assert (span.attributes["rpc.grpc.status_code"], span.attributes["error.type"]) == (5, "UNKNOWN_EPISODE")
    assert "secret" not in span.to_json()


async def test_a_stream_is_a_span_from_its_first_item_to_its_end(call, running, spans):
    """With the episode as soon as it is told."""
    provider, exporter = spans
    await call("stream_complete", "2 + 2?", options={"telemetry": provider})
    (span,) = exporter.get_finished_spans()
    assert span.name == "pointsman.v1.RouterService/StreamComplete"
    assert span.attributes["pointsman.episode_id"] == "e-1"


@pytest.mark.parametrize("kind", [Client, AsyncClient])
async def test_a_stream_that_is_left_early_is_cancelled_and_no_error(running, spans, kind):
    """The caller had enough."""
    provider, exporter = spans
    client = kind(running.address, telemetry=provider)
    stream = client.stream_complete("2 + 2?")
    if kind is Client:
        next(stream)
        stream.close()
    else:
        await anext(stream)
        await stream.aclose()
    closed = client.close()
    if inspect.isawaitable(closed):
        await closed
    (span,) = exporter.get_finished_spans()
    assert (span.attributes["rpc.grpc.status_code"], span.status.status_code.name) == (1, "UNSET")


async def test_without_telemetry_nothing_is_added_and_a_callers_own_trace_goes_first(call, running, spans):
    """Nobody is traced who did not ask; and a traceparent of a call's metadata is sent once."""
    await call("complete", "2 + 2?")
    assert "traceparent" not in dict(running.service.metadata[0])
    own = ("traceparent", "00-" + "1" * 32 + "-" + "2" * 16 + "-01")
    await call("complete", "2 + 2?", options={"telemetry": spans[0]}, metadata=[own])
    assert [pair for pair in running.service.metadata[1] if pair[0] == "traceparent"] == [own]


def test_telemetry_without_its_package_or_of_another_kind_is_refused(monkeypatch):
    """With the command that installs it."""
    with pytest.raises(InvalidRequest, match="telemetry must be True, False or a TracerProvider"):
        Client("127.0.0.1:9", telemetry="yes")
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    with pytest.raises(InvalidRequest, match=r"pip install 'pointsman-client\[telemetry\]'"):
        Client("127.0.0.1:9", telemetry=True)


async def test_a_compressed_request_arrives_as_it_was(call, running):
    """The service is told by gRPC how to read it."""
    await call("complete", "It is long. " * 5_000, options={"compression": "gzip"})
    assert running.service.requests[0].query.messages[0].content == "It is long. " * 5_000


def test_compression_is_one_of_two_words_and_a_handed_in_channels_own():
    """Anything else is a slip."""
    with pytest.raises(InvalidRequest, match="compression must be 'gzip' or 'none', not 'brotli'"):
        Client("127.0.0.1:9", compression="brotli")
    with Client("127.0.0.1:9", compression="none", retry=RetryPolicy(attempts=1)) as client, pytest.raises(Unavailable):
        client.complete("Hi", timeout_s=5)
