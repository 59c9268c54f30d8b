"""A small application that answers from memory, behind a real grpc.aio server on a socket."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace

import grpc
import numpy as np
import pytest
from google.rpc import error_details_pb2, status_pb2
from pointsman.v1.admin_service_pb2_grpc import AdminServiceStub
from pointsman.v1.feedback_service_pb2_grpc import FeedbackServiceStub
from pointsman.v1.router_service_pb2_grpc import RouterServiceStub
from pointsman_learner.events import EpisodeRecorded, FeedbackRecorded
from pointsman_learner.words import Context, Decision, ModelPrediction, Step, Verdict
from pointsman_service.domain import ModelConfig
from pointsman_service.domain.operations import (
    Estimate,
    JobInfo,
    JudgeStats,
    JudgeTally,
    ModelAtNode,
    Stats,
    Tally,
    TaxonomyNode,
    WarmStartReceipt,
    WhatIf,
)
from pointsman_service.domain.requests import (
    AnswerAccepted,
    AnswerChunk,
    Completed,
    FeedbackReceipt,
    OutcomeReceipt,
    Routed,
    StepFinished,
    StepStarted,
    StreamItem,
    VerdictGiven,
)
from pointsman_service.errors import UnknownEpisode, UnknownModel, UnknownNode
from pointsman_service.ports import SnapshotRecord, StoredEpisode
from pointsman_service.rpc.server import RpcServer, ServerOptions
from pointsman_service.rpc.validation import Limits

DECISION = Decision(
    model="small",
    propensity=0.75,
    predictions=(
        ModelPrediction("small", 0.7, 0.05, 0.001, 300.0, 0.75),
        ModelPrediction("large", 0.9, 0.02, 0.02, 900.0, 0.25),
    ),
    plan=("small", "large"),
    strategy="fused",
    node_path=("all", "maths"),
    familiarity=0.4,
    cost_weight=20.0,
    snapshot_version=6,
    feature_version="test-1",
    policy="unified-1",
)
VERDICT = Verdict("format", 0.9, cost_usd=0.0001, latency_ms=2.0, key="abc")
STEPS = (
    Step("small", 0.001, 310.0, 12, 34, (VERDICT,), propensity=0.75),
    Step("large", 0.02, 900.0, 12, 56, (Verdict("rubric", None, error="returned prose"),), propensity=1.0),
)
COMPLETED = Completed(
    episode_id="e-1",
    decision=DECISION,
    steps=STEPS,
    answer=1,
    stop="deadline",
    believed=0.8,
    text="Four.",
    finish_reason="stop",
    cost_usd=0.0211,
    latency_ms=1250.0,
    tool_calls=({"id": "c-1", "type": "function", "function": {"name": "add", "arguments": "{}"}},),
    cut_short=True,
)


@dataclass
class FakeApplication:
    """Implements the three protocols of rpc.application; what it was asked is in `asked`, what it raises in `error`."""

    error: Exception | None = None
    asked: list = field(default_factory=list)
    hold: asyncio.Event | None = None
    entered: asyncio.Event = field(default_factory=asyncio.Event)
    stream_closed: asyncio.Event = field(default_factory=asyncio.Event)
    models: dict = field(default_factory=lambda: {"small": ModelConfig("small", "litellm", "p/small")})

    @property
    def router(self):
        return self

    feedback = admin = router

    async def _hear(self, *asked):
        self.asked.append(asked)
        if self.error:
            raise self.error
        if self.hold:
            self.entered.set()
            await self.hold.wait()

    def snapshot_version(self):
        return 7

    async def route(self, query, caller):
        await self._hear("route", query, caller)
        return Routed("e-1", DECISION, replayed=query.request_id == "again")

    async def complete(self, query, caller):
        await self._hear("complete", query, caller)
        return COMPLETED

    async def stream_complete(self, query, caller) -> AsyncGenerator[StreamItem, None]:
        try:
            yield Routed("e-1", DECISION)
            await self._hear("stream_complete", query, caller)
            yield StepStarted(0, "small", 0.75)
            yield StepFinished(0, STEPS[0])
            yield VerdictGiven(0, VERDICT)
            yield AnswerAccepted(0, "utility", 0.8)
            yield AnswerChunk("Fo")
            yield AnswerChunk("ur.")
            yield COMPLETED
        finally:
            self.stream_closed.set()

    async def report_outcome(self, outcome, caller):
        await self._hear("report_outcome", outcome, caller)
        return OutcomeReceipt(outcome.episode_id, outcome.model or "small", 0.5, 3)

    async def get_episode(self, episode_id, caller):
        await self._hear("get_episode", episode_id, caller)
        context = Context("test-1", np.zeros(2, np.float32), np.zeros(1, np.float32), 3)
        episode = EpisodeRecorded(
            episode_id, caller.tenant, 1_700_000_000.25, context, DECISION, STEPS, 1, "utility", 0.8, request_id="r-1"
        )
        thumb = FeedbackRecorded("f-1", episode_id, caller.tenant, 1_700_000_001.0, "thumb", 1.0, "large")
        return StoredEpisode(episode, 11, "2 + 2?", (None, "Four."), {}, (thumb,))

    async def record(self, given, caller):
        await self._hear("record", given, caller)
        return FeedbackReceipt(given.request_id or "made-up", given.episode_id, 1.0, 5)

    async def record_batch(self, batch, caller):
        await self._hear("record_batch", tuple(batch), caller)
        return [
            UnknownEpisode("no such episode", episode_id=g.episode_id)
            if g.episode_id == "unknown"
            else FeedbackReceipt(g.request_id or "made-up", g.episode_id, 0.5, i, recorded=False)
            for i, g in enumerate(batch)
        ]

    async def list_models(self):
        return tuple(self.models.values())

    async def put_model(self, model):
        await self._hear("put_model", model)
        self.models[model.name] = model
        return model

    async def disable_model(self, name):
        if name not in self.models:
            raise UnknownModel(f"no model {name!r} is configured", model=name)
        self.models[name] = replace(self.models[name], enabled=False)
        return self.models[name]

    async def list_taxonomy(self):
        return (
            TaxonomyNode("all", None, "All", "Everything", evidence=5.0, origin="file"),
            TaxonomyNode("maths", "all", "Maths", "Numbers", ("2 + 2?",), 2.0, "file"),
            TaxonomyNode("law", "all", "Law", "Contracts", (), 3.0, "grown"),
        )

    async def get_taxonomy_node(self, node_id):
        for node in await self.list_taxonomy():
            if node.id == node_id:
                return replace(node, models=(ModelAtNode("small", 0.7, 0.1, 0.001, 300.0, 4.0),))
        raise UnknownNode("no such node", node_id=node_id)

    async def put_taxonomy_node(self, node):
        await self._hear("put_taxonomy_node", node)
        return node

    def _record(self, version):
        return SnapshotRecord(version, 100, 1_700_000_000.0, "ab" * 32, 2048, True, "periodic")

    async def list_snapshots(self, limit):
        return [self._record(v) for v in range(limit, 0, -1)]

    async def roll_back_snapshot(self, version):
        await self._hear("roll_back_snapshot", version)
        return self._record(version)

    async def follow_newest_snapshot(self):
        return self._record(9)

    async def list_jobs(self):
        return (
            JobInfo("promote", 3600.0),
            JobInfo("prune", 60.0, 1_700_000_100.0, 1_700_000_000.0, 1_700_000_001.5, "failed", {"why": "disk"}),
        )

    async def run_job(self, name):
        await self._hear("run_job", name)
        return JobInfo(name, 60.0)

    async def get_stats(self, query):
        await self._hear("get_stats", query)
        total = Tally("", 10, 1.0, 4, 0.75, 0.5, 400.0, 1, 3)
        return Stats(total, (replace(total, key="small"),), (), (replace(total, key="1700000000", quality=None),))

    async def get_judge_stats(self, query):
        await self._hear("get_judge_stats", query)
        total = JudgeTally("rubric", None, 5, 4, 0.5, 0.01, 3, 0.75, 0.25, 0.125, None)
        return JudgeStats((total,), (replace(total, node="maths", correlation=-0.5),))

    async def what_if(self, query):
        await self._hear("what_if", query)
        return WhatIf(10, 4.5, (Estimate("quality", "dr", 0.8, 0.7, 0.9),))

    async def get_budget(self, tenant):
        from pointsman_service.domain.operations import Budget

        return Budget(tenant, ceiling_usd=10.0, period_s=86_400.0, spent_usd=2.5)

    async def put_budget(self, budget):
        await self._hear("put_budget", budget)
        return budget

    async def warm_start(self, batch_id, queries):
        await self._hear("warm_start", batch_id, queries)
        return WarmStartReceipt(12, recorded=batch_id != "again")


@dataclass
class Served:
    """A running server with its application and stubs.

    calls: what the metrics hook heard (method, code); heard: set when it heard the first.
    """

    application: FakeApplication
    server: RpcServer
    port: int
    channel: grpc.aio.Channel
    calls: list
    heard: asyncio.Event

    @property
    def router(self):
        return RouterServiceStub(self.channel)

    @property
    def feedback(self):
        return FeedbackServiceStub(self.channel)

    @property
    def admin(self):
        return AdminServiceStub(self.channel)


@pytest.fixture
async def start_server():
    """Starts a server on a free port, with small limits and the given options; stopped when the test is over."""
    async with AsyncExitStack() as stack:

        async def start(**options):
            application, calls, heard = FakeApplication(), [], asyncio.Event()

            def call_finished(method, code, seconds):
                assert seconds >= 0
                calls.append((method, code))
                heard.set()

            options = {"limits": Limits(text_chars=1_000, json_chars=500, batch=5), **options}
            server = RpcServer(application, ServerOptions(**options), call_finished)
            port = await server.start()
            stack.push_async_callback(server.stop, 0)
            channel = await stack.enter_async_context(grpc.aio.insecure_channel(f"127.0.0.1:{port}"))
            return Served(application, server, port, channel, calls, heard)

        yield start


@pytest.fixture
async def served(start_server):
    """A server as most tests want it."""
    return await start_server()


@pytest.fixture
def failure():
    """Awaits a call that must fail; (status code, message, ErrorInfo, field violations, RetryInfo seconds or None)."""

    async def awaited(call):
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await call
        return caught.value.code(), caught.value.details(), *details(caught.value)

    return awaited


def details(error):
    """ErrorInfo, {field: description}, retry seconds of a failed call."""
    info, fields, retry = None, {}, None
    for key, value in error.trailing_metadata():
        if key == "grpc-status-details-bin":
            for packed in status_pb2.Status.FromString(value).details:
                if packed.Is(error_details_pb2.ErrorInfo.DESCRIPTOR):
                    info = error_details_pb2.ErrorInfo.FromString(packed.value)
                elif packed.Is(error_details_pb2.BadRequest.DESCRIPTOR):
                    bad = error_details_pb2.BadRequest.FromString(packed.value)
                    fields = {v.field: v.description for v in bad.field_violations}
                elif packed.Is(error_details_pb2.RetryInfo.DESCRIPTOR):
                    delay = error_details_pb2.RetryInfo.FromString(packed.value).retry_delay
                    retry = delay.seconds + delay.nanos / 1e9
    return info, fields, retry
