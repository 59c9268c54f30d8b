"""The target policy: how likely it is to take each action where the log stands, under the constraints that were logged.

One function answers for every policy that is to be valued, for first calls, stops, judges and escalations alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from msgspec.structs import replace

from pointsman_learner.actions import Accept, Action, AskJudge, CallModel
from pointsman_learner.evaluation.choices import Choice, Key, key_of
from pointsman_learner.events import EpisodeRecorded
from pointsman_learner.policy import Policy
from pointsman_learner.types import Constraints, Decision, NoModelFits, Step

STOP: Key = ("stop", None, None)
"""To end without an answer, which is worth nothing and costs nothing."""


class Target(Protocol):
    """A policy as off-policy evaluation sees it."""

    def chances(self, episode: EpisodeRecorded, choices: Sequence[Choice]) -> Sequence[Mapping[Key, float]]:
        """P(action | state) of each action that has any, at each choice of the episode; they sum to 1."""


@dataclass(frozen=True, slots=True)
class Logged:
    """The policy that was in force: what the log shows."""

    def chances(self, episode: EpisodeRecorded, choices: Sequence[Choice]) -> Sequence[Mapping[Key, float]]:
        """As they were logged."""
        del episode
        return [c.chances for c in choices]


@dataclass(frozen=True, slots=True)
class Deciding:
    """A snapshot, of now or of before, as it would have decided then.

    cost_weight: another lambda, None for the request's or, without one, what the snapshot has for the tenant. models:
    another pool, None for the logged one.
    """

    policy: Policy
    cost_weight: float | None = None
    models: tuple[str, ...] | None = None

    def chances(self, episode: EpisodeRecorded, choices: Sequence[Choice]) -> Sequence[Mapping[Key, float]]:
        """By asking it at every choice, in the state that the log tells of."""
        asked = self._asked(episode)
        rng = np.random.default_rng(0)  # for draws that nobody looks at: chances don't depend on them
        try:
            decision = self.policy.decide(episode.context, asked, rng)
        except NoModelFits:
            return [{STOP: 1.0}] * len(choices)
        found: list[Mapping[Key, float]] = [
            {("call", p.model, None): p.propensity for p in decision.predictions if p.propensity > 0.0}
        ]
        for n, choice in enumerate(choices[1:], 1):
            if choice.forced:
                found.append(choice.chances)
                continue
            if n == 1 and (other := self._together(episode, decision, choice.steps, asked)) is not None:
                found.append(_chances(other))  # whatever the first answer is
                continue
            try:
                action = self.policy.next_action(episode.context, decision, choice.steps, asked, rng)
            except NoModelFits:
                found.append({STOP: 1.0})
                continue
            found.append(_chances(action))
        return found

    def _together(
        self, episode: EpisodeRecorded, decision: Decision, steps: Sequence[Step], asked: Constraints
    ) -> CallModel | None:
        """The call that it makes at once with the logged first one, which follows from that without a draw."""
        if len(steps) != 1:
            return None
        return self.policy.together(episode.context, replace(decision, model=steps[0].model), asked)

    def _asked(self, episode: EpisodeRecorded) -> Constraints:
        asked = as_logged(episode)
        weight = asked.cost_weight if self.cost_weight is None else self.cost_weight
        return replace(asked, models=asked.models if self.models is None else self.models, cost_weight=weight)


def as_logged(episode: EpisodeRecorded) -> Constraints:
    """What was asked of the policy that decided, whose models are those that it told of."""
    logged = episode.constraints
    names = logged.models or tuple(p.model for p in episode.decision.predictions)
    return replace(logged, models=names, tenant=episode.tenant)


def _chances(action: Action) -> Mapping[Key, float]:
    if action.alternatives:
        return {key_of(a): a.probability for a in action.alternatives if a.probability > 0.0}
    match action:
        case Accept(index=index):
            return {("accept", None, index): 1.0}
        case AskJudge(judge=judge, index=index):
            return {("ask", judge, index): 1.0}
        case _:
            return {("call", action.model, None): 1.0}
