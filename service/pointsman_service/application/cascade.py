"""One cascade while it runs: what was called, what came back, what it cost, and how it ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from msgspec.structs import replace
from pointsman_learner.actions import Accept, Action, ActionTaken, AskJudge, CallModel
from pointsman_learner.snapshot import Snapshot
from pointsman_learner.words import Constraints, Context, Decision, NoModelFits, Step, Verdict

from pointsman_service.application.deadline import Deadline
from pointsman_service.application.shown import Shown
from pointsman_service.domain import ModelAnswer, Question
from pointsman_service.domain.requests import Progress, StreamMode

CUT_SHORT = frozenset({"deadline", "cost_ceiling"})
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
    which the models in the choice have.
    """

    question: Question
    context: Context
    decision: Decision
    constraints: Constraints
    snapshot: Snapshot
    deadline: Deadline
    mode: StreamMode | None = None
    capped: bool = False
    require_tags: tuple[str, ...] = ()


@dataclass(slots=True)
class Cascade:
    """The working memory of one episode.

    answers[i]: None where step i failed; actions: all that was done; shown: what the caller has seen of it; under_way:
    the step that is being called, or judged (then without a model).
    """

    task: CascadeTask
    shown: Shown
    steps: list[Step] = field(default_factory=list)
    answers: list[ModelAnswer | None] = field(default_factory=list)
    actions: list[ActionTaken] = field(default_factory=list)
    ending: Ending | None = None
    under_way: tuple[int, str | None] = (0, None)

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

    def predicted_usd(self, model: str) -> float:
        """What the decision expected a call of this model to cost; 0 where it said nothing."""
        return next((p.cost_usd for p in self.task.decision.predictions if p.model == model), 0.0)

    def is_last(self, model: str) -> bool:
        """Whether no other model could be called after this one."""
        tried = {s.model for s in self.steps} | {model}
        rest = any(p.model not in tried for p in self.task.decision.predictions)
        return not rest or len(self.steps) + 1 >= self.task.constraints.max_steps

    def settles(self, action: CallModel) -> bool:
        """Whether this call's answer will be the answer, whatever it is: no verdict could put another before it."""
        return action.final or (self.is_last(action.model) and not self.answered)

    def next_action(self, rng: np.random.Generator) -> Action:
        """What the policy would do now, in the time that is left. Raises NoModelFits."""
        return self._ask_policy(replace(self.task.constraints, deadline_ms=self.task.deadline.left_ms), rng)

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

    def _ask_policy(self, constraints: Constraints, rng: np.random.Generator) -> Action:
        task = self.task
        return task.snapshot.next_action(task.context, task.decision, self.steps, constraints, rng)
