"""Runs a cascade: does what the policy says next, within the deadline, the episode's ceiling and the tenant's.

A failed call is a step with an error, and the policy chooses what to try next. When time or money ends the cascade, the
best answer so far stands.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing

import numpy as np
from msgspec.structs import replace
from pointsman_learner.actions import Accept, AskJudge, CallModel
from pointsman_learner.words import NoModelFits

from pointsman_service.application.cascade import Cascade, Ending
from pointsman_service.application.judging import JudgePanel
from pointsman_service.application.model_call import CallResult, ModelCall
from pointsman_service.application.spending import JUDGE_FACTOR, Purse, bounded, most_usd
from pointsman_service.domain import AnswerUnderJudgement, ModelConfig
from pointsman_service.domain.requests import AnswerChunk, StepFinished, StepStarted, VerdictGiven
from pointsman_service.errors import BudgetExhausted, UnknownModel
from pointsman_service.ports import ModelCaller

CascadeEvent = StepStarted | StepFinished | VerdictGiven | AnswerChunk


class CascadeRunner:
    """models: the configurations in force, by name (a live view: operators change it)."""

    def __init__(
        self,
        caller: ModelCaller,
        panel: JudgePanel,
        purse: Purse,
        models: Mapping[str, ModelConfig],
        rng: np.random.Generator,
    ) -> None:
        self._caller = caller
        self.panel = panel
        self._purse = purse
        self._models = models
        self._rng = rng

    async def events(self, run: Cascade) -> AsyncGenerator[CascadeEvent, None]:
        """Run to the end (`run.ending`), telling each step as it happens.

        Raises BudgetExhausted where the tenant's ceiling forbids even the first call.
        """
        while run.ending is None:
            action = self._next(run)
            if isinstance(action, Ending):
                run.ending = action
            elif isinstance(action, AskJudge):
                async with aclosing(self._ask(run, action)) as verdicts:
                    async for verdict in verdicts:
                        yield verdict
            else:
                async with aclosing(self._call(run, action)) as told:
                    async for event in told:
                        yield event

    def _next(self, run: Cascade) -> CallModel | AskJudge | Ending:
        """The policy's word, unless time or money has ended it."""
        if run.task.deadline.left_s <= 0.0:
            return run.ends_with_best("deadline", self._rng)
        try:
            action = run.next_action(self._rng)
        except NoModelFits:
            return run.ends_with_best("failed", self._rng)
        if isinstance(action, Accept):
            return run.ends_with(action, action.reason)
        stop = self._forbidden(run, action)
        return run.ends_with_best(stop, self._rng) if stop else action

    def _forbidden(self, run: Cascade, action: CallModel | AskJudge) -> str | None:
        """Why the cascade may not do this, None where it may."""
        if self._breaks_ceiling(run, action):
            return "cost_ceiling"
        if isinstance(action, CallModel):
            return "max_steps" if len(run.steps) >= run.task.constraints.max_steps else None
        known = {v.judge for v in run.steps[action.index].verdicts}
        return "utility" if action.judge in known else None  # a verdict that is known cannot be asked for again

    def _breaks_ceiling(self, run: Cascade, action: CallModel | AskJudge) -> bool:
        ceiling = run.task.constraints.max_cost_usd
        if ceiling is None or not run.steps:  # the first call was weighed by the decision
            return False
        price = self.panel.price(action.judge) if isinstance(action, AskJudge) else run.predicted_usd(action.model)
        return run.spent_usd + price > ceiling

    async def _call(self, run: Cascade, action: CallModel) -> AsyncGenerator[CascadeEvent, None]:
        """One model call and the free verdicts on its answer; ends the cascade where a live answer has gone out."""
        model = self._models.get(action.model)
        if model is None:
            raise UnknownModel(f"no model is named {action.model!r}", model=action.model)
        task = run.task
        question = bounded(task.question) if task.capped else task.question
        most = most_usd(model, question, run.predicted_usd(model.name)) if task.capped else 0.0
        try:
            hold = await self._purse.hold(task.constraints.tenant, most, capped=task.capped)
        except BudgetExhausted:
            if not run.answered:
                raise
            run.ending = run.ends_with_best("cost_ceiling", self._rng)
            return
        live = task.live and action.final
        call = ModelCall(self._caller, model, question, task.deadline.for_call(last=self._is_last(run, action)))
        run.does(action)
        yield StepStarted(len(run.steps), model.name, action.propensity)
        async with hold, aclosing(call.pieces(live=live)) as pieces:
            async for piece in pieces:
                if isinstance(piece, str):
                    run.streamed = True
                    yield AnswerChunk(piece)
                else:
                    result = piece
                    hold.spent_usd = result.step.cost_usd if result.bill_known else most
        for event in await self._took(run, action, result):
            yield event
        if run.streamed:
            run.ending = self._live_ending(run)

    async def _took(self, run: Cascade, action: CallModel, result: CallResult) -> list[CascadeEvent]:
        index = run.took(result.step_of(action), result.answer)
        events: list[CascadeEvent] = [StepFinished(index, run.steps[index])]
        if result.answer is not None:
            subject = AnswerUnderJudgement(run.task.question, result.answer, action.model, run.others(index))
            timeout_s = run.task.deadline.for_judge()
            verdicts = await asyncio.gather(*(self.panel.ask(j, subject, timeout_s) for j in self.panel.free))
            for verdict in verdicts:
                run.judged(index, verdict)
                events.append(VerdictGiven(index, verdict))
        return events

    def _live_ending(self, run: Cascade) -> Ending:
        """What has gone out is the answer; where it broke off midway, nothing is."""
        index = len(run.steps) - 1
        if run.answers[index] is None:
            return Ending(None, "failed")
        best = run.best(self._rng)
        return run.ends_with(best if best.index == index else replace(best, index=index, quality=None), "utility")

    def _is_last(self, run: Cascade, action: CallModel) -> bool:
        """Whether nothing could be tried after this call."""
        tried = {s.model for s in run.steps} | {action.model}
        rest = any(p.model not in tried for p in run.task.decision.predictions)
        return not rest or len(run.steps) + 1 >= run.task.constraints.max_steps

    async def _ask(self, run: Cascade, action: AskJudge) -> AsyncGenerator[CascadeEvent, None]:
        """One paid verdict; ends the cascade where the tenant's ceiling forbids it."""
        answer = run.answers[action.index]
        if answer is None:
            run.ending = run.ends_with_best("utility", self._rng)
            return
        subject = AnswerUnderJudgement(
            run.task.question, answer, run.steps[action.index].model, run.others(action.index)
        )
        most = self.panel.price(action.judge) * JUDGE_FACTOR
        try:
            hold = await self._purse.hold(run.task.constraints.tenant, most, capped=run.task.capped)
        except BudgetExhausted:
            run.ending = run.ends_with_best("cost_ceiling", self._rng)
            return
        run.does(action)
        async with hold:
            verdict = await self.panel.ask(action.judge, subject, run.task.deadline.for_judge())
            hold.spent_usd = verdict.cost_usd
        run.judged(action.index, verdict)
        yield VerdictGiven(action.index, verdict)
