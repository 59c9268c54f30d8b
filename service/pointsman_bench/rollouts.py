"""A policy's whole behaviour on recorded outcomes: every way that a cascade may go, with its probability.

Outcomes and verdicts are recorded, so that what happens to a query depends on the policy's draws alone: a tree of
choices, made as it is walked. Drawing a thousand logs from it costs little more than drawing one.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

import numpy as np
from msgspec.structs import replace
from pointsman_learner.actions import Action, ActionTaken, Alternative, CallModel
from pointsman_learner.events import EpisodeRecorded
from pointsman_learner.policy import Policy
from pointsman_learner.types import Constraints, Context, Decision, Step

from pointsman_bench.episodes import ask, call
from pointsman_bench.stream import Stream


@dataclass(slots=True)
class _Node:
    """A state: what may be done there, and what came of what was done."""

    steps: tuple[Step, ...]
    taken: tuple[ActionTaken, ...]
    options: tuple[ActionTaken, ...]
    upto: tuple[float, ...]
    after: dict[int, _Node | EpisodeRecorded] = field(default_factory=dict)


class Rollouts:
    """Episodes of one policy on a stream, under the same constraints for every query."""

    def __init__(self, stream: Stream, policy: Policy, constraints: Constraints) -> None:
        self._stream, self._policy, self._constraints = stream, policy, constraints
        self._roots: dict[int, tuple[Decision, _Node]] = {}
        self._ends = 0
        self._unused = np.random.default_rng(0)  # policies tell all of their chances, whatever they draw

    def draw(self, t: int, rng: np.random.Generator) -> EpisodeRecorded:
        """Query t once more. The same way through it is the same object."""
        if t not in self._roots:
            self._roots[t] = self._root(t)
        decision, at = self._roots[t]
        while True:
            k = int(np.searchsorted(at.upto, rng.random() * at.upto[-1], side="right"))
            option = at.options[k]
            if not at.steps:
                assert option.model is not None
                decision = replace(decision, model=option.model, propensity=option.probability)
            after = at.after.get(k)
            if after is None:
                after = at.after[k] = self._done(t, decision, at, option)
            if isinstance(after, EpisodeRecorded):
                return after
            at = after

    def _root(self, t: int) -> tuple[Decision, _Node]:
        decision = self._policy.decide(self._stream.contexts[t], self._constraints, self._unused)
        options = tuple(ActionTaken("call", p.propensity, p.model) for p in decision.predictions if p.propensity > 0.0)
        return decision, _node((), (), options)

    def _done(self, t: int, decision: Decision, at: _Node, option: ActionTaken) -> _Node | EpisodeRecorded:
        """The state after an action, or the episode that it ended."""
        taken = (*at.taken, option)
        match option.kind:
            case "accept":
                assert option.step is not None
                believed = option.believed[option.step]
                self._ends += 1
                return EpisodeRecorded(
                    f"e{t}.{self._ends}", self._constraints.tenant, float(t), self._stream.contexts[t], decision,
                    at.steps, option.step, "utility", believed, constraints=self._constraints, actions=taken,
                )  # fmt: skip
            case "ask":
                assert option.step is not None
                assert option.judge is not None
                judged = ask(self._stream, t, at.steps[option.step], option.judge)
                steps = (*at.steps[: option.step], judged, *at.steps[option.step + 1 :])
            case _:
                assert option.model is not None
                steps = (*at.steps, call(self._stream, t, option.model, option.probability))
                other = None if at.steps else self._together(t, decision)
                if other is not None:
                    taken = (*taken, ActionTaken.of(other))
                    steps = (*steps, replace(call(self._stream, t, other.model, other.propensity), at_once=True))
        action = self._policy.next_action(self._stream.contexts[t], decision, steps, self._constraints, self._unused)
        one = ActionTaken.of(action)
        options = tuple(_taking(one, a) for a in one.alternatives if a.probability > 0.0)
        return _node(steps, taken, options)

    def _together(self, t: int, decision: Decision) -> CallModel | None:
        return self._policy.together(self._stream.contexts[t], decision, self._constraints)


def _node(steps: tuple[Step, ...], taken: tuple[ActionTaken, ...], options: tuple[ActionTaken, ...]) -> _Node:
    return _Node(steps, taken, options, tuple(np.cumsum([o.probability for o in options]).tolist()))


def _taking(action: ActionTaken, other: Alternative) -> ActionTaken:
    """The same choice, had this alternative been drawn."""
    return replace(
        action, kind=other.kind, probability=other.probability, model=other.model, judge=other.judge, step=other.step
    )


class Recalled(Policy):
    """A policy that is asked once in each state of a query. The draw is always the same one: look at the chances."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._decided: dict[tuple[int, float | None], Decision] = {}
        self._next: dict[tuple[Hashable, ...], Action] = {}

    @property
    def version(self) -> int:
        """The policy's."""
        return self._policy.version

    @property
    def models(self) -> tuple[str, ...]:
        """The policy's."""
        return self._policy.models

    def decide(self, context: Context, constraints: Constraints, rng: np.random.Generator) -> Decision:
        """What it decided the first time, for this context object and cost weight."""
        key = (id(context), constraints.cost_weight)
        if key not in self._decided:
            self._decided[key] = self._policy.decide(context, constraints, rng)
        return self._decided[key]

    def together(self, context: Context, decision: Decision, constraints: Constraints) -> CallModel | None:
        """The policy's."""
        return self._policy.together(context, decision, constraints)

    def next_action(
        self,
        context: Context,
        decision: Decision,
        steps: Sequence[Step],
        constraints: Constraints,
        rng: np.random.Generator,
    ) -> Action:
        """What it did the first time after these calls and verdicts."""
        key = (id(context), decision.cost_weight, *((s.model, tuple(v.judge for v in s.verdicts)) for s in steps))
        if key not in self._next:
            self._next[key] = self._policy.next_action(context, decision, steps, constraints, rng)
        return self._next[key]

    def believe(self, context: Context, steps: Sequence[Step]) -> tuple[float | None, ...]:
        """The policy's."""
        return self._policy.believe(context, steps)
