"""Builds one process's application from the settings: opens the storage, chooses the adapters, hands them over."""

from __future__ import annotations

import os
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from pointsman_service.adapters.caller_deployments import DeploymentsCaller
from pointsman_service.adapters.caller_litellm import LiteLLMCaller
from pointsman_service.adapters.caller_logprobs import LogprobsCaller
from pointsman_service.adapters.embedder_wordllama import shared_embedder
from pointsman_service.adapters.prices import PriceBook
from pointsman_service.adapters.sqlite_storage import Storage
from pointsman_service.application.admin import AdminDesk, AdminParts
from pointsman_service.application.answer_stream import AnswerStream
from pointsman_service.application.answering import EpisodeWriter
from pointsman_service.application.call_price import UNPRICED, dearest_of
from pointsman_service.application.cascade_runner import CascadeRunner
from pointsman_service.application.changes import Changes
from pointsman_service.application.deciding import Decider
from pointsman_service.application.explaining import Explainer
from pointsman_service.application.feedback import FeedbackTaker
from pointsman_service.application.in_force import ConfigurationWatch
from pointsman_service.application.judge_calls import JudgeCaller
from pointsman_service.application.judging import JudgePanel
from pointsman_service.application.limited_calls import LimitedCaller
from pointsman_service.application.model_registry import ModelRegistry
from pointsman_service.application.outcomes import OutcomeTaker
from pointsman_service.application.reachability import Reachability
from pointsman_service.application.router import QueryRouter, RouterParts
from pointsman_service.application.snapshot_watch import SnapshotWatch
from pointsman_service.application.spending import Purse
from pointsman_service.application.surviving import survived
from pointsman_service.application.tenants import TenantBook
from pointsman_service.application.told_reach import ToldReach
from pointsman_service.application.warm_start import WarmStart
from pointsman_service.application.what_if import WhatIfEstimator
from pointsman_service.config.rules import Rules
from pointsman_service.config.sections import Settings
from pointsman_service.domain import JudgeConfig
from pointsman_service.domain.configuration import Refused
from pointsman_service.domain.redaction import Redactor
from pointsman_service.errors import ConfigurationError
from pointsman_service.judges.build import JudgeParts, build_judges
from pointsman_service.judges.contained import ContainedJudge
from pointsman_service.observability import redact_lines
from pointsman_service.ports import Embedder, ModelCaller, Observer
from pointsman_service.process.calling import caller_at_one_place
from pointsman_service.process.opening import storage_of

RUBRIC_TOKENS = (800, 100)  # in and out, of a rubric verdict whose cost nobody states


@dataclass(frozen=True, slots=True)
class App:
    """One process's application, its parts that must be watched, and what must be closed.

    preload: loads litellm, which models of that adapter are called through. Raises ConfigurationError.
    """

    router: QueryRouter
    feedback: FeedbackTaker
    admin: AdminDesk
    storage: Storage
    snapshots: SnapshotWatch
    configuration: ConfigurationWatch
    caller: ModelCaller
    preload: Callable[[], Awaitable[None]]
    judges: Sequence[ContainedJudge]
    observer: Observer

    async def close(self) -> None:
        """Flush the log, close every connection."""
        await survived()
        for judge in self.judges:
            await judge.close()
        await self.caller.close()
        await self.storage.close()


def build_app(settings: Settings, observer: Observer, models: ModelRegistry) -> App:
    """Open the storage and wire everything; what is in force is put into the registry, now and later.

    Raises ConfigurationError, NewerSchema, LogUnavailable.
    """
    base = _base(settings, observer, models)
    litellm = LiteLLMCaller(base.prices)
    redactor = Redactor(os.environ)
    redact_lines(redactor)
    deployments = DeploymentsCaller(caller_at_one_place(base.prices, litellm, redactor), changed=observer.breaker)
    caller = LimitedCaller(deployments)
    purse = Purse(base.storage.ledger, time.time, base.models)
    judge_caller = JudgeCaller(caller, purse)
    configs = [priced_judge(j, base.models, base.prices) for j in settings.judge_configs()]
    judges = build_judges(configs, _judge_parts(base, judge_caller))
    calling = frozenset(j.name for j in configs if _called_by(j, base.models))
    panel = JudgePanel(judges, tuple(j.as_learner_judge() for j in configs), calling=calling)
    runner = CascadeRunner(_telling(caller, configs), panel, purse, base.models, base.rng)
    judged_by = {j.name: j.model for j in configs if j.model is not None}
    return App(
        router=_router(settings, base, runner, _Paying(deployments, purse, judged_by)),
        feedback=FeedbackTaker(base.storage.log, observer, time.time),
        admin=_admin(settings, base, deployments),
        storage=base.storage,
        snapshots=base.snapshots,
        configuration=base.configuration,
        caller=caller,
        preload=litellm.preload,
        judges=tuple(judges.values()),
        observer=observer,
    )


def _judge_parts(base: _Base, caller: ModelCaller) -> JudgeParts:
    return JudgeParts(base.models, lambda _model: caller, base.rng, rated=base.storage.rated, embedder=base.embedder)


def _telling(caller: ModelCaller, judges: Sequence[JudgeConfig]) -> ModelCaller:
    """The caller of models that answer: asks for log-probabilities where a judge reads them, which costs a little."""
    return LogprobsCaller(caller) if any(judge.kind == "logprob" for judge in judges) else caller


@dataclass(frozen=True, slots=True)
class _Base:
    """What the router and the admin share."""

    storage: Storage
    prices: PriceBook
    models: ModelRegistry
    tenants: TenantBook
    rules: Rules
    configuration: ConfigurationWatch
    snapshots: SnapshotWatch
    embedder: Embedder
    observer: Observer
    rng: np.random.Generator


def _base(settings: Settings, observer: Observer, models: ModelRegistry) -> _Base:
    prices = PriceBook()
    storage = storage_of(settings)
    embedder = shared_embedder()
    rules = Rules(prices, shared_embedder)
    tenants = TenantBook()
    snapshots = SnapshotWatch(storage.snapshots, (), observer)
    configuration = ConfigurationWatch(
        storage.configuration,
        rules,
        models,
        tenants,
        lambda now: snapshots.without_learner(m.as_learner_model() for m in now.models.values()),
    )
    try:
        configuration.check()
    except Refused as e:
        raise ConfigurationError(f"configuration: {e}") from e
    snapshots.start()
    rng = np.random.default_rng()  # fresh entropy: two workers must not explore in step
    return _Base(storage, prices, models, tenants, rules, configuration, snapshots, embedder, observer, rng)


@dataclass(frozen=True, slots=True)
class _Paying:
    """What decisions know of calls: who can be reached, who pays, and which models judge, by judge."""

    caller: DeploymentsCaller
    purse: Purse
    judged_by: Mapping[str, str]


def _router(settings: Settings, base: _Base, runner: CascadeRunner, calls: _Paying) -> QueryRouter:
    log, ledger = base.storage.log, base.storage.ledger
    keep_texts = settings.storage.store_prompts == "full"
    writer = EpisodeWriter(log, ledger, time.time, keep_texts=keep_texts)
    told = ToldReach(time.monotonic)
    decider = Decider(
        snapshots=base.snapshots,
        models=base.models,
        tenant_of=base.tenants.of,
        ledger=ledger,
        embedder=base.embedder,
        judges=runner.panel.known,
        rng=base.rng,
        max_steps=settings.learner.policy.max_steps,
        purse=calls.purse,
        reach=Reachability(base.models, calls.caller.reach, calls.caller.blame, told),
        judged_by=calls.judged_by,
    )
    return QueryRouter(
        RouterParts(
            log=log,
            decider=decider,
            answers=AnswerStream(runner, writer, ledger, base.observer),
            writer=writer,
            outcomes=OutcomeTaker(log, base.models, time.time, told),
            explainer=Explainer(base.snapshots),
            observer=base.observer,
            new_id=new_id,
            default_deadline_s=settings.server.default_deadline_s,
        )
    )


def _admin(settings: Settings, base: _Base, caller: DeploymentsCaller) -> AdminDesk:
    storage = base.storage
    return AdminDesk(
        AdminParts(
            configuration=base.configuration,
            rules=base.rules,
            changes=Changes(storage.configuration, base.rules, base.configuration, time.time),
            tenants=base.tenants,
            ledger=storage.ledger,
            snapshots=storage.snapshots,
            watch=base.snapshots,
            jobs=storage.jobs,
            stats=storage.stats,
            what_if=WhatIfEstimator(storage.log, base.models, base.rng),
            warm_start=WarmStart(storage.log, base.embedder, base.models, time.time),
            intervals=settings.jobs.intervals(),
            availability=caller.availability,
            breakers=caller.states,
            reach=caller.reach,
            now=time.time,
        )
    )


def priced_judge(judge: JudgeConfig, models: ModelRegistry, prices: PriceBook) -> JudgeConfig:
    """A judge that calls a model is never free: without a stated cost, what its call is likely to cost."""
    called = _called_by(judge, models)
    if judge.cost_usd > 0.0 or not called:
        return judge
    # Of several models that it may call, the dearest: a plan knows one price for a judge. So is one without a price.
    dearest = dearest_of(models.values()) or UNPRICED
    likely = max((prices(models[name]) or dearest).cost_usd(*RUBRIC_TOKENS) for name in called)
    return replace(judge, cost_usd=max(likely, 1e-6))


def _called_by(judge: JudgeConfig, models: ModelRegistry) -> list[str]:
    """Names of the models that a judge may call."""
    if judge.kind == "consistency":
        return [name for name in judge.options.get("models", models) if name in models]
    return [judge.model] if judge.model is not None and judge.model in models else []


def new_id() -> str:
    """An id that sorts by time: 12 hex digits of milliseconds, 20 of chance.

    >>> len(new_id())
    32
    """
    return f"{time.time_ns() // 1_000_000:012x}{os.urandom(10).hex()}"
