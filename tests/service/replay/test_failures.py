"""Injected failures: how often, on which calls, and that they repeat."""

from dataclasses import fields

import pytest
from pointsman_service.errors import ConfigurationError
from pointsman_service.replay.failures import FailureRates


def test_the_same_pairs_fail_each_time():
    """Drawn from seed, prompt and model, nothing else."""
    rates = FailureRates.evenly(0.5)
    drawn = [rates.drawn(f"p{i}", "m", 0) for i in range(50)]
    assert drawn == [rates.drawn(f"p{i}", "m", 0) for i in range(50)]
    assert drawn != [rates.drawn(f"p{i}", "m", 1) for i in range(50)]
    assert drawn != [rates.drawn(f"p{i}", "other", 0) for i in range(50)]


def test_each_kind_fails_as_often_as_asked():
    """On 20,000 fixed pairs each share is within .01, over three standard errors (.0028) of its rate."""
    rates = FailureRates(timeout=0.2, garbage=0.1)
    drawn = [rates.drawn(f"p{i}", "m", 0) for i in range(20_000)]
    assert drawn.count("timeout") / 20_000 == pytest.approx(0.2, abs=0.01)
    assert drawn.count("garbage") / 20_000 == pytest.approx(0.1, abs=0.01)
    assert set(drawn) == {None, "timeout", "garbage"}


def test_none_and_all():
    """No rate, no failure; a rate of one, nothing else."""
    assert {FailureRates().drawn(f"p{i}", "m", 0) for i in range(100)} == {None}
    assert {FailureRates(empty=1.0).drawn(f"p{i}", "m", 0) for i in range(100)} == {"empty"}


def test_rates_are_read_from_words():
    """By kind, or one number for all."""
    assert FailureRates.parse("timeout=0.1, empty=0.05") == FailureRates(timeout=0.1, empty=0.05)
    assert sum(getattr(FailureRates.parse("0.3"), f.name) for f in fields(FailureRates)) == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("boredom=0.1", "'boredom'"),
        ("timeout=often", "timeout.*often"),
        ("timeout=2", "timeout.*from 0 to 1"),
        ("timeout=0.9,empty=0.9", "more than 1 together"),
        ("x", "expected a number"),
    ],
)
def test_rates_that_cannot_be_say_why(text, words):
    """Naming the kind."""
    with pytest.raises(ConfigurationError, match=words):
        FailureRates.parse(text)
