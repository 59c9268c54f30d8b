"""A small application that answers from memory, behind a real grpc.aio server on a socket."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from types import SimpleNamespace

import grpc
import numpy as np
import pytest
from google.rpc import error_details_pb2, status_pb2
from pointsman.v1.admin_service_pb2_grpc import AdminServiceStub
from pointsman.v1.feedback_service_pb2_grpc import FeedbackServiceStub
from pointsman.v1.router_service_pb2_grpc import RouterServiceStub
from pointsman_learner.actions import ActionTaken, Alternative
from pointsman_learner.events import EpisodeRecorded, FeedbackRecorded, OutcomeReported
from pointsman_learner.types import Constraints, Context, Decision, Judge, ModelPrediction, Step, Verdict
from pointsman_service.domain import ModelConfig, TenantConfig, Usage
from pointsman_service.domain.api_keys import ApiKey
from pointsman_service.domain.audit import AuditChange, AuditEntry
from pointsman_service.domain.health import HealthState, PartHealth
from pointsman_service.domain.operations import (
    Bounds,
    Changed,
    ConfigValue,
    EpisodeSummary,
    Estimate,
    ForgottenEvidence,
    JobInfo,
    JudgeTally,
    KeyState,
    ModelAtNode,
    ModelState,
    NodeState,
    Observed,
    Page,
    Saved,
    Savings,
    ShadowTally,
    ShownKey,
    Stats,
    Tally,
    TenantState,
    WarmStartReceipt,
    WhatIf,
)
from pointsman_service.domain.request_limits import Limits
from pointsman_service.domain.requests import (
    AnswerAccepted,
    AnswerEnded,
    BeliefMove,
    Completed,
    FeedbackReceipt,
    OutcomeReceipt,
    Progress,
    ReasoningPiece,
    Retraction,
    Routed,
    SessionReceipt,
    StepFinished,
    StepStarted,
    StreamBegun,
    StreamItem,
    TextPiece,
    ToolCallPiece,
    VerdictGiven,
)
from pointsman_service.errors import UnknownEpisode, UnknownModel, UnknownNode
from pointsman_service.ports import Explanation, Forgotten, SnapshotRecord, StoredEpisode
from pointsman_service.rpc.ports import Ports
from pointsman_service.rpc.server import RpcServer, ServerOptions

DECISION = Decision(
    model="small",
    propensity=0.75,
    predictions=(
        ModelPrediction("small", 0.7, 0.05, 0.001, 300.0, 0.75),
        ModelPrediction("large", 0.9, 0.02, 0.02, 900.0, 0.25),
    ),
    plan=("small", "large"),
    strategy="fused",
    node_path=("root", "maths"),
    familiarity=0.4,
    cost_weight=20.0,
    snapshot_version=6,
    feature_version="test-1",
    policy="unified-1",
)
VERDICT = Verdict("format", 0.9, cost_usd=0.0001, latency_ms=2.0, key="abc")
STEPS = (
    Step("small", 0.0, 310.0, propensity=0.75, failure_kind="rate_limited", error="slow down"),
    Step("small", 0.001, 310.0, 12, 34, (VERDICT,), propensity=0.5, cached_input_tokens=8, finish_reason="length"),
    Step(
        "large",
        0.02,
        900.0,
        12,
        56,
        (Verdict("rubric", None, error="returned prose"),),
        propensity=1.0,
        cached_input_tokens=0,
        reasoning_tokens=40,
        deployment="eu",
        finish_reason="stop",
    ),
)
COMPLETED = Completed(
    episode_id="e-1",
    decision=DECISION,
    steps=STEPS,
    answer=2,
    stop="deadline",
    believed=0.8,
    text="Four.",
    finish_reason="stop",
    cost_usd=0.0211,
    latency_ms=1250.0,
    parts=({"type": "image_url", "image_url": {"url": "data:image/png;base64,AAEC"}},),
    reasoning="2 and 2",
    refusal="no more",
    tool_calls=({"id": "c-1", "type": "function", "function": {"name": "add", "arguments": "{}"}},),
    cut_short=True,
)
STREAM = (
    Routed("e-1", DECISION),
    StepStarted(0, "small", 0.75),
    Progress(2000.0, 0, "small"),
    ReasoningPiece("2 and 2", 0),
    TextPiece("Five", 0),
    AnswerEnded(0, "length", Usage(output_tokens=0)),
    StepFinished(0, STEPS[1]),
    VerdictGiven(0, VERDICT),
    Progress(4000.0, 0, None),
    Retraction(0, "a better answer takes its place"),
    TextPiece("Fo", 1),
    TextPiece("ur.", 1),
    ToolCallPiece(0, "", 1, "c-1", "add"),
    ToolCallPiece(0, "{}", 1),
    AnswerEnded(1, "tool_calls", Usage(12, 0, 56, 40)),
    AnswerAccepted(1, "utility", 0.8),
    COMPLETED,
)
EPISODE = EpisodeRecorded(
    "e-9",
    "team-a",
    1_700_000_000.25,
    Context("test-1", np.zeros(2, np.float32), np.zeros(1, np.float32), 3),
    DECISION,
    STEPS,
    2,
    "utility",
    0.8,
    constraints=Constraints(
        models=("small", "large"),
        excluded={"blind": "input_modalities:image"},
        cost_weight=20.0,
        latency_weight=0.0,
        max_latency_ms=5000.0,
        judges=(Judge("format"), Judge("rubric", 0.001)),
        max_steps=3,
    ),
    actions=(
        ActionTaken("call", 0.75, model="small"),
        ActionTaken(
            "ask",
            0.25,
            judge="rubric",
            step=1,
            alternatives=(
                Alternative("ask", None, "rubric", 1, 0.25),
                Alternative("accept", None, None, 1, 0.75),
            ),
            believed=(None, 0.6),
        ),
        ActionTaken(
            "accept",
            1.0,
            step=2,
            alternatives=(Alternative("accept", None, None, 2, 1.0),),
            believed=(None, 0.6, 0.8),
            forced="deadline",
        ),
    ),
    request_id="r-1",
    latency_ms=1250.0,
)
STORED = StoredEpisode(
    EPISODE,
    11,
    "2 + 2?",
    (None, None, "Four."),
    {"labels": {"team": "a"}},
    (FeedbackRecorded("f-1", "e-9", "team-a", 1_700_000_001.0, "thumb", 1.0, "large"),),
    (
        OutcomeReported("e-9", "team-a", 1_700_000_002.0, "large", latency_ms=250.0, request_id="o-1"),
        OutcomeReported(
            "e-9",
            "team-a",
            1_700_000_003.0,
            "other",
            cost_usd=0.5,
            input_tokens=0,
            verdicts=(VERDICT,),
            request_id="o-2",
        ),
        OutcomeReported(
            "e-9", "team-a", 1_700_000_004.0, "third", failure_kind="timeout", error="too late", request_id="o-3"
        ),
    ),
    "ann",
)
MODEL = ModelState(ModelConfig("small", "litellm", "p/small"), "m-1")
TENANT = TenantState(TenantConfig("team-a", ceiling_usd=10.0), "t-1", 2.5, 1_700_000_000.0)
KEY = KeyState(ApiKey("ci", "0123456789ab", "a" * 64, "team-a", ("call", "read"), ("*",)), "k-1")
SECRET = f"pm_0123456789ab_{'b' * 64}"
NODES = (
    NodeState("root", None, "All", "Everything", evidence=5.0, origin="file", child_ids=("maths", "law")),
    NodeState("maths", "root", "Maths", "Numbers", ("2 + 2?",), True, "n-1", 2.0, "file"),
    NodeState("law", "root", "Law", "Contracts", (), False, "n-2", 3.0, "grown"),
)


@dataclass
class FakeApplication:
    """Implements the three protocols of rpc.application; what it was asked is in `asked`, what it raises in `error`.

    hold: makes queries wait. replayed: what changes answer. cursor: the application's own token of the next page.
    observed, shadows: of statistics.
    """

    error: Exception | None = None
    asked: list = field(default_factory=list)
    hold: asyncio.Event | None = None
    entered: asyncio.Event = field(default_factory=asyncio.Event)
    stream_closed: asyncio.Event = field(default_factory=asyncio.Event)
    stream: tuple = STREAM
    model: ModelState = MODEL
    tenant: TenantState = TENANT
    config: tuple = (ConfigValue("models.small.enabled", True, "file"),)
    replayed: bool = False
    cursor: str = ""
    observed: Observed | None = None
    shadows: ShadowTally | None = None

    @property
    def router(self):
        return self

    feedback = admin = router

    async def _hear(self, *asked):
        self.asked.append(asked)
        if self.error:
            raise self.error
        if self.hold and asked[0] in {"route", "complete", "stream_complete"}:
            self.entered.set()
            await self.hold.wait()

    async def _change(self, now, *asked):
        await self._hear(*asked)
        return Changed(now, self.replayed)

    async def _page(self, items, *asked):
        await self._hear(*asked)
        return Page(items, self.cursor)

    def snapshot_version(self):
        return 7

    async def route(self, query, caller):
        await self._hear("route", query, caller)
        return Routed("e-1", DECISION, replayed=query.request_id == "again")

    async def complete(self, query, caller):
        await self._hear("complete", query, caller)
        return COMPLETED

    async def stream_complete(self, query, caller, mode) -> AsyncGenerator[StreamItem, None]:
        try:
            yield StreamBegun("e-1", replayed=query.request_id == "again")
            await self._hear("stream_complete", query, caller, mode)
            for item in self.stream:
                yield item
        finally:
            self.stream_closed.set()

    async def report_outcome(self, outcome, caller):
        await self._hear("report_outcome", outcome, caller)
        return OutcomeReceipt("o-1", outcome.episode_id, outcome.model or "small", outcome.cost_usd, 3, self.replayed)

    async def get_episode(self, episode_id, caller):
        await self._hear("get_episode", episode_id, caller)
        return STORED

    async def explain_episode(self, episode_id, caller):
        await self._hear("explain_episode", episode_id, caller)
        moves = (BeliefMove(1, "format", 0.7, 0.6), BeliefMove(2, "rubric", 0.9, 0.9))
        return Explanation(STORED, "Little was known.", moves, 6)

    async def record(self, given, caller):
        await self._hear("record", given, caller)
        return FeedbackReceipt(given.request_id or "made-up", given.episode_id, 1.0, 5, self.replayed)

    async def record_batch(self, batch, caller):
        await self._hear("record_batch", tuple(batch), caller)
        return [
            UnknownEpisode("no such episode", episode_id=g.episode_id)
            if g.episode_id == "unknown"
            else FeedbackReceipt(g.request_id or "made-up", g.episode_id, 0.0, i, replayed=True)
            for i, g in enumerate(batch)
        ]

    async def record_session(self, outcome, caller):
        await self._hear("record_session", outcome, caller)
        return SessionReceipt(outcome.request_id or "made-up", 0.0, 0, 9, self.replayed)

    async def list_models(self, page):
        return await self._page((self.model,), "list_models", page)

    async def get_model(self, name):
        await self._hear("get_model", name)
        if name != self.model.config.name:
            raise UnknownModel(f"no model {name!r} is configured", model=name)
        return self.model

    async def create_model(self, name, fields, change):
        return await self._change(self.model, "create_model", name, fields, change)

    async def update_model(self, name, fields, etag, change):
        return await self._change(self.model, "update_model", name, fields, etag, change)

    async def delete_model(self, name, etag, change):
        return await self._change(None, "delete_model", name, etag, change)

    async def list_tenants(self, page):
        return await self._page((self.tenant,), "list_tenants", page)

    async def get_tenant(self, name):
        await self._hear("get_tenant", name)
        return replace(self.tenant, config=replace(self.tenant.config, name=name))

    async def create_tenant(self, name, fields, change):
        return await self._change(self.tenant, "create_tenant", name, fields, change)

    async def update_tenant(self, name, fields, etag, change):
        return await self._change(self.tenant, "update_tenant", name, fields, etag, change)

    async def delete_tenant(self, name, etag, change):
        return await self._change(None, "delete_tenant", name, etag, change)

    async def list_nodes(self, page):
        return await self._page(NODES, "list_nodes", page)

    async def get_node(self, node_id):
        await self._hear("get_node", node_id)
        for node in NODES:
            if node.id == node_id:
                return replace(node, models=(ModelAtNode("small", 0.7, 0.1, 0.001, 300.0, 4.0),))
        raise UnknownNode("no such node", node_id=node_id)

    async def create_node(self, node_id, fields, change):
        return await self._change(NODES[1], "create_node", node_id, fields, change)

    async def update_node(self, node_id, fields, etag, change):
        return await self._change(NODES[1], "update_node", node_id, fields, etag, change)

    async def delete_node(self, node_id, etag, change):
        return await self._change(None, "delete_node", node_id, etag, change)

    async def list_keys(self, page):
        return await self._page((KEY,), "list_keys", page)

    async def get_key(self, name):
        await self._hear("get_key", name)
        return KEY

    async def create_key(self, name, fields, change):
        await self._hear("create_key", name, fields, change)
        return ShownKey(KEY, self.replayed, None if self.replayed else SECRET)

    async def update_key(self, name, fields, etag, change):
        return await self._change(KEY, "update_key", name, fields, etag, change)

    async def rotate_key(self, name, overlap_s, etag, change):
        await self._hear("rotate_key", name, overlap_s, etag, change)
        return ShownKey(KEY, self.replayed, None if self.replayed else SECRET)

    async def revoke_key(self, name, etag, change):
        return await self._change(None, "revoke_key", name, etag, change)

    async def list_episodes(self, query, page):
        full = EpisodeSummary(
            "e-9", "team-a", 1_700_000_000.25, "large", ("small", "large"), "maths", "fused", "utility", 0.8, 0.0211,
            1250.0, 0.0, "r-1", "s-1", "2 + 2?",
        )  # fmt: skip
        bare = EpisodeSummary(
            "e-8", "team-a", 1_700_000_000.0, None, (), None, "static", "cancelled", None, 0.0, None, None, None, None,
            None,
        )  # fmt: skip
        return await self._page((full, bare), "list_episodes", query, page)

    async def list_config_values(self, prefix, page, *, changed_only):
        return await self._page(self.config, "list_config_values", prefix, page, changed_only)

    async def reset_config(self, key, change):
        return await self._change(self.config, "reset_config", key, change)

    def _record(self, version):
        return SnapshotRecord(version, 100, 1_700_000_000.0, "ab" * 32, 2048, True, "periodic")

    async def list_snapshots(self, page):
        return await self._page([self._record(v) for v in range(page.size, 0, -1)], "list_snapshots", page)

    async def roll_back_snapshot(self, wanted, change):
        return await self._change(self._record(wanted.version or 7), "roll_back_snapshot", wanted, change)

    async def name_snapshot(self, version, name, change):
        return await self._change(replace(self._record(version), name=name), "name_snapshot", version, name, change)

    async def unname_snapshot(self, name, change):
        return await self._change(None, "unname_snapshot", name, change)

    async def follow_newest_snapshot(self, change):
        return await self._change(self._record(9), "follow_newest_snapshot", change)

    async def get_health(self):
        return (
            PartHealth("log", HealthState.SERVING, "", 1_700_000_000.0),
            PartHealth("learner", HealthState.DEGRADED, "490 events behind", 1_700_000_001.5),
        )

    async def list_audit_entries(self, query, page):
        changes = (AuditChange("models.a.enabled", True, False), AuditChange("models.b", None, True))
        entries = (
            AuditEntry(12, 1_700_000_000.0, "ann", "UpdateModel", changes),
            AuditEntry(3, 1_600_000_000.0, "start", "Declare", (), 5, "in words"),
        )
        return await self._page(entries, "list_audit_entries", query, page)

    async def list_jobs(self, page):
        jobs = (
            JobInfo("promote", 3600.0),
            JobInfo("prune", 0.0, 1_700_000_100.0, 1_700_000_000.0, 1_700_000_001.5, "failed", {"why": "disk", "n": 2}),
        )
        return await self._page(jobs, "list_jobs", page)

    async def run_job(self, name, change):
        return await self._change(JobInfo(name, 60.0), "run_job", name, change)

    async def get_stats(self, query, page):
        await self._hear("get_stats", query, page)
        total = Tally("", 10, 1.0, 4, 0.75, 14, 1, 0.5, 400.0, 3)
        key = "1700000000" if query.group == "time" else "small"
        groups = Page((replace(total, key=key, rewarded=0, quality=None),), self.cursor)
        return Stats(total, groups, self.observed, self.shadows)

    async def get_judge_stats(self, query, page, *, per_node):
        total = JudgeTally("rubric", None, 5, 4, 0.5, 0.01, 3, 0.75, 0.25, 0.125, None)
        tallies = (total, replace(total, node="maths", correlation=-0.5))
        return await self._page(tallies, "get_judge_stats", query, page, per_node)

    async def get_savings(self, query):
        await self._hear("get_savings", query)
        total = Saved(
            "", 40, 30, 1.5, None, Bounds(0.9, 0.85, 0.95), Bounds(3.0, 2.5, 3.5), None, None, 0.9, "", "words"
        )
        return Savings("always large", total, (total,))

    async def what_if(self, query):
        await self._hear("what_if", query)
        return WhatIf(
            10, 4.5, (Estimate("quality", "dr", 0.0, 0.0, 0.9), Estimate("cost_usd", "logged", 0.1, -np.inf, np.inf))
        )

    async def forget_end_user(self, tenant, end_user_id, change):
        return await self._change(Forgotten(3, 2, 1, scrubbed=True), "forget_end_user", tenant, end_user_id, change)

    async def forget_evidence(self, evidence, change, *, dry_run):
        done = ForgottenEvidence("" if dry_run else "forget-1", 3, 2, 1, 0, 0, 4)
        return await self._change(done, "forget_evidence", evidence, dry_run, change)

    async def restore_evidence(self, forget_id, change):
        return (await self._change(None, "restore_evidence", forget_id, change)).replayed

    async def warm_start(self, queries, change):
        request_id = change.request_id
        await self._hear("warm_start", request_id, queries)
        return WarmStartReceipt(request_id or "made-up", 12, replayed=request_id == "again")


@dataclass
class Served:
    """A running server with its application and stubs.

    calls: what the metrics hook heard (method, code); heard: set when it heard the first.
    """

    application: FakeApplication
    server: RpcServer
    port: int
    ports: Ports
    channel: grpc.aio.Channel
    admin_channel: grpc.aio.Channel
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
        return AdminServiceStub(self.admin_channel)


@pytest.fixture
async def start_server():
    """Starts a server on a free port, with small limits and the given options; stopped when the test is over."""
    async with AsyncExitStack() as stack:

        async def start(access=None, gate=None, **options):
            application, calls, heard = FakeApplication(), [], asyncio.Event()

            def call_finished(method, code, seconds):
                assert seconds >= 0
                calls.append((method, code))
                heard.set()

            small = Limits(text_chars=1_000, json_chars=500, batch=5, parts=4, part_bytes=64)
            options = {"limits": small, **options}
            server = RpcServer(application, ServerOptions(**options), call_finished, access, gate)
            ports = await server.start()
            stack.push_async_callback(server.stop, 0)
            channels = [
                await stack.enter_async_context(grpc.aio.insecure_channel(f"127.0.0.1:{port}")) for port in ports
            ]
            return Served(application, server, ports.callers, ports, *channels, calls, heard)

        yield start


@pytest.fixture
async def served(start_server):
    """A server as most tests want it."""
    return await start_server()


@pytest.fixture
def values():
    """What the application answers, for comparison."""
    return SimpleNamespace(decision=DECISION, steps=STEPS, completed=COMPLETED, stored=STORED, stream=STREAM)


@pytest.fixture
def failure():
    """Awaits a call that must fail; (status code, message, ErrorInfo, field violations, RetryInfo seconds or None)."""

    async def awaited(call):
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await call
        return caught.value.code(), caught.value.details(), *details(caught.value)

    return awaited


@pytest.fixture
def refused(failure):
    """Awaits a call that must be INVALID_ARGUMENT; {field: description}."""

    async def awaited(call):
        code, _, info, fields, _ = await failure(call)
        assert (code, info.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_REQUEST")
        return fields

    return awaited


def details(error):
    """ErrorInfo, {field: description}, retry seconds of a failed call."""
    for key, value in error.trailing_metadata():
        if key == "grpc-status-details-bin":
            return unpacked(status_pb2.Status.FromString(value))
    return None, {}, None


def unpacked(status):
    """ErrorInfo, {field: description}, retry seconds of a google.rpc.Status."""
    info, fields, retry = None, {}, None
    for packed in status.details:
        if packed.Is(error_details_pb2.ErrorInfo.DESCRIPTOR):
            info = error_details_pb2.ErrorInfo.FromString(packed.value)
        elif packed.Is(error_details_pb2.BadRequest.DESCRIPTOR):
            bad = error_details_pb2.BadRequest.FromString(packed.value)
            fields = {v.field: v.description for v in bad.field_violations}
        elif packed.Is(error_details_pb2.RetryInfo.DESCRIPTOR):
            delay = error_details_pb2.RetryInfo.FromString(packed.value).retry_delay
            retry = delay.seconds + delay.nanos / 1e9
    return info, fields, retry


@pytest.fixture
def status_details():
    """Unpacks a google.rpc.Status: ErrorInfo, {field: description}, retry seconds."""
    return unpacked
