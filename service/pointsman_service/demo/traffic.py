"""The demo's traffic: in which order the prompts come, and what the simulated user says of an answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

FEEDBACK_SHARE = 0.2
"""Share of the answers that the simulated user gives a thumb to."""


def balanced_order(categories: Sequence[str], count: int, seed: int) -> list[int]:
    """`count` indexes in random order, every stretch with about the same mix of categories.

    Each category is shuffled and then spread evenly over the whole. Without this, a hard last third would look like
    forgetting and an easy one like learning. Only the order uses the labels: the service never sees them.
    Raises ValueError where fewer than `count` are there.

    >>> order = balanced_order(["a", "b"] * 50, 100, seed=0)
    >>> sorted(order) == list(range(100))
    True
    >>> 9 <= sum(i % 2 for i in order[:20]) <= 11
    True
    """
    if count > len(categories):
        raise ValueError(f"there are {len(categories)} prompts, fewer than {count}")
    rng = np.random.default_rng(seed)
    members: dict[str, list[int]] = defaultdict(list)
    for i in rng.permutation(len(categories)):
        members[categories[i]].append(int(i))
    place = {
        i: (rank + rng.uniform()) / len(ranked)
        for _, ranked in sorted(members.items())
        for rank, i in enumerate(ranked)
    }
    everything = sorted(place, key=place.__getitem__)
    # An even thinning, not the first ones: those would be one end of every category.
    return [everything[k] for k in np.linspace(0, len(everything) - 1, count).round().astype(int)]


class SimulatedUser:
    """Gives a thumb to a fifth of the answers: up with a probability that equals the recorded quality of the answer.

    A noisy user, but one who is right on average, so that thumbs and judge are about the same thing. What is said of a
    prompt depends on the seed and the prompt's index alone, not on the order in which answers come.
    """

    def __init__(self, seed: int, share: float = FEEDBACK_SHARE) -> None:
        """share: of the answers that get a thumb, in [0, 1]."""
        self._seed, self._share = seed, share

    def thumb(self, index: int, quality: float) -> bool | None:
        """True for up, False for down, None for no feedback on the `index`-th prompt's answer of this quality.

        >>> thumbs = [SimulatedUser(seed=0).thumb(i, quality=0.8) for i in range(1000)]
        >>> 150 < sum(t is not None for t in thumbs) < 250
        True
        """
        speaks, mood = np.random.default_rng([self._seed, index]).uniform(size=2)
        return bool(mood < quality) if speaks < self._share else None
