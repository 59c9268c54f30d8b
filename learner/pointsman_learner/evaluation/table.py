"""Choices of many episodes as one table of arrays: a row for each action that target or log could have taken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pointsman_learner.evaluation.choices import Choice, Key, choices_of
from pointsman_learner.evaluation.target import STOP
from pointsman_learner.events import EpisodeRecorded
from pointsman_learner.types import FloatArray

KINDS = ("first", "call", "ask", "accept")
PER_KIND = 5
"""Features of an action beside its model: see `_features`."""


@dataclass(frozen=True, slots=True)
class Told:
    """An episode with what came of it.

    reward: of its answer, in [0, 1]; None where nobody said. cost_usd: of a routed query, as its caller told; None for
    what the episode cost itself or, where nothing was called, what was expected.
    """

    episode: EpisodeRecorded
    reward: float | None = None
    cost_usd: float | None = None

    @property
    def spent_usd(self) -> float:
        """What it cost, as far as anybody knows."""
        if self.cost_usd is not None:
            return self.cost_usd
        if self.episode.steps:
            return self.episode.cost_usd
        decision = self.episode.decision
        return next((p.cost_usd for p in decision.predictions if p.model == decision.model), 0.0)

    def choices(self) -> Sequence[Choice]:
        """Its choices, with these dollars."""
        found = choices_of(self.episode)
        return (replace(found[0], cost_usd=self.spent_usd),) if len(found) == 1 else found


@dataclass(frozen=True, slots=True)
class ActionTable:
    """R rows (actions) of C choices of N episodes, in the order of the log.

    features: (R, F); choice: (R,) whose action it is; target: (R,) P(action) under the target; prior: (R, 2) what the
    log itself expected of quality and dollars; stop: (R,) bool, ends without an answer; taken: (C,) row of what was
    done; logged: (C,) its propensity; on_target: (C,) its probability under the target; unsupported: (C,) target's
    probability of what the log could not have done; cost: (C,) dollars at once; next: (C,) the choice that followed, -1
    for the last; ends: (C,) bool, an answer was accepted with this, or a routed query decided; episode: (C,); first:
    (N,) an episode's first choice; reward: (N,) NaN where nobody said; cost_weight: (N,) lambda of each.
    """

    features: FloatArray
    choice: NDArray[np.intp]
    target: FloatArray
    prior: FloatArray
    stop: NDArray[np.bool_]
    taken: NDArray[np.intp]
    logged: FloatArray
    on_target: FloatArray
    unsupported: FloatArray
    cost: FloatArray
    next: NDArray[np.intp]
    ends: NDArray[np.bool_]
    episode: NDArray[np.intp]
    first: NDArray[np.intp]
    reward: FloatArray
    cost_weight: FloatArray


def table_of(
    told: Sequence[Told], choices: Sequence[Sequence[Choice]], targets: Sequence[Sequence[Mapping[Key, float]]]
) -> ActionTable:
    """One table. choices, targets: of each episode, in the same order."""
    models = {m: i for i, m in enumerate(sorted({p.model for t in told for p in t.episode.decision.predictions}))}
    rows = _Rows(models)
    for n, (t, of_episode, target) in enumerate(zip(told, choices, targets, strict=True)):
        rows.add(n, t, of_episode, target)
    return rows.table(told)


def _answered(episode: EpisodeRecorded) -> bool:
    """Whether there is something to be rewarded: a caller of Route has its answer elsewhere."""
    return episode.answer is not None or not episode.steps


class _Rows:
    def __init__(self, models: Mapping[str, int]) -> None:
        self._models = models
        self._features: list[FloatArray] = []
        self._actions: list[tuple[int, float, float, float, bool]] = []
        self._choices: list[tuple[int, float, float, float, float, int, bool, int]] = []
        self._first: list[int] = []

    def add(self, n: int, told: Told, choices: Sequence[Choice], targets: Sequence[Mapping[Key, float]]) -> None:
        """One episode."""
        expected = {p.model: (p.quality, p.cost_usd) for p in told.episode.decision.predictions}
        self._first.append(len(self._choices))
        for depth, (choice, target) in enumerate(zip(choices, targets, strict=True)):
            c = len(self._choices)
            taken = -1
            for key in dict.fromkeys((choice.taken, *target)):
                if key == choice.taken:
                    taken = len(self._actions)
                features, quality, cost = self._described(key, depth, choice, expected)
                self._features.append(features)
                self._actions.append((c, target.get(key, 0.0), quality, cost, key == STOP))
            beyond = sum(p for key, p in target.items() if key != STOP and not choice.chances.get(key, 0.0) > 0.0)
            is_last = depth == len(choices) - 1
            ends = is_last and (choice.taken[0] == "accept" or (choice.whole and _answered(told.episode)))
            self._choices.append((
                taken, choice.chances.get(choice.taken, 1.0), target.get(choice.taken, 0.0), beyond, choice.cost_usd,
                -1 if is_last else c + 1, ends, n,
            ))  # fmt: skip

    def _described(
        self, key: Key, depth: int, choice: Choice, expected: Mapping[str, tuple[float, float]]
    ) -> tuple[FloatArray, float, float]:
        """Features, and what the log expected of quality and dollars."""
        kind, name, step = key
        best = max((b for b in choice.believed if b is not None), default=0.0)
        model = name if kind == "call" else choice.steps[step].model if step is not None and choice.steps else None
        quality, cost = expected.get(model or "", (0.5, 0.0))
        if kind == "call":
            kind, worth = ("call", max(best, quality)) if depth else ("first", quality)
        elif kind == "accept" and step is not None and step < len(choice.believed):
            worth = choice.believed[step] or 0.0
        else:
            worth = best
        x = np.zeros(len(KINDS) * (PER_KIND + len(self._models)))
        if kind in KINDS:
            at = KINDS.index(kind) * (PER_KIND + len(self._models))
            x[at : at + PER_KIND] = (1.0, worth, worth * worth, quality, len(choice.steps))
            if model is not None and model in self._models:
                x[at + PER_KIND + self._models[model]] = 1.0
        return x, worth, cost if kind in {"first", "call"} else 0.0

    def table(self, told: Sequence[Told]) -> ActionTable:
        """All that was added."""
        choice, target, quality, cost, stop = (np.array(c) for c in zip(*self._actions, strict=True))
        taken, logged, on_target, beyond, spent, after, ends, episode = (
            np.array(c) for c in zip(*self._choices, strict=True)
        )
        return ActionTable(
            features=np.array(self._features),
            choice=choice,
            target=target,
            prior=np.column_stack([quality, cost]),
            stop=stop,
            taken=taken,
            logged=logged,
            on_target=on_target,
            unsupported=np.minimum(beyond, 1.0),
            cost=spent,
            next=after,
            ends=ends,
            episode=episode,
            first=np.array(self._first),
            reward=np.array([np.nan if t.reward is None else t.reward for t in told]),
            cost_weight=np.array([t.episode.decision.cost_weight for t in told]),
        )


def depths(table: ActionTable) -> Iterator[NDArray[np.intp]]:
    """Choices by depth, first calls first.

    An episode's choices lie one after the other, so that depth is the distance to its first.
    """
    depth = np.arange(len(table.episode)) - table.first[table.episode]
    for d in range(int(depth.max()) + 1):
        yield np.flatnonzero(depth == d)
