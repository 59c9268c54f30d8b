"""A small simulated world that learners are tried in: three kinds of query, three models, a user who may speak."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from pointsman_learner.actions import Accept, CallModel
from pointsman_learner.events import EpisodeRecorded, Event, FeedbackRecorded, ModelPut, TaxonomyNodePut
from pointsman_learner.learner import Learner
from pointsman_learner.parts import Parts
from pointsman_learner.settings import LearnerSettings
from pointsman_learner.types import Constraints, Context, Decision, Judge, Model, Step, Verdict

KINDS = ("chat", "code", "math")
DIMENSIONS = 12
MODELS = (Model("cheap", 1.0, 1.5), Model("coder", 6.0, 9.5), Model("dear", 30.0, 49.0))
COSTS = {"cheap": 0.0005, "coder": 0.003, "dear": 0.015}
QUALITY = {
    "cheap": {"chat": 0.92, "code": 0.40, "math": 0.30},
    "coder": {"chat": 0.60, "code": 0.93, "math": 0.45},
    "dear": {"chat": 0.94, "code": 0.93, "math": 0.93},
}
AGREEMENT = Judge("agreement")


def context_of(kind: str | None = None, rng: np.random.Generator | None = None, **hints: str) -> Context:
    """A query of a kind: its embedding is near the kind's center; without a kind, nothing is known of it."""
    e = np.zeros(DIMENSIONS, np.float32)
    if kind is not None:
        e[KINDS.index(kind)] = 1.0
        if rng is not None:
            e += rng.normal(0, 0.15, DIMENSIONS).astype(np.float32)
        e /= np.linalg.norm(e)
    return Context("v1", e, np.full(3, 0.5, np.float32), 30, hints)


def center_of(kind: str) -> list[float]:
    """The kind's center."""
    return np.eye(DIMENSIONS)[KINDS.index(kind)].tolist()


def tree_of(kinds: Sequence[str]) -> list[TaxonomyNodePut]:
    """A domain for each kind, with one task of the same name below it."""
    return [
        TaxonomyNodePut(0.0, {"id": node, "parent": parent, "center": center_of(kind)})
        for kind in kinds
        for node, parent in ((f"{kind}-domain", "root"), (kind, f"{kind}-domain"))
    ]


@dataclass
class World:
    """What a service would do with a learner: decide, call, judge, record; then a simulated user speaks at times.

    utilities, kinds: one entry a query; events: what was learnt from, with the episode that feedback is about.
    """

    seed: int = 0
    models: Sequence[Model] = MODELS
    settings: LearnerSettings = field(default_factory=LearnerSettings)
    feedback_rate: float = 0.2
    cost_weight: float = 20.0
    taxonomy: bool = True
    judges: tuple[Judge, ...] = (AGREEMENT,)
    baseline: str | None = None
    utilities: list[float] = field(default_factory=list)
    called: list[tuple[str, ...]] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    events: list[tuple[Event, EpisodeRecorded | None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng(self.seed)
        self.learner = Learner(self.settings)
        for m in self.models:
            self.learn(ModelPut(0.0, m))
        for node in tree_of(KINDS) if self.taxonomy else ():
            self.learn(node)

    @property
    def constraints(self) -> Constraints:
        """What every query is asked under."""
        return Constraints(cost_weight=self.cost_weight, judges=self.judges, tenant="acme", baseline=self.baseline)

    def learn(self, event: Event, episode: EpisodeRecorded | None = None) -> None:
        self.events.append((event, episode))
        self.learner.apply_one(event, episode)

    def answer(self, model: str, kind: str) -> tuple[Step, bool]:
        """One call: right answers share a key, wrong ones now and then."""
        right = bool(self.rng.random() < QUALITY[model][kind])
        key = "right" if right else f"wrong-{self.rng.integers(6)}"
        cost = COSTS[model] * float(self.rng.uniform(0.8, 1.2))
        return Step(model, cost, 800.0, 30, 300, (Verdict("agreement", None, key=key),)), right

    def run(self, queries: int, *, refresh: int = 5) -> World:
        """So many queries; routers swap the snapshot every `refresh` of them."""
        constraints = self.constraints
        asked = len(self.kinds)
        for n in range(asked, asked + queries):
            if n % refresh == 0:
                snapshot = self.learner.snapshot()
            kind = str(self.rng.choice(KINDS))
            context = context_of(kind, self.rng)
            decision = snapshot.decide(context, constraints, self.rng)
            steps: list[Step] = []
            rights: list[bool] = []
            while isinstance(
                action := snapshot.next_action(context, decision, steps, constraints, self.rng), CallModel
            ):
                step, right = self.answer(action.model, kind)
                steps.append(step)
                rights.append(right)
            assert isinstance(action, Accept)
            self.record(n, context, decision, steps, rights[action.index], action)
            self.kinds.append(kind)
            self.called.append(tuple(s.model for s in steps))
            self.utilities.append(rights[action.index] - self.cost_weight * sum(s.cost_usd for s in steps))
        return self

    def record(  # noqa: PLR0917 - one episode
        self, n: int, context: Context, decision: Decision, steps: list[Step], right: bool, action: Accept
    ) -> None:
        """Append the episode, and at times what the user says of it."""
        episode = EpisodeRecorded(
            f"e{n}", "acme", float(n), context, decision, tuple(steps), action.index, action.reason, action.quality,
            self.constraints,
        )  # fmt: skip
        self.learn(episode)
        if self.rng.random() < self.feedback_rate:
            self.learn(FeedbackRecorded(f"f{n}", f"e{n}", "acme", n + 0.5, "thumb", float(right)), episode)


def learner_of(
    models: Sequence[Model] = MODELS, *, kinds: Sequence[str] = KINDS, settings: LearnerSettings | None = None
) -> Learner:
    """A learner that has been told of models and kinds, and no more."""
    learner = Learner(settings or LearnerSettings())
    for m in models:
        learner.apply_one(ModelPut(0.0, m))
    for node in tree_of(kinds):
        learner.apply_one(node)
    return learner


def episode_of(  # noqa: PLR0917 - what a test varies
    model: str = "cheap",
    kind: str = "chat",
    n: int = 0,
    verdicts: Sequence[Verdict] = (),
    steps: Sequence[Step] | None = None,
    cost_usd: float | None = None,
) -> EpisodeRecorded:
    """One that accepted the last answer."""
    if steps is None:
        steps = (
            Step(model, COSTS.get(model, 0.001) if cost_usd is None else cost_usd, 800.0, 30, 300, tuple(verdicts)),
        )
    decision = Decision(steps[0].model, 0.5, (), (steps[0].model,), "fused", ("root",), 0.5, 20.0, 1, "v1", "unified")
    answer = len(steps) - 1 if not steps[-1].failed else None
    return EpisodeRecorded(f"e{n}", "acme", float(n), context_of(kind), decision, tuple(steps), answer, "utility", 0.7)


def teach(learner: Learner, model: str, kind: str, value: float, times: int = 1) -> None:
    """So many episodes in which a model's answer to a kind got this feedback."""
    for n in range(times):
        episode = episode_of(model, kind, n)
        learner.apply_one(episode)
        learner.apply_one(FeedbackRecorded(f"f{n}", episode.episode_id, "acme", 1.0, "score", value), episode)


def without(**parts: bool) -> LearnerSettings:
    """Settings with some parts switched off."""
    return LearnerSettings(parts=Parts(**parts))


@pytest.fixture(scope="session")
def worlds() -> Any:
    """What this file offers, for tests to call."""

    class Offers:
        pass

    for offered in (World, context_of, center_of, learner_of, episode_of, teach, without):
        setattr(Offers, offered.__name__, staticmethod(offered) if not isinstance(offered, type) else offered)
    Offers.kinds, Offers.models, Offers.costs, Offers.quality = KINDS, MODELS, COSTS, QUALITY
    return Offers


@pytest.fixture(scope="session")
def lived(worlds: Any) -> World:
    """A world of 300 queries; its learner is not to be changed."""
    return worlds.World(seed=0).run(300)
