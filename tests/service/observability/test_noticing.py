"""What requests tell of the service itself: a log that takes nothing, judges that fail."""

import pytest
from msgspec.structs import replace
from pointsman_learner.types import Step, Verdict
from pointsman_service.domain.requests import Caller
from pointsman_service.errors import LogUnavailable, NoModelLeft
from pointsman_service.observability.changes_told import ChangesTold
from pointsman_service.observability.noticing import Noticing

from .test_metrics import EPISODE

CALLER = Caller("acme")


@pytest.fixture
def lines():
    """What was written: (level, what it is about and why)."""
    return []


@pytest.fixture
def noticing(lines):
    """Tells at once."""
    return Noticing(ChangesTold(lambda level, _event, **facts: lines.append((level, facts)), settles_s=0.0))


def with_verdict(verdict):
    """An episode in which this judge spoke, or not."""
    return replace(EPISODE, steps=(Step("large", 0.0, 1.0, verdicts=(verdict,)),), answer=0)


def test_a_log_that_takes_nothing_is_two_lines(noticing, lines):
    """However many requests meet it; other refusals say nothing of the log."""
    noticing.refused("route", CALLER, NoModelLeft("none", constraint="models"), 0.1)
    for _ in range(5):
        noticing.refused("complete", CALLER, LogUnavailable("disk full"), 0.1)
    assert lines == [("error", {"why": "disk full"})]
    for _ in range(3):
        noticing.episode("complete", CALLER, EPISODE, 0.1)
    assert [level for level, _ in lines] == ["error", "info"]


def test_a_failing_judge_is_one_line_without_its_words(noticing, lines):
    """When it fails and when it speaks again; what a model wrote stays out of it."""
    failed = with_verdict(Verdict("rubric", None, error="garbage: the secret of a user"))
    for _ in range(20):
        noticing.episode("complete", CALLER, failed, 0.1)
    assert lines == [("warning", {"judge": "rubric", "why": "garbage"})]
    for _ in range(40):
        noticing.episode("complete", CALLER, with_verdict(Verdict("rubric", 0.9)), 0.1)
    assert [level for level, _ in lines] == ["warning", "info"]


@pytest.mark.parametrize(
    "verdict", [Verdict("agreement"), Verdict("agreement", error="nothing_to_compare: no other answer")]
)
def test_a_judge_with_nothing_to_say_does_not_fail(noticing, lines, verdict):
    """Agreement has nothing to compare one answer with."""
    for _ in range(50):
        noticing.episode("complete", CALLER, with_verdict(verdict), 0.1)
    assert lines == []


def test_a_judge_that_fails_now_and_then_is_no_line(noticing, lines):
    """Three of ten."""
    for n in range(200):
        error = "timeout: x" if n % 10 in {0, 4, 7} else None
        verdict = Verdict("rubric", None if error else 0.5, error=error)
        noticing.episode("complete", CALLER, with_verdict(verdict), 0.1)
    assert lines == []
