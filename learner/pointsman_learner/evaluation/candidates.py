"""What other opinions would have chosen, by a copy of the estimates that had not seen the decisions they are tried on.

A decision is valued when its reward comes, by the newest copy that was frozen before it was decided: what the copy
knows is of other decisions alone, however late the reward is. The copy before is kept for decisions that wait.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pointsman_learner.estimates import Estimates
from pointsman_learner.evaluation.target import as_logged
from pointsman_learner.events import EpisodeRecorded
from pointsman_learner.frozen import FrozenEstimates
from pointsman_learner.parts import OPINIONS
from pointsman_learner.snapshot import Snapshot
from pointsman_learner.types import FloatArray


class FrozenCandidates:
    """Every opinion but the one in force, by estimates as they were. valued: decisions that were valued by it.

    since: seconds since the epoch, of the newest episode that the estimates had seen: what was decided later they had
    not. payload: the estimates as a snapshot's bytes; a policy is made of them when first asked, on every machine and
    after every restart alike.
    """

    __slots__ = ("_policy", "payload", "since", "valued")

    def __init__(self, since: float, payload: bytes, valued: int = 0) -> None:
        self.since, self.payload, self.valued = since, payload, valued
        self._policy: Snapshot | None = None

    @classmethod
    def of(cls, e: Estimates, since: float) -> FrozenCandidates:
        """A copy of the estimates as they are."""
        return cls(since, e.frozen().to_bytes())

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.since, self.payload, self.valued)

    def wanted(self, episode: EpisodeRecorded) -> dict[str, FloatArray]:
        """(M,) by opinion: its chance of each first call that the episode's decision tells of, in their order."""
        policy, told = self.policy, [p.model for p in episode.decision.predictions]
        among = rivals(policy.estimates.settings.opinion)
        chances = policy.first_chances(episode.context, as_logged(episode), among)
        rows = [policy.roster.row.get(m, -1) for m in told]
        chances = np.where(np.array(rows) < 0, 0.0, chances[:, rows])
        return dict(zip(among, chances, strict=True))

    @property
    def policy(self) -> Snapshot:
        """That of these estimates."""
        if self._policy is None:
            self._policy = Snapshot.of(FrozenEstimates.from_bytes(self.payload))
        return self._policy


def rivals(opinion: str) -> tuple[str, ...]:
    """All opinions but this one.

    >>> rivals("fused")
    ('taxonomy', 'learned', 'pooled')
    """
    return tuple(name for name in OPINIONS if name != opinion)
