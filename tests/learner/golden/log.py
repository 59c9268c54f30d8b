"""A log made from recorded outcomes by a policy that learns nothing, so that it is the same whatever the learner does.

Models are drawn evenly, up to three a query, some calls fail; right answers share a key, judges' scores are noise
around the outcome, users speak of some answers, late and at times twice; prices change, a model comes, another leaves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from msgspec.structs import replace
from pointsman_learner.context.query import make_context
from pointsman_learner.events import (
    BudgetPut,
    EpisodeRecorded,
    Event,
    FeedbackRecorded,
    ModelPut,
    OutcomeReported,
    TaxonomyNodePut,
    WarmStarted,
)
from pointsman_learner.jobs.rebuild import CallTotals
from pointsman_learner.types import Context, Decision, Judge, KnownOutcome, Model, ModelPrediction, Step, Verdict
from pointsman_service.adapters.embedder_wordllama import shared_embedder
from pointsman_service.replay.outcome_table import OutcomeTable

JUDGES = (Judge("agreement"), Judge("format"), Judge("rubric", 2e-4, 300.0), Judge("critic", 5e-4, 500.0))
DELAY = 15
"""Queries after which a user speaks."""

Logged = tuple[Event, EpisodeRecorded | None]


@dataclass(frozen=True)
class Query:
    """One query of the log: its context, and what every model would have answered, as a step with all verdicts."""

    context: Context
    steps: tuple[Step, ...]


class GoldenLog:
    """So many queries of a table, over and over again where it has fewer, and the events that they make."""

    def __init__(self, table: OutcomeTable, queries: int, seed: int = 0) -> None:
        self._rng = np.random.default_rng((seed, 91))
        self._table = table
        rows = np.resize(self._rng.permutation(len(table)), queries)
        embedded = {int(i): self._context(int(i)) for i in dict.fromkeys(rows.tolist())}
        self._nodes = tuple(self._tree(embedded))
        self.queries = tuple(Query(replace(embedded[int(i)]), self._answers(int(i))) for i in rows)

    def events(self) -> Iterator[Logged]:
        """All events in their order, each with the episode that it is about."""
        models = [m.as_learner_model() for m in self._table.models]
        for model in models[:-1]:
            yield ModelPut(0.0, model), None
        for node in self._nodes:
            yield TaxonomyNodePut(0.0, node), None
        yield BudgetPut(0.0, "acme", 1000.0 * float(np.nanmean(self._table.costs_usd))), None
        yield self._beforehand(), None
        waiting: list[tuple[int, FeedbackRecorded, EpisodeRecorded]] = []
        for n in range(len(self.queries)):
            if n == len(self.queries) // 4:
                yield ModelPut(float(n), models[-1]), None
            if n == len(self.queries) // 2:
                yield ModelPut(float(n), Model(models[0].name, 2.0, 3.0)), None
                yield ModelPut(float(n), Model("unpriced", None, None)), None
            if n == 3 * len(self.queries) // 4:
                yield ModelPut(float(n), replace(models[1], enabled=False)), None
                yield BudgetPut(float(n), "acme", 700.0 * float(np.nanmean(self._table.costs_usd))), None
            episode = self._episode(n)
            yield episode, None
            if not episode.steps:
                yield self._reported(n, episode), episode
            waiting += [(n + DELAY, word, episode) for word in self._words(n, episode)]
            for due, word, about in waiting:
                if due == n:
                    yield word, about

    @property
    def totals(self) -> tuple[CallTotals, ...]:
        """What the log is said to tell of the first two models' calls at the first task: dearer than they were."""
        names, costs = self._table.model_names[:2], np.nanmean(self._table.costs_usd, axis=0).tolist()
        return tuple(
            CallTotals(str(self._nodes[1]["id"]), m, 80, 2.0 * c, 3000.0, 50.0)
            for m, c in zip(names, costs, strict=False)
        )

    def _context(self, row: int) -> Context:
        embedder = shared_embedder()
        prompt = self._table.prompts[row]
        hints = {"task": self._table.categories[row]} if row % 11 == 0 else {}
        return make_context(prompt, hints, embedder.embed(prompt), embedder.feature_version)

    def _tree(self, embedded: Mapping[int, Context]) -> Iterator[Mapping[str, Any]]:
        """A domain that holds the first half of the categories as tasks; the others are domains of their own."""
        names = sorted({c for c in self._table.categories if c})
        yield {"id": "first half", "parent": "root"}
        for n, name in enumerate(names):
            rows = [i for i in embedded if self._table.categories[i] == name]
            center = np.mean([embedded[i].embedding for i in rows or list(embedded)], axis=0)
            parent = "first half" if n < len(names) / 2 else "root"
            yield {"id": name, "parent": parent, "center": center.tolist()}

    def _answers(self, row: int) -> tuple[Step, ...]:
        found = []
        for j, model in enumerate(self._table.models):
            quality, cost = float(self._table.scores[row, j]), float(self._table.costs_usd[row, j])
            key = "right" if quality >= 0.5 else f"wrong {self._rng.integers(4)}"
            scores = np.clip(0.3 + 0.4 * quality + self._rng.normal(0, 0.25, 3), 0.0, 1.0)
            verdicts = (
                Verdict("agreement", None, key=key),
                Verdict("format", float(round(scores[0]))),
                Verdict("rubric", float(scores[1]), 2e-4, 300.0),
                Verdict("critic", float(scores[2]), 5e-4, 500.0),
            )
            found.append(Step(model.name, cost, 500.0 + 1000.0 * float(self._rng.random()), 50, 200, verdicts))
        return tuple(found)

    def _beforehand(self) -> WarmStarted:
        names = self._table.model_names[:-1]
        told = []
        for query in self.queries[::7][:20]:
            outcomes = tuple(
                KnownOutcome(name, float(self._rng.random() < 0.7), 0.5, step.cost_usd, None, {"rubric": 0.6})
                for name, step in zip(names, query.steps, strict=False)
            )
            told.append((query.context, outcomes))
        return WarmStarted("golden", 0.0, tuple(told))

    def _episode(self, n: int) -> EpisodeRecorded:
        rng, query = self._rng, self.queries[n]
        order = rng.permutation(len(query.steps))[: int(rng.choice([0, 1, 1, 2, 2, 3]))]
        shown = (slice(0, 1), slice(0, 3), slice(1, 4), slice(0, 2))[n % 4]  # keys; keys and scores; scores; both
        steps = [replace(query.steps[m], verdicts=query.steps[m].verdicts[shown]) for m in order.tolist()]
        steps = [_failed(s) if rng.random() < 0.05 else s for s in steps]
        answered = [i for i, s in enumerate(steps) if not s.failed]
        model = self._table.model_names[int(order[0])] if len(order) else self._table.model_names[0]
        share = 1.0 / len(self._table.models)
        predictions = tuple(
            ModelPrediction(m, 0.7, 0.1, s.cost_usd, 800.0, share)
            for m, s in zip(self._table.model_names, query.steps, strict=True)
        )
        version = query.context.feature_version
        decision = Decision(model, share, predictions, (model,), "learned", ("root",), 0.5, 20.0, 1, version, "even")
        answer = int(rng.choice(answered)) if answered else None
        stop = "utility" if answered else "failed" if steps else "route_only"
        return EpisodeRecorded(
            f"e{n}", "acme", float(n), query.context, decision, tuple(steps), answer, stop, 0.7 if answered else None
        )

    def _reported(self, n: int, episode: EpisodeRecorded) -> OutcomeReported:
        step = next(s for s in self.queries[n].steps if s.model == episode.decision.model)
        cost, told = step.cost_usd if n % 2 else None, step.verdicts[1:3]
        return OutcomeReported(f"e{n}", "acme", float(n), step.model, cost, step.latency_ms, verdicts=told)

    def _words(self, n: int, episode: EpisodeRecorded) -> Iterator[FeedbackRecorded]:
        rng = self._rng
        if rng.random() > 0.4:
            return
        about = None if rng.random() < 0.8 else self._table.model_names[int(rng.integers(len(self._table.models)))]
        model = about or (episode.steps[episode.answer].model if episode.answer is not None else episode.decision.model)
        quality = next(s for s in self.queries[n].steps if s.model == model).key == "right"
        source, value = ("thumb", float(quality)) if rng.random() < 0.7 else ("score", 0.3 + 0.5 * quality)
        said = FeedbackRecorded(f"f{n}", f"e{n}", "acme", n + 0.5, source, value, about, 1.0 + (n % 5 == 0), "ann")
        yield said
        if n % 10 == 0:
            yield replace(said, request_id=f"g{n}", value=1.0 - value, said=1, replaces=value)


def _failed(step: Step) -> Step:
    return replace(step, verdicts=(), failure_kind="timeout", error="late")
