"""What other opinions would have chosen, by a copy of the estimates that had not seen the decisions they are tried on.

A decision is valued when its reward comes, by the newest copy that was frozen before it was decided: what the copy
knows is of other decisions alone, however late the reward is. The copy before is kept for decisions that wait.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from pointsman_learner.estimates import Estimates
from pointsman_learner.evaluation.choices import choices_of
from pointsman_learner.evaluation.target import Deciding
from pointsman_learner.events import EpisodeRecorded
from pointsman_learner.frozen import FrozenEstimates
from pointsman_learner.parts import OPINIONS
from pointsman_learner.snapshot import Snapshot
from pointsman_learner.types import FloatArray


class FrozenCandidates:
    """Every opinion but the one in force, by estimates as they were. valued: decisions that were valued by it.

    since: seconds since the epoch, of the newest episode that the estimates had seen: what was decided later they had
    not. payload: the estimates as a snapshot's bytes; policies are made of them when first asked, on every machine and
    after every restart alike.
    """

    __slots__ = ("_policies", "payload", "since", "valued")

    def __init__(self, since: float, payload: bytes, valued: int = 0) -> None:
        self.since, self.payload, self.valued = since, payload, valued
        self._policies: Mapping[str, Snapshot] | None = None

    @classmethod
    def of(cls, e: Estimates, since: float) -> FrozenCandidates:
        """A copy of the estimates as they are."""
        return cls(since, e.frozen().to_bytes())

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.since, self.payload, self.valued)

    def wanted(self, episode: EpisodeRecorded) -> dict[str, FloatArray]:
        """(M,) by opinion: its chance of each first call that the episode's decision tells of, in their order."""
        first = choices_of(episode)[:1]
        names = [p.model for p in episode.decision.predictions]
        found = {}
        for name, policy in self.policies.items():
            (chances,) = Deciding(policy).chances(episode, first)
            found[name] = np.array([chances.get(("call", m, None), 0.0) for m in names])
        return found

    @property
    def policies(self) -> Mapping[str, Snapshot]:
        """By opinion."""
        if self._policies is None:
            frozen = FrozenEstimates.from_bytes(self.payload)
            self._policies = {
                name: Snapshot.of(replace(frozen, settings=replace(frozen.settings, opinion=name)))
                for name in rivals(frozen.settings.opinion)
            }
        return self._policies


def rivals(opinion: str) -> tuple[str, ...]:
    """All opinions but this one.

    >>> rivals("fused")
    ('taxonomy', 'learned', 'pooled')
    """
    return tuple(name for name in OPINIONS if name != opinion)
