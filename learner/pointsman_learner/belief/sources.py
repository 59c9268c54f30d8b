"""Who speaks: how often each source of words is mistaken, and how far it may move what all share.

A word is a noisy label of an answer (Dawid & Skene 1979): with the slip rate of its source it says the opposite of what
is so. A source is an end user, where one is told, of a key of a tenant; each of the three has the likelihood of a grid
of slip rates, by how well its words agree with what is believed of the answers from everything else. What is not known
of a source is taken from the one that it belongs to, whose words count for so many of its own and no more (a power
prior, Ibrahim & Chen 2000). Old words fade: a source may turn.

Where beliefs are right, what a source says of a model is above them as often as below: the sum of its surprises is a
martingale. A sum that chance does not explain is somebody's will, or a kind of query that is its own alone. From there
on its words count by the square of what chance explains of the sum, so that all of them together are bounded; the less
so the more of all words are its own, and not at all where nobody else speaks.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from pointsman_learner.hyperparameters import H
from pointsman_learner.types import FloatArray

Path = tuple[str, ...]
"""A source and those it belongs to, from its tenant down: tenant, then key, then end user, as far as they were told."""

GRID: FloatArray = np.array(H.slip_rates)
_PRIOR: FloatArray = (H.slip_prior[0] - 1) * np.log(GRID) + (H.slip_prior[1] - 1) * np.log1p(-GRID)


@dataclass(slots=True)
class Said:
    """What one source has said. log_weight: (grid,) of its slip rates; words: that these are worth.

    lately: its words among all sources' last ones, as they were when `at` words had been said in all. surprise: by row
    of a model, the sum of what was said of its answers beyond what was believed, and the variance of that by chance.
    """

    log_weight: FloatArray = field(default_factory=lambda: np.zeros(len(GRID)))
    words: float = 0.0
    lately: float = 0.0
    at: int = 0
    surprise: dict[int, tuple[float, float]] = field(default_factory=dict)

    def learn(self, told: FloatArray, sure: float, at: int) -> None:
        """One more word. told: (grid,) its log likelihood; sure: of a word, how much it is."""
        self.log_weight = H.slip_fades * self.log_weight + told
        self.words = H.slip_fades * self.words + sure
        self.lately, self.at = 1.0 + self.lately * H.share_fades ** (at - self.at), at

    def share(self, at: int) -> float:
        """Of the last words of all sources, how many are its own, when `at` were said in all."""
        return self.lately * H.share_fades ** (at - self.at) * (1.0 - H.share_fades) / (1.0 - H.share_fades**at)


@dataclass(slots=True)
class Sources:
    """said: by path; those that spoke last stand last. words: said in all."""

    said: dict[Path, Said] = field(default_factory=dict)
    words: int = 0

    def slip(self, path: Path) -> float:
        """How often a source is taken to be mistaken, in (0, 1/2).

        >>> round(Sources().slip(("acme",)), 3)
        0.019
        """
        log_weight = _PRIOR.copy()
        for level in range(1, len(path) + 1):
            if (said := self.said.get(path[:level])) is not None:
                pooled = 1.0 if level == len(path) else min(1.0, H.slip_pooled / said.words) if said.words else 0.0
                log_weight += pooled * said.log_weight
        w = np.exp(log_weight - log_weight.max())
        return float(w @ GRID / w.sum())

    def learn(self, path: Path, model: int, believed: float, value: float) -> float:
        """A source said `value`, in [0, 1], of an answer by `model` (its row) that was believed right with `believed`.

        Returns what the word counts for beside others', in (0, 1]. A score of one half tells nothing of slips, a thumb
        all.
        """
        sure = abs(2.0 * value - 1.0)
        agrees = value * believed + (1.0 - value) * (1.0 - believed)
        told = sure * np.log(GRID + (1.0 - 2.0 * GRID) * agrees)
        self.words += 1
        counts = 1.0
        for level in range(1, len(path) + 1):
            said = self.said.pop(path[:level], None) or Said()
            self.said[path[:level]] = said
            said.learn(told, sure, self.words)
            counts = min(counts, self._counts(said, model, value - believed, believed * (1.0 - believed)))
        while len(self.said) > H.sources:
            del self.said[next(iter(self.said))]
        return counts

    def share(self, path: Path) -> float:
        """Of the last words of all sources, how many are this one's; all where nobody has spoken."""
        said = self.said.get(path)
        return 0.0 if said is None and self.words else 1.0 if said is None else said.share(self.words)

    def to_bytes(self) -> bytes:
        """For the digest."""
        of = [(p, s.log_weight.tolist(), s.words, s.lately, s.at, s.surprise) for p, s in self.said.items()]
        return repr((self.words, of)).encode()

    def _counts(self, said: Said, model: int, surprise: float, variance: float) -> float:
        total, spread = said.surprise.get(model, (0.0, 0.0))
        total, spread = H.slip_fades * total + surprise, H.slip_fades * spread + variance
        said.surprise[model] = total, spread
        others = 1.0 - said.share(self.words)
        if total * surprise <= 0.0 or others <= 0.0:
            return 1.0
        by_chance = (H.surprise_sd**2 * spread + 1.0) / others
        return min(1.0, by_chance / total**2)


USUAL_SLIP = Sources().slip(())
"""Of a source of which nothing is known."""


def softened(value: float, believed: float, slip: float) -> float:
    """P(right) after a word of a source that slips so often, of an answer that was believed right with `believed`.

    Between the thumbs a score is softened by how far it is from one half: one that is measured does not slip.

    >>> [round(softened(value, believed, 0.1), 6) for value, believed in ((1.0, 0.5), (0.0, 0.9), (0.5, 0.9))]
    [0.9, 0.5, 0.5]
    """
    slip *= abs(2.0 * value - 1.0)
    believed = min(max(believed, 1e-6), 1.0 - 1e-6)  # it is divided by
    right = believed * (1 - slip) / (believed * (1 - slip) + (1 - believed) * slip)
    wrong = believed * slip / (believed * slip + (1 - believed) * (1 - slip))
    return value * right + (1.0 - value) * wrong
