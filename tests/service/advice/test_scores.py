"""Words on answers in a log, on the service's scale."""

import pytest
from pointsman_service.advice.logged_call import Score
from pointsman_service.advice.scores import Scoring, asked_scales
from pointsman_service.application.feedback import feedback_value
from pointsman_service.errors import ConfigurationError


def value(*scores, options=()):
    """What they count as together."""
    return Scoring(feedback_value, asked_scales(options)).value([Score(*s) for s in scores])


@pytest.mark.parametrize(
    ("name", "raw", "counts"),
    [
        ("thumbs_up", True, 1.0), ("feedback", "down", 0.0), ("feedback", -1, 0.0),
        ("rating", 4, 0.75), ("stars", "5", 1.0), ("rating", 1, 0.0), ("score", 0.3, 0.3), ("isCorrect", 1, 1.0),
        ("user-feedback", "\U0001f44d", 1.0), ("quality", "0.5", 0.5), ("Answer Quality", 1.0, 1.0),
    ],
)  # fmt: skip
def test_thumbs_ratings_and_scores_count_as_the_service_counts_them(name, raw, counts):
    """By the same rule as feedback, names as people write them."""
    assert value((name, raw)) == counts


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("rating", 7),
        ("rating", 2.5),
        ("score", 40),
        ("feedback", "so so"),
        ("toxicity", 0.1),
        ("latency", 1.0),
        ("", 1),
    ],
)
def test_what_nobody_can_read_counts_for_nothing(name, raw):
    """Off the scale, or of a name that does not say that it is quality."""
    assert value((name, raw)) is None


def test_contradictory_words_are_averaged():
    """As rewards are."""
    assert value(("feedback", "up"), ("score", 0.5), ("toxicity", 0.9)) == 0.75


def test_an_operator_says_what_a_name_means():
    """With its scale, worst first; then no other name counts."""
    assert value(("toxicity", 0.25), ("feedback", "down"), options=["toxicity=1:0"]) == 0.75
    assert value(("tone", 0.5), options=["tone"]) == 0.5
    assert value(("csat", 9), options=["csat=0:10"]) == 0.9
    assert value(("csat", 11), options=["csat=0:10"]) is None


@pytest.mark.parametrize("option", ["=1:2", "a=", "a=1", "a=1:1", "a=x:y", "a=1:nan", ""])
def test_a_scale_that_is_none_is_refused(option):
    """In one line that says how to write it."""
    with pytest.raises(ConfigurationError, match="write NAME, or NAME=WORST:BEST"):
        asked_scales([option])


def test_what_was_used_and_what_not_is_counted_by_name():
    """Names are bounded, however many a log has."""
    scoring = Scoring(feedback_value, {})
    scoring.value([Score("feedback", "up"), Score("toxicity", 1.0)])
    for i in range(1_000):
        scoring.value([Score(f"name {i}", 1.0)])
    assert scoring.used == {"feedback": 1}
    assert scoring.unused["toxicity"] == 1
    assert len(scoring.unused) == 100
