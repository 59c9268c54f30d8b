"""Reward of an answer as estimates from the log take it: one number in [0, 1]. Cost is kept apart.

- feedback beats verdicts: where there is any, the reward is the weighted mean of what was said;
- contradictory feedback on one answer is averaged, a correction counting twice, because it took effort;
- without feedback, verdicts count by their calibration (the believed quality when the answer was accepted);
- with neither, the default: what was predicted.

The learner has rules of its own: it learns from each word of feedback and each verdict as they come (see `teaching`).
"""

from __future__ import annotations

from collections.abc import Sequence


def reward(feedback: Sequence[tuple[float, float]], believed: float | None, predicted: float) -> float:
    """The reward of one answer. feedback: (value, weight) pairs; believed: from verdicts; predicted: the default.

    >>> reward([(1.0, 1.0), (0.0, 1.0)], believed=0.9, predicted=0.7), reward([], 0.9, 0.7), reward([], None, 0.7)
    (0.5, 0.9, 0.7)
    """
    weight = sum(w for _, w in feedback)
    if weight > 0:
        return sum(v * w for v, w in feedback) / weight
    return predicted if believed is None else believed
