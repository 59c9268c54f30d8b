# ruff: noqa: N802, ARG002 - the contract names the methods and their arguments
"""AdminService's methods about what runs: snapshots, jobs, health."""

from __future__ import annotations

from grpc.aio import ServicerContext
from pointsman import v1

from pointsman_service.domain.health import overall
from pointsman_service.rpc.admin_part import AdminPart, change_of
from pointsman_service.rpc.enums import HEALTH_STATES
from pointsman_service.rpc.pages import next_token
from pointsman_service.rpc.read_running import (
    read_asked,
    read_list,
    read_name_snapshot,
    read_request_id,
    read_roll_back,
    read_unname_snapshot,
)
from pointsman_service.rpc.write_running import job_message, part_message, snapshot_message


class RunningMethods(AdminPart):
    """AdminService's methods about what runs."""

    async def ListSnapshots(
        self, request: v1.ListSnapshotsRequest, context: ServicerContext
    ) -> v1.ListSnapshotsResponse:
        """Newest first."""
        page = await self._admin.list_snapshots(read_list(request))
        return v1.ListSnapshotsResponse(
            snapshots=[snapshot_message(record) for record in page.items],
            next_page_token=next_token(request, page.next_token),
        )

    async def RollBackSnapshot(
        self, request: v1.RollBackSnapshotRequest, context: ServicerContext
    ) -> v1.RollBackSnapshotResponse:
        """The snapshot gone to."""
        wanted, request_id = read_roll_back(request)
        done = await self._admin.roll_back_snapshot(wanted, change_of(context, request_id))
        return v1.RollBackSnapshotResponse(snapshot=snapshot_message(done.now), replayed=done.replayed)

    async def NameSnapshot(self, request: v1.NameSnapshotRequest, context: ServicerContext) -> v1.NameSnapshotResponse:
        """The snapshot with its name."""
        version, name, request_id = read_name_snapshot(request)
        done = await self._admin.name_snapshot(version, name, change_of(context, request_id))
        return v1.NameSnapshotResponse(snapshot=snapshot_message(done.now), replayed=done.replayed)

    async def UnnameSnapshot(
        self, request: v1.UnnameSnapshotRequest, context: ServicerContext
    ) -> v1.UnnameSnapshotResponse:
        """That it has none."""
        name, request_id = read_unname_snapshot(request)
        done = await self._admin.unname_snapshot(name, change_of(context, request_id))
        return v1.UnnameSnapshotResponse(replayed=done.replayed)

    async def FollowNewestSnapshot(
        self, request: v1.FollowNewestSnapshotRequest, context: ServicerContext
    ) -> v1.FollowNewestSnapshotResponse:
        """The newest snapshot."""
        done = await self._admin.follow_newest_snapshot(change_of(context, read_request_id(request)))
        return v1.FollowNewestSnapshotResponse(snapshot=snapshot_message(done.now), replayed=done.replayed)

    async def ListJobs(self, request: v1.ListJobsRequest, context: ServicerContext) -> v1.ListJobsResponse:
        """Each with its last run."""
        page = await self._admin.list_jobs(read_list(request))
        return v1.ListJobsResponse(
            jobs=[job_message(job) for job in page.items], next_page_token=next_token(request, page.next_token)
        )

    async def RunJob(self, request: v1.RunJobRequest, context: ServicerContext) -> v1.RunJobResponse:
        """The job that was asked for."""
        name, request_id = read_asked(request, "job")
        done = await self._admin.run_job(name, change_of(context, request_id))
        return v1.RunJobResponse(job=job_message(done.now), replayed=done.replayed)

    async def GetHealth(self, request: v1.GetHealthRequest, context: ServicerContext) -> v1.GetHealthResponse:
        """Each part, and the worst of them."""
        parts = await self._admin.get_health()
        state = HEALTH_STATES.value(overall(parts).name.lower())
        return v1.GetHealthResponse(state=state, parts=[part_message(part) for part in parts])
