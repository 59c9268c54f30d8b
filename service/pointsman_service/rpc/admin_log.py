# ruff: noqa: N802, ARG002 - the contract names the methods and their arguments
"""AdminService's methods about the log: episodes, statistics, estimates, and what is told to the learner beforehand."""

from __future__ import annotations

from grpc.aio import ServicerContext
from pointsman import v1

from pointsman_service.rpc.admin_part import AdminPart, change_of
from pointsman_service.rpc.pages import next_token
from pointsman_service.rpc.read_evidence import read_forget_evidence, read_restore_evidence
from pointsman_service.rpc.read_running import read_forget_end_user
from pointsman_service.rpc.read_stats import (
    read_judge_stats,
    read_list_episodes,
    read_savings,
    read_stats,
    read_what_if,
)
from pointsman_service.rpc.read_warm_start import read_warm_start
from pointsman_service.rpc.write_episode import summary_message
from pointsman_service.rpc.write_stats import judge_message, savings_response, stats_response, what_if_response


class LogMethods(AdminPart):
    """AdminService's methods about the log."""

    async def ListEpisodes(self, request: v1.ListEpisodesRequest, context: ServicerContext) -> v1.ListEpisodesResponse:
        """Newest first."""
        read = read_list_episodes(request)
        page = await self._admin.list_episodes(read.episodes, read.page)
        return v1.ListEpisodesResponse(
            episodes=[summary_message(summary) for summary in page.items],
            next_page_token=next_token(request, page.next_token),
        )

    async def GetStats(self, request: v1.GetStatsRequest, context: ServicerContext) -> v1.GetStatsResponse:
        """Counts."""
        query, page = read_stats(request)
        stats = await self._admin.get_stats(query, page)
        return stats_response(stats, query.group, next_token(request, stats.groups.next_token))

    async def GetJudgeStats(
        self, request: v1.GetJudgeStatsRequest, context: ServicerContext
    ) -> v1.GetJudgeStatsResponse:
        """Judges held against users."""
        read = read_judge_stats(request)
        page = await self._admin.get_judge_stats(read.episodes, read.page, per_node=request.per_node)
        return v1.GetJudgeStatsResponse(
            judges=[judge_message(tally) for tally in page.items], next_page_token=next_token(request, page.next_token)
        )

    async def WhatIf(self, request: v1.WhatIfRequest, context: ServicerContext) -> v1.WhatIfResponse:
        """Estimates."""
        return what_if_response(await self._admin.what_if(read_what_if(request)))

    async def GetSavings(self, request: v1.GetSavingsRequest, context: ServicerContext) -> v1.GetSavingsResponse:
        """Against another policy."""
        return savings_response(await self._admin.get_savings(read_savings(request)))

    async def ForgetEndUser(
        self, request: v1.ForgetEndUserRequest, context: ServicerContext
    ) -> v1.ForgetEndUserResponse:
        """What there was of the end user."""
        tenant, end_user_id, request_id = read_forget_end_user(request)
        done = await self._admin.forget_end_user(tenant, end_user_id, change_of(context, request_id))
        return v1.ForgetEndUserResponse(
            episode_count=done.now.episodes,
            feedback_count=done.now.feedback,
            session_outcome_count=done.now.session_outcomes,
            scrubbed=done.now.scrubbed,
            replayed=done.replayed,
        )

    async def ForgetEvidence(
        self, request: v1.ForgetEvidenceRequest, context: ServicerContext
    ) -> v1.ForgetEvidenceResponse:
        """What teaches nothing any more."""
        evidence, request_id = read_forget_evidence(request)
        change = change_of(context, request_id)
        done = await self._admin.forget_evidence(evidence, change, dry_run=request.dry_run)
        return v1.ForgetEvidenceResponse(
            forget_id=done.now.forget_id,
            episode_count=done.now.episodes,
            feedback_count=done.now.feedback,
            outcome_count=done.now.outcomes,
            session_outcome_count=done.now.session_outcomes,
            warm_start_count=done.now.warm_starts,
            job_change_count=done.now.job_changes,
            replayed=done.replayed,
        )

    async def RestoreEvidence(
        self, request: v1.RestoreEvidenceRequest, context: ServicerContext
    ) -> v1.RestoreEvidenceResponse:
        """It teaches again."""
        forget_id, request_id = read_restore_evidence(request)
        replayed = await self._admin.restore_evidence(forget_id, change_of(context, request_id))
        return v1.RestoreEvidenceResponse(replayed=replayed)

    async def WarmStart(self, request: v1.WarmStartRequest, context: ServicerContext) -> v1.WarmStartResponse:
        """Where the batch is in the log."""
        request_id, queries = read_warm_start(request, self._limits)
        receipt = await self._admin.warm_start(queries, change_of(context, request_id))
        return v1.WarmStartResponse(
            request_id=receipt.request_id, replayed=receipt.replayed, log_position=receipt.position
        )
