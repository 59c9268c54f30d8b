# ruff: noqa: N802 - the contract names the methods
"""A service in memory that speaks the contract; it keeps what it is told."""

from datetime import UTC, datetime

import grpc
from google.protobuf.any_pb2 import Any
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo
from google.rpc.status_pb2 import Status
from grpc_health.v1.health_pb2 import HealthCheckResponse, HealthListResponse
from grpc_health.v1.health_pb2_grpc import HealthServicer
from pointsman import v1
from pointsman.v1.admin_service_pb2_grpc import AdminServiceServicer
from pointsman.v1.feedback_service_pb2_grpc import FeedbackServiceServicer
from pointsman.v1.router_service_pb2_grpc import RouterServiceServicer

SERVING, NOT_SERVING = HealthCheckResponse.SERVING, HealthCheckResponse.NOT_SERVING
AT = datetime(2026, 3, 4, 5, 6, 7, 890_000, UTC)


class Refusal(Exception):  # noqa: N818 - named for the fact
    """What a call ends with."""

    def __init__(self, code, reason, message="refused", violations=()):
        super().__init__(message)
        self.code, self.reason, self.message, self.violations = code, reason, message, violations

    def abort(self, context):
        details = [ErrorInfo(reason=self.reason, domain="pointsman.dev")]
        if self.violations:
            violations = [BadRequest.FieldViolation(field=f, description=d) for f, d in self.violations]
            details.append(BadRequest(field_violations=violations))
        status = Status(code=self.code.value[0], message=self.message)
        for detail in details:
            packed = Any()
            packed.Pack(detail)
            status.details.append(packed)
        context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
        context.abort(self.code, self.message)


def timestamped(message, field, at=AT):
    """The message, with the time in a field."""
    getattr(message, field).FromDatetime(at)
    return message


class Things:
    """Models, tenants or nodes by name: what is changed, and by which mask."""

    def __init__(self, key, unknown):
        self.key, self.unknown = key, unknown
        self.by_name, self.revision = {}, 0

    def get(self, name):
        if name not in self.by_name:
            raise Refusal(grpc.StatusCode.NOT_FOUND, self.unknown, f"no {self.key} {name!r}")
        return self.by_name[name]

    def put(self, message):
        self.revision += 1
        message.etag = f"r{self.revision}"
        self.by_name[getattr(message, self.key)] = message
        return message

    def create(self, message):
        name = getattr(message, self.key)
        if name in self.by_name:
            raise Refusal(grpc.StatusCode.ALREADY_EXISTS, "ALREADY_EXISTS", f"{name!r} is there already")
        if not message.HasField("enabled"):
            message.enabled = True
        return self.put(message)

    def check(self, name, etag):
        present = self.get(name)
        if etag and etag != present.etag:
            raise Refusal(grpc.StatusCode.ABORTED, "STALE_ETAG", f"{name!r} is at {present.etag}")
        return present

    def update(self, patch, mask):
        present = self.check(getattr(patch, self.key), patch.etag)
        changed = type(present)()
        changed.CopyFrom(present)
        for path in mask.paths:
            source, target = patch, changed
            *above, name = path.split(".")
            for part in above:
                source, target = getattr(source, part), getattr(target, part)
            field = target.DESCRIPTOR.fields_by_name[name]
            if field.is_repeated or not field.has_presence or source.HasField(name):
                target.ClearField(name)
                piece = type(source)()
                piece.CopyFrom(source)
                for other, _ in source.ListFields():
                    if other.name != name:
                        piece.ClearField(other.name)
                target.MergeFrom(piece)
            elif field.containing_oneof is None or target.WhichOneof(field.containing_oneof.name) == name:
                target.ClearField(name)
        return self.put(changed)

    def switch(self, request, enabled):
        present = self.check(getattr(request, self.key), request.etag)
        present.enabled = enabled
        return self.put(present)

    def delete(self, request):
        self.check(getattr(request, self.key), request.etag)
        del self.by_name[getattr(request, self.key)]


class FakeHealth(HealthServicer):
    """Says what `service.health` has, by name."""

    def __init__(self, service):
        self.service = service

    def List(self, request, context):
        return HealthListResponse(statuses={n: HealthCheckResponse(status=s) for n, s in self.service.health.items()})


class FakeService(RouterServiceServicer, FeedbackServiceServicer, AdminServiceServicer):
    """requests: what came; operators: by whom; refuse: by method, what the next call of it ends with."""

    def __init__(self):
        self.requests, self.operators, self.tenants_asking, self.refuse = [], [], [], {}
        self.models = Things("model", "UNKNOWN_MODEL")
        self.tenants = Things("tenant", "UNKNOWN_TENANT")
        self.nodes = Things("node_id", "UNKNOWN_NODE")
        self.episodes, self.values, self.snapshots, self.tallies, self.judges = [], [], [], [], []
        self.parts = [v1.PartHealth(part="log", state=v1.HEALTH_STATE_SERVING)]
        self.jobs = [v1.Job(job="recalibrate", interval_s=3600.0, outcome=v1.JOB_OUTCOME_NEVER_RAN)]
        self.seen_batches, self.stream, self.audited = set(), [], []
        self.estimates, self.missing = None, ""
        self.health = {"": SERVING, "pointsman.v1.RouterService": SERVING, "pointsman.log": SERVING}
        for i, name in enumerate(("starter-small", "starter-large")):
            self.models.create(
                v1.Model(
                    model=name, adapter=v1.ADAPTER_OPENAI, base_url=f"http://h{i}/v1", input_usd_per_million=1.0 + i
                )
            )
        self.nodes.create(v1.TaxonomyNode(node_id="root", title="Everything"))

    def last(self, kind):
        """The last request of a kind."""
        return next(r for r in reversed(self.requests) if isinstance(r, kind))

    def page(self, request, things, response, field):
        """A page of a list, by a token that is an index."""
        start, size = int(request.page_token or 0), request.page_size or 100
        getattr(response, field).extend(things[start : start + size])
        response.next_page_token = str(start + size) if start + size < len(things) else ""
        return response

    def Route(self, request, context):
        return v1.RouteResponse(episode_id="e-1", decision=a_decision())

    def Complete(self, request, context):
        return an_answer()

    def StreamComplete(self, request, context):
        yield v1.StreamCompleteResponse(begun=v1.StreamBegun(episode_id="e-1"))
        yield from self.stream
        yield v1.StreamCompleteResponse(summary=an_answer())

    def GetEpisode(self, request, context):
        return v1.GetEpisodeResponse(episode=an_episode(request.episode_id))

    def ExplainEpisode(self, request, context):
        move = v1.BeliefMove(step_index=0, judge="format", quality_before=0.6, quality_after=0.75)
        return v1.ExplainEpisodeResponse(
            episode=an_episode(request.episode_id),
            summary="The taxonomy spoke. Starter-small was expected to be right in 60 %.",
            moves=[move],
            moves_snapshot_version=12,
        )

    def RecordFeedback(self, request, context):
        receipt = v1.FeedbackReceipt(request_id=request.request_id, episode_id=request.feedback.episode_id, value=1.0)
        receipt.log_position = 2**53 + 1
        return v1.RecordFeedbackResponse(receipt=receipt)

    def RecordSessionOutcome(self, request, context):
        return v1.RecordSessionOutcomeResponse(request_id=request.request_id, value=request.score, episode_count=3)

    def ListModels(self, request, context):
        return self.page(request, list(self.models.by_name.values()), v1.ListModelsResponse(), "models")

    def GetModel(self, request, context):
        return v1.GetModelResponse(model=self.models.get(request.model))

    def CreateModel(self, request, context):
        return v1.CreateModelResponse(model=self.models.create(request.model))

    def UpdateModel(self, request, context):
        return v1.UpdateModelResponse(model=self.models.update(request.model, request.update_mask))

    def EnableModel(self, request, context):
        return v1.EnableModelResponse(model=self.models.switch(request, enabled=True))

    def DisableModel(self, request, context):
        return v1.DisableModelResponse(model=self.models.switch(request, enabled=False))

    def DeleteModel(self, request, context):
        self.models.delete(request)
        return v1.DeleteModelResponse()

    def ListTenants(self, request, context):
        return self.page(request, list(self.tenants.by_name.values()), v1.ListTenantsResponse(), "tenants")

    def GetTenant(self, request, context):
        return v1.GetTenantResponse(tenant=self.tenants.get(request.tenant))

    def CreateTenant(self, request, context):
        return v1.CreateTenantResponse(tenant=self.tenants.create(request.tenant))

    def UpdateTenant(self, request, context):
        return v1.UpdateTenantResponse(tenant=self.tenants.update(request.tenant, request.update_mask))

    def EnableTenant(self, request, context):
        return v1.EnableTenantResponse(tenant=self.tenants.switch(request, enabled=True))

    def DisableTenant(self, request, context):
        return v1.DisableTenantResponse(tenant=self.tenants.switch(request, enabled=False))

    def DeleteTenant(self, request, context):
        self.tenants.delete(request)
        return v1.DeleteTenantResponse()

    def ListTaxonomyNodes(self, request, context):
        return self.page(request, list(self.nodes.by_name.values()), v1.ListTaxonomyNodesResponse(), "nodes")

    def GetTaxonomyNode(self, request, context):
        return v1.GetTaxonomyNodeResponse(node=self.nodes.get(request.node_id))

    def CreateTaxonomyNode(self, request, context):
        return v1.CreateTaxonomyNodeResponse(node=self.nodes.create(request.node))

    def UpdateTaxonomyNode(self, request, context):
        return v1.UpdateTaxonomyNodeResponse(node=self.nodes.update(request.node, request.update_mask))

    def EnableTaxonomyNode(self, request, context):
        return v1.EnableTaxonomyNodeResponse(node=self.nodes.switch(request, enabled=True))

    def DisableTaxonomyNode(self, request, context):
        return v1.DisableTaxonomyNodeResponse(node=self.nodes.switch(request, enabled=False))

    def DeleteTaxonomyNode(self, request, context):
        self.nodes.delete(request)
        return v1.DeleteTaxonomyNodeResponse()

    def ListEpisodes(self, request, context):
        return self.page(request, self.episodes, v1.ListEpisodesResponse(), "episodes")

    def ListConfigValues(self, request, context):
        values = [v for v in self.values if v.key.startswith(request.key_prefix)]
        values = [v for v in values if v.origin == v1.CONFIG_ORIGIN_CHANGED or not request.changed_only]
        return self.page(request, values, v1.ListConfigValuesResponse(), "values")

    def ResetConfig(self, request, context):
        values = [v for v in self.values if v.key.startswith(request.key)]
        if not values:
            raise Refusal(grpc.StatusCode.NOT_FOUND, "UNKNOWN_KEY", f"nothing was changed under {request.key!r}")
        return v1.ResetConfigResponse(values=values[:1000], values_left_out=max(0, len(values) - 1000))

    def ListAuditEntries(self, request, context):
        return self.page(request, self.audited, v1.ListAuditEntriesResponse(), "entries")

    def ListSnapshots(self, request, context):
        return self.page(request, self.snapshots, v1.ListSnapshotsResponse(), "snapshots")

    def RollBackSnapshot(self, request, context):
        self.rolled_back = request
        if request.snapshot_version == 13:
            raise Refusal(grpc.StatusCode.FAILED_PRECONDITION, "UNUSABLE_SNAPSHOT", "snapshot 13 is of another format")
        return v1.RollBackSnapshotResponse(snapshot=v1.Snapshot(snapshot_version=request.snapshot_version, active=True))

    def ForgetEndUser(self, request, context):
        self.forgotten = request
        return v1.ForgetEndUserResponse(episode_count=3, feedback_count=2, scrubbed=request.end_user_id != "read")

    def ForgetEvidence(self, request, context):
        self.forgotten = request
        return v1.ForgetEvidenceResponse(forget_id="" if request.dry_run else "forget-1", feedback_count=2)

    def RestoreEvidence(self, request, context):
        if request.forget_id != "forget-1":
            raise Refusal(
                grpc.StatusCode.INVALID_ARGUMENT, "INVALID_REQUEST", "forget_id: nothing is forgotten under it"
            )
        return v1.RestoreEvidenceResponse()

    def NameSnapshot(self, request, context):
        return v1.NameSnapshotResponse(
            snapshot=v1.Snapshot(snapshot_version=request.snapshot_version, name=request.name)
        )

    def UnnameSnapshot(self, request, context):
        return v1.UnnameSnapshotResponse()

    def FollowNewestSnapshot(self, request, context):
        return v1.FollowNewestSnapshotResponse(snapshot=self.snapshots[0])

    def GetHealth(self, request, context):
        state = max((p.state for p in self.parts), default=v1.HEALTH_STATE_SERVING)
        return v1.GetHealthResponse(state=state, parts=self.parts)

    def ListJobs(self, request, context):
        return self.page(request, self.jobs, v1.ListJobsResponse(), "jobs")

    def RunJob(self, request, context):
        (job,) = [j for j in self.jobs if j.job == request.job] or [None]
        if job is None:
            raise Refusal(grpc.StatusCode.NOT_FOUND, "UNKNOWN_JOB", f"no job {request.job!r}")
        before = v1.Job()
        before.CopyFrom(job)
        job.outcome = v1.JOB_OUTCOME_CHANGED
        job.detail.update({"refitted": 3, "by": {"format": 0.5}})
        timestamped(job, "end_time")
        return v1.RunJobResponse(job=before)

    def GetStats(self, request, context):
        total = v1.Tally(episode_count=9, share=1.0, rewarded_count=0, call_count=11, failed_call_count=2, cost_usd=0.5)
        return self.page(request, self.tallies, v1.GetStatsResponse(total=total), "groups")

    def GetJudgeStats(self, request, context):
        return self.page(request, self.judges, v1.GetJudgeStatsResponse(), "judges")

    def GetSavings(self, request, context):
        total = v1.Saved(summary="40 queries cost $1.50.", episode_count=40, spent_usd=1.5)
        group = v1.Saved(
            key="maths", episode_count=9, spent_usd=0.5, saved_usd=v1.Bounds(mean=0.25, low=0.125, high=0.5)
        )
        return v1.GetSavingsResponse(against="always large", total=total, groups=[group])

    def WhatIf(self, request, context):
        estimate = v1.Estimate(
            quantity=v1.QUANTITY_COST_USD, estimator=v1.ESTIMATOR_DOUBLY_ROBUST, mean=0.25, low=0.125
        )
        return v1.WhatIfResponse(
            episode_count=40,
            rated_count=30,
            support=0.9,
            effective_episode_count=12.5,
            estimates=[estimate] if self.estimates is None else self.estimates,
            missing=self.missing,
        )

    def WarmStart(self, request, context):
        content = request.SerializeToString(deterministic=True)
        known = content in self.seen_batches
        self.seen_batches.add(content)
        return v1.WarmStartResponse(request_id="w", replayed=known)


def a_decision():
    """A decision with one prediction."""
    return v1.Decision(
        model="starter-small",
        propensity=0.5,
        predictions=[v1.ModelPrediction(model="starter-small", quality=0.6, cost_usd=1e-4, propensity=0.5)],
        plan=["starter-small", "starter-large"],
        strategy=v1.STRATEGY_TAXONOMY,
        node_path=["root", "maths"],
        snapshot_version=12,
    )


def the_steps():
    """A call that answered, and one that timed out."""
    failed = v1.Step(
        model="starter-large", failure=v1.Failure(kind=v1.FAILURE_KIND_TIMEOUT, message="no answer in 30 s")
    )
    return [
        v1.Step(
            model="starter-small",
            deployment="eu",
            propensity=0.5,
            usage=v1.Usage(input_tokens=12, output_tokens=3),
            cost_usd=1e-4,
            latency_ms=312.5,
            verdicts=[v1.Verdict(judge="format", score=1.0, cost_usd=0.0)],
            finish_reason=v1.FINISH_REASON_STOP,
            answer_text="Canberra",
        ),
        failed,
    ]


def an_answer():
    """What Complete returns."""
    return v1.CompleteResponse(
        episode_id="e-1",
        answer=v1.Answer(model="starter-small", text="Canberra"),
        decision=a_decision(),
        steps=the_steps(),
        answer_step=0,
        stop_reason=v1.STOP_REASON_UTILITY,
        believed_quality=0.75,
        cost_usd=1e-4,
    )


def an_episode(episode_id):
    """An episode with every part."""
    episode = v1.Episode(
        episode_id=episode_id,
        tenant="default",
        prompt="What is the capital of Australia?",
        decision=a_decision(),
        constraints=v1.Constraints(excluded={"starter-medium": "input_modalities:image"}),
        steps=the_steps(),
        answer_step=0,
        stop_reason=v1.STOP_REASON_UTILITY,
        believed_quality=0.75,
        cost_usd=1e-4,
        costs=[v1.ModelCost(model="starter-small", call_count=1, cost_usd=1e-4)],
        feedback=[
            timestamped(v1.RecordedFeedback(source=v1.FEEDBACK_SOURCE_THUMB, value=1.0, weight=1.0), "record_time")
        ],
        log_position=2**53 + 1,
    )
    return timestamped(episode, "create_time")


class Watching(grpc.ServerInterceptor):
    """Notes what comes, and turns a Refusal into the call's end."""

    def __init__(self, fake):
        self.fake = fake

    def intercept_service(self, continuation, details):
        handler, method = continuation(details), details.method.rpartition("/")[2]
        metadata = dict(details.invocation_metadata)

        def watched(behave):
            def run_(request, context):
                self.fake.requests.append(request)
                self.fake.operators.append(metadata.get("x-pointsman-operator"))
                self.fake.tenants_asking.append(metadata.get("x-pointsman-tenant"))
                try:
                    if method in self.fake.refuse:
                        raise self.fake.refuse.pop(method)
                    return behave(request, context)
                except Refusal as refusal:
                    refusal.abort(context)

            return run_

        if handler.unary_unary:
            return grpc.unary_unary_rpc_method_handler(
                watched(handler.unary_unary), handler.request_deserializer, handler.response_serializer
            )
        return grpc.unary_stream_rpc_method_handler(
            watched(handler.unary_stream), handler.request_deserializer, handler.response_serializer
        )
