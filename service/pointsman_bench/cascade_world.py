"""What logs of whole cascades are drawn from, and the policies that they are to tell of.

A learner plays queries of one half. Its snapshot of half way, with more exploration (`Curious`), then answers queries
of the other half, drawn with replacement: a thousand episodes a log, of which a share gets feedback, the last ones not
yet. What any policy truly brings on those queries is known, since every outcome is recorded.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from msgspec.structs import replace
from pointsman_learner.evaluation.estimate import Always
from pointsman_learner.evaluation.table import Told
from pointsman_learner.evaluation.target import Deciding, Logged, Target
from pointsman_learner.events import EpisodeRecorded
from pointsman_learner.exploration.choice import Choice, drawn
from pointsman_learner.exploration.greedy import Greedy
from pointsman_learner.exploration.inverse_gap import inverse_gap
from pointsman_learner.learner import Learner
from pointsman_learner.policy import Policy
from pointsman_learner.settings import LearnerSettings
from pointsman_learner.snapshot import Snapshot
from pointsman_learner.types import Constraints, FloatArray

from pointsman_bench.conditions import TENANT, Conditions
from pointsman_bench.plan import Plan
from pointsman_bench.players import Answered, LearnerPlayer
from pointsman_bench.replay import new_learner, play
from pointsman_bench.rollouts import Recalled, Rollouts
from pointsman_bench.source import Source, default_budgets
from pointsman_bench.stream import Stream, take

LOGGED = 1000
"""Episodes in one log."""
LEARNT = 800
"""Most queries that are learnt from: after thousands, so little else is tried that the log tells of no other policy."""
QUERIES = 200
"""Most queries that logs are drawn of."""
TRUTH = 100
"""Draws of each query that an exploring policy's true value is the mean of."""


@dataclass(frozen=True, slots=True)
class Curious:
    """Exploration of who wants to know what others would bring: by the gaps, and a tenth of first calls evenly."""

    evenly: float = 0.1
    first_gap: float = 60.0
    next_gap: float = 1000.0

    @property
    def optimism(self) -> float:
        """None: it would be another policy's values."""
        return 0.0

    def first_call(self, choice: Choice, rng: np.random.Generator) -> FloatArray:
        """By their gaps, and some of it evenly."""
        del rng
        by_gap = inverse_gap(choice.values, self.first_gap, choice.may)
        return np.asarray((1.0 - self.evenly) * by_gap + self.evenly * choice.may / choice.may.sum())

    def next_step(self, values: FloatArray, rng: np.random.Generator) -> tuple[int, FloatArray]:
        """By their gaps, all that can be done at all."""
        p = inverse_gap(values, self.next_gap, values >= values.max() - 1.0)
        return int(drawn(p, rng)), p


@dataclass(frozen=True, slots=True)
class Candidate:
    """A policy to be valued. quality, cost_usd: what it truly brings a query."""

    name: str
    target: Target | Always
    quality: float
    cost_usd: float


@dataclass(frozen=True, slots=True)
class World:
    """What logs are drawn from: `policy` on these queries; and the policies that they are to tell of.

    lived: the learner's own log of the queries that it learnt from, by all the policies that were in force on the way;
    lived_candidates: what that is to tell of.
    """

    stream: Stream
    policy: Policy
    logging: Rollouts
    candidates: tuple[Candidate, ...]
    lived: tuple[Told, ...]
    lived_candidates: tuple[Candidate, ...]


def world_of(plan: Plan, source: Source, seed: int) -> World:
    """Learn on one half, and value on the other."""
    rows = np.random.default_rng((seed, 84)).permutation(len(source.stream))
    half = len(rows) // 2
    learnt, held = take(source.stream, rows[:half][:LEARNT]), take(source.stream, rows[half:][:QUERIES])
    young, grown, lived = _learnt(plan, source, learnt, seed)
    constraints = Constraints(judges=held.judges, tenant=TENANT, max_steps=LearnerSettings().max_steps)
    weight = young.cost_weight(TENANT)
    curious, greedy, later = (
        Recalled(Snapshot.of(e, exploration=exploration))
        for e, exploration in (
            (young.estimates, Curious()), (young.estimates, Greedy()), (grown.estimates, Greedy()),
        )
    )  # fmt: skip

    def one(name: str, policy: Policy, lam: float | None = None, draws: int = 1) -> Candidate:
        drawn = Rollouts(held, policy, replace(constraints, cost_weight=lam))
        return Candidate(name, Deciding(policy, lam), *_truth(drawn, held, draws, seed))

    candidates = (
        dataclasses.replace(one("in force", curious, draws=TRUTH), target=Logged()),
        one("greedy", greedy),
        one("learnt since", later),
        one("lambda x 0.7", greedy, weight * 0.7),
        one("lambda x 1.5", greedy, weight * 1.5),
        *_alone(held),
    )
    did = Candidate("what it did", Logged(), *_outcome(learnt, enumerate(t.episode for t in lived)))
    return World(held, curious, Rollouts(held, curious, constraints), candidates, lived, (did, *_alone(learnt)))


def _alone(stream: Stream) -> Iterator[Candidate]:
    """Each model and nothing else."""
    quality, cost = stream.table.scores.mean(axis=0), stream.table.costs_usd.mean(axis=0)
    for i, model in enumerate(stream.table.model_names):
        yield Candidate(f"always:{model}", Always(model), float(quality[i]), float(cost[i]))


def _learnt(plan: Plan, source: Source, stream: Stream, seed: int) -> tuple[Snapshot, Snapshot, tuple[Told, ...]]:
    """What a learner knew half way through the stream, and at its end; and its log."""
    budget = plan.budgets[0] if plan.budgets else default_budgets(stream.table)[0]
    conditions = Conditions(budget / 1000.0, seed, plan.feedback_rate, plan.feedback_delay, flip=plan.flip)
    learner = new_learner(stream, LearnerSettings(), source.nodes, conditions.budget_usd)
    snapshots, log = [], []
    for part in np.array_split(np.arange(len(stream)), 2):
        half = take(stream, part)
        player = _Keeping(half, learner, conditions)
        play(half, player, conditions)
        log += [Told(e, player.said.get(t)) for t, e in enumerate(player.episodes)]
        snapshots.append(learner.snapshot())
    return snapshots[0], snapshots[1], tuple(log)


class _Keeping(LearnerPlayer):
    """Keeps its log: episodes in their order, and what was said of each."""

    def __init__(self, stream: Stream, learner: Learner, conditions: Conditions) -> None:
        super().__init__(stream, learner, conditions)
        self.episodes: list[EpisodeRecorded] = []
        self.said: dict[int, float] = {}

    def play(self, t: int) -> Answered:
        """As any does."""
        answered = super().play(t)
        assert answered.episode is not None
        self.episodes.append(answered.episode)
        return answered

    def feedback(self, t: int, about: int, answered: Answered, value: float) -> None:
        """As any does."""
        super().feedback(t, about, answered, value)
        self.said[about] = value


def _truth(drawn: Rollouts, stream: Stream, draws: int, seed: int) -> tuple[float, float]:
    """Mean quality and dollars of every query, drawn so often: once is enough for a policy that does not explore."""
    rng = np.random.default_rng((seed, 86))
    return _outcome(stream, ((t, drawn.draw(t, rng)) for t in range(len(stream)) for _ in range(draws)))


def _outcome(stream: Stream, episodes: Iterable[tuple[int, EpisodeRecorded]]) -> tuple[float, float]:
    """Mean quality and dollars as recorded. episodes: each with its query."""
    found = [(_quality(stream, t, e), e.cost_usd) for t, e in episodes]
    quality, cost = np.mean(found, axis=0)
    return float(quality), float(cost)


def _quality(stream: Stream, t: int, episode: EpisodeRecorded) -> float:
    assert episode.answer is not None
    return float(stream.table.scores[t, stream.table.model_names.index(episode.steps[episode.answer].model)])


def log_of(world: World, plan: Plan, rng: np.random.Generator) -> list[Told]:
    """A thousand episodes, with the feedback that came until the last of them."""
    queries = rng.integers(len(world.stream), size=LOGGED)
    rated = (rng.random(LOGGED) < plan.feedback_rate) & (np.arange(LOGGED) + plan.feedback_delay < LOGGED)
    episodes = [world.logging.draw(t, rng) for t in queries.tolist()]
    return [
        Told(e, _quality(world.stream, t, e) if r else None)
        for t, e, r in zip(queries.tolist(), episodes, rated.tolist(), strict=True)
    ]
