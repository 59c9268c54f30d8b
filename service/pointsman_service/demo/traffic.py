"""The demo's traffic: in which order the prompts come, and what the simulated user says of an answer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

FEEDBACK_SHARE = 0.2
"""Share of the answers that the simulated user gives a thumb to."""


BLOCK = 12
"""Prompts of one category and about one difficulty that are spread over the whole run, one in each twelfth of it."""


def balanced_order(categories: Sequence[str], ease: Sequence[float], count: int, seed: int) -> list[int]:
    """`count` indexes in random order, every stretch with about the same mix of categories and of difficulty.

    ease: of each prompt, such as the mean recorded quality of the models' answers. Without this, a hard last third
    would look like forgetting and an easy one like learning. Only the order uses it: the service sees neither.
    Raises ValueError where fewer than `count` are there.

    >>> order = balanced_order(["a", "b"] * 60, [0.5] * 120, 120, seed=0)
    >>> sorted(order) == list(range(120))
    True
    >>> sum(i % 2 for i in order[:20])
    10
    """
    if count > len(categories):
        raise ValueError(f"there are {len(categories)} prompts, fewer than {count}")
    rng = np.random.default_rng(seed)
    tie = rng.uniform(size=len(categories))
    alike = sorted(range(len(categories)), key=lambda i: (categories[i], ease[i], tie[i]))
    # An even thinning keeps the mix.
    alike = [alike[k] for k in np.linspace(0, len(alike) - 1, count).round().astype(int)]
    place: dict[int, float] = {}
    for block in (alike[k : k + BLOCK] for k in range(0, len(alike), BLOCK)):
        slots = rng.permutation(BLOCK)[: len(block)]
        place.update(zip(block, (slots + rng.uniform(size=len(block))) / BLOCK, strict=True))
    return sorted(place, key=place.__getitem__)


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
