"""What the outcome of a whole session, or of an agent's run, teaches of the answers in it.

A run turns out well unless an answer spoils it, and a wrong one does so with some chance: a noisy-AND gate (Pearl 1988;
for graded items Maris 1999). So who helped, and who is to blame, follows by Bayes' rule from what is believed of each
answer: after a failure the doubtful ones are blamed, and in a long run, which one error is enough to spoil, hardly any.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from pointsman_learner.estimates import Estimates
from pointsman_learner.estimators.expectation import Expectation
from pointsman_learner.events import EpisodeRecorded, SessionOutcomeRecorded
from pointsman_learner.hyperparameters import H
from pointsman_learner.learning.feedback import Spoken, Word, learn_word, source_of, spoken_of
from pointsman_learner.types import FloatArray


@dataclass(frozen=True, slots=True)
class Credit:
    """Of one outcome. words: (answers) what it says of each; expected: P(well) before it was known."""

    words: tuple[Word, ...]
    expected: float


def credit(right: FloatArray, value: float) -> Credit:
    """What an outcome in [0, 1] of a run says of its answers. right: (answers,) P(right) as believed before.

    Of each it is a noisy label, and all together weigh as much as one sure word at the most. A value between 0 and 1 is
    the mean of what well and ill would say (Jeffrey's rule).

    >>> told = credit(np.array([0.95, 0.5]), 0.0)
    >>> [w.value for w in told.words], told.words[1].slip < told.words[0].slip
    ([0.0, 0.0], True)
    """
    unspoilt = 1.0 - H.session_spoilt * (1.0 - right)
    n = len(right)
    others = (1.0 - H.session_slip) * np.array([np.prod(np.delete(unspoilt, i)) for i in range(n)])
    odds_well = np.full(n, 1.0 / (1.0 - H.session_spoilt))
    odds_ill = (1.0 - others) / (1.0 - (1.0 - H.session_spoilt) * others)
    after = value * _after(right, odds_well) + (1.0 - value) * _after(right, odds_ill)
    moved = np.log(after / (1.0 - after)) - np.log(right / (1.0 - right))
    slips = 1.0 / (1.0 + np.exp(np.abs(moved)))
    weight = min(1.0, 1.0 / max(float(np.sum(1.0 - 2.0 * slips)), 1e-9))
    words = tuple(Word(float(m > 0.0), slip, weight) for m, slip in zip(moved.tolist(), slips.tolist(), strict=True))
    return Credit(words, (1.0 - H.session_slip) * float(np.prod(unspoilt)))


def learn_session(e: Estimates, session: Sequence[EpisodeRecorded], event: SessionOutcomeRecorded) -> None:
    """Learn how a session turned out, of these episodes."""
    known = [(each, m) for each in session if (m := e.row(answered_by(each) or "")) is not None]
    if not known:
        return
    found = [_of(e, episode, m) for episode, m in known]
    right = np.array(
        [
            float(expected.quality[m]) if spoken is None else spoken.checked(e)
            for (expected, spoken), (_, m) in zip(found, known, strict=True)
        ]
    )
    told = credit(np.clip(right, H.lowest_quality, H.highest_quality), event.value)
    surest = min(range(len(known)), key=lambda i: told.words[i].slip)
    counts = e.sources.learn(source_of(event), known[surest][1], told.expected, event.value)
    for (episode, m), word in zip(known, told.words, strict=True):
        e.labels += counts * word.weight * (1.0 - 2.0 * word.slip)
        expected, spoken = _of(e, episode, m)  # anew: what the words before taught is known by now
        learn_word(e, expected, spoken, m, replace(word, weight=counts * word.weight))


def answered_by(episode: EpisodeRecorded) -> str | None:
    """The model whose answer counted in it, or that was to answer where the caller calls; None where nobody did."""
    if episode.answer is not None:
        return episode.steps[episode.answer].model
    return episode.decision.model if episode.stop == "route_only" else None


def _of(e: Estimates, episode: EpisodeRecorded, m: int) -> tuple[Expectation, Spoken | None]:
    names = [e.models[m].name, *(step.model for step in episode.steps)]
    expected = e.abilities(episode.context, names)
    return expected, spoken_of(e, expected, episode.steps, m)


def _after(right: FloatArray, odds: FloatArray) -> FloatArray:
    return np.asarray(right * odds / (right * odds + 1.0 - right))
