"""Calls in the shadow: beside an answer that was given another model answers the same query, and only learning sees it.

Callers never see an experiment, wait for one or hear of its trouble, and no tenant pays for it: a purse of its own
does, within `exploration.usd_per_day`. What one call may cost is held before it, over all processes, as under any
ceiling; what cannot be held is not called. Dollars come evenly over the day, so that not all of them go to its first
queries.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import structlog
from msgspec.structs import replace
from pointsman_learner.actions import CallModel
from pointsman_learner.events import ShadowRecorded
from pointsman_learner.policy import Policy
from pointsman_learner.types import Constraints, NoModelFits, Step, Verdict

from pointsman_service.application.cascade import Cascade
from pointsman_service.application.deadline import Deadline
from pointsman_service.application.judge_calls import Payer
from pointsman_service.application.judging import JudgePanel
from pointsman_service.application.model_call import ModelCall
from pointsman_service.application.paid_call import PaidCall
from pointsman_service.application.spending import Bid, Purse
from pointsman_service.domain import AnswerUnderJudgement, ModelAnswer, ModelConfig
from pointsman_service.domain.names import EXPLORATION
from pointsman_service.errors import BudgetExhausted, PointsmanError
from pointsman_service.ports import EventLog, ModelCaller

_log: structlog.stdlib.BoundLogger = structlog.get_logger("pointsman")
UNDER_WAY = 4
"""Calls in the shadow that one process has under way at most: queries that come meanwhile have none."""
LONGEST_S = 60.0
"""Of a call with its verdicts: nobody waits for it, and what is under way holds dollars of the day."""
SAVED_H = 1.0
"""Hours whose dollars are saved up while there is nothing to call."""
DAY_S = 86_400.0


@dataclass(slots=True)
class ShadowPace:
    """Dollars of a day as they come: evenly, saved up for `SAVED_H`. clock: monotonic seconds.

    >>> pace = ShadowPace(24.0, clock=lambda: 0.0)
    >>> pace.has_any, pace.spend(1.5), pace.has_any
    (True, None, False)
    """

    usd_per_day: float
    clock: Callable[[], float]
    _usd: float = field(init=False)
    _at: float = field(init=False)

    def __post_init__(self) -> None:
        self._usd, self._at = self._most, self.clock()

    @property
    def has_any(self) -> bool:
        """Whether a call may be made now: what it costs beyond what is there is waited for after it."""
        self.spend(0.0)
        return self._usd > 0.0

    def spend(self, usd: float) -> None:
        """Take what a call cost."""
        now = self.clock()
        self._usd = min(self._most, self._usd + (now - self._at) * self.usd_per_day / DAY_S) - usd
        self._at = now

    @property
    def _most(self) -> float:
        return self.usd_per_day * SAVED_H / 24.0


@dataclass(frozen=True, slots=True)
class ShadowParts:
    """What calls in the shadow are made with. exploring: the policy in force with its draws.

    models: in force, by name; now: seconds since the epoch; clock: monotonic ones.
    """

    caller: ModelCaller
    panel: JudgePanel
    purse: Purse
    models: Mapping[str, ModelConfig]
    log: EventLog
    exploring: Callable[[], Policy]
    rng: np.random.Generator
    now: Callable[[], float]
    clock: Callable[[], float]


class Shadows:
    """Of one process. pace: of its share of the day's dollars; under_way: calls that have not ended."""

    def __init__(self, parts: ShadowParts, pace: ShadowPace) -> None:
        self._p = parts
        self._pace = pace
        self.under_way: set[asyncio.Task[None]] = set()

    def after(self, episode_id: str, run: Cascade) -> None:
        """An answer was given: perhaps have another model answer, too. Returns at once, and raises nothing.

        Never for a tenant that only observes: its queries go to its own model alone.
        """
        if run.task.observes or len(self.under_way) >= UNDER_WAY or not self._pace.has_any:
            return
        task = asyncio.create_task(self._contained(episode_id, run))
        self.under_way.add(task)
        task.add_done_callback(self.under_way.discard)

    async def close(self) -> None:
        """Cancel those under way. What a provider may charge for them stays held of the day; the log has none of it."""
        for task in self.under_way:
            task.cancel()
        await asyncio.gather(*self.under_way, return_exceptions=True)

    async def _contained(self, episode_id: str, run: Cascade) -> None:
        try:
            await self._call(episode_id, run)
        except PointsmanError as e:
            _log.debug("shadow_call_given_up", episode_id=episode_id, why=str(e))
        except Exception as e:  # noqa: BLE001 - the edge of a task that nobody waits for
            _log.error("shadow_call_defect", episode_id=episode_id, exc_info=e)

    async def _call(self, episode_id: str, run: Cascade) -> None:
        """One call, its verdicts, and their line in the log. Raises BudgetExhausted, LogUnavailable."""
        deadline = Deadline.after(LONGEST_S, self._p.clock, self._p.clock())
        action = self._drawn(run)
        model = None if action is None else self._p.models.get(action.model)
        if action is None or model is None:
            return
        paid = PaidCall.of(self._p.purse, model, run.task.question, capped=True)
        async with await self._p.purse.hold(EXPLORATION, paid.bid, seconds=deadline.left_s) as hold:
            try:
                result = await ModelCall.now(self._p.caller, paid.model, paid.question, deadline.left_s).result()
                hold.spent_usd = paid.usd(result, hold.held_usd)
                await paid.remember(result, hold.spent_usd)
            finally:
                self._pace.spend(hold.spent_usd)
        step = result.step_of(action)
        if result.answer is not None:
            step = replace(step, verdicts=await self._verdicts(run, step, result.answer, deadline))
        answered = tuple(run.steps[i] for i in run.answered)
        tenant = run.task.constraints.tenant
        await self._p.log.append_shadow(ShadowRecorded(episode_id, tenant, self._p.now(), (*answered, step)))

    def _drawn(self, run: Cascade) -> CallModel | None:
        """A model that was not called, drawn as exploration draws among those that might have been; None without any.

        What a caller asked for of an answer's worth, price and time bounds no answer that nobody waits for.
        """
        task, policy = run.task, self._p.exploring()
        asked = task.constraints
        called = {s.model for s in run.steps}
        names = policy.models if asked.models is None else asked.models
        left = tuple(n for n in names if n not in called and task.reach.of(n).chance > 0.0)
        bounds = Constraints(
            models=left,
            cost_weight=asked.cost_weight,
            judges=asked.judges,
            tenant=asked.tenant,
            max_steps=asked.max_steps,
            latency_weight=asked.latency_weight,
        )
        try:
            decision = policy.decide(task.context, bounds, self._p.rng)
        except NoModelFits:
            return None
        return CallModel(decision.model, decision.propensity)

    async def _verdicts(self, run: Cascade, step: Step, answer: ModelAnswer, deadline: Deadline) -> tuple[Verdict, ...]:
        """Of every judge, one after the other, as far as the day's dollars pay for it."""
        others = tuple(a for a in run.answers if a is not None)
        subject = AnswerUnderJudgement(run.task.question, answer, step.model, others, run.task.constraints.tenant)
        found = []
        for judge in self._p.panel.known:
            try:
                found.append(await self._verdict(judge.name, subject, deadline))
            except BudgetExhausted:
                continue  # a cheaper one may have room
        return tuple(found)

    async def _verdict(self, judge: str, subject: AnswerUnderJudgement, deadline: Deadline) -> Verdict:
        usd, payer = self._p.panel.hold_usd(judge), Payer(EXPLORATION, capped=True)
        bid = Bid(usd, usd) if usd else None
        seconds = self._p.panel.time_for(judge, deadline)
        async with await self._p.purse.hold(EXPLORATION, lambda: bid, seconds=seconds) as hold:
            verdict = await self._p.panel.ask(judge, subject, deadline, payer)
            hold.spent_usd = 0.0 if payer.calls else verdict.cost_usd or 0.0  # what it called was held by itself
            self._pace.spend(verdict.cost_usd or 0.0)
        return verdict
