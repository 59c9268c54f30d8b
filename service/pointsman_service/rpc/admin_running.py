# ruff: noqa: N802, ARG002 - the contract names the methods and their arguments
"""AdminService's methods about what runs: the configuration in force, snapshots, jobs."""

from __future__ import annotations

from grpc.aio import ServicerContext
from pointsman import v1

from pointsman_service.rpc.admin_part import AdminPart, change_of
from pointsman_service.rpc.pages import next_token
from pointsman_service.rpc.read_running import (
    read_asked,
    read_config_list,
    read_list,
    read_request_id,
    read_roll_back,
)
from pointsman_service.rpc.write_running import config_value_message, job_message, snapshot_message


class RunningMethods(AdminPart):
    """AdminService's methods about what runs."""

    async def ListConfigValues(
        self, request: v1.ListConfigValuesRequest, context: ServicerContext
    ) -> v1.ListConfigValuesResponse:
        """By key."""
        prefix, asked = read_config_list(request)
        page = await self._admin.list_config_values(prefix, asked, changed_only=request.changed_only)
        return v1.ListConfigValuesResponse(
            values=[config_value_message(value) for value in page.items],
            next_page_token=next_token(request, page.next_token),
        )

    async def ResetConfig(self, request: v1.ResetConfigRequest, context: ServicerContext) -> v1.ResetConfigResponse:
        """What is in force now."""
        key, request_id = read_asked(request, "key")
        done = await self._admin.reset_config(key, change_of(context, request_id))
        values = [config_value_message(value) for value in done.now]
        return v1.ResetConfigResponse(values=values, replayed=done.replayed)

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
        version, request_id = read_roll_back(request)
        done = await self._admin.roll_back_snapshot(version, change_of(context, request_id))
        return v1.RollBackSnapshotResponse(snapshot=snapshot_message(done.now), replayed=done.replayed)

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
