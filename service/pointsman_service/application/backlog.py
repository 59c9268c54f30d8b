"""How far the learner is behind, and which episodes it does without until it has caught up.

What a learner cannot fold as fast as it comes makes every decision older, without end. Then it is best to leave out
what teaches least: a lone answer that no judge scored tells what its model costs and takes, which is known by then.
Whether an episode is left out stands in the log with it, so that every fold of the log learns the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

from pointsman_learner.types import Step

BEHIND, CAUGHT_UP = 20_000, 2_000
"""Events not learnt yet at which it begins, and at which it ends: apart, so that it flaps not. The first are what a
learner folds in half a minute of a slow core."""
ONE_IN = 10
"""Of those that teach least, one in so many is learnt from: drift of costs and of the traffic is not missed."""


class Backlog:
    """One process's knowledge of it.

    >>> backlog = Backlog()
    >>> backlog.heard(50_000)
    >>> sum(backlog.leaves_out(()) for _ in range(100))
    90
    """

    def __init__(self) -> None:
        self._behind = False
        self._turns = count(1)

    def heard(self, events: int) -> None:
        """So many events are not learnt yet."""
        self._behind = events > (CAUGHT_UP if self._behind else BEHIND)

    def leaves_out(self, steps: Sequence[Step]) -> bool:
        """Whether the learner is to do without an episode of these steps."""
        return self._behind and _teaches_least(steps) and next(self._turns) % ONE_IN > 0


def _teaches_least(steps: Sequence[Step]) -> bool:
    """Nothing of how good an answer is: no verdict has a score, and no other answer agrees with it or does not."""
    return sum(not s.failed for s in steps) < 2 and all(v.score is None for s in steps for v in s.verdicts)
