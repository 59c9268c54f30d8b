"""Events carried out on a stream: what the world then answers and costs, and what the operator tells the service.

A model's quality and its bills change unannounced; its price, its coming and its going are configured, as an operator
would do it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from msgspec import structs
from numpy.typing import NDArray
from pointsman_learner.events import ModelPut
from pointsman_learner.types import FloatArray
from pointsman_service.errors import ConfigurationError
from pointsman_service.replay.outcome_table import RecordedModel

from pointsman_bench.events import StreamEvent, in_order
from pointsman_bench.judging import JudgeSpec, simulated_scores
from pointsman_bench.noise import invert_judges
from pointsman_bench.stream import Stream


@dataclass(frozen=True, slots=True)
class World:
    """stream: with changed outcomes; absent: models not there at first; changes: what is configured, by position."""

    stream: Stream
    absent: frozenset[str]
    changes: dict[int, list[ModelPut]]


def unfold(
    stream: Stream, events: Sequence[StreamEvent], spec: JudgeSpec, others: Stream | None = None, *,
    from_start: int | None = None, wrong_judge: str | None = None,
) -> World:  # fmt: skip
    """The world of these events.

    others: the stream with the columns of stand-ins; from_start: so many of the events, and those at the same query as
    the last of them, are in force from the first query on, and the rest never happen; wrong_judge: the category on
    which judges are wrong, of changed answers too.
    Raises ConfigurationError for what cannot happen: after the end, a fall to more than there is, or no model left.
    """
    events = in_order(events, len(stream))
    at_start = _there_at_first(stream, events)
    counted = events if from_start is None else _up_to(events, from_start, len(stream))
    arrays = _Arrays.of(stream, at_start)
    models = {m.name: m for m in stream.table.models}
    changes: dict[int, dict[str, ModelPut]] = {}
    for event in counted:
        happens = event.position(len(stream))
        if happens >= len(stream):
            raise ConfigurationError(f"--events: at {event.at:g} is after the stream's {len(stream):,} queries")
        n = happens if from_start is None else 0
        m = stream.table.model_names.index(event.model)
        if event.kind == "degrade":
            arrays.degrade(n, m, event, happens, stream.table.categories)
        elif event.kind == "replace":
            assert others is not None and event.by is not None  # read_source made sure  # noqa: PT018
            arrays.replace(n, m, others, others.table.model_names.index(event.by))
        elif event.kind in {"price", "bill"}:
            assert event.times is not None
            arrays.costs[n:, m] *= event.times
            if event.kind == "price":
                models[event.model] = _repriced(models[event.model], event.times)
        else:
            arrays.there[n:, m] = event.kind == "add"
        is_there = bool(arrays.there[n, m])
        if event.kind in {"add", "remove"} or (event.kind == "price" and is_there):
            put = structs.replace(models[event.model].as_learner_model(), enabled=is_there)
            changes.setdefault(n, {})[event.model] = ModelPut(float(n), put)  # of several at once the last holds
    if not arrays.there.any(axis=1).all():
        gone = int(arrays.there.any(axis=1).argmin())
        raise ConfigurationError(f"--events: from query {gone:,} on no model is there")
    absent = frozenset(name for name, there in zip(stream.table.model_names, at_start, strict=True) if not there)
    if from_start is not None:
        absent -= {e.model for e in counted if e.kind == "add"}
    # What comes is told before what goes, so that some model is always there.
    told = {n: sorted(puts.values(), key=lambda e: not e.model.enabled) for n, puts in changes.items()}
    return World(arrays.onto(stream, spec, wrong_judge), absent, told)


def _up_to(events: Sequence[StreamEvent], number: int, queries: int) -> list[StreamEvent]:
    """So many of the events, in order, and those that happen at the same query as the last."""
    last = events[number - 1].position(queries) if number else -1
    return [e for e in events if e.position(queries) <= last]


def _there_at_first(stream: Stream, events: Sequence[StreamEvent]) -> NDArray[np.bool_]:
    """(m,) which models are there before any event: not those that come before they ever leave."""
    first: dict[str, str] = {}
    for event in events:
        if event.kind in {"add", "remove"}:
            first.setdefault(event.model, event.kind)
    return np.array([first.get(name) != "add" for name in stream.table.model_names])


@dataclass(slots=True)
class _Arrays:
    """Copies of what events change.

    changed: answers that are no longer the recorded ones; there: (n, m) which models could be called; falls: by model,
    how often it got worse.
    """

    scores: FloatArray
    costs: FloatArray
    judged: dict[str, FloatArray]
    keys: NDArray[np.int64] | None
    changed: NDArray[np.bool_]
    there: NDArray[np.bool_]
    falls: Counter[int]

    @classmethod
    def of(cls, stream: Stream, there: NDArray[np.bool_]) -> _Arrays:
        keys = None if stream.keys is None else stream.keys.copy()
        judged = {name: s.copy() for name, s in stream.scores.items()}
        scores = stream.table.scores
        changed = np.zeros(scores.shape, dtype=bool)
        present = np.repeat(there[None, :], len(scores), axis=0)
        return cls(scores.copy(), stream.table.costs_usd.copy(), judged, keys, changed, present, Counter())

    def degrade(self, n: int, m: int, event: StreamEvent, happens: int, categories: Sequence[str]) -> None:
        """Some answers from n on become wrong: they agree with nobody, and recorded judges have not seen them.

        happens: where the event is in the stream; its rate is of the quality that it finds there. categories: of each
        query.
        """
        of = _of_category(categories, event.category)
        if not of[happens:].any():
            raise ConfigurationError(f"--events: no query from {happens:,} on is of {event.category!r}")
        mean = float(self.scores[happens:, m][of[happens:]].mean())
        if event.rate is not None and event.rate > mean:
            raise ConfigurationError(f"--events: rate {event.rate:g}: {event.model} has {mean:.3g} there already")
        kept = event.times if event.times is not None else (event.rate or 0.0) / max(mean, 1e-9)
        # Drawn for every query, so that the same answers are lost in the world where it was so from the start; and
        # anew for every fall, so that a second one takes others.
        seed = (len(self.scores), m, 82, *([again] if (again := self.falls[m]) else []))
        self.falls[m] += 1
        drawn = np.random.default_rng(seed).random(len(self.scores))
        lost = n + np.flatnonzero((drawn[n:] >= kept) & of[n:])
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

    def onto(self, stream: Stream, spec: JudgeSpec, wrong_judge: str | None) -> Stream:
        """The stream with these arrays; simulated judges see the new outcomes."""
        table = replace(stream.table, scores=self.scores, costs_usd=self.costs)
        judged: dict[str, FloatArray] = dict(self.judged)
        if spec.simulated is not None:
            fresh: Mapping[str, FloatArray] = simulated_scores(table, *spec.simulated)
            if wrong_judge is not None:
                fresh = invert_judges(replace(stream, scores=fresh), wrong_judge).scores
            judged |= {name: np.where(self.changed, fresh[name], judged[name]) for name in stream.simulated}
        return replace(stream, table=table, scores=judged, keys=self.keys, there=self.there)


def _of_category(categories: Sequence[str], category: str | None) -> NDArray[np.bool_]:
    """(n,) which queries are of it; None is all."""
    return np.array([category is None or c == category for c in categories])


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
    prices = (model.input_usd_per_million, model.output_usd_per_million)
    new = [None if p is None else p * times for p in prices]
    return replace(model, input_usd_per_million=new[0], output_usd_per_million=new[1])
