"""One cascade while it runs: what was called, what came back, what it cost, and how it ended."""

from __future__ import annotations

import dataclasses as values
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from msgspec.structs import replace
from pointsman_learner.actions import Accept, Action, ActionTaken, AskJudge, CallModel, without_calls
from pointsman_learner.policy import Policy
from pointsman_learner.types import Constraints, Context, Decision, NoModelFits, Step, Verdict

from pointsman_service.application.deadline import LEAST_OPINION_S, Deadline, Takes
from pointsman_service.application.reachability import MAY_ANSWER, Reachability
from pointsman_service.application.shown import Shown
from pointsman_service.domain import AnswerUnderJudgement, ModelAnswer, Question
from pointsman_service.domain.requests import Progress, StreamMode
from pointsman_service.errors import BudgetExhausted

CEILING = "ceiling"
"""Why a model is left out for which the tenant's hard ceiling has no room."""
CUT_SHORT = frozenset({"deadline", "cost_ceiling"})
HEDGE = 1.8
"""Times its usual latency after which a call is hedged: some 5 % of calls take longer where their logarithms differ by
.4 (one standard deviation), as in recorded tables. Dean & Barroso (2013), "The tail at scale"."""
FORCED = CUT_SHORT | {"max_steps", "failed"}
"""Ends that time, money or a want of models decided, and not the policy."""


@dataclass(frozen=True, slots=True)
class Ending:
    """Why a cascade ended, and with which step's answer (None: nothing answered). believed: P(it is right)."""

    answer: int | None
    stop: str
    believed: float | None = None


@dataclass(frozen=True, slots=True)
class CascadeTask:
    """What one cascade starts from.

    mode: when pieces of an answer go out, None for at its end. capped: the tenant has a hard ceiling. require_tags:
    which the models in the choice have. reach: who can be reached, now and later in the episode. hedges: a call that is
    slow gets another beside it, which its tenant pays for. observes: no other model than the first is called.
    """

    question: Question
    context: Context
    decision: Decision
    constraints: Constraints
    policy: Policy
    deadline: Deadline
    mode: StreamMode | None = None
    capped: bool = False
    require_tags: tuple[str, ...] = ()
    reach: Reachability = field(default_factory=Reachability)
    hedges: bool = False
    observes: bool = False


@dataclass(slots=True)
class Cascade:
    """The working memory of one episode.

    answers[i]: None where step i failed; actions: all that was done; shown: what the caller has seen of it; under_way:
    the step that is being called, or judged (then without a model); again: of failed steps that may be tried again, by
    index, when, in the clock's seconds; unpaid: why a model could not be called, where the tenant's ceiling had no room
    for it.
    """

    task: CascadeTask
    shown: Shown
    steps: list[Step] = field(default_factory=list)
    answers: list[ModelAnswer | None] = field(default_factory=list)
    actions: list[ActionTaken] = field(default_factory=list)
    ending: Ending | None = None
    under_way: tuple[int, str | None] = (0, None)
    again: dict[int, float] = field(default_factory=dict)
    unpaid: BudgetExhausted | None = None

    @classmethod
    def of(cls, task: CascadeTask) -> Cascade:
        """One at its beginning."""
        return cls(task, Shown(task.mode))

    @property
    def spent_usd(self) -> float:
        """All calls and judges so far."""
        return sum(s.total_cost_usd for s in self.steps)

    @property
    def answered(self) -> Sequence[int]:
        """Indexes of the steps that have an answer."""
        return [i for i, answer in enumerate(self.answers) if answer is not None]

    @property
    def progress(self) -> Progress:
        """How long it has taken, and what is being waited for."""
        return Progress(self.task.deadline.elapsed_ms, *self.under_way)

    def took(self, step: Step, answer: ModelAnswer | None) -> int:
        """Remember a call; its index."""
        self.steps.append(step)
        self.answers.append(answer)
        return len(self.steps) - 1

    def judged(self, index: int, verdict: Verdict) -> None:
        """Remember a verdict on the answer of a step."""
        step = self.steps[index]
        self.steps[index] = replace(step, verdicts=(*step.verdicts, verdict))

    def others(self, index: int) -> tuple[ModelAnswer, ...]:
        """The answers that a judge of answer `index` may compare it with."""
        return tuple(a for i, a in enumerate(self.answers) if a is not None and i != index)

    def under_judgement(self, index: int, answer: ModelAnswer) -> AnswerUnderJudgement:
        """What a judge of answer `index` reads."""
        task = self.task
        return AnswerUnderJudgement(
            task.question, answer, self.steps[index].model, self.others(index), task.constraints.tenant
        )

    def predicted_usd(self, model: str) -> float:
        """What the decision expected a call of this model to cost; 0 where it said nothing."""
        return next((p.cost_usd for p in self.task.decision.predictions if p.model == model), 0.0)

    def expected_ms(self, model: str) -> float:
        """What an answer of this model takes: of late in this process, else what the decision expected."""
        reach = self.task.reach.of(model)
        if reach.answer_ms is not None:
            return reach.answer_ms
        predicted = next((p.latency_ms for p in self.task.decision.predictions if p.model == model), 0.0)
        return max(predicted, reach.at_least_ms)

    def others_than(self, model: str) -> Iterator[str]:
        """The models that could be called after this one: not yet tried, and not left alone."""
        if self.task.observes:
            return iter(())
        tried = {s.model for s in self.steps} | {model}
        left = (p.model for p in self.task.decision.predictions if p.model not in tried)
        return (name for name in left if self.task.reach.of(name).chance > 0.0)

    def is_last(self, model: str) -> bool:
        """Whether no other model could be called after this one."""
        return len(self.steps) + 1 >= self.task.constraints.max_steps or next(self.others_than(model), None) is None

    def time_for(self, action: CallModel) -> float:
        """Seconds that this call may take: beside an answer in hand, what it is worth waiting; else all there is."""
        deadline = self.task.deadline
        return deadline.for_opinion(self.expected_ms(action.model)) if self.answered else deadline.left_s

    def patience_for(self, action: CallModel) -> float | None:
        """Seconds without an answer after which another model is called beside it; None for never."""
        model, deadline = action.model, self.task.deadline
        if self.answered or self.is_last(model):
            return None
        reach = self.task.reach.of(model)
        others = [ms for name in self.others_than(model) if (ms := self.task.reach.of(name).answer_ms) is not None]
        takes = Takes(
            reach.answer_ms, self.expected_ms(model), min(others, default=None), probe=reach.chance <= MAY_ANSWER
        )
        patience_s = deadline.for_call(takes, last=False)
        if self.task.hedges:
            patience_s = min(patience_s, max(HEDGE * takes.expected / 1e3, LEAST_OPINION_S))
        return patience_s if patience_s < deadline.left_s else None

    def together(self, action: CallModel) -> CallModel | None:
        """The call to be made at once with this one, whose answer it does not wait for: beside a first call alone.

        None for a tenant that only observes.
        """
        if self.steps or action.final or self.task.observes:
            return None
        return self.task.policy.together(self.task.context, self.task.decision, self._bounds_now())

    def beside(self, actions: Sequence[CallModel], rng: np.random.Generator) -> CallModel | None:
        """What the policy would call next, did these calls bring nothing; None where that is not a call."""
        overdue = [Step(a.model, 0.0, 0.0, propensity=a.propensity, failure_kind="timeout") for a in actions]
        try:
            following = self._ask_policy(self._bounds_now(), rng, [*self.steps, *overdue])
        except NoModelFits:
            return None
        return following if isinstance(following, CallModel) else None

    def asks_again(self) -> tuple[str, float] | None:
        """The model to try again, and after how many seconds; None where there is none, or another would be quicker.

        Once a query, while nothing has answered. The last that failed, where it may answer before any other would have;
        any, where no other is left.
        """
        if self.answered or len({s.model for s in self.steps}) < len(self.steps):
            return None
        now, left = self.task.deadline.clock(), self.task.deadline.left_s
        others = [self.expected_ms(name) / 1e3 for name in self.others_than("")]
        may = {i: max(0.0, at - now) for i, at in self.again.items()}
        if others:
            may = {i: wait for i, wait in may.items() if i == len(self.steps) - 1 and wait < min(others)}
        if not may:
            return None
        index = min(may, key=lambda i: may[i])
        return (self.steps[index].model, may[index]) if may[index] < left else None

    def settles(self, action: CallModel) -> bool:
        """Whether this call's answer will be the answer, whatever it is: no verdict could put another before it."""
        return action.final or (self.is_last(action.model) and not self.answered)

    def next_action(self, rng: np.random.Generator) -> Action:
        """What the policy would do now, in the time that is left. Raises NoModelFits."""
        action = self._ask_policy(self._bounds_now(), rng)
        if not self.task.observes or not self.steps:
            return action
        alone = without_calls(action)
        if alone is None:
            raise NoModelFits("models", f"the tenant only observes, and {self.task.decision.model} did not answer")
        return alone

    def _bounds_now(self) -> Constraints:
        bounds = replace(self.task.constraints, deadline_ms=self.task.deadline.left_ms)
        return self.task.reach.bounding(bounds, bounds.models or self.task.policy.models)

    def goes_without(self, model: str, why: BudgetExhausted, rng: np.random.Generator) -> bool:
        """Decide among the other models, since this one cannot be paid for; False where there is none."""
        task, constraints = self.task, self.task.constraints
        names = task.policy.models if constraints.models is None else constraints.models
        left = tuple(name for name in names if name != model)
        without = replace(constraints, models=left, excluded={**constraints.excluded, model: CEILING})
        self.unpaid = why
        if task.observes:
            return False
        if self.steps:
            self.task = values.replace(task, constraints=without)
            return bool(left)
        try:
            decision = task.policy.decide(task.context, without, rng)
        except NoModelFits:
            return False
        self.task = values.replace(task, constraints=without, decision=decision)
        return True

    def does(self, action: CallModel | AskJudge) -> None:
        """Remember that it is being done."""
        self.actions.append(ActionTaken.of(action, first=not self.actions))

    def ends_with(self, action: Accept, stop: str) -> Ending:
        """The end with the answer that this accepts."""
        self.actions.append(ActionTaken.of(action, forced=stop if stop in FORCED else None))
        return Ending(action.index, stop, action.quality)

    def ends_with_best(self, stop: str, rng: np.random.Generator) -> Ending:
        """The end with the best answer so far: what the policy accepts when it may neither call nor ask any more."""
        if not self.answered:
            return Ending(None, stop)
        return self.ends_with(self._best(rng), stop)

    def ends_with_shown(self, rng: np.random.Generator) -> Ending:
        """The end with the last answer, which has gone out; where that broke off midway, with nothing."""
        index = len(self.steps) - 1
        if self.answers[index] is None:
            return Ending(None, "failed")
        best = self._best(rng)
        stop = "max_steps" if best.reason == "max_steps" and self._is_full else "utility"
        return self.ends_with(best if best.index == index else replace(best, index=index, quality=None), stop)

    @property
    def _is_full(self) -> bool:
        return len(self.steps) >= self.task.constraints.max_steps

    def _best(self, rng: np.random.Generator) -> Accept:
        """The best of the answers, the last where the policy knows none of their models."""
        shut = replace(self.task.constraints, max_steps=len(self.steps), judges=())
        try:
            action = self._ask_policy(shut, rng)
        except NoModelFits:
            return Accept(self.answered[-1], None)
        if isinstance(action, Accept) and action.index in self.answered:
            return action
        return Accept(self.answered[-1], None)

    def _ask_policy(
        self, constraints: Constraints, rng: np.random.Generator, steps: Sequence[Step] | None = None
    ) -> Action:
        task, done = self.task, self.steps if steps is None else steps
        return task.policy.next_action(task.context, task.decision, done, constraints, rng)
