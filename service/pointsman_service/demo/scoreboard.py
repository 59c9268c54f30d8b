"""Who did how well: Pointsman's episodes beside what fixed policies would have got on the same prompts.

Utility is quality - lambda * cost, with the quality that the recording gives the answer and all that the episode cost,
judges included. The recording holds every model's outcome on every prompt, so the fixed policies are exact, not
estimated; "random" is the mean over models.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pointsman_learner.types import FloatArray


@dataclass(frozen=True, slots=True)
class Answered:
    """One prompt's episode. index: its place in the traffic; model: whose answer it was; calls: models called.

    first: the model that was called first, "" where that is not told.
    quality in [0, 1] as recorded; cost_usd: the whole episode, of which judge_cost_usd went to judges.
    """

    index: int
    model: str
    quality: float
    cost_usd: float
    judge_cost_usd: float
    calls: int
    judged: int
    thumb: bool | None
    snapshot_version: int
    first: str = ""


@dataclass(frozen=True, slots=True)
class Score:
    """Means over some prompts; cost in dollars per 1,000 prompts."""

    quality: float
    cost_usd_per_1k: float
    utility: float


class Scoreboard:
    """Fills up as answers come in; everything can be asked at any time."""

    def __init__(self, models: Sequence[str], scores: FloatArray, costs_usd: FloatArray, cost_weight: float) -> None:
        """scores, costs_usd: (prompts, models) as recorded, in the order of the traffic; cost_weight: lambda."""
        self.models, self.cost_weight = tuple(models), cost_weight
        self._scores, self._costs = scores.copy(), costs_usd.copy()
        self._answered: dict[int, Answered] = {}

    def add(self, answered: Answered) -> None:
        """Count one episode."""
        self._answered[answered.index] = answered

    def is_down(self, index: int, model: str) -> None:
        """The model cannot answer this prompt: who asks it gets an error, which is worth nothing and costs nothing."""
        column = self.models.index(model)
        self._scores[index, column] = self._costs[index, column] = 0.0

    def without(self, indexes: Collection[int]) -> Scoreboard:
        """The same, as if these prompts had not come."""
        left = Scoreboard(self.models, self._scores, self._costs, self.cost_weight)
        left._answered = {i: e for i, e in self._answered.items() if i not in indexes}
        return left

    def __len__(self) -> int:
        return len(self._answered)

    @property
    def episodes(self) -> list[Answered]:
        """All so far, in the order of the traffic."""
        return [self._answered[i] for i in sorted(self._answered)]

    @property
    def fixed(self) -> Mapping[str, tuple[str, ...]]:
        """The fixed policies as the models among which they choose evenly. Cheapest and best are told by hindsight."""
        cheapest = self.models[int(np.argmin(self._costs.mean(axis=0)))]
        best = self.models[int(np.argmax(self._scores.mean(axis=0)))]
        return {"cheapest": (cheapest,), "best": (best,), "random": self.models, **{m: (m,) for m in self.models}}

    def pointsman(self, where: slice = slice(None)) -> Score:
        """Pointsman's score over a stretch of the answered prompts."""
        part = self.episodes[where]
        return self._score(np.array([e.quality for e in part]), np.array([e.cost_usd for e in part]))

    def fixed_score(self, policy: str, where: slice = slice(None)) -> Score:
        """A fixed policy's score on the same prompts."""
        rows = self._rows(where)
        columns = [self.models.index(m) for m in self.fixed[policy]]
        return self._score(self._scores[rows][:, columns], self._costs[rows][:, columns])

    def fixed_utilities(self, policy: str, where: slice = slice(None)) -> FloatArray:
        """A fixed policy's utility on each of the same prompts."""
        columns = [self.models.index(m) for m in self.fixed[policy]]
        utilities = (self._scores - self.cost_weight * self._costs)[self._rows(where)][:, columns]
        mean: FloatArray = utilities.mean(axis=1)
        return mean

    def oracle(self, where: slice = slice(None)) -> Score:
        """The best single model for each prompt, which nobody can know beforehand."""
        rows = self._rows(where)
        best = np.argmax(self._scores[rows] - self.cost_weight * self._costs[rows], axis=1)
        return self._score(self._scores[rows, best], self._costs[rows, best])

    def regret(self, policy: str | None = None) -> FloatArray:
        """(n,) utility behind the oracle's, added up over the prompts so far; of a fixed policy, or of Pointsman's."""
        rows = self._rows(slice(None))
        utilities = (self._scores - self.cost_weight * self._costs)[rows]
        own = self._utilities(slice(None)) if policy is None else self.fixed_utilities(policy)
        behind: FloatArray = np.cumsum(utilities.max(axis=1) - own)
        return behind

    def qualities(self, policy: str | None = None) -> FloatArray:
        """(n,) quality of each answer so far; of a fixed policy's, or of Pointsman's."""
        if policy is None:
            return np.array([e.quality for e in self.episodes])
        columns = [self.models.index(m) for m in self.fixed[policy]]
        mean: FloatArray = self._scores[self._rows(slice(None))][:, columns].mean(axis=1)
        return mean

    def dollars(self, policy: str | None = None) -> FloatArray:
        """(n,) dollars spent on the prompts so far; by a fixed policy, or by Pointsman."""
        if policy is None:
            return np.cumsum([e.cost_usd for e in self.episodes])
        columns = [self.models.index(m) for m in self.fixed[policy]]
        spent: FloatArray = np.cumsum(self._costs[self._rows(slice(None))][:, columns].mean(axis=1))
        return spent

    def between(self, start: int, stop: int) -> slice:
        """The answers to the prompts from index `start` on, before `stop`: as a stretch for the other methods."""
        indexes = sorted(self._answered)
        return slice(bisect_left(indexes, start), bisect_left(indexes, stop))

    def advantage(self, policy: str, where: slice = slice(None)) -> tuple[float, float]:
        """Mean utility above a fixed policy on the same prompts, and half the width of its 95 % interval."""
        gain = self._utilities(where) - self.fixed_utilities(policy, where)
        return float(gain.mean()), float(1.96 * gain.std(ddof=1) / np.sqrt(len(gain))) if len(gain) > 1 else 0.0

    def shares(self, where: slice = slice(None), *, first: bool = False) -> dict[str, float]:
        """Share of the answers by model; or of the first calls."""
        part = self.episodes[where]
        counts = Counter(e.first if first else e.model for e in part)
        return {m: counts[m] / max(1, len(part)) for m in self.models}

    def thirds(self) -> tuple[slice, slice, slice]:
        """The three thirds of what was answered."""
        a, b, n = len(self) // 3, 2 * len(self) // 3, len(self)
        return slice(0, a), slice(a, b), slice(b, n)

    def _utilities(self, where: slice) -> FloatArray:
        return np.array([e.quality - self.cost_weight * e.cost_usd for e in self.episodes[where]])

    def _rows(self, where: slice) -> NDArray[np.intp]:
        return np.array([e.index for e in self.episodes[where]], dtype=np.intp)

    def _score(self, quality: FloatArray, cost: FloatArray) -> Score:
        if not quality.size:
            return Score(0.0, 0.0, 0.0)
        q, c = float(quality.mean()), float(cost.mean())
        return Score(q, 1000.0 * c, q - self.cost_weight * c)
