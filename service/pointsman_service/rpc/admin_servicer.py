# ruff: noqa: N802, ARG002 - the contract names the methods and their arguments
"""AdminService over the application's Admin."""

from __future__ import annotations

from collections.abc import Callable

from grpc.aio import ServicerContext
from pointsman import v1
from pointsman.v1.admin_service_pb2_grpc import AdminServiceServicer

from pointsman_service.rpc import read_admin as read
from pointsman_service.rpc import write_admin as write
from pointsman_service.rpc.application import Admin
from pointsman_service.rpc.caller import caller_of, checked_tenant
from pointsman_service.rpc.validation import Limits


class AdminServicer(AdminServiceServicer):
    """Read, call, write. snapshot_version: the one that decides now, stamped on each response."""

    def __init__(self, admin: Admin, limits: Limits, snapshot_version: Callable[[], int]) -> None:
        self._admin = admin
        self._limits = limits
        self._version = snapshot_version

    async def ListModels(self, request: v1.ListModelsRequest, context: ServicerContext) -> v1.ListModelsResponse:
        """Every model."""
        models = await self._admin.list_models()
        return v1.ListModelsResponse(models=[write.model_message(m) for m in models], snapshot_version=self._version())

    async def PutModel(self, request: v1.PutModelRequest, context: ServicerContext) -> v1.PutModelResponse:
        """The model as it is now."""
        model = await self._admin.put_model(read.read_model(request.model, self._limits))
        return v1.PutModelResponse(model=write.model_message(model), snapshot_version=self._version())

    async def DisableModel(self, request: v1.DisableModelRequest, context: ServicerContext) -> v1.DisableModelResponse:
        """The model as it is now."""
        model = await self._admin.disable_model(read.read_name("name", request.name))
        return v1.DisableModelResponse(model=write.model_message(model), snapshot_version=self._version())

    async def ListTaxonomy(self, request: v1.ListTaxonomyRequest, context: ServicerContext) -> v1.ListTaxonomyResponse:
        """The tree."""
        nodes = await self._admin.list_taxonomy()
        return v1.ListTaxonomyResponse(nodes=write.tree_messages(nodes), snapshot_version=self._version())

    async def GetTaxonomyNode(
        self, request: v1.GetTaxonomyNodeRequest, context: ServicerContext
    ) -> v1.GetTaxonomyNodeResponse:
        """One node, and which are below it."""
        node = await self._admin.get_taxonomy_node(read.read_name("id", request.id))
        below = [other.id for other in await self._admin.list_taxonomy() if other.parent == node.id]
        return v1.GetTaxonomyNodeResponse(node=write.node_message(node, below), snapshot_version=self._version())

    async def PutTaxonomyNode(
        self, request: v1.PutTaxonomyNodeRequest, context: ServicerContext
    ) -> v1.PutTaxonomyNodeResponse:
        """The node as it is now."""
        node = await self._admin.put_taxonomy_node(read.read_node(request.node, self._limits))
        return v1.PutTaxonomyNodeResponse(node=write.node_message(node), snapshot_version=self._version())

    async def ListSnapshots(
        self, request: v1.ListSnapshotsRequest, context: ServicerContext
    ) -> v1.ListSnapshotsResponse:
        """Newest first."""
        records = await self._admin.list_snapshots(read.read_limit(request))
        return v1.ListSnapshotsResponse(
            snapshots=[write.snapshot_message(r) for r in records], snapshot_version=self._version()
        )

    async def RollBackSnapshot(
        self, request: v1.RollBackSnapshotRequest, context: ServicerContext
    ) -> v1.RollBackSnapshotResponse:
        """The snapshot gone to."""
        record = await self._admin.roll_back_snapshot(read.read_version(request.version))
        return v1.RollBackSnapshotResponse(snapshot=write.snapshot_message(record), snapshot_version=self._version())

    async def FollowNewestSnapshot(
        self, request: v1.FollowNewestSnapshotRequest, context: ServicerContext
    ) -> v1.FollowNewestSnapshotResponse:
        """The newest snapshot."""
        record = await self._admin.follow_newest_snapshot()
        return v1.FollowNewestSnapshotResponse(
            snapshot=write.snapshot_message(record), snapshot_version=self._version()
        )

    async def ListJobs(self, request: v1.ListJobsRequest, context: ServicerContext) -> v1.ListJobsResponse:
        """Every job."""
        jobs = await self._admin.list_jobs()
        return v1.ListJobsResponse(jobs=[write.job_message(j) for j in jobs], snapshot_version=self._version())

    async def RunJob(self, request: v1.RunJobRequest, context: ServicerContext) -> v1.RunJobResponse:
        """The job that was asked for."""
        job = await self._admin.run_job(read.read_name("name", request.name))
        return v1.RunJobResponse(job=write.job_message(job), snapshot_version=self._version())

    async def GetStats(self, request: v1.GetStatsRequest, context: ServicerContext) -> v1.GetStatsResponse:
        """Counts."""
        return write.stats_response(await self._admin.get_stats(read.read_stats(request)), self._version())

    async def GetJudgeStats(
        self, request: v1.GetJudgeStatsRequest, context: ServicerContext
    ) -> v1.GetJudgeStatsResponse:
        """Judges held against users."""
        stats = await self._admin.get_judge_stats(read.read_judge_stats(request))
        return write.judge_stats_response(stats, self._version())

    async def WhatIf(self, request: v1.WhatIfRequest, context: ServicerContext) -> v1.WhatIfResponse:
        """Estimates."""
        return write.what_if_response(await self._admin.what_if(read.read_what_if(request)), self._version())

    async def GetBudget(self, request: v1.GetBudgetRequest, context: ServicerContext) -> v1.GetBudgetResponse:
        """A tenant's budget, the caller's where none is named."""
        named = request.HasField("tenant")
        tenant = checked_tenant("tenant", request.tenant) if named else caller_of(context).tenant
        budget = await self._admin.get_budget(tenant)
        return v1.GetBudgetResponse(budget=write.budget_message(budget), snapshot_version=self._version())

    async def PutBudget(self, request: v1.PutBudgetRequest, context: ServicerContext) -> v1.PutBudgetResponse:
        """The budget as it is now."""
        budget = await self._admin.put_budget(read.read_budget(request.budget))
        return v1.PutBudgetResponse(budget=write.budget_message(budget), snapshot_version=self._version())

    async def WarmStart(self, request: v1.WarmStartRequest, context: ServicerContext) -> v1.WarmStartResponse:
        """Where the batch is in the log."""
        receipt = await self._admin.warm_start(*read.read_warm_start(request, self._limits))
        return v1.WarmStartResponse(
            recorded=receipt.recorded, log_position=receipt.position, snapshot_version=self._version()
        )
