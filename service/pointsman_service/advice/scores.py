"""Words on answers in a log, on the service's scale: thumbs, ratings from 1 to 5, scores from 0 to 1.

A name decides whether a word is about quality: by default only names that plainly say so are taken, since of a score
called "toxicity" or "latency" nobody knows which end is good. `--score NAME` takes another one, `--score NAME=LOW:HIGH`
with its scale, worst first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from pointsman_service.advice.foreign import LONGEST_NAME, name, number
from pointsman_service.advice.logged_call import Score
from pointsman_service.domain.well_formed import well_formed
from pointsman_service.errors import ConfigurationError

FeedbackValue = Callable[[str, float], float]
"""What a thumb, rating or score counts as: the service's own rule, by its source."""

_PLAIN = frozenset(
    (
        *("feedback", "user_feedback", "human_feedback", "score", "user_score", "quality", "answer_quality", "correct"),
        *("correctness", "is_correct", "accuracy", "success", "helpful", "helpfulness", "pass", "passed"),
        *("satisfaction", "reward", "grade"),
    )
)
_THUMBS = frozenset(("thumb", "thumbs", "thumbs_up", "thumb_up", "user_thumb", "like", "liked"))
_RATINGS = frozenset(("rating", "user_rating", "stars", "star_rating", "csat"))
_UP = frozenset(
    (
        *("up", "thumbs_up", "thumb_up", "like", "liked", "good", "positive", "pass", "passed", "correct", "true"),
        *("yes", "helpful", "success", "\U0001f44d"),
    )
)
_DOWN = frozenset(
    (
        *("down", "thumbs_down", "thumb_down", "dislike", "disliked", "bad", "negative", "fail", "failed"),
        *("incorrect", "false", "no", "unhelpful", "failure", "\U0001f44e"),
    )
)
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Scale:
    """From the worst value to the best, which may be the lower one."""

    worst: float
    best: float


def plain(said: str) -> str:
    """A name or label in lower case, with its words joined by underscores.

    >>> plain("User Feedback"), plain("isCorrect"), plain("thumbs-up")
    ('user_feedback', 'is_correct', 'thumbs_up')
    """
    return re.sub(r"[\s.\-/]+", "_", _HUMP.sub("_", well_formed(said[:LONGEST_NAME])).strip().lower())


def asked_scales(options: Sequence[str]) -> Mapping[str, Scale | None]:
    """What `--score` options say, by name. Raises ConfigurationError.

    >>> asked_scales(["tone", "toxicity=1:0"])
    {'tone': None, 'toxicity': Scale(worst=1.0, best=0.0)}
    """
    found: dict[str, Scale | None] = {}
    for option in options:
        called, equals, scale = option.rpartition("=") if "=" in option else (option, "", "")
        low, colon, high = scale.partition(":")
        worst, best = number(low), number(high)
        if not called or (equals and (not colon or worst is None or best is None or worst == best)):
            raise ConfigurationError(f"--score {option}: write NAME, or NAME=WORST:BEST with two numbers")
        found[plain(called)] = None if worst is None or best is None else Scale(worst, best)
    return found


class Scoring:
    """Maps words to values in [0, 1], and counts what it could not use, by name."""

    def __init__(self, value_of: FeedbackValue, asked: Mapping[str, Scale | None]) -> None:
        self._value_of, self._asked = value_of, asked
        self.used: dict[str, int] = {}
        self.unused: dict[str, int] = {}

    def value(self, scores: Iterable[Score]) -> float | None:
        """The mean of the words on one answer, as the service averages contradictory feedback; None without any."""
        values = [v for score in scores if (v := self._one(score)) is not None]
        return sum(values) / len(values) if values else None

    def _one(self, score: Score) -> float | None:
        called = plain(score.name)
        known = called in self._asked if self._asked else called in _PLAIN | _THUMBS | _RATINGS
        value = self._read(called, score.raw) if known else None
        counts = self.unused if value is None else self.used
        if called in counts or len(counts) < _MOST_NAMES:
            counts[called] = counts.get(called, 0) + 1
        return value

    def _read(self, called: str, raw: bool | float | str) -> float | None:
        if isinstance(raw, bool):
            return self._value_of("thumb", float(raw))
        told = number(raw)
        if told is None:
            return self._label(str(raw))
        scale = self._asked.get(called)
        if scale is not None:
            share = (told - scale.worst) / (scale.best - scale.worst)
            return self._value_of("score", share) if 0.0 <= share <= 1.0 else None
        if called in _RATINGS:
            return self._value_of("rating", told) if told in {1.0, 2.0, 3.0, 4.0, 5.0} else None
        if told == -1.0:  # what a thumb down is where a thumb up is 1
            return self._value_of("thumb", 0.0)
        return self._value_of("score", told) if 0.0 <= told <= 1.0 else None

    def _label(self, said: str) -> float | None:
        word = plain(said)
        return self._value_of("thumb", float(word in _UP)) if word in _UP | _DOWN else None


_MOST_NAMES = 100


def words_in(fields: Mapping[str, object]) -> list[Score]:
    """Words that stand beside a call, or in its metadata, under a name that plainly says so.

    >>> words_in({"thumbs_up": True, "model": "m", "scores": {"tone": 0.4}})
    [Score(name='thumbs_up', raw=True), Score(name='tone', raw=0.4)]
    """
    found = [s for key, value in fields.items() if plain(key) in _NAMED for s in score_of(key, value)]
    for key in ("scores", "evaluations", "feedbacks"):
        found += scores_of(fields.get(key))
    return found


_NAMED = _PLAIN | _THUMBS | _RATINGS


def scores_of(told: object) -> list[Score]:
    """A collection of words: an object by name, or a list of objects with name and value."""
    if isinstance(told, Mapping):
        return [s for key, value in told.items() if isinstance(key, str) for s in score_of(key, value)]
    if not isinstance(told, list):
        return []
    return [s for each in told if isinstance(each, Mapping) for s in named_score(each)]


def named_score(told: Mapping[str, object]) -> list[Score]:
    """Of an object such as {"name": "helpfulness", "value": 0.5}; a label counts where a number is none or an index.

    >>> named_score({"name": "feedback", "value": 1, "dataType": "CATEGORICAL", "stringValue": "bad"})
    [Score(name='feedback', raw='bad')]
    """
    called = name(told.get("name")) or name(told.get("key"))
    label = next((v for k in ("stringValue", "string_value", "label") if isinstance(v := told.get(k), str) and v), None)
    kind = str(told.get("dataType") or told.get("data_type") or "").upper()
    value = next((v for k in ("value", "score", "rating") if (v := told.get(k)) is not None), None)
    if kind in {"CATEGORICAL", "TEXT"} or value is None:
        value = label
    if kind == "BOOLEAN" and (index := number(value)) is not None:
        value = bool(index)
    return score_of(called, value)


def score_of(called: str, value: object) -> list[Score]:
    """The words that a value is: of a list, each; of an object, its score."""
    if isinstance(value, Mapping):
        return named_score({"name": called, **value})
    if isinstance(value, list):
        return [s for each in value if not isinstance(each, list) for s in score_of(called, each)]
    if isinstance(value, bool | int | str) or (isinstance(value, float) and number(value) is not None):
        return [Score(called, value)] if value != "" else []
    return []
