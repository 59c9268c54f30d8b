"""What the rpc layer needs of the application. `pointsman_service.application` implements it.

Every method raises only `PointsmanError`s (and CancelledError, when the caller has gone). Arguments are validated
already: ranges, lengths and JSON hold; names and ids may still be unknown.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import Protocol

from pointsman_service.domain import ModelConfig
from pointsman_service.domain.operations import (
    Budget,
    JobInfo,
    JudgeStats,
    KnownQuery,
    Stats,
    StatsQuery,
    TaxonomyNode,
    WarmStartReceipt,
    WhatIf,
    WhatIfQuery,
)
from pointsman_service.domain.requests import (
    Caller,
    Completed,
    FeedbackReceipt,
    GivenFeedback,
    Outcome,
    OutcomeReceipt,
    Query,
    Routed,
    StreamItem,
)
from pointsman_service.errors import PointsmanError
from pointsman_service.ports import SnapshotRecord, StoredEpisode


class Router(Protocol):
    """Decides, answers, and remembers."""

    async def route(self, query: Query, caller: Caller) -> Routed:
        """Decide only. Raises NoModelLeft, UnknownModel, RequestConflict, LogUnavailable."""

    async def complete(self, query: Query, caller: Caller) -> Completed:
        """Run the cascade. Raises as `route`, and EveryModelFailed, BudgetExhausted, DeadlineTooShort."""

    def stream_complete(self, query: Query, caller: Caller) -> AsyncGenerator[StreamItem, None]:
        """Trace events and answer chunks as they come; the Completed comes last, once. Raises as `complete`.

        A generator, so that it can be closed at once when the caller goes.
        """

    async def report_outcome(self, outcome: Outcome, caller: Caller) -> OutcomeReceipt:
        """Log what the caller's own call brought.

        Raises UnknownEpisode, EpisodeExpired, UnknownModel, RequestConflict.
        """

    async def get_episode(self, episode_id: str, caller: Caller) -> StoredEpisode:
        """Raises UnknownEpisode, also for another tenant's, and EpisodeExpired."""

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


class Admin(Protocol):
    """What operators may look at and change. tenant None (or an absent filter) means every tenant."""

    async def list_models(self) -> Sequence[ModelConfig]:
        """In configured order, disabled ones too."""

    async def put_model(self, model: ModelConfig) -> ModelConfig:
        """Add, or replace the one of the same name; in force with the next snapshot."""

    async def disable_model(self, name: str) -> ModelConfig:
        """It leaves every decision at once. Raises UnknownModel."""

    async def list_taxonomy(self) -> Sequence[TaxonomyNode]:
        """The tree, depth first: every node comes after its parent."""

    async def get_taxonomy_node(self, node_id: str) -> TaxonomyNode:
        """One node with its statistics per model. Raises UnknownNode."""

    async def put_taxonomy_node(self, node: TaxonomyNode) -> TaxonomyNode:
        """Add or replace. Raises UnknownNode for an unknown parent, InvalidRequest where it would close a circle."""

    async def list_snapshots(self, limit: int) -> Sequence[SnapshotRecord]:
        """Newest first."""

    async def roll_back_snapshot(self, version: int) -> SnapshotRecord:
        """Decide by this one and pin it. Raises UnknownSnapshot, CorruptSnapshot."""

    async def follow_newest_snapshot(self) -> SnapshotRecord:
        """Undo the pin: decide by the newest, now and later. Raises UnknownSnapshot where there is none yet."""

    async def list_jobs(self) -> Sequence[JobInfo]:
        """Every scheduled job with its last run."""

    async def run_job(self, name: str) -> JobInfo:
        """Ask that it runs now; does not wait for it. Raises UnknownJob."""

    async def get_stats(self, query: StatsQuery) -> Stats:
        """Counts over the log."""

    async def get_judge_stats(self, query: StatsQuery) -> JudgeStats:
        """Judges held against users' feedback."""

    async def what_if(self, query: WhatIfQuery) -> WhatIf:
        """Off-policy estimate. Raises InvalidRequest for an unknown policy, UnknownModel in "always:MODEL"."""

    async def get_budget(self, tenant: str) -> Budget:
        """A tenant without one has all None."""

    async def put_budget(self, budget: Budget) -> Budget:
        """Set or lift; in force at once for the ceiling, with the next snapshot for the pace."""

    async def warm_start(self, request_id: str, queries: Sequence[KnownQuery]) -> WarmStartReceipt:
        """Tell the learner what is known beforehand; the same request_id again changes nothing. Raises UnknownModel."""


class Application(Protocol):
    """The three of them, as `compose` wires them."""

    @property
    def router(self) -> Router:
        """For RouterService."""

    @property
    def feedback(self) -> Feedback:
        """For FeedbackService."""

    @property
    def admin(self) -> Admin:
        """For AdminService."""
