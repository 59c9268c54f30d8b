"""From a query to the decision: who can take it, what it is bounded by, and which model goes first."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from msgspec.structs import replace as changed
from pointsman_learner.policy import Policy
from pointsman_learner.types import Constraints, Context, Decision, Judge, NoModelFits

from pointsman_service.application.answering import Asked
from pointsman_service.application.cascade import CEILING, CascadeTask
from pointsman_service.application.deciding_together import DecidingTogether
from pointsman_service.application.eligibility import Needs, check_params, excluded, needs_of
from pointsman_service.application.model_registry import ModelRegistry
from pointsman_service.application.observing import observed, own_model, unbounded, unpinned
from pointsman_service.application.query_context import EpisodeBounds, context_of
from pointsman_service.application.reachability import Reachability
from pointsman_service.application.room import Room
from pointsman_service.application.snapshot_watch import SnapshotWatch
from pointsman_service.application.spending import Purse
from pointsman_service.domain import Question, TenantConfig
from pointsman_service.domain.requests import Query, StreamMode
from pointsman_service.errors import NoModelLeft, TenantDisabled
from pointsman_service.ports import CeilingLedger, Embedder


@dataclass(frozen=True, slots=True)
class _Case:
    """One query that is to be decided. own: its tenant as it is in force; routed: the caller calls the model itself."""

    asked: Asked
    own: TenantConfig
    policy: Policy
    context: Context
    needs: Needs
    routed: bool


@dataclass(frozen=True, slots=True)
class Decider:
    """tenant_of: a tenant as it is in force; judges: those that may be asked; max_steps: calls of a cascade at most.

    reach: who can be reached now, which bounds the decision and is logged with it; judged_by: the models that judge, by
    judge: while one is left alone, its judge is not asked. purse: what pays for the calls. room: of guarantees.
    judge_ms: what a judge takes, by its name and the clock of deadlines, None where it is as it is listed.
    """

    snapshots: SnapshotWatch
    models: ModelRegistry
    tenant_of: Callable[[str], TenantConfig]
    ledger: CeilingLedger
    embedder: Embedder
    judges: tuple[Judge, ...]
    together: DecidingTogether
    max_steps: int
    purse: Purse
    reach: Reachability = field(default_factory=Reachability)
    judged_by: Mapping[str, str] = field(default_factory=dict)
    room: Room = field(default_factory=Room)
    judge_ms: Callable[[str, float], float | None] = lambda _name, _now: None

    async def decide(self, asked: Asked, mode: StreamMode | None = None, *, routed: bool = False) -> CascadeTask:
        """routed: the caller calls the model itself, and pays for it.

        Raises TenantDisabled, InvalidRequest for a parameter that no model takes, UnknownModel, NoModelLeft naming the
        constraint.
        """
        query, tenant = asked.query, asked.caller.tenant
        own = self.tenant_of(tenant)
        if not own.enabled:
            raise TenantDisabled(f"the tenant {tenant!r} is disabled; enable it to route its queries", tenant=tenant)
        check_params(query.question.params, self.models.values())
        policy = self.snapshots.current
        context = context_of(query.question, query.hints, self.embedder)
        case = _Case(asked, own, policy, context, needs_of(query, own, context.input_tokens), routed)
        decision, constraints = await (self._observed(case) if own.observes else self._decided(case))
        return CascadeTask(
            query.question,
            context,
            decision,
            constraints,
            policy,
            asked.deadline,
            mode,
            require_tags=case.needs.tags,
            reach=self.reach,
            hedges=own.hedge,
            observes=own.observes,
        )

    async def _decided(self, case: _Case) -> tuple[Decision, Constraints]:
        """The policy's decision."""
        tenant, session_id = case.asked.caller.tenant, case.asked.query.session_id
        sticky = await self.ledger.session_model(tenant, session_id) if session_id else None
        constraints = self._constraints(case, case.asked.query, sticky)
        with self.room.held(case.policy, constraints) as held:
            decision = await self._asked(case, held.constraints)
            if isinstance(decision, NoModelFits):
                raise NoModelLeft(str(decision), constraint=decision.constraint) from decision
            held.decision = decision
        return decision, held.constraints

    async def _observed(self, case: _Case) -> tuple[Decision, Constraints]:
        """The caller's own model, and what the policy would have done. The constraints are those of the policy."""
        query = case.asked.query
        own = replace(query, models=(own_model(query, case.own),))
        alone = unbounded(self._constraints(case, own, None))
        constraints = self._constraints(case, unpinned(query), None)
        # Without the safe start, which has nothing to guard where the baseline answers anyway: it only delays.
        free = changed(constraints, baseline=None)
        mine, would = await asyncio.gather(self._asked(case, alone), self._asked(case, free))  # in one batch
        if isinstance(mine, NoModelFits):
            raise NoModelLeft(str(mine), constraint=mine.constraint) from mine
        return observed(mine, would), constraints

    async def _asked(self, case: _Case, constraints: Constraints) -> Decision | NoModelFits:
        try:
            return await self.together.decide(case.policy, case.context, constraints)
        except NoModelFits as e:
            return e

    def _constraints(self, case: _Case, query: Query, sticky: str | None) -> Constraints:
        """What bounds a decision on this query. Raises NoModelLeft, UnknownModel."""
        tenant, policy = case.asked.caller.tenant, case.policy
        allowed, out = self._allowed(query.models, case.needs, policy)
        if not case.routed:
            allowed, out = self._paid(tenant, query.question, allowed, out, policy)
        bounds = EpisodeBounds(tenant, case.own, case.asked.deadline, self._judges_now(), self.max_steps)
        constraints = bounds.constraints(query, allowed, out, sticky)
        if constraints.latency_weight:
            constraints = changed(constraints, judges=self._timed(constraints.judges, case.asked.deadline.clock()))
        reach = self.reach.routed_by(tenant) if case.routed else self.reach
        return reach.bounding(constraints, policy.models if allowed is None else allowed)

    def _judges_now(self) -> tuple[Judge, ...]:
        """Those whose model answers, as far as this process knows."""
        away = {judge for judge, model in self.judged_by.items() if self.reach.of(model).chance == 0.0}
        return tuple(j for j in self.judges if j.name not in away) if away else self.judges

    def _timed(self, judges: tuple[Judge, ...], now: float) -> tuple[Judge, ...]:
        """With what they take of late: to whom seconds have a price it matters."""
        took = {j.name: ms for j in judges if (ms := self.judge_ms(j.name, now)) is not None}
        return tuple(changed(j, latency_ms=round(took.get(j.name, j.latency_ms), 1)) for j in judges)

    def _paid(
        self,
        tenant: str,
        question: Question,
        allowed: tuple[str, ...] | None,
        out: dict[str, str],
        policy: Policy,
    ) -> tuple[tuple[str, ...] | None, dict[str, str]]:
        """Without those that the tenant's ceiling has no room for; with all where it has room for none."""
        if self.ledger.ceiling(tenant).usd is None:
            return allowed, out
        names = policy.models if allowed is None else allowed
        affordable = self.purse.affordable(tenant, [self.models[name] for name in names], question)
        if not affordable or len(affordable) == len(names):
            return allowed, out
        dear = {name: CEILING for name in names if name not in affordable}
        return tuple(name for name in names if name in affordable), out | dear

    def _allowed(
        self, named: tuple[str, ...] | None, needs: Needs, policy: Policy
    ) -> tuple[tuple[str, ...] | None, dict[str, str]]:
        """Names that may be chosen, None for all that the policy has; and who was kept out, with the reason."""
        allowed = self.models.allowed(named, policy)
        names = policy.models if allowed is None else allowed
        out = dict(excluded([self.models[name] for name in names], needs))
        return (tuple(name for name in names if name not in out) if out else allowed), out
