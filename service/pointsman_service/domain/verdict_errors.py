"""Why a judge gave no score: one of these words, then a colon and what happened.

`Verdict.error` is "word: detail". The words are a closed set, so that failures can be counted by reason; the detail is
for whoever reads one verdict, and may quote what a model wrote.
"""

from __future__ import annotations

from enum import StrEnum


class Why(StrEnum):
    """What kept a judge from a score. A call that failed says how, in the words of a failed step."""

    EMPTY = "empty"  # the judging model replied nothing, or only thought
    CUT_OFF = "cut_off"  # its reply ended before its verdict
    NO_VERDICT = "no_verdict"  # it replied something else: prose, a refusal, another field
    OUT_OF_RANGE = "out_of_range"  # a mark that is not from 0 to 10
    OTHER_SCALE = "other_scale"  # a mark on another scale, or on one that cannot be told
    CONTRADICTORY = "contradictory"  # several verdicts, and no telling which counts
    NOTHING_TO_COMPARE = "nothing_to_compare"  # there is no other answer
    NOT_OFFERED = "not_offered"  # the provider did not send what the judge reads
    TIMEOUT = "timeout"
    REFUSED = "refused"
    RATE_LIMITED = "rate_limited"
    GARBAGE = "garbage"
    UNAVAILABLE = "unavailable"
    AUTH = "auth"
    INVALID = "invalid"
    UNKNOWN_MODEL = "unknown_model"
    CANCELLED = "cancelled"
    UNKNOWN_JUDGE = "unknown_judge"  # a plan of before names a judge that is configured no more
    BROKEN = "broken"  # the judge itself raised, or returned what is no verdict


_WORDS = frozenset(Why)
MOST_CHARS = 500


def error_text(why: Why | str, detail: str) -> str:
    """What a verdict says of its failure; a word that is none of `Why` (a plug-in's) counts as broken.

    >>> error_text(Why.OUT_OF_RANGE, "the mark 70 is not from 0 to 10")
    'out_of_range: the mark 70 is not from 0 to 10'
    """
    word = why if why in _WORDS else Why.BROKEN
    return f"{word}: {detail}"[:MOST_CHARS]


def reason_of(error: str) -> str:
    """The word of a verdict's error, "other" where it has none: a plug-in's own words, a log of before.

    >>> reason_of("timeout: no verdict within 5 s"), reason_of("something else")
    ('timeout', 'other')
    """
    word = error.partition(":")[0]
    return word if word in _WORDS else "other"


class Unreadable(ValueError):  # noqa: N818 - named for the fact
    """A reply that holds no verdict. why: the word; the message: what is wrong with it."""

    def __init__(self, why: Why, detail: str) -> None:
        super().__init__(detail)
        self.why = why
