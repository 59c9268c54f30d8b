"""What a log's calls cost, by kind of query and model, and what others would have taken for the same tokens.

Sums alone are kept, and of each group a few contexts, so memory does not grow with the log.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

import numpy as np
from pointsman_learner.context.query import estimated_tokens
from pointsman_learner.types import Context

from pointsman_service.advice.logged_call import LoggedCall
from pointsman_service.domain import ModelPrices, Question, Usage

T = TypeVar("T")

SAMPLE = 24
"""Contexts of a group by which its quality is expected: opinions within a kind differ little."""
TAUGHT = 200
"""Rated calls of a model that the estimates are taught by, drawn evenly: later ones would move them little."""
MODELS_TAUGHT = 50
"""Of which words teach: the first that are met."""
DAY_S = 86_400.0


class Reservoir(Generic[T]):
    """An even sample of a stream. Vitter (1985), algorithm R."""

    def __init__(self, size: int, rng: np.random.Generator) -> None:
        self.kept: list[T] = []
        self._size, self._rng, self._seen = size, rng, 0

    def offer(self, make: Callable[[], T]) -> None:
        """One more of the stream, made only where it is kept."""
        self._seen += 1
        if len(self.kept) < self._size:
            self.kept.append(make())
        elif (place := int(self._rng.integers(self._seen))) < self._size:
            self.kept[place] = make()


@dataclass(slots=True)
class Moments:
    """Of values in [0, 1]."""

    n: int = 0
    total: float = 0.0
    squares: float = 0.0

    def add(self, value: float) -> None:
        """One more."""
        self.n += 1
        self.total += value
        self.squares += value * value


@dataclass(slots=True)
class Alternative:
    """Another model on a group's calls that it can take: how many, what they cost, what it would have taken."""

    calls: int = 0
    spent_usd: float = 0.0
    low_usd: float = 0.0
    high_usd: float = 0.0


@dataclass(slots=True)
class Group:
    """Calls of one kind with one model. priced: those whose cost is known; spent_usd: of these."""

    kind: str | None
    model: str
    calls: int = 0
    priced: int = 0
    spent_usd: float = 0.0
    rated: Moments = field(default_factory=Moments)
    alternatives: dict[str, Alternative] = field(default_factory=dict)
    sample: Reservoir[Context] | None = None


@dataclass(slots=True)
class Seen:
    """What a log has, in numbers.

    timed: calls whose time is told; first_at, last_at: of these, in seconds since the epoch. estimated: calls with
    tokens guessed from texts; computed: whose cost is by a price, batched: of these, in a batch; unpriced: by nothing.
    """

    calls: int = 0
    failed: int = 0
    other: int = 0
    timed: int = 0
    first_at: float | None = None
    last_at: float | None = None
    estimated: int = 0
    computed: int = 0
    batched: int = 0
    unpriced: int = 0
    without_prompt: int = 0
    rated: int = 0
    odd: dict[str, int] = field(default_factory=dict)

    @property
    def days(self) -> float | None:
        """From the first call to the last, None where the log does not tell of a day at least."""
        if self.first_at is None or self.last_at is None or self.timed < self.calls:
            return None
        days = (self.last_at - self.first_at) / DAY_S
        return days if days >= 1.0 else None


@dataclass(frozen=True, slots=True)
class Rated:
    """A call that users, or somebody else, spoke of. quality: in [0, 1]."""

    model: str
    context: Context
    quality: float
    cost_usd: float | None
    latency_ms: float | None


@dataclass(frozen=True, slots=True)
class Knowing:
    """What summing up needs to know. Each is asked once a call.

    context_of: what a policy may see of a question; kind_of: where it falls, as the report groups kinds; price_of: of
    a model by the names that the log has; able: which of the candidates can take a question of so many tokens.
    """

    context_of: Callable[[Question], Context]
    kind_of: Callable[[Context], str]
    price_of: Callable[[str, str, str], ModelPrices | None]
    able: Callable[[Question, int], Iterable[str]]
    candidates: Mapping[str, ModelPrices]


class Spending:
    """Adds up calls."""

    def __init__(self, knowing: Knowing, seed: int = 0) -> None:
        self.seen = Seen()
        self.groups: dict[tuple[str | None, str], Group] = {}
        self.taught: dict[str, Reservoir[Rated]] = {}
        self._knowing, self._rng = knowing, np.random.default_rng(seed)

    def add(self, call: LoggedCall, model: str, quality: float | None) -> float | None:
        """One call of a model, by the name that counts; what it cost, None where nobody knows."""
        usage = self._counted(call)
        cost = self._cost(call, model, usage)
        context = None if call.question is None else self._knowing.context_of(call.question)
        kind = None if context is None else self._knowing.kind_of(context)
        group = self._group(kind, model)
        group.calls += 1
        if cost is not None:
            group.priced += 1
            group.spent_usd += cost
        if context is not None and call.question is not None:
            if group.sample is not None:
                group.sample.offer(lambda: context)
            if cost is not None:
                self._compare(group, call.question, usage, cost)
            if quality is not None:
                self._rate(group, Rated(model, context, quality, cost, call.latency_ms))
        return cost

    def _group(self, kind: str | None, model: str) -> Group:
        key = kind, model
        if key not in self.groups:
            self.groups[key] = Group(kind, model, sample=Reservoir(SAMPLE, self._rng))
        return self.groups[key]

    def _counted(self, call: LoggedCall) -> Usage:
        """Notes what the log does not tell; the call's tokens, those that are not told guessed from texts."""
        seen, usage = self.seen, call.usage
        seen.calls += 1
        seen.without_prompt += call.question is None
        if call.at is not None:
            seen.timed += 1
            seen.first_at = call.at if seen.first_at is None else min(seen.first_at, call.at)
            seen.last_at = call.at if seen.last_at is None else max(seen.last_at, call.at)
        for name in call.odd:
            seen.odd[name] = seen.odd.get(name, 0) + 1
        if usage.input_tokens is None and call.question is not None:
            usage = replace(usage, input_tokens=sum(estimated_tokens(m.content) for m in call.question.messages))
        if usage.output_tokens is None and call.answer is not None:
            usage = replace(usage, output_tokens=estimated_tokens(call.answer))
        seen.estimated += usage != call.usage
        return usage

    def _cost(self, call: LoggedCall, model: str, usage: Usage) -> float | None:
        if call.cost_usd is not None:
            return call.cost_usd
        prices = self._knowing.price_of(model, call.model, call.asked)
        if prices is None or usage.input_tokens is None or usage.output_tokens is None:
            self.seen.unpriced += 1
            return None
        self.seen.computed += 1
        self.seen.batched += call.batched
        return prices.bill_usd(usage)

    def _compare(self, group: Group, question: Question, usage: Usage, cost: float) -> None:
        if usage.input_tokens is None or usage.output_tokens is None:
            return
        for name in self._knowing.able(question, usage.input_tokens + usage.output_tokens):
            if name != group.model:
                low, high = bounds_usd(self._knowing.candidates[name], usage)
                other = group.alternatives.setdefault(name, Alternative())
                other.calls += 1
                other.spent_usd += cost
                other.low_usd += low
                other.high_usd += high

    def _rate(self, group: Group, rated: Rated) -> None:
        self.seen.rated += 1
        group.rated.add(rated.quality)
        if rated.model not in self.taught and len(self.taught) < MODELS_TAUGHT:
            self.taught[rated.model] = Reservoir(TAUGHT, self._rng)
        if rated.model in self.taught:
            self.taught[rated.model].offer(lambda: rated)


def bounds_usd(prices: ModelPrices, usage: Usage) -> tuple[float, float]:
    """What a model takes for such a call, at the least and at the most, where it writes an answer of the same length.

    What the log's model had in its provider's cache, another may have to read in full; and what it thought before its
    answer, another may do without.

    >>> bounds_usd(ModelPrices(1.0, 10.0, "configured"), Usage(1000, None, 100, 40))
    (0.0016, 0.002)
    """
    answer = usage.output_tokens or 0
    said = max(0, answer - (usage.reasoning_tokens or 0))
    either = (
        prices.bill_usd(Usage(usage.input_tokens, usage.cached_input_tokens, said)),
        prices.bill_usd(Usage(usage.input_tokens, None, answer)),
    )
    return min(either), max(either)


def contexts_of(groups: Sequence[Group]) -> list[Context]:
    """The sampled contexts of several groups."""
    return [context for group in groups if group.sample is not None for context in group.sample.kept]
