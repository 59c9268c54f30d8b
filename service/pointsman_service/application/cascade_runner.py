"""Runs a cascade: does what the policy says next, within the deadline, the episode's ceiling and the tenant's.

A failed call is a step with a failure, and the policy chooses what to try next. When time or money ends the cascade,
the best answer so far stands. Closed or cancelled midway, the call under way becomes a step too: whatever was called is
in `run` when it ends, however it ends.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing

import numpy as np
from msgspec.structs import replace
from pointsman_learner.actions import Accept, AskJudge, CallModel
from pointsman_learner.types import NoModelFits, Step, Verdict

from pointsman_service.application.calling import Calling, end_all, first_good, overdue, second_opinion
from pointsman_service.application.cascade import Cascade, Ending
from pointsman_service.application.judge_calls import Payer
from pointsman_service.application.judging import JudgePanel
from pointsman_service.application.model_call import CallResult
from pointsman_service.application.paid_call import PaidCall
from pointsman_service.application.retry_budget import RetryBudget
from pointsman_service.application.shown import Told
from pointsman_service.application.spending import Bid, Hold, Purse
from pointsman_service.application.surviving import surviving
from pointsman_service.domain import ModelConfig
from pointsman_service.domain.requests import StepFinished, StepStarted, VerdictGiven
from pointsman_service.domain.verdict_errors import Why, error_text
from pointsman_service.errors import BudgetExhausted
from pointsman_service.ports import ModelCaller

PATIENCE_SHARE = 0.5
"""Of a call's time, in which it may wait for room under a ceiling that calls under way have taken."""

CascadeEvent = StepStarted | StepFinished | VerdictGiven | Told


class CascadeRunner:
    """models: the configurations in force, by name (a live view: operators change it)."""

    def __init__(
        self,
        caller: ModelCaller,
        panel: JudgePanel,
        purse: Purse,
        models: Mapping[str, ModelConfig],
        rng: np.random.Generator,
        *,
        retries: RetryBudget | None = None,
    ) -> None:
        self._caller = caller
        self.panel = panel
        self._purse = purse
        self._models = models
        self._rng = rng
        self._retries = retries or RetryBudget()

    async def events(self, run: Cascade) -> AsyncGenerator[CascadeEvent, None]:
        """Run to the end (`run.ending`), telling each step as it happens.

        Raises BudgetExhausted where the tenant's ceiling forbids even the first call.
        """
        while run.ending is None:
            action = await self._again(run) or self._next(run)
            if isinstance(action, Ending):
                run.ending = action
                return
            told = self._ask(run, action) if isinstance(action, AskJudge) else self._call(run, action)
            async with aclosing(told) as events:
                async for event in events:
                    yield event

    async def _again(self, run: Cascade) -> CallModel | None:
        """A call that failed, once more, after the pause that its provider named.

        None where another is better, or where too many calls of that model were made again of late.
        """
        again = run.asks_again()
        if again is None or not self._retries.take(again[0]):
            return None
        model, wait_s = again
        await asyncio.sleep(wait_s)
        return CallModel(model, 1.0)

    def _next(self, run: Cascade) -> CallModel | AskJudge | Ending:
        """The policy's word, unless time or money has ended it."""
        if run.task.deadline.left_s <= 0.0:
            return run.ends_with_best("deadline", self._rng)
        try:
            action = run.next_action(self._rng)
        except NoModelFits:
            if run.unpaid is not None and not run.answered:
                raise run.unpaid from None
            return run.ends_with_best("failed", self._rng)
        if isinstance(action, Accept):
            return run.ends_with(action, action.reason)
        stop = self._forbidden(run, action)
        return run.ends_with_best(stop, self._rng) if stop else action

    def _forbidden(self, run: Cascade, action: CallModel | AskJudge) -> str | None:
        """Why the cascade may not do this, None where it may."""
        if self._breaks_ceiling(run, action):
            return "cost_ceiling"
        if isinstance(action, CallModel) and self._is_hopeless(run, action):
            return "failed"
        if isinstance(action, CallModel):
            return "max_steps" if len(run.steps) >= run.task.constraints.max_steps else None
        known = {v.judge for v in run.steps[action.index].verdicts}
        return "utility" if action.judge in known else None  # a verdict that is known cannot be asked for again

    @staticmethod
    def _is_hopeless(run: Cascade, action: CallModel) -> bool:
        """Whether it is left alone for now, as one that was tried was: one probe a query is enough."""
        left_alone = run.task.reach.of(action.model).chance == 0.0
        return left_alone and any(run.task.reach.of(s.model).chance == 0.0 for s in run.steps)

    def _breaks_ceiling(self, run: Cascade, action: CallModel | AskJudge) -> bool:
        ceiling = run.task.constraints.max_cost_usd
        if ceiling is None or not run.steps:  # the first call was weighed by the decision
            return False
        price = self.panel.price(action.judge) if isinstance(action, AskJudge) else run.predicted_usd(action.model)
        return run.spent_usd + price > ceiling

    async def _hold(self, run: Cascade, bid: Callable[[], Bid | None], seconds: float, model: str) -> Hold | None:
        """Hold dollars of the tenant's ceiling; None where there is no room.

        Then the best answer so far is the end; where nothing was answered yet, the policy decides among the others.
        Raises BudgetExhausted where there is no other.
        """
        tenant, patience_s = run.task.constraints.tenant, seconds * PATIENCE_SHARE
        try:
            return await self._purse.hold(tenant, bid, seconds=seconds, patience_s=patience_s)
        except BudgetExhausted as e:
            if run.answered:
                run.ending = run.ends_with_best("cost_ceiling", self._rng)
            elif not run.goes_without(model, e, self._rng):
                raise
            return None

    async def _call(self, run: Cascade, action: CallModel) -> AsyncGenerator[CascadeEvent, None]:
        """One model call, or two at once, and the free verdicts on what is answered.

        Ends the cascade where that answer has to stand. Of two at once nothing is shown before one is accepted.
        """
        model, other = self._models.get(action.model), run.together(action)
        index, settles = len(run.steps), run.settles(action)
        live = other is None and run.shown.goes_live(settled=settles)
        told = self._gone(run, action) if model is None else self._made(run, action, model, live=live, other=other)
        async with aclosing(told) as events:
            async for event in events:
                yield event
        if run.ending is not None or len(run.steps) == index:
            return
        for came in range(index, len(run.steps)):
            async with aclosing(self._came(run, came, live=live)) as events:
                async for event in events:
                    yield event
        if run.task.observes and run.answers[index] is not None:
            return  # it is the answer; what judges say of it teaches
        if live and settles and run.shown.has_to_stand(index):
            run.ending = run.ends_with_shown(self._rng)

    async def _made(
        self, run: Cascade, action: CallModel, model: ModelConfig, *, live: bool, other: CallModel | None
    ) -> AsyncGenerator[CascadeEvent, None]:
        """The call; when this ends, it is a step of the run, or the tenant's ceiling has ended the cascade.

        other: is made at once with it, where the ceiling has room for both.
        """
        calling = await self._begin(run, action, model, first_s=run.patience_for(action) if live else None)
        if calling is None:
            return
        events = self._live(run, calling) if live else self._waited(run, calling, other)
        async with aclosing(events):
            async for event in events:
                yield event

    async def _begin(
        self, run: Cascade, action: CallModel, model: ModelConfig, first_s: float | None = None
    ) -> Calling | None:
        """What a call needs: its time, and dollars held for it; None where the tenant's ceiling has no room."""
        if all(step.model != model.name for step in run.steps):
            self._retries.called(model.name)
        paid = PaidCall.of(self._purse, model, run.task.question, capped=run.task.capped)
        hold = await self._hold(run, paid.bid, run.time_for(action), model.name)
        if hold is None:
            return None
        hold.spent_usd = 0.0  # until it is called
        return Calling(action, hold, paid, self._caller, run.time_for(action), first_s)

    @staticmethod
    async def _live(run: Cascade, calling: Calling) -> AsyncGenerator[CascadeEvent, None]:
        """A call whose pieces go out as they come."""
        index = len(run.steps)
        async with calling.hold:
            yield StepStarted(index, calling.model.name, calling.action.propensity)
            run.does(calling.action)
            run.under_way = index, calling.model.name
            try:
                async with aclosing(calling.begun().pieces(live=True, stands=run.shown.stands)) as pieces:
                    async for piece in pieces:
                        if isinstance(piece, CallResult):
                            calling.result = piece
                        else:
                            for told in run.shown.tell(index, piece):
                                yield told
            finally:  # also where the caller has gone
                calling.end(run)
            await calling.remember()

    async def _waited(
        self, run: Cascade, first: Calling, other: CallModel | None
    ) -> AsyncGenerator[CascadeEvent, None]:
        """A call that is waited for, or two; where they are overdue, another beside them: a good answer ends that."""
        index, callings = len(run.steps), [first]
        patience_s = run.patience_for(first.action)
        async with AsyncExitStack() as holds:
            await holds.enter_async_context(first.hold)
            try:
                yield StepStarted(index, first.model.name, first.action.propensity)
                run.does(first.action)
                run.under_way = index, first.model.name
                first.start()
                if other is not None and (second := await self._held(run, other, at_once=True)) is not None:
                    callings.append(second)
                    await holds.enter_async_context(second.hold)
                    run.does(second.action)
                    second.start()
                    yield StepStarted(index + 1, second.model.name, second.action.propensity)
                pair = tuple(callings)
                if await overdue(pair, patience_s) and (beside := await self._beside(run, pair)) is not None:
                    callings.append(beside)
                    await holds.enter_async_context(beside.hold)
                    yield StepStarted(index + len(pair), beside.model.name, beside.action.propensity)
                    run.does(beside.action)
                    beside.start()
                await first_good(callings)
                if len(pair) > 1:
                    await second_opinion(run, pair)
            finally:  # also where the caller has gone
                await surviving(end_all(run, callings))

    async def _beside(self, run: Cascade, slow: Sequence[Calling]) -> Calling | None:
        """A call that the policy would make, did the slow ones bring nothing; None where nothing may be called."""
        action = run.beside([c.action for c in slow], self._rng)
        return None if action is None or self._breaks_ceiling(run, action) else await self._held(run, action)

    async def _held(self, run: Cascade, action: CallModel, *, at_once: bool = False) -> Calling | None:
        """A call beside one that is under way; None where the model has left, or the ceiling has no room for it."""
        model = self._models.get(action.model)
        if model is None:
            return None
        paid, seconds = PaidCall.of(self._purse, model, run.task.question, capped=run.task.capped), run.time_for(action)
        try:
            hold = await self._purse.hold(run.task.constraints.tenant, paid.bid, seconds=seconds)
        except BudgetExhausted:
            return None  # what is under way may still answer
        hold.spent_usd = 0.0  # until it is called
        return Calling(action, hold, paid, self._caller, seconds, at_once=at_once)

    @staticmethod
    async def _gone(run: Cascade, action: CallModel) -> AsyncGenerator[CascadeEvent, None]:
        """A model that has left since the decision: a step that failed, so that the policy names another."""
        yield StepStarted(len(run.steps), action.model, action.propensity)
        run.does(action)
        error = f"no model is named {action.model!r} any more"
        step = Step(action.model, 0.0, 0.0, error=error, propensity=action.propensity, failure_kind="unknown_model")
        run.took(step, None)

    async def _came(self, run: Cascade, index: int, *, live: bool) -> AsyncGenerator[CascadeEvent, None]:
        """What came of a call, and the free verdicts on its answer."""
        step, answer = run.steps[index], run.answers[index]
        if answer is None:
            run.shown.breaks_off(index, step)
            yield StepFinished(index, step)
            return
        if live:
            for told in run.shown.end(index, step, answer.finish_reason):
                yield told
        yield StepFinished(index, step)
        run.under_way = index, None
        subject = run.under_judgement(index, answer)
        asked = (self.panel.ask(j, subject, run.task.deadline, self._payer(run)) for j in self.panel.free)
        verdicts = await asyncio.gather(*asked)
        for verdict in verdicts:
            run.judged(index, verdict)
        for verdict in verdicts:
            yield VerdictGiven(index, verdict)

    async def _ask(self, run: Cascade, action: AskJudge) -> AsyncGenerator[CascadeEvent, None]:
        """One paid verdict; ends the cascade where the tenant's ceiling forbids it."""
        index, answer = action.index, run.answers[action.index]
        if answer is None:
            run.ending = run.ends_with_best("utility", self._rng)
            return
        subject = run.under_judgement(index, answer)
        usd, timeout_s = self.panel.hold_usd(action.judge), self.panel.time_for(action.judge, run.task.deadline)
        bid = Bid(usd, usd) if run.task.capped and usd else None
        hold = await self._hold(run, lambda: bid, timeout_s, run.steps[index].model)
        if hold is None:
            return
        run.does(action)
        run.under_way = index, None
        payer = self._payer(run)
        verdict = Verdict(action.judge, None, error=error_text(Why.CANCELLED, "the caller went away before it spoke"))
        try:
            async with hold:
                verdict = await self.panel.ask(action.judge, subject, run.task.deadline, payer)
                # What it called was held and settled by itself.
                hold.spent_usd = 0.0 if payer.calls else verdict.cost_usd or 0.0
        except BaseException:
            verdict = replace(verdict, cost_usd=payer.bill_usd) if payer.calls else verdict
            raise
        finally:
            run.judged(index, verdict)
        yield VerdictGiven(index, verdict)

    @staticmethod
    def _payer(run: Cascade) -> Payer:
        return Payer(run.task.constraints.tenant, run.task.capped)
