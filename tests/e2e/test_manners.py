"""How the whole service behaves towards balancers, tracers and signals."""

import sys
from types import SimpleNamespace

import grpc
import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from pointsman import v1
from pointsman.v1.router_service_pb2_grpc import RouterServiceStub

QUERY = v1.Query(messages=[v1.ChatMessage(role=v1.ROLE_USER, content="2 + 2?")])
TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
TRACED = (("traceparent", f"00-{TRACE}-{SPAN}-01"),)


@pytest.fixture
def exported(monkeypatch):
    """What an OTLP exporter, which is an optional package, would have sent."""
    exporter = InMemorySpanExporter()
    module = SimpleNamespace(OTLPSpanExporter=lambda **_: exporter)
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", module)
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "20")
    return exporter


async def test_the_callers_trace_goes_on_in_the_services_spans(serve, exported, until):
    """By `traceparent` in the metadata, for what is answered and refused; a malformed one is as none."""
    no_model = v1.RouteRequest(query=v1.Query(messages=QUERY.messages, models=["nobody"]))
    sections = {"observability": {"log_level": "error", "otel": "otlp"}, "learner": {"enabled": False}}
    async with serve(**sections) as service, grpc.aio.insecure_channel(service.address) as channel:
        stub = RouterServiceStub(channel)
        await stub.Complete(v1.CompleteRequest(query=QUERY), metadata=TRACED)
        with pytest.raises(grpc.aio.AioRpcError):
            await stub.Route(no_model, metadata=TRACED)
        await stub.Route(v1.RouteRequest(query=QUERY), metadata=(("traceparent", "00-nonsense"),))

        def requests():
            return [s for s in exported.get_finished_spans() if s.name.startswith("pointsman")]

        await until(lambda: len(requests()) == 3, 20)
    answered, refused, alone = requests()
    for span in (answered, refused):
        assert (f"{span.context.trace_id:032x}", f"{span.parent.span_id:016x}") == (TRACE, SPAN)
    assert alone.parent is None
