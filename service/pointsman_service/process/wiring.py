"""Builds one process's application from the settings: opens the storage, chooses the adapters, hands them over."""

from __future__ import annotations

import os
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from pointsman_service.adapters.callers.deployments import DeploymentsCaller
from pointsman_service.adapters.callers.litellm_caller import LiteLLMCaller
from pointsman_service.adapters.callers.logprobs import LogprobsCaller
from pointsman_service.adapters.embedder_wordllama import shared_embedder
from pointsman_service.adapters.limit_table import LimitTable
from pointsman_service.adapters.prices.book import PriceBook
from pointsman_service.adapters.sqlite.storage import Storage
from pointsman_service.adapters.tokens.jwt_verifier import JwtRules, JwtVerifier
from pointsman_service.application.access import Access
from pointsman_service.application.admin import AdminDesk, AdminParts
from pointsman_service.application.admission import Admission
from pointsman_service.application.answer_stream import AnswerStream
from pointsman_service.application.answering import EpisodeWriter
from pointsman_service.application.backlog import Backlog
from pointsman_service.application.call_price import UNPRICED, dearest_of
from pointsman_service.application.cascade_runner import CascadeRunner
from pointsman_service.application.changes import Changes
from pointsman_service.application.deciding import Decider
from pointsman_service.application.deciding_together import DecidingTogether
from pointsman_service.application.explaining import Explainer
from pointsman_service.application.feedback import FeedbackTaker
from pointsman_service.application.health_book import HealthBook
from pointsman_service.application.in_force import ConfigurationWatch
from pointsman_service.application.judge_calls import JudgeCaller
from pointsman_service.application.judging import JudgePanel
from pointsman_service.application.limited_calls import LimitedCaller
from pointsman_service.application.model_registry import ModelRegistry
from pointsman_service.application.outcomes import OutcomeTaker
from pointsman_service.application.reachability import Reachability
from pointsman_service.application.requesters import Requesters
from pointsman_service.application.retry_budget import RetryBudget
from pointsman_service.application.room import Room
from pointsman_service.application.router import QueryRouter, RouterParts
from pointsman_service.application.savings import SavingsEstimator
from pointsman_service.application.shadowing import ShadowPace, ShadowParts, Shadows
from pointsman_service.application.snapshot_watch import SnapshotWatch
from pointsman_service.application.spending import Purse
from pointsman_service.application.surviving import survived
from pointsman_service.application.tenants import TenantBook
from pointsman_service.application.told_reach import ToldReach
from pointsman_service.application.turns import Turns
from pointsman_service.application.warm_start import WarmStart
from pointsman_service.application.what_if import WhatIfEstimator
from pointsman_service.config.access import JwtSection
from pointsman_service.config.rules import Rules
from pointsman_service.config.sections import Settings
from pointsman_service.domain import JudgeConfig
from pointsman_service.domain.conditions import Condition, Kind
from pointsman_service.domain.configuration import InForce, Refused
from pointsman_service.domain.redaction import Redactor
from pointsman_service.domain.requests import Caller
from pointsman_service.errors import ConfigurationError
from pointsman_service.judges.apart.processes import Apart
from pointsman_service.judges.build import JudgeParts, build_judges
from pointsman_service.judges.contained import ContainedJudge
from pointsman_service.observability import WithoutWords, keep_words, redact_lines
from pointsman_service.observability.changes_logged import ChangesLogged
from pointsman_service.ports import Embedder, ModelCaller, Observer
from pointsman_service.process.calling import caller_at_one_place
from pointsman_service.process.descriptors import pool_of_providers
from pointsman_service.process.evaluator import ChildEvaluator
from pointsman_service.process.live import Live
from pointsman_service.process.opening import storage_of

LIMITS = "limits.table"  # in the storage's folder; only processes that run have anything in it
_UNREADABLE = Condition.of(Kind.LOG_UNREADABLE, what="configuration")
RUBRIC_TOKENS = (800, 100)  # in and out, of a rubric verdict whose cost nobody states


@dataclass(frozen=True, slots=True)
class App:
    """One process's application, its parts that must be watched, and what must be closed.

    deployments: knows who can be reached now.
    preload: loads litellm, which models of that adapter are called through. Raises ConfigurationError.
    """

    router: QueryRouter
    feedback: FeedbackTaker
    admin: AdminDesk
    storage: Storage
    snapshots: SnapshotWatch
    configuration: ConfigurationWatch
    access: Access
    caller: ModelCaller
    deployments: DeploymentsCaller
    preload: Callable[[], Awaitable[None]]
    judges: Sequence[ContainedJudge]
    observer: Observer
    admission: Admission
    requesters: Requesters
    health: HealthBook
    tenants: TenantBook
    backlog: Backlog
    shadows: Shadows | None = None

    async def close(self) -> None:
        """Flush the log, close every connection."""
        if self.shadows is not None:
            await self.shadows.close()
        await survived()
        for judge in self.judges:
            await judge.close()
        await self.caller.close()
        await self.router.close()
        await self.storage.close()
        self.admission.store.close()


def build_app(settings: Settings, observer: Observer, models: ModelRegistry, *, shared: bool = False) -> App:
    """Open the storage and wire everything; what is in force is put into the registry, now and later.

    shared: whether other workers share the limits of callers. Raises ConfigurationError, NewerSchema, LogUnavailable.
    """
    keeps_words = settings.storage.store_prompts == "full"
    keep_words(keeps_words)
    observer = observer if keeps_words else WithoutWords(observer)
    base = _base(settings, observer, models)
    litellm = LiteLLMCaller(base.prices, connections=pool_of_providers())
    redactor = Redactor(os.environ)
    redact_lines(redactor)
    deployments = DeploymentsCaller(caller_at_one_place(base.prices, litellm, redactor), changed=observer.breaker)
    caller = LimitedCaller(deployments)
    purse = Purse(base.storage.ledger, time.time, base.models)
    judge_caller = JudgeCaller(caller, purse)
    configs = [priced_judge(j, base.models, base.prices) for j in settings.judge_configs() if j.is_asked]
    judges = build_judges(configs, _judge_parts(base, judge_caller))
    calling = frozenset(j.name for j in configs if _called_by(j, base.models))
    panel = JudgePanel(judges, tuple(j.as_learner_judge() for j in configs), calling=calling)
    retries = RetryBudget(changed=partial(_retries_changed, observer))
    runner = CascadeRunner(_telling(caller, configs), panel, purse, base.models, base.rng, retries=retries)
    judged_by = {j.name: j.model for j in configs if j.model is not None}
    admission, requesters = _admission(settings, base.live, observer, shared=shared), Requesters(base.tenants)

    def may_speak(caller: Caller) -> None:
        admission.word(requesters.of(caller.identity, caller.tenant))

    shadows = _shadows(settings, base, caller, runner.panel, purse)
    return App(
        router=_router(settings, base, runner, _Paying(deployments, purse, judged_by), shadows),
        feedback=FeedbackTaker(base.storage.log, observer, time.time, may_speak),
        admin=_admin(settings, base, deployments),
        storage=base.storage,
        snapshots=base.snapshots,
        configuration=base.configuration,
        access=base.access,
        caller=caller,
        deployments=deployments,
        preload=litellm.preload,
        judges=tuple(judges.values()),
        observer=observer,
        admission=admission,
        requesters=requesters,
        health=base.health,
        tenants=base.tenants,
        backlog=base.backlog,
        shadows=shadows,
    )


def _shadows(settings: Settings, base: _Base, caller: ModelCaller, panel: JudgePanel, purse: Purse) -> Shadows | None:
    """None where nothing is called in the shadow. Workers share a day's dollars."""
    usd = settings.exploration.usd_per_day
    if settings.exploration.mode != "shadow" or usd is None:
        return None
    parts = ShadowParts(
        caller=caller,
        panel=panel,
        purse=purse,
        models=base.models,
        log=base.storage.log,
        exploring=lambda: base.snapshots.exploring,
        rng=base.rng,
        now=time.time,
        clock=time.monotonic,
    )
    return Shadows(parts, ShadowPace(usd / settings.server.workers, time.monotonic))


def _retries_changed(observer: Observer, model: str, spent: bool) -> None:
    observer.condition(Condition.of(Kind.RETRY_BUDGET, model=model), spent)


def _admission(settings: Settings, live: Live, observer: Observer, *, shared: bool) -> Admission:
    table = LimitTable(settings.storage.folder / LIMITS if shared else None)
    admission = Admission(table, Turns(live.server.queue_wait_s), observer=observer)
    live.limits_go_to(lambda server: admission.put_in_force(server.limits(), server.queue_wait_s))
    return admission


def _judge_parts(base: _Base, caller: ModelCaller) -> JudgeParts:
    return JudgeParts(
        base.models, lambda _model: caller, base.rng, rated=base.storage.rated, embedder=base.embedder, apart=Apart()
    )


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
    access: Access
    snapshots: SnapshotWatch
    embedder: Embedder
    observer: Observer
    rng: np.random.Generator
    live: Live
    health: HealthBook = field(default_factory=lambda: HealthBook(time.time))
    backlog: Backlog = field(default_factory=Backlog)


def _base(settings: Settings, observer: Observer, models: ModelRegistry) -> _Base:
    prices = PriceBook()
    storage = storage_of(settings, make=False)  # the start has made it; one that is gone must not be made anew
    embedder = shared_embedder()
    rules = Rules(prices, shared_embedder)
    tenants = TenantBook()
    access = access_of(settings, tenants, observer.stranger)
    explores = settings.exploration.mode == "live"
    snapshots, live = SnapshotWatch(storage.snapshots, (), observer, explores=explores), Live(settings)

    def changed(now: InForce) -> None:
        live.follow(now.layers)
        access.put_in_force(now.keys.values(), open_tenants=now.open_tenants)
        snapshots.without_learner(m.as_learner_model() for m in now.models.values())

    configuration = ConfigurationWatch(
        storage.configuration,
        rules,
        models,
        tenants,
        changed,
        on_trouble=lambda why: observer.condition(_UNREADABLE, bool(why), why),
    )
    try:
        configuration.check()
    except Refused as e:
        raise ConfigurationError(f"configuration: {e}") from e
    snapshots.start()
    rng = np.random.default_rng()  # fresh entropy: two workers must not explore in step
    return _Base(
        storage, prices, models, tenants, rules, configuration, access, snapshots, embedder, observer, rng, live
    )


def access_of(settings: Settings, tenants: TenantBook, stranger: Callable[[str], None] = lambda _why: None) -> Access:
    """Who may call. stranger: hears of each who has no valid key or token.

    Raises ConfigurationError where tokens cannot be checked.
    """
    auth = settings.auth
    tokens = JwtVerifier(jwt_rules(auth.jwt)) if auth.enabled and auth.jwt is not None else None
    return Access(
        tenants, time.time, enabled=auth.enabled, open_tenants=settings.tenants.open, tokens=tokens, stranger=stranger
    )


def jwt_rules(section: JwtSection) -> JwtRules:
    """What is asked of tokens."""
    return JwtRules(
        issuer=section.issuer,
        audience=section.audience,
        jwks_file=section.jwks_file,
        algorithms=tuple(section.algorithms),
        leeway_s=section.leeway_s,
        max_age_s=section.max_age_s,
        tenant_claim=section.tenant_claim,
        roles_claim=section.roles_claim,
        acts_for_claim=section.acts_for_claim,
        roles=frozenset(section.roles),
        limits=section.limits(),
    )


@dataclass(frozen=True, slots=True)
class _Paying:
    """What decisions know of calls: who can be reached, who pays, and which models judge, by judge."""

    caller: DeploymentsCaller
    purse: Purse
    judged_by: Mapping[str, str]


def _router(
    settings: Settings, base: _Base, runner: CascadeRunner, calls: _Paying, shadows: Shadows | None
) -> QueryRouter:
    log, ledger = base.storage.log, base.storage.ledger
    keep_texts = settings.storage.store_prompts == "full"
    writer = EpisodeWriter(log, ledger, time.time, base.backlog, keep_texts=keep_texts)
    told = ToldReach(time.monotonic)
    decider = Decider(
        snapshots=base.snapshots,
        models=base.models,
        tenant_of=base.tenants.of,
        ledger=ledger,
        embedder=base.embedder,
        judges=runner.panel.known,
        together=DecidingTogether(base.rng),
        max_steps=settings.learner.policy.max_steps,
        purse=calls.purse,
        reach=Reachability(base.models, calls.caller.reach, calls.caller.blame, told),
        judged_by=calls.judged_by,
        room=Room(settings.server.workers),
        judge_ms=runner.panel.usual_ms,
    )
    return QueryRouter(
        RouterParts(
            log=log,
            decider=decider,
            answers=AnswerStream(runner, writer, ledger, base.observer, shadows=shadows),
            writer=writer,
            outcomes=OutcomeTaker(log, base.models, time.time, told, _judges_told(settings)),
            explainer=Explainer(base.snapshots),
            observer=base.observer,
            new_id=new_id,
            default_deadline_s=settings.server.default_deadline_s,
        )
    )


def _admin(settings: Settings, base: _Base, caller: DeploymentsCaller) -> AdminDesk:
    storage, evaluator = base.storage, ChildEvaluator(base.storage.path.parent)
    return AdminDesk(
        AdminParts(
            configuration=base.configuration,
            rules=base.rules,
            changes=Changes(
                storage.configuration,
                base.rules,
                base.configuration,
                time.time,
                nameable=base.live.nameable,
                heard=ChangesLogged(),
            ),
            tenants=base.tenants,
            ledger=storage.ledger,
            snapshots=storage.snapshots,
            watch=base.snapshots,
            jobs=storage.jobs,
            stats=storage.stats,
            end_users=storage.end_users,
            log=storage.log,
            what_if=WhatIfEstimator(evaluator, base.models, base.snapshots),
            savings=SavingsEstimator(evaluator, base.models, base.snapshots, base.tenants),
            warm_start=WarmStart(storage.log, base.embedder, base.models, time.time),
            intervals=settings.jobs.intervals(),
            availability=caller.availability,
            breakers=caller.states,
            reach=caller.reach,
            now=time.time,
            health=base.health,
        )
    )


def _judges_told(settings: Settings) -> frozenset[str]:
    """Names of judges whose verdicts callers may report: those that are configured, asked or not."""
    return frozenset(judge.name for judge in settings.judge_configs())


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
