"""What the rpc layer needs of the application. `pointsman_service.application` implements it.

Every method raises only `PointsmanError`s (and CancelledError, when the caller has gone). Arguments are validated
already: ranges, lengths and JSON hold; names and ids may still be unknown. What an operator changes may raise
InvalidRequest for values that the configuration refuses, StaleEtag, RequestConflict, LogUnavailable.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import Protocol

from pointsman_service.domain.audit import AuditEntry, AuditQuery
from pointsman_service.domain.health import PartHealth
from pointsman_service.domain.operations import (
    ChangeContext,
    Changed,
    ConfigValue,
    EpisodeQuery,
    EpisodeSummary,
    Evidence,
    Fields,
    ForgottenEvidence,
    JobInfo,
    JudgeTally,
    KeyState,
    KnownQuery,
    ModelState,
    NodeState,
    Page,
    PageRequest,
    Savings,
    SavingsQuery,
    ShownKey,
    Stats,
    StatsQuery,
    TenantState,
    WantedSnapshot,
    WarmStartReceipt,
    WhatIf,
    WhatIfQuery,
)
from pointsman_service.domain.requests import (
    Caller,
    Completed,
    FeedbackReceipt,
    GivenFeedback,
    GivenSessionOutcome,
    Outcome,
    OutcomeReceipt,
    Query,
    Routed,
    SessionReceipt,
    StreamItem,
    StreamMode,
)
from pointsman_service.errors import PointsmanError
from pointsman_service.ports import Explanation, Forgotten, SnapshotRecord, StoredEpisode


class Router(Protocol):
    """Decides, answers, and remembers."""

    async def route(self, query: Query, caller: Caller) -> Routed:
        """Decide only. Raises NoModelLeft, UnknownModel, TenantDisabled, RequestConflict, LogUnavailable."""

    async def complete(self, query: Query, caller: Caller) -> Completed:
        """Run the cascade. Raises as `route`; EveryModelFailed, ModelsUnusable, BudgetExhausted, DeadlineTooShort."""

    def stream_complete(self, query: Query, caller: Caller, mode: StreamMode) -> AsyncGenerator[StreamItem, None]:
        """StreamBegun first, the Completed last, once each; between them what happens. Raises as `complete`.

        A generator, so that it can be closed at once when the caller goes.
        """

    async def report_outcome(self, outcome: Outcome, caller: Caller) -> OutcomeReceipt:
        """Log what the caller's call brought. Raises UnknownEpisode, EpisodeExpired, UnknownModel, RequestConflict."""

    async def get_episode(self, episode_id: str, caller: Caller) -> StoredEpisode:
        """Raises UnknownEpisode, also for another tenant's, and EpisodeExpired."""

    async def explain_episode(self, episode_id: str, caller: Caller) -> Explanation:
        """Why it went as it did. Raises as `get_episode`."""

    def snapshot_version(self) -> int:
        """Version of the snapshot that decides now, 0 for the static policy. Stamped on every response; cheap."""


class Feedback(Protocol):
    """Takes what users and measurements say later."""

    async def record(self, feedback: GivenFeedback, caller: Caller) -> FeedbackReceipt:
        """Log it. Raises UnknownEpisode, EpisodeExpired, UnknownModel, RequestConflict, LogUnavailable."""

    async def record_batch(
        self, batch: Sequence[GivenFeedback], caller: Caller
    ) -> Sequence[FeedbackReceipt | PointsmanError]:
        """Log each; one result an item, in order: an item's error does not stop the others."""

    async def record_session(self, outcome: GivenSessionOutcome, caller: Caller) -> SessionReceipt:
        """Log what came of a session. Raises RequestConflict, LogUnavailable."""


class Changing(Protocol):
    """What operators may look at and change without a service that runs: API keys, and the configuration.

    fields of a change: JSON values by the configuration's names, None clears one. A repeated change answers with the
    present state, None where it is gone meanwhile. etag: None holds nothing against the
    present state. Pages: a token that is not this list's is InvalidRequest.
    """

    async def list_keys(self, page: PageRequest) -> Page[KeyState]:
        """API keys, by name."""

    async def get_key(self, name: str) -> KeyState:
        """Raises UnknownApiKey."""

    async def create_key(self, name: str, fields: Fields, change: ChangeContext) -> ShownKey:
        """Raises AlreadyExists, UnknownTenant."""

    async def update_key(
        self, name: str, fields: Fields, etag: str | None, change: ChangeContext
    ) -> Changed[KeyState | None]:
        """The given fields and nothing else. Raises UnknownApiKey, UnknownTenant."""

    async def rotate_key(self, name: str, overlap_s: float, etag: str | None, change: ChangeContext) -> ShownKey:
        """Another secret; the present one is taken for overlap_s seconds more. Raises UnknownApiKey."""

    async def revoke_key(self, name: str, etag: str | None, change: ChangeContext) -> Changed[None]:
        """Raises UnknownApiKey."""

    async def list_config_values(self, prefix: str, page: PageRequest, *, changed_only: bool) -> Page[ConfigValue]:
        """What is in force, by key."""

    async def reset_config(self, key: str, change: ChangeContext) -> Changed[Sequence[ConfigValue]]:
        """Undo run-time changes at or below the key. Raises UnknownKey."""


class Admin(Changing, Protocol):
    """What operators may look at and change of a service that runs; in the terms of `Changing`."""

    async def list_models(self, page: PageRequest) -> Page[ModelState]:
        """In configured order, disabled ones too."""

    async def get_model(self, name: str) -> ModelState:
        """Raises UnknownModel."""

    async def create_model(self, name: str, fields: Fields, change: ChangeContext) -> Changed[ModelState | None]:
        """Raises AlreadyExists."""

    async def update_model(
        self, name: str, fields: Fields, etag: str | None, change: ChangeContext
    ) -> Changed[ModelState | None]:
        """The given fields and nothing else. Raises UnknownModel."""

    async def delete_model(self, name: str, etag: str | None, change: ChangeContext) -> Changed[None]:
        """Raises UnknownModel, InUse."""

    async def list_tenants(self, page: PageRequest) -> Page[TenantState]:
        """Those that are configured, by name, each with what is the default tenant's."""

    async def get_tenant(self, name: str) -> TenantState:
        """One that nobody configured is as the default tenant is."""

    async def create_tenant(self, name: str, fields: Fields, change: ChangeContext) -> Changed[TenantState]:
        """Raises AlreadyExists."""

    async def update_tenant(
        self, name: str, fields: Fields, etag: str | None, change: ChangeContext
    ) -> Changed[TenantState]:
        """The given fields and nothing else. Raises UnknownTenant."""

    async def delete_tenant(self, name: str, etag: str | None, change: ChangeContext) -> Changed[None]:
        """Raises UnknownTenant."""

    async def list_nodes(self, page: PageRequest) -> Page[NodeState]:
        """The tree, depth first: every node comes after its parent."""

    async def get_node(self, node_id: str) -> NodeState:
        """One node with its statistics per model. Raises UnknownNode."""

    async def create_node(self, node_id: str, fields: Fields, change: ChangeContext) -> Changed[NodeState | None]:
        """Raises AlreadyExists, UnknownNode for an unknown parent."""

    async def update_node(
        self, node_id: str, fields: Fields, etag: str | None, change: ChangeContext
    ) -> Changed[NodeState | None]:
        """The given fields and nothing else. Raises UnknownNode, InvalidRequest where it would close a circle."""

    async def delete_node(self, node_id: str, etag: str | None, change: ChangeContext) -> Changed[None]:
        """Raises UnknownNode, InUse where nodes are below it."""

    async def list_episodes(self, query: EpisodeQuery, page: PageRequest) -> Page[EpisodeSummary]:
        """Newest first."""

    async def list_audit_entries(self, query: AuditQuery, page: PageRequest) -> Page[AuditEntry]:
        """Who changed what, newest first."""

    async def list_snapshots(self, page: PageRequest) -> Page[SnapshotRecord]:
        """Newest first."""

    async def roll_back_snapshot(self, wanted: WantedSnapshot, change: ChangeContext) -> Changed[SnapshotRecord]:
        """Decide by this one and pin it. Raises UnknownSnapshot, CorruptSnapshot, UnusableSnapshot."""

    async def name_snapshot(self, version: int, name: str, change: ChangeContext) -> Changed[SnapshotRecord]:
        """Keep it under a name. Raises UnknownSnapshot, AlreadyExists, InvalidRequest where too many have one."""

    async def unname_snapshot(self, name: str, change: ChangeContext) -> Changed[None]:
        """Keep it no longer. Raises UnknownSnapshot."""

    async def follow_newest_snapshot(self, change: ChangeContext) -> Changed[SnapshotRecord]:
        """Undo the pin: decide by the newest, now and later. Raises UnknownSnapshot where there is none yet."""

    async def get_health(self) -> Sequence[PartHealth]:
        """How each part does, as far as this process knows."""

    async def list_jobs(self, page: PageRequest) -> Page[JobInfo]:
        """Every scheduled job with its last run."""

    async def run_job(self, name: str, change: ChangeContext) -> Changed[JobInfo]:
        """Ask that it runs now; does not wait for it. Raises UnknownJob."""

    async def get_stats(self, query: StatsQuery, page: PageRequest) -> Stats:
        """Counts over the log."""

    async def get_judge_stats(self, query: EpisodeQuery, page: PageRequest, *, per_node: bool) -> Page[JudgeTally]:
        """Judges held against users' feedback."""

    async def get_savings(self, query: SavingsQuery) -> Savings:
        """Against another policy. Raises InvalidRequest, UnknownModel, UnknownSnapshot, OverLimit."""

    async def what_if(self, query: WhatIfQuery) -> WhatIf:
        """Off-policy estimate. Raises InvalidRequest for an unknown policy, UnknownModel in "always:MODEL"."""

    async def forget_end_user(self, tenant: str, end_user_id: str, change: ChangeContext) -> Changed[Forgotten]:
        """Erase what one end user asked and said. Raises LogUnavailable; asked again, it goes on."""

    async def forget_evidence(
        self, evidence: Evidence, change: ChangeContext, *, dry_run: bool
    ) -> Changed[ForgottenEvidence]:
        """Let it teach nothing any more. Raises InvalidRequest for an end user without a word, LogUnavailable."""

    async def restore_evidence(self, forget_id: str, change: ChangeContext) -> bool:
        """Let it teach again; whether that was done under the change's id before. Raises InvalidRequest."""

    async def warm_start(self, queries: Sequence[KnownQuery], change: ChangeContext) -> WarmStartReceipt:
        """Tell the learner what is known beforehand; the change's id again changes nothing. Raises UnknownModel."""


class Application(Protocol):
    """The three of them, as `process.wiring` makes them."""

    @property
    def router(self) -> Router:
        """For RouterService."""

    @property
    def feedback(self) -> Feedback:
        """For FeedbackService."""

    @property
    def admin(self) -> Admin:
        """For AdminService."""
