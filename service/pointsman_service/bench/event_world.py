"""Events carried out on a stream: what the world then answers and costs, and what the operator tells the service.

A model's quality changes unannounced; its price, its coming and its going are configured, as an operator would do it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from pointsman_learner.events import ModelPut
from pointsman_learner.words import FloatArray

from pointsman_service.bench.events import StreamEvent, in_order
from pointsman_service.bench.judging import JudgeSpec, simulated_scores
from pointsman_service.bench.stream import Stream
from pointsman_service.replay.outcome_table import RecordedModel


@dataclass(frozen=True, slots=True)
class World:
    """stream: with changed outcomes; absent: models that come later; changes: what is configured, by position."""

    stream: Stream
    absent: frozenset[str]
    changes: dict[int, list[ModelPut]]


def unfold(
    stream: Stream, events: Sequence[StreamEvent], spec: JudgeSpec, others: Stream | None = None, *,
    from_start: int | None = None,
) -> World:  # fmt: skip
    """The world of these events.

    others: the stream with the columns of stand-ins; from_start: so many of the events
    are in force from the first query on, and the rest never happen.
    """
    events = in_order(events, len(stream))
    counted = events if from_start is None else events[:from_start]
    at = [0 if from_start is not None else e.position(len(stream)) for e in counted]
    arrays = _Arrays.of(stream)
    models = {m.name: m for m in stream.table.models}
    added = {e.model for e in counted if e.kind == "add"}
    late = {e.model for e in events if e.kind == "add"}
    absent = late if from_start is None else late - added
    changes: dict[int, list[ModelPut]] = {}
    for event, n in zip(counted, at, strict=True):
        m = stream.table.model_names.index(event.model)
        if event.kind == "degrade":
            arrays.degrade(n, m, event)
        elif event.kind == "replace":
            assert others is not None and event.by is not None  # read_source made sure  # noqa: PT018
            arrays.replace(n, m, others, others.table.model_names.index(event.by))
        elif event.kind == "price":
            assert event.times is not None
            arrays.costs[n:, m] *= event.times
            models[event.model] = _repriced(models[event.model], event.times)
        if event.kind in {"price", "add", "remove"}:
            put = replace(models[event.model].as_learner_model(), enabled=event.kind != "remove")
            changes.setdefault(n, []).append(ModelPut(float(n), put))
    if from_start is not None:
        changes.get(0, []).sort(key=lambda e: e.model.enabled, reverse=True)
    return World(arrays.onto(stream, spec), frozenset(absent), changes)


@dataclass(slots=True)
class _Arrays:
    """Copies of what events change; changed: answers that are no longer the recorded ones."""

    scores: FloatArray
    costs: FloatArray
    judged: dict[str, FloatArray]
    keys: NDArray[np.int64] | None
    changed: NDArray[np.bool_]

    @classmethod
    def of(cls, stream: Stream) -> _Arrays:
        keys = None if stream.keys is None else stream.keys.copy()
        judged = {name: s.copy() for name, s in stream.scores.items()}
        scores = stream.table.scores
        return cls(scores.copy(), stream.table.costs_usd.copy(), judged, keys, np.zeros(scores.shape, dtype=bool))

    def degrade(self, n: int, m: int, event: StreamEvent) -> None:
        """Some answers from n on become wrong: they agree with nobody, and recorded judges have not seen them."""
        mean = float(self.scores[:, m].mean())
        kept = event.times if event.times is not None else (event.rate or 0.0) / max(mean, 1e-9)
        # Drawn for every query, so that the same answers are lost in the world where it was so from the start.
        drawn = np.random.default_rng((len(self.scores), m, 82)).random(len(self.scores))
        lost = n + np.flatnonzero(drawn[n:] >= kept)
        self.scores[lost, m] = 0.0
        self.changed[lost, m] = True
        for scores in self.judged.values():
            scores[lost, m] = np.nan
        if self.keys is not None:
            self.keys[lost, m] = 1_000_000 + m

    def replace(self, n: int, m: int, others: Stream, by: int) -> None:
        """Answers, verdicts and keys from n on are another model's; what a call costs stays."""
        self.scores[n:, m] = others.table.scores[n:, by]
        self.changed[n:, m] = True
        for name, scores in self.judged.items():
            scores[n:, m] = others.scores[name][n:, by]
        if self.keys is not None and others.keys is not None:
            self.keys[n:, m] = _same_numbers(self.keys[n:], others.keys[n:], by)

    def onto(self, stream: Stream, spec: JudgeSpec) -> Stream:
        """The stream with these arrays; simulated judges see the new outcomes."""
        table = replace(stream.table, scores=self.scores, costs_usd=self.costs)
        judged: dict[str, FloatArray] = dict(self.judged)
        if spec.simulated is not None:
            fresh = simulated_scores(table, *spec.simulated)
            judged |= {name: np.where(self.changed, fresh[name], judged[name]) for name in stream.simulated}
        return replace(stream, table=table, scores=judged, keys=self.keys)


def _same_numbers(keys: NDArray[np.int64], wide: NDArray[np.int64], by: int) -> NDArray[np.int64]:
    """The stand-in's keys in the pool's numbers.

    The pool's columns come first in the wider stream, so that a key it shares with one of them has that one's number.
    """
    found = np.where(wide[:, by] < 0, -1, 2_000_000 + wide[:, by])
    for column in range(keys.shape[1]):
        shared = (wide[:, column] == wide[:, by]) & (wide[:, by] >= 0)
        found = np.where(shared, keys[:, column], found)
    return np.asarray(found, dtype=np.int64)


def _repriced(model: RecordedModel, times: float) -> RecordedModel:
    prices = (model.input_usd_per_1m, model.output_usd_per_1m)
    new = [None if p is None else p * times for p in prices]
    return replace(model, input_usd_per_1m=new[0], output_usd_per_1m=new[1])
