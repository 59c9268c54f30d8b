"""A world that is small enough to know: two models, a judge, queries that are easy or hard, and policies by chances."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from msgspec.structs import replace
from pointsman_learner.actions import ActionTaken, Alternative
from pointsman_learner.evaluation.table import Told
from pointsman_learner.events import EpisodeRecorded
from pointsman_learner.types import Context, Decision, ModelPrediction, Step, Verdict

RIGHT = {"small": (0.9, 0.3), "large": (0.95, 0.8)}
"""P(right) on easy and on hard queries."""
COST = {"small": 0.001, "large": 0.01}
JUDGE_COST = 0.0005


@dataclass(frozen=True)
class Chances:
    """A policy.

    first: P(small first); accept, ask: of an answer of small that nobody judged; doubted: P(accept) of one that the
    judge gave less than one half. All the rest is to call the large model; its answer is accepted.
    """

    first: float = 0.5
    accept: float = 0.5
    ask: float = 0.3
    doubted: float = 0.3

    def chances(self, episode, choices):
        """See `Target`."""
        del episode
        return [self.at(c.steps) for c in choices]

    def at(self, steps):
        """Of each action, after these steps."""
        if not steps:
            return {("call", "small", None): self.first, ("call", "large", None): 1 - self.first}
        if steps[-1].model == "large":
            return {("accept", None, len(steps) - 1): 1.0}
        call = ("call", "large", None)
        if steps[-1].verdicts:
            good = steps[-1].verdicts[0].score >= 0.5
            accept = 0.95 if good else self.doubted
            return {("accept", None, 0): accept, call: 1 - accept}
        left = 1 - self.accept - self.ask
        return {("accept", None, 0): self.accept, ("ask", "judge", 0): self.ask, call: left}


def episode_of(policy, rng, number, *, told=1.0):
    """One episode, and what its answer was worth where somebody says so."""
    hard = bool(rng.random() < 0.4)
    right = {m: bool(rng.random() < p[hard]) for m, p in RIGHT.items()}
    said = {m: float(np.clip(0.7 * r + 0.3 * rng.random(), 0, 1)) for m, r in right.items()}
    expected = {m: p[hard] for m, p in RIGHT.items()}
    steps, actions = [], []
    while True:
        chances = {k: p for k, p in policy.at(steps).items() if p > 0}
        keys = list(chances)
        key = keys[rng.choice(len(keys), p=list(chances.values()))]
        kind, name, at = key
        among = tuple(
            Alternative(k, n if k == "call" else None, n if k == "ask" else None, i, p)
            for (k, n, i), p in chances.items()
        )
        believed = tuple(expected[s.model] if not s.verdicts else s.verdicts[0].score for s in steps)
        actions.append(
            ActionTaken(
                kind,
                chances[key],
                model=name if kind == "call" else None,
                judge=name if kind == "ask" else None,
                step=at,
                alternatives=among if steps else (),
                believed=believed,
            )
        )
        if kind == "accept":
            break
        if kind == "call":
            steps.append(Step(name, COST[name], 100.0, propensity=chances[key]))
        else:
            steps[at] = replace(steps[at], verdicts=(Verdict("judge", said[steps[at].model], JUDGE_COST),))
    first = actions[0]
    predictions = tuple(
        ModelPrediction(m, expected[m], 0.1, COST[m], 100.0, policy.at([])[("call", m, None)]) for m in RIGHT
    )
    decision = Decision(first.model, first.probability, predictions, (first.model,), "fused", (), 0.0, 10.0, 1)
    context = Context("v", np.zeros(1, np.float32), np.zeros(1, np.float32), 10)
    episode = EpisodeRecorded(
        f"e{number}", "t", float(number), context, decision, tuple(steps), at, "utility", actions=tuple(actions)
    )
    worth = float(right[steps[at].model])
    return Told(episode, worth if rng.random() < told else None), worth


def log_of(policy, n, seed, *, told=1.0):
    """A log of n episodes."""
    rng = np.random.default_rng(seed)
    return [episode_of(policy, rng, i, told=told)[0] for i in range(n)]


def truth_of(policy, n=60_000, seed=99):
    """Mean quality and dollars, by playing it."""
    rng = np.random.default_rng(seed)
    played = [episode_of(policy, rng, i) for i in range(n)]
    return float(np.mean([w for _, w in played])), float(np.mean([t.episode.cost_usd for t, _ in played]))


def alone(model):
    """Mean quality of one model and nothing else."""
    easy, hard = RIGHT[model]
    return 0.6 * easy + 0.4 * hard
