# ruff: noqa: N802 - the contract names the methods
"""A scripted service on a real socket, and both clients behind one way to call them."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import grpc
import hypothesis
import pytest
from google.protobuf.duration_pb2 import Duration
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, QuotaFailure, RetryInfo
from google.rpc.status_pb2 import Status

from pointsman import AsyncClient, Client, RetryPolicy, v1
from pointsman.v1.admin_service_pb2_grpc import AdminServiceServicer, add_AdminServiceServicer_to_server
from pointsman.v1.feedback_service_pb2_grpc import FeedbackServiceServicer, add_FeedbackServiceServicer_to_server
from pointsman.v1.router_service_pb2_grpc import RouterServiceServicer, add_RouterServiceServicer_to_server

hypothesis.settings.register_profile("any machine", deadline=None)  # a busy one takes its time over any example
hypothesis.settings.load_profile("any machine")

FAST = RetryPolicy(attempts=4, first_wait_s=0.001)
# As the service has it: a ping every 10 s is fine, calls or none.
SERVER_OPTIONS = (
    ("grpc.http2.min_ping_interval_without_data_ms", 5_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.so_reuseport", 0),
)


@dataclass
class Failure:
    """How the service fails a call. after: items of a stream sent before it."""

    code: grpc.StatusCode
    reason: str = ""
    violations: tuple = ()
    quotas: tuple = ()
    retry_s: float | None = None
    pushback_ms: str | None = None
    metadata: dict = field(default_factory=dict)
    raw_details: bytes | None = None
    after: int = 0

    def abort(self, context):
        trailing = [("grpc-status-details-bin", self.raw_details or self.status().SerializeToString())]
        if self.pushback_ms is not None:
            trailing.append(("grpc-retry-pushback-ms", self.pushback_ms))
        context.set_trailing_metadata(tuple(trailing))
        context.abort(self.code, "scripted failure")

    def status(self):
        messages = []
        if self.reason:
            messages.append(ErrorInfo(reason=self.reason, domain="pointsman.dev", metadata=self.metadata))
        if self.violations:
            wrong = [BadRequest.FieldViolation(field=f, description=d) for f, d in self.violations]
            messages.append(BadRequest(field_violations=wrong))
        if self.quotas:
            spent = [QuotaFailure.Violation(subject=s, description=d) for s, d in self.quotas]
            messages.append(QuotaFailure(violations=spent))
        if self.retry_s is not None:
            delay = Duration()
            delay.FromNanoseconds(round(self.retry_s * 1e9))
            messages.append(RetryInfo(retry_delay=delay))
        status = Status(code=self.code.value[0], message="scripted failure")
        for message in messages:
            status.details.add().Pack(message)
        return status


class ScriptedService(RouterServiceServicer, FeedbackServiceServicer, AdminServiceServicer):
    """Fails as `script` says, call by call, then answers. requests: what came; metadata: pairs, call by call."""

    def __init__(self):
        self.script, self.requests, self.metadata, self.left_s = [], [], [], []
        self.hold = None
        self.entered = threading.Event()
        self.stream_cancelled = threading.Event()
        self.items = [
            v1.StreamCompleteResponse(begun=v1.StreamBegun(episode_id="e-1")),
            v1.StreamCompleteResponse(progress=v1.Progress(elapsed_ms=3000)),
            v1.StreamCompleteResponse(text=v1.TextPiece(text="Fo")),
            v1.StreamCompleteResponse(text=v1.TextPiece(text="ur.")),
            v1.StreamCompleteResponse(summary=v1.CompleteResponse(episode_id="e-1")),
        ]

    @property
    def tenants(self):
        return [[value for key, value in pairs if key == "x-pointsman-tenant"] for pairs in self.metadata]

    def _enter(self, request, context):
        self.requests.append(request)
        self.metadata.append([tuple(pair) for pair in context.invocation_metadata()])
        self.left_s.append(context.time_remaining())
        self.entered.set()
        if self.hold:
            self.hold.wait()
        return self.script.pop(0) if self.script else None

    def _answer(self, request, context, response):
        failure = self._enter(request, context)
        if failure:
            failure.abort(context)
        return response

    def Route(self, request, context):
        return self._answer(request, context, v1.RouteResponse(episode_id="e-1"))

    def Complete(self, request, context):
        answer = v1.Answer(model="small", text="Four.")
        return self._answer(request, context, v1.CompleteResponse(episode_id="e-1", answer=answer))

    def StreamComplete(self, request, context):
        context.add_callback(self.stream_cancelled.set)
        failure = self._enter(request, context)
        yield from self.items[: failure.after] if failure else self.items
        if failure:
            failure.abort(context)

    def ReportOutcome(self, request, context):
        response = v1.ReportOutcomeResponse(episode_id=request.episode_id, request_id=request.request_id)
        return self._answer(request, context, response)

    def GetEpisode(self, request, context):
        episode = v1.Episode(episode_id=request.episode_id)
        return self._answer(request, context, v1.GetEpisodeResponse(episode=episode))

    def ExplainEpisode(self, request, context):
        return self._answer(request, context, v1.ExplainEpisodeResponse(summary=f"Why {request.episode_id}."))

    def RecordFeedback(self, request, context):
        receipt = v1.FeedbackReceipt(request_id=request.request_id, episode_id=request.feedback.episode_id)
        return self._answer(request, context, v1.RecordFeedbackResponse(receipt=receipt))

    def RecordFeedbackBatch(self, request, context):
        results = [_result(r) for r in request.requests]
        return self._answer(request, context, v1.RecordFeedbackBatchResponse(results=results))

    def RecordSessionOutcome(self, request, context):
        response = v1.RecordSessionOutcomeResponse(request_id=request.request_id, episode_count=2)
        return self._answer(request, context, response)

    def ListModels(self, request, context):
        return self._answer(request, context, v1.ListModelsResponse(models=[v1.Model(model="small")]))

    def DisableModel(self, request, context):
        return self._answer(request, context, v1.DisableModelResponse(model=v1.Model(model=request.model)))

    def WarmStart(self, request, context):
        return self._answer(request, context, v1.WarmStartResponse(request_id=request.request_id))


def _result(request):
    """A receipt, or for an episode that nobody knows the status that RecordFeedback would have ended with."""
    if request.feedback.episode_id == "e-unknown":
        unknown = Failure(grpc.StatusCode.NOT_FOUND, "UNKNOWN_EPISODE", metadata={"episode_id": "e-unknown"})
        return v1.FeedbackResult(error=unknown.status())
    return v1.FeedbackResult(receipt=v1.FeedbackReceipt(request_id=request.request_id))


@dataclass
class Running:
    """A served script. fails: makes a failure to put into it."""

    service: ScriptedService
    address: str
    fails = Failure


def serve(service, port=0):
    """A started server and its port."""
    server = grpc.server(ThreadPoolExecutor(4), options=SERVER_OPTIONS)
    add_RouterServiceServicer_to_server(service, server)
    add_FeedbackServiceServicer_to_server(service, server)
    add_AdminServiceServicer_to_server(service, server)
    port = server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()
    return server, port


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch):
    """Whoever runs the tests may have a service of their own."""
    monkeypatch.delenv("POINTSMAN_ADDRESS", raising=False)
    monkeypatch.delenv("POINTSMAN_ADMIN_ADDRESS", raising=False)
    monkeypatch.delenv("POINTSMAN_TENANT", raising=False)


@pytest.fixture
def running():
    """A scripted service on a free port."""
    service = ScriptedService()
    server, port = serve(service)
    yield Running(service, f"127.0.0.1:{port}")
    if service.hold:
        service.hold.set()
    server.stop(0).wait()


@pytest.fixture
def start():
    """Starts a scripted service, on a given port if one is given; (server, port)."""
    return lambda port=0: serve(ScriptedService(), port)


class Caller:
    """Calls either client in the same way. options: arguments of the client."""

    def __init__(self, kind, address):
        self.kind, self.address = kind, address

    async def __call__(self, name, *args, options=(), **kwargs):
        options = {"address": self.address, "admin_address": self.address, "retry": FAST} | dict(options)
        if self.kind == "sync":
            return await asyncio.to_thread(self._sync, name, options, args, kwargs)
        async with AsyncClient(**options) as client:
            result = getattr(client, name)(*args, **kwargs)
            return [item async for item in result] if name == "stream_complete" else await result

    def _sync(self, name, options, args, kwargs):
        with Client(**options) as client:
            result = getattr(client, name)(*args, **kwargs)
            return list(result) if name == "stream_complete" else result


@pytest.fixture(params=["sync", "async"])
def call(request, running):
    """Through one client or the other: await it with a method's name and arguments."""
    return Caller(request.param, running.address)
