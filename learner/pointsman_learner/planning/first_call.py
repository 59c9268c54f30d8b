"""Which models are called first, for all queries that came together. What follows is `next_action`'s.

Not a fixed ladder. Before the first call, every model is worth what the best plan that starts with it is worth; after
each answer the belief is renewed and the best of accept, ask and call is taken, by expected utility
quality - lambda * cost - mu * seconds over the plans that could follow. A call that may fail is worth less (`reach`).

Arrays are small, and an operation costs more than its arithmetic: so what is asked together is worked out together, one
axis more than one query needs. A query's numbers are the same to the bit, whatever others it came with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from pointsman_learner.estimators.expectation import Expectations
from pointsman_learner.exploration.choice import Choice, drawn
from pointsman_learner.hyperparameters import H
from pointsman_learner.normal import WEIGHTS, cdf
from pointsman_learner.planning.guarantee import Bound, able_at, permitted, stakes_of
from pointsman_learner.planning.judge_bundles import NO_BINS, Bins
from pointsman_learner.planning.limits import allowed, good_enough
from pointsman_learner.planning.lookahead import Prospect, first_call_values
from pointsman_learner.planning.outlook import Outlook
from pointsman_learner.planning.reach import Reach, per_ms, seconds_price, wait_ms
from pointsman_learner.planning.two_call_plans import NEVER, WORTH, quickest
from pointsman_learner.rounding import rounded
from pointsman_learner.types import FloatArray, NoModelFits


@dataclass(frozen=True, slots=True)
class FirstCall:
    """The model that was drawn, m its row.

    probabilities: (M,) of each to be drawn; may: (M,) bool; follow: row of the model that would likely be called next,
    -1 for none; is_best, is_sticky: whether its plan is worth most, and whether it is only kept from the session.
    gain: by how much it earns more than what the baseline is owed, and margin: at the least, None where there is none;
    is_safe: whether it is the baseline, since nothing else is safe.
    """

    m: int
    probabilities: FloatArray
    may: np.ndarray
    follow: int
    is_best: bool
    is_sticky: bool
    gain: float | None = None
    margin: float | None = None
    is_safe: bool = False


def first_calls(
    outlooks: Sequence[Outlook], expected: Expectations, rng: np.random.Generator
) -> list[FirstCall | NoModelFits]:
    """Draw them, one for each query; instead of one that no constraint leaves a model, the error that names it.

    outlooks: of one snapshot, whose queries are `expected`.
    """
    left: list[tuple[int, np.ndarray]] = []
    found: dict[int, FirstCall | NoModelFits] = {}
    for i, outlook in enumerate(outlooks):
        try:
            may = allowed(outlook.roster, outlook.expected, outlook.constraints)
            left.append((i, good_enough(outlook.expected, may, outlook.constraints)))
        except NoModelFits as e:
            found[i] = e
    if left:
        rows = [i for i, _ in left]
        among = expected if len(rows) == len(outlooks) else expected.rows(rows)
        plans = _Plans.of([outlooks[i] for i in rows], among, np.array([may for _, may in left]))
        found.update(zip(rows, _drawn_calls(plans, rng), strict=True))
    return [found[i] for i in range(len(outlooks))]


def _drawn_calls(plans: _Plans, rng: np.random.Generator) -> list[FirstCall]:
    expected, every, exploration = plans.expected, plans.may, plans.outlooks[0].exploration
    values, follow = plans.worth(expected.optimistic_ability(exploration.optimism))
    guarded = _guarded(plans)
    may = _permitted(every, guarded)
    certain = np.where(may, values, NEVER)
    top, first = certain.max(axis=1), certain.argmax(axis=1)
    tied = certain >= top[:, None] - WORTH
    if np.count_nonzero(tied) > len(tied):
        wait = plans.until(follow)
        first = quickest(certain, wait)
        may = may & ~(tied & (wait > np.take_along_axis(wait, first[:, None], axis=1)))
    best = first.tolist()
    choice = Choice(values, top[:, None], may, expected, lambda ability: plans.worth(ability)[0])
    probabilities = exploration.first_call(choice, rng)
    for b, held in guarded.items():
        best[b], tries = held.best, plans.outlooks[b].tries
        probabilities[b] = tries * probabilities[b] + (1.0 - tries) * (np.arange(len(held.may)) == held.best)
    kept = [_kept_model(*each) for each in zip(plans.outlooks, values, may, top.tolist(), strict=True)]
    for b, row in enumerate(kept):
        if row is not None:
            probabilities[b] = np.arange(probabilities.shape[1]) == row
    rows = drawn(probabilities, rng).tolist()
    return [
        FirstCall(
            m, probabilities[b], every[b], int(follow[b, m]), m == best[b], kept[b] is not None,
            *(guarded[b].staked(m) if b in guarded else (None, None, False)),
        )
        for b, m in enumerate(rows)
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Guarded:
    """Of one query. may: (M,) bool, what its guarantee permits; best: row of what is surely worth most of that."""

    may: np.ndarray
    gain: FloatArray
    margin: FloatArray
    best: int

    def staked(self, m: int) -> tuple[float, float, bool]:
        """Gain and margin of calling model m first, and whether nothing else is safe."""
        return rounded(float(self.gain[m])), rounded(float(self.margin[m])), int(self.may.sum()) == 1


def _guarded(plans: _Plans) -> dict[int, _Guarded]:
    """Those queries that have a guarantee."""
    bounds = {b: bound for b, o in enumerate(plans.outlooks) if (bound := _bound(o, plans.may[b])) is not None}
    if not bounds:
        return {}
    rows, of = list(bounds), list(bounds.values())
    low, high = able_at(plans.expected, -H.guarantee_sd), able_at(plans.expected, H.guarantee_sd)
    every = [plans.worth(ability)[0][rows] for ability in (low, plans.expected.ability)]
    alone = [
        np.array([plans.alone(b, ability[b])[bounds[b].baseline] for b in rows])
        for ability in (low, plans.expected.ability, high)
    ]
    found = stakes_of(of, every, alone)
    may = plans.may[rows] & permitted(of, found.margin)
    best = np.where(may, found.least, NEVER).argmax(axis=1).tolist()
    return {b: _Guarded(*each) for b, *each in zip(rows, may, found.gain, found.margin, best, strict=True)}


def _permitted(may: np.ndarray, guarded: Mapping[int, _Guarded]) -> np.ndarray:
    """(B, M) bool, what may be called that no guarantee forbids."""
    if guarded:
        may = may.copy()
        for b, held in guarded.items():
            may[b] = held.may
    return may


def _bound(outlook: Outlook, may: np.ndarray) -> Bound | None:
    """What its guarantee asks of a query; None where it has none, or the baseline may not be called."""
    constraints = outlook.constraints
    m = outlook.roster.row.get(constraints.baseline or "")
    return None if m is None or not may[m] else Bound(m, constraints.alpha, outlook.credit)


_Kind = tuple[bool, bool, tuple[float, ...]]
"""Of a query: whether its plans look ahead, whether answers' keys tell all, its judges' bins' begins and prices."""


@dataclass(frozen=True, slots=True)
class _Plans:
    """What may be called first on several queries. may: (B, M) bool; reaches: None where all models are sure to answer.

    kinds: the rows of those queries whose plans have one form; wait: (B, M) milliseconds until each answer is there.
    """

    outlooks: Sequence[Outlook]
    expected: Expectations
    may: np.ndarray
    reaches: Sequence[Reach | None]
    bins: Sequence[Bins]
    kinds: dict[_Kind, list[int]]
    wait: FloatArray

    @classmethod
    def of(cls, outlooks: Sequence[Outlook], expected: Expectations, may: np.ndarray) -> Self:
        """Of these queries."""
        kinds: dict[_Kind, list[int]] = {}
        every: list[Bins] = []
        for b, outlook in enumerate(outlooks):
            ahead, exclusive = outlook.looks_ahead, outlook.is_exclusive
            bins = outlook.bins() if ahead and not exclusive else NO_BINS
            every.append(bins)
            judges = (*bins.start.tolist(), *bins.cost.tolist(), *bins.wait.tolist())
            kinds.setdefault((ahead, exclusive, judges), []).append(b)
        names = outlooks[0].roster.names
        wait = np.stack([wait_ms(o.constraints, row) for o, row in zip(outlooks, expected.latency, strict=True)])
        return cls(outlooks, expected, may, [Reach.of(o.constraints, names) for o in outlooks], every, kinds, wait)

    def worth(self, ability: FloatArray) -> tuple[FloatArray, FloatArray]:
        """(B, M) utility of the best plan that starts with each model, were models (B, M) so able; (B, M) its second.

        The second is the row of the model that would likely be called next, -1 for none.
        """
        if len(self.kinds) == 1:
            ((kind, _),) = self.kinds.items()
            values, follow = self._of_kind(kind, ability, None)
        else:
            values, follow = np.empty_like(ability), np.empty(ability.shape, dtype=int)
            for kind, rows in self.kinds.items():
                values[rows], follow[rows] = self._of_kind(kind, ability, rows)
        for b, reach in enumerate(self.reaches):
            if reach is not None:
                values[b] = reach.worth(values[b])
        return values, follow

    def until(self, follow: np.ndarray) -> FloatArray:
        """(B, M) milliseconds that each plan is expected to take: what tells plans apart that are worth the same.

        follow: as in `worth`. Where answers have keys the second is called whatever the first one is; where judges
        decide that, it is taken for as likely as not. A third call is left out.
        """
        then = np.take_along_axis(self.wait, np.maximum(follow, 0), axis=1)
        chance = np.array([[1.0 if o.is_exclusive else 0.5] for o in self.outlooks])
        return self.wait + np.where(follow < 0, 0.0, chance * then)

    def alone(self, b: int, ability: FloatArray) -> FloatArray:
        """(M,) utility of each model's answer to query b, and of no other call, were models (M,) so able."""
        outlook, cost, latency = self.outlooks[b], self.expected.cost[b], self.expected.latency[b]
        worth = cdf(ability) - outlook.lam * cost - seconds_price(outlook.constraints, latency)
        reach = self.reaches[b]
        return worth if reach is None else reach.worth(worth)

    def _of_kind(self, kind: _Kind, ability: FloatArray, rows: list[int] | None) -> tuple[FloatArray, FloatArray]:
        """The same of the queries of one kind: these rows, None for all."""
        expected, may = self.expected, self.may
        cost, wait = expected.cost, self.wait
        of = range(len(may)) if rows is None else rows
        if rows is not None:
            ability, cost, wait, may = ability[rows], cost[rows], wait[rows], may[rows]
        joint = self.outlooks[0].beliefs.joint
        lam = np.array([[self.outlooks[b].lam] for b in of])
        seconds = np.array([[per_ms(self.outlooks[b].constraints)] for b in of])
        looks_ahead, exclusive, _ = kind
        bins = self._bins(of) if looks_ahead and not exclusive else NO_BINS
        prospect = Prospect(joint, joint.right_at(ability), cost, lam, may, bins, wait=wait, per_ms=seconds)
        if looks_ahead:
            return first_call_values(prospect, exclusive=exclusive)
        single = np.where(may, prospect.right @ WEIGHTS - prospect.price, NEVER)
        return single, np.full(single.shape, -1)

    def _bins(self, rows: Sequence[int]) -> Bins:
        first = self.bins[rows[0]]
        wrong, good = (np.stack([getattr(self.bins[b], side) for b in rows]) for side in ("wrong", "good"))
        return Bins(wrong, good, first.start, first.cost, first.wait)


def _kept_model(outlook: Outlook, values: FloatArray, may: np.ndarray, top: float) -> int | None:
    """Row of the model that the session has, where no other is worth a switch."""
    if outlook.constraints.sticky_model is None:
        return None
    m = outlook.roster.row.get(outlook.constraints.sticky_model)
    return m if m is not None and may[m] and values[m] >= top - H.switch_cost else None
