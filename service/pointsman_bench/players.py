"""Who plays: a policy answers queries one by one, and hears what a live service would tell it, when it would."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from msgspec.structs import replace
from pointsman_learner.events import EpisodeRecorded, FeedbackRecorded, ModelPut
from pointsman_learner.learner import JOBS, Learner
from pointsman_learner.types import Constraints, Decision, NoModelFits

from pointsman_bench.conditions import STRANGER, TENANT, Conditions
from pointsman_bench.episodes import run_episode
from pointsman_bench.jobs import REBUILD, CallsSeen
from pointsman_bench.stream import Stream


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of one query.

    model: column that answered; cost_usd: judges included; believed: P(right) in [0, 1],
    NaN where the policy does not say; cost_weight: lambda, utility per dollar; episode: the learner's record;
    jobs_changed: which jobs changed the learner before it, see `Trace`.
    """

    model: int
    cost_usd: float
    judge_cost_usd: float = 0.0
    judge_calls: int = 0
    believed: float = float("nan")
    cost_weight: float = float("nan")
    steps: int = 1
    episode: EpisodeRecorded | None = None
    jobs_changed: int = 0


class Player(Protocol):
    """One policy on one stream. It may look at query t's context, and at the outcome of what it calls, only."""

    def play(self, t: int) -> Answered:
        """Answer query t."""

    def feedback(self, t: int, about: int, answered: Answered, value: float) -> None:
        """At t, a user said `value` in [0, 1] of the answer that query `about` got."""

    def change(self, t: int, event: ModelPut) -> None:
        """Before query t, the operator added, repriced or disabled a model."""


class LearnerPlayer:
    """The learner, as the service runs it: snapshots now and then, its scheduled jobs at their intervals."""

    def __init__(self, stream: Stream, learner: Learner, conditions: Conditions) -> None:
        self._stream, self._learner, self._conditions = stream, learner, conditions
        self._rng = np.random.default_rng((conditions.seed, 77))
        self._snapshot = learner.snapshot()
        self._decided: dict[int, Decision | NoModelFits] = {}
        self._calls = CallsSeen(stream, conditions.jobs.window)
        # With nothing that could doubt an answer, a second call could only be a guess: routing only.
        steps = learner.estimates.settings.max_steps if stream.judges else 1
        self._constraints = Constraints(
            judges=stream.judges, tenant=TENANT, max_steps=steps, baseline=conditions.baseline, alpha=conditions.alpha,
            latency_weight=conditions.latency_weight,
        )  # fmt: skip

    def play(self, t: int) -> Answered:
        """Run the cascade on query t, and let the learner see it."""
        c = self._conditions
        if c.malice and t == c.malice_at:
            self._suffer(t)
        if t % c.refresh == 0:
            self._snapshot = self._learner.snapshot()
        changed = sum(1 << JOBS.index(job) for job in c.jobs.due(t) if self._run(job, t))
        episode = run_episode(self._stream, self._snapshot, self._constraints, t, self._rng, self._decision(t))
        self._learner.apply_one(episode)
        self._calls.add(t, episode)
        assert episode.answer is not None
        verdicts = [v for s in episode.steps for v in s.verdicts]
        return Answered(
            model=self._stream.table.model_names.index(episode.steps[episode.answer].model),
            cost_usd=episode.cost_usd,
            judge_cost_usd=sum(v.cost_usd or 0.0 for v in verdicts),
            judge_calls=sum(bool(v.cost_usd) for v in verdicts),
            believed=episode.believed if episode.believed is not None else float("nan"),
            cost_weight=episode.decision.cost_weight,
            steps=len(episode.steps),
            episode=episode,
            jobs_changed=changed,
        )

    def _suffer(self, t: int) -> None:
        """A caller of another tenant asks what was asked before, and thumbs every answer that it gets down."""
        c, theirs = self._conditions, replace(self._constraints, tenant=STRANGER)
        rng = np.random.default_rng((c.seed, 83))
        for k in range(c.malice):
            if k % c.refresh == 0:
                self._snapshot = self._learner.snapshot()
            asked = run_episode(self._stream, self._snapshot, theirs, int(rng.integers(max(t, 1))), rng)
            episode = replace(asked, episode_id=f"m{k}")
            self._learner.apply_one(episode)
            thumb = FeedbackRecorded(f"m{k}", episode.episode_id, STRANGER, float(t), "thumb", 0.0)
            self._learner.apply_one(thumb, episode)
        self._snapshot = self._learner.snapshot()

    def feedback(self, t: int, about: int, answered: Answered, value: float) -> None:
        """Tell the learner, joined with its episode."""
        assert answered.episode is not None
        event = FeedbackRecorded(f"f{about}", answered.episode.episode_id, TENANT, float(t), "score", value)
        self._learner.apply_one(event, answered.episode)

    def _decision(self, t: int) -> Decision:
        """Of query t, which is decided with those that come together with it, until the next snapshot."""
        if t not in self._decided:
            c, contexts = self._conditions, self._stream.contexts
            end = min(t + c.together, t + c.refresh - t % c.refresh, len(contexts))
            asked = [(context, self._constraints) for context in contexts[t:end]]
            self._decided = dict(zip(range(t, end), self._snapshot.decide_all(asked, self._rng), strict=True))
        decision = self._decided.pop(t)
        if isinstance(decision, NoModelFits):
            raise decision
        return decision

    def _run(self, job: str, t: int) -> bool:
        """Whether it changed anything. What it changes is in force with the next snapshot, as in the service."""
        proposed = self._learner.propose(job, float(t), self._calls.totals(t) if job == REBUILD else ())
        if proposed is not None:
            self._learner.apply_one(proposed)
        return proposed is not None

    def change(self, t: int, event: ModelPut) -> None:
        """Tell the learner, and take a new snapshot: a disabled model leaves at once, and what was decided is void."""
        del t
        self._learner.apply_one(event)
        self._snapshot = self._learner.snapshot()
        self._decided.clear()


class FixedPlayer:
    """Always the same model."""

    def __init__(self, stream: Stream, model: int) -> None:
        self._stream, self._model = stream, model

    def play(self, t: int) -> Answered:
        """Call it."""
        return Answered(self._model, float(self._stream.table.costs_usd[t, self._model]))

    def feedback(self, t: int, about: int, answered: Answered, value: float) -> None:
        """Learns nothing."""

    def change(self, t: int, event: ModelPut) -> None:
        """Changes nothing."""


class RandomPlayer:
    """Any model there is, evenly."""

    def __init__(self, stream: Stream, absent: frozenset[str], seed: int) -> None:
        self._stream = stream
        self._rng = np.random.default_rng((seed, 78))
        self._there = np.array([m not in absent for m in stream.table.model_names])

    def play(self, t: int) -> Answered:
        """Call one."""
        model = int(self._rng.choice(np.flatnonzero(self._there)))
        return Answered(model, float(self._stream.table.costs_usd[t, model]))

    def feedback(self, t: int, about: int, answered: Answered, value: float) -> None:
        """Learns nothing."""

    def change(self, t: int, event: ModelPut) -> None:
        """A model comes or goes."""
        del t
        self._there[self._stream.table.model_names.index(event.model.name)] = event.model.enabled
