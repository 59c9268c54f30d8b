# ruff: noqa: N802 - the contract names the methods
"""A scripted service on a real socket, and both clients behind one way to call them."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import grpc
import pytest
from google.protobuf.any_pb2 import Any
from google.protobuf.duration_pb2 import Duration
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status

from pointsman import AsyncClient, Client, RetryPolicy, v1
from pointsman.v1.admin_service_pb2_grpc import AdminServiceServicer, add_AdminServiceServicer_to_server
from pointsman.v1.feedback_service_pb2_grpc import FeedbackServiceServicer, add_FeedbackServiceServicer_to_server
from pointsman.v1.router_service_pb2_grpc import RouterServiceServicer, add_RouterServiceServicer_to_server

FAST = RetryPolicy(attempts=4, first_wait_s=0.001)


@dataclass
class Failure:
    """How the service fails a call. after: items of a stream sent before it."""

    code: grpc.StatusCode
    reason: str = ""
    violations: tuple = ()
    retry_s: float | None = None
    metadata: dict = field(default_factory=dict)
    raw_details: bytes | None = None
    after: int = 0

    def abort(self, context):
        context.set_trailing_metadata((("grpc-status-details-bin", self.details()),))
        context.abort(self.code, "scripted failure")

    def details(self):
        if self.raw_details is not None:
            return self.raw_details
        messages = []
        if self.reason:
            messages.append(ErrorInfo(reason=self.reason, domain="pointsman.dev", metadata=self.metadata))
        if self.violations:
            messages.append(
                BadRequest(
                    field_violations=[BadRequest.FieldViolation(field=f, description=d) for f, d in self.violations]
                )
            )
        if self.retry_s is not None:
            whole = int(self.retry_s)
            delay = Duration(seconds=whole, nanos=int((self.retry_s - whole) * 1e9))
            messages.append(RetryInfo(retry_delay=delay))
        status = Status(code=self.code.value[0], message="scripted failure")
        for message in messages:
            packed = Any()
            packed.Pack(message)
            status.details.append(packed)
        return status.SerializeToString()


class ScriptedService(RouterServiceServicer, FeedbackServiceServicer, AdminServiceServicer):
    """Fails as `script` says, call by call, then answers. requests: what came, with the tenant."""

    def __init__(self):
        self.script, self.requests, self.tenants = [], [], []
        self.hold = None
        self.stream_cancelled = threading.Event()

    def _enter(self, request, context):
        self.requests.append(request)
        self.tenants.append(dict(context.invocation_metadata()).get("x-pointsman-tenant"))
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
        items = [v1.StreamCompleteResponse(chunk=v1.AnswerChunk(text=t)) for t in ("Fo", "ur.")]
        items.append(v1.StreamCompleteResponse(summary=v1.CompleteResponse(episode_id="e-1")))
        yield from items[: failure.after] if failure else items
        if failure:
            failure.abort(context)

    def ReportOutcome(self, request, context):
        return self._answer(request, context, v1.ReportOutcomeResponse(episode_id=request.episode_id))

    def GetEpisode(self, request, context):
        episode = v1.Episode(episode_id=request.episode_id)
        return self._answer(request, context, v1.GetEpisodeResponse(episode=episode))

    def RecordFeedback(self, request, context):
        receipt = v1.FeedbackReceipt(feedback_id=request.feedback.feedback_id, recorded=True)
        return self._answer(request, context, v1.RecordFeedbackResponse(receipt=receipt))

    def RecordFeedbackBatch(self, request, context):
        results = [v1.FeedbackResult(receipt=v1.FeedbackReceipt(feedback_id=f.feedback_id)) for f in request.feedback]
        return self._answer(request, context, v1.RecordFeedbackBatchResponse(results=results))

    def ListModels(self, request, context):
        return self._answer(request, context, v1.ListModelsResponse(models=[v1.Model(name="small")]))


@dataclass
class Running:
    """A served script. fails: makes a failure to put into it."""

    service: ScriptedService
    address: str
    fails = Failure


def serve(service, port=0):
    """A started server and its port."""
    server = grpc.server(ThreadPoolExecutor(4))
    add_RouterServiceServicer_to_server(service, server)
    add_FeedbackServiceServicer_to_server(service, server)
    add_AdminServiceServicer_to_server(service, server)
    port = server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()
    return server, port


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
    """Calls either client in the same way."""

    def __init__(self, kind, address):
        self.kind, self.address = kind, address

    async def __call__(self, name, *args, **kwargs):
        options = {"retry": FAST} | kwargs.pop("options", {})
        if self.kind == "sync":
            return await asyncio.to_thread(self._sync, name, options, args, kwargs)
        async with AsyncClient(self.address, **options) as client:
            result = getattr(client, name)(*args, **kwargs)
            return [item async for item in result] if name == "stream_complete" else await result

    def _sync(self, name, options, args, kwargs):
        with Client(self.address, **options) as client:
            result = getattr(client, name)(*args, **kwargs)
            return list(result) if name == "stream_complete" else result


@pytest.fixture(params=["sync", "async"])
def call(request, running):
    """Through one client or the other: await it with a method's name and arguments."""
    return Caller(request.param, running.address)
