"""Builds one process's application from the settings: opens the storage, chooses the adapters, hands them over."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from pointsman_service.adapters.caller_choice import CallerChoice
from pointsman_service.adapters.caller_litellm import LiteLLMCaller
from pointsman_service.adapters.caller_openai import OpenAICaller
from pointsman_service.adapters.embedder_wordllama import shared_embedder
from pointsman_service.adapters.operator_changes import OperatorFile
from pointsman_service.adapters.prices import PriceBook
from pointsman_service.adapters.sqlite_ledger import Ceiling
from pointsman_service.adapters.sqlite_storage import Storage, StorageSettings, open_storage
from pointsman_service.application.admin import AdminDesk, AdminParts
from pointsman_service.application.answering import EpisodeWriter
from pointsman_service.application.cascade_runner import CascadeRunner
from pointsman_service.application.changes_watch import ChangesWatch
from pointsman_service.application.feedback import FeedbackTaker
from pointsman_service.application.judging import JudgePanel
from pointsman_service.application.model_registry import ModelRegistry
from pointsman_service.application.router import QueryRouter, RouterParts
from pointsman_service.application.snapshot_watch import SnapshotWatch
from pointsman_service.application.spending import Purse
from pointsman_service.application.taxonomy_admin import TaxonomyAdmin, nodes_of
from pointsman_service.application.tenants import DEFAULT_TENANT, TenantBook
from pointsman_service.application.warm_start import WarmStart
from pointsman_service.application.what_if import WhatIfEstimator
from pointsman_service.config.sections import Settings, TenantSection
from pointsman_service.config.taxonomy_file import read_taxonomy
from pointsman_service.domain import JudgeConfig, ModelConfig
from pointsman_service.domain.operations import TaxonomyNode
from pointsman_service.judges.build import JudgeParts, build_judges
from pointsman_service.judges.contained import ContainedJudge
from pointsman_service.ports import Embedder, ModelCaller, Observer

RUBRIC_TOKENS = (800, 100)  # in and out, of a rubric verdict whose cost nobody states


@dataclass(frozen=True, slots=True)
class App:
    """One process's application, its parts that must be watched, and what must be closed."""

    router: QueryRouter
    feedback: FeedbackTaker
    admin: AdminDesk
    storage: Storage
    snapshots: SnapshotWatch
    changes: ChangesWatch
    caller: ModelCaller
    judges: Sequence[ContainedJudge]
    observer: Observer

    async def close(self) -> None:
        """Flush the log, close every connection."""
        for judge in self.judges:
            await judge.close()
        await self.caller.close()
        await self.storage.close()


def build_app(settings: Settings, observer: Observer) -> App:
    """Open the storage and wire everything. Raises ConfigurationError, NewerSchema, LogUnavailable."""
    base = _base(settings, observer)
    caller = CallerChoice({"openai": OpenAICaller(base.prices), "litellm": LiteLLMCaller(base.prices)})
    configs = [priced_judge(j, base.models, base.prices) for j in settings.judge_configs()]
    judges = build_judges(configs, JudgeParts(base.models, lambda _model: caller, base.rng))
    panel = JudgePanel(judges, tuple(j.as_learner_judge() for j in configs))
    runner = CascadeRunner(caller, panel, Purse(base.storage.ledger, time.time), base.models, base.rng)
    return App(
        router=_router(settings, base, runner),
        feedback=FeedbackTaker(base.storage.log, observer, time.time, new_id),
        admin=_admin(settings, base),
        storage=base.storage,
        snapshots=base.snapshots,
        changes=base.changes,
        caller=caller,
        judges=tuple(judges.values()),
        observer=observer,
    )


@dataclass(frozen=True, slots=True)
class _Base:
    """What the router and the admin share."""

    storage: Storage
    prices: PriceBook
    models: ModelRegistry
    tenants: TenantBook
    operator: OperatorFile
    changes: ChangesWatch
    snapshots: SnapshotWatch
    embedder: Embedder
    observer: Observer
    rng: np.random.Generator


def _base(settings: Settings, observer: Observer) -> _Base:
    prices = PriceBook()
    storage = storage_of(settings)
    models = ModelRegistry(priced_models(settings, prices))
    tenants = TenantBook(budgets_of(settings), {name: t.preference for name, t in settings.tenants.items()})
    operator = OperatorFile(settings.storage.folder)
    changes = ChangesWatch(operator, models, tenants)
    changes.check()
    snapshots = SnapshotWatch(storage.snapshots, [m.as_learner_model() for m in models.values()], observer)
    snapshots.start()
    rng = np.random.default_rng()  # fresh entropy: two workers must not explore in step
    embedder = shared_embedder()
    return _Base(storage, prices, models, tenants, operator, changes, snapshots, embedder, observer, rng)


def _router(settings: Settings, base: _Base, runner: CascadeRunner) -> QueryRouter:
    log, ledger = base.storage.log, base.storage.ledger
    keep_texts = settings.storage.store_prompts == "full"
    return QueryRouter(
        RouterParts(
            log=log,
            ledger=ledger,
            embedder=base.embedder,
            snapshots=base.snapshots,
            models=base.models,
            tenants=base.tenants,
            runner=runner,
            writer=EpisodeWriter(log, ledger, time.time, keep_texts=keep_texts),
            observer=base.observer,
            rng=base.rng,
            now=time.time,
            new_id=new_id,
            default_deadline_s=settings.server.default_deadline_s,
            max_steps=settings.learner.policy.max_steps,
        )
    )


def _admin(settings: Settings, base: _Base) -> AdminDesk:
    storage = base.storage
    entries = read_taxonomy(settings.learner.taxonomy)

    def known_nodes() -> list[TaxonomyNode]:
        return nodes_of(base.snapshots.current, entries)

    return AdminDesk(
        AdminParts(
            log=storage.log,
            ledger=storage.ledger,
            snapshots=storage.snapshots,
            watch=base.snapshots,
            jobs=storage.jobs,
            stats=storage.stats,
            changes=base.operator,
            models=base.models,
            tenants=base.tenants,
            taxonomy=TaxonomyAdmin(storage.log, base.embedder, known_nodes, time.time),
            what_if=WhatIfEstimator(storage.log, base.models, base.rng),
            warm_start=WarmStart(storage.log, base.embedder, base.models, time.time),
            intervals=settings.jobs.intervals(),
            set_ceiling=lambda tenant, usd, period_s: storage.ledger.put_ceiling(tenant, Ceiling(usd, period_s)),
            now=time.time,
        )
    )


def storage_of(settings: Settings, *, read_only: bool = False) -> Storage:
    """The storage that the settings name. Raises ConfigurationError, NewerSchema, LogUnavailable."""
    ceilings = {name: _ceiling(tenant) for name, tenant in settings.tenants.items()}
    return open_storage(
        settings.storage.folder,
        StorageSettings(
            store_prompts=settings.storage.store_prompts,
            synchronous=settings.storage.synchronous,
            ceilings=ceilings,
            default_ceiling=ceilings.get(DEFAULT_TENANT),
            read_only=read_only,
        ),
    )


def priced_models(settings: Settings, prices: PriceBook) -> list[ModelConfig]:
    """The configured models, each with the prices in force, so that plans know them before the first call."""
    return [_priced(model, prices) for model in settings.model_configs()]


def _priced(model: ModelConfig, prices: PriceBook) -> ModelConfig:
    known = prices(model)
    if known is None:
        return model
    return replace(model, input_usd_per_1m=known.input_usd_per_1m, output_usd_per_1m=known.output_usd_per_1m)


def priced_judge(judge: JudgeConfig, models: ModelRegistry, prices: PriceBook) -> JudgeConfig:
    """A judge that calls a model is never free: without a stated cost, what its call is likely to cost."""
    if judge.model is None or judge.cost_usd > 0.0 or judge.model not in models:
        return judge
    known = prices(models[judge.model])
    likely = known.cost_usd(*RUBRIC_TOKENS) if known else 0.0
    return replace(judge, cost_usd=max(likely, 1e-6))


def budgets_of(settings: Settings) -> dict[str, float | None]:
    """Paced budgets, dollars per 1,000 queries, of the tenants that have one."""
    return {name: t.usd_per_1k for name, t in settings.tenants.items() if t.usd_per_1k is not None}


def new_id() -> str:
    """An id that sorts by time: 12 hex digits of milliseconds, 20 of chance.

    >>> len(new_id())
    32
    """
    return f"{time.time_ns() // 1_000_000:012x}{os.urandom(10).hex()}"


def _ceiling(tenant: TenantSection) -> Ceiling:
    return Ceiling(tenant.ceiling_usd, tenant.period_s)
