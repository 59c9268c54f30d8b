"""One line for each thing that changes, however often it is met and however many processes see it."""

import io
import json

import pytest
from pointsman_service.application.retry_budget import RetryBudget
from pointsman_service.config.sections import ObservabilitySection
from pointsman_service.domain.conditions import WORDING, Condition, Kind
from pointsman_service.domain.requests import Caller
from pointsman_service.errors import NoModelLeft
from pointsman_service.observability import LogObserver, configure_logging
from pointsman_service.observability.changes_told import MOST_REMEMBERED, ChangesTold
from pointsman_service.observability.log_level import in_colour, level_now
from pointsman_service.observability.pulses import Pulses
from pointsman_service.process.child_lines import Heard, ToldToParent, configured_level_line, hearing, level_line

DOWN = Condition.of(Kind.BREAKER_OPEN, model="small")


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    """Stands still until told."""
    return Clock()


@pytest.fixture
def lines():
    """What was written."""
    return []


@pytest.fixture
def told(clock, lines):
    """Settles after five seconds; lines are (level, event, facts)."""
    return ChangesTold(lambda level, event, **facts: lines.append((level, event, facts)), clock, settles_s=5.0)


def test_a_condition_is_told_when_it_begins_and_when_it_has_ended(told, clock, lines):
    """However often it is met meanwhile, and with how long it lasted."""
    for clock.now in (0.0, 1.0, 2.0):
        told.heard(DOWN, True, "timeout")
    clock.now = 10.0
    told.heard(DOWN, False, "")
    clock.now = 14.9
    told.settle()
    assert len(lines) == 1
    clock.now = 15.0
    told.settle()
    told.settle()
    assert lines == [
        ("warning", WORDING[Kind.BREAKER_OPEN].begins, {"model": "small", "why": "timeout"}),
        ("info", WORDING[Kind.BREAKER_OPEN].ends, {"model": "small", "after_s": 10.0}),
    ]


def test_what_flaps_is_two_lines(told, clock, lines):
    """With how often it went."""
    for n in range(50):
        clock.now = float(n)
        told.heard(DOWN, n % 2 == 0, "timeout")
        told.settle()
    clock.now = 60.0
    told.settle()
    assert [facts.get("times") for _, _, facts in lines] == [None, 25]


def test_the_end_is_told_when_no_process_sees_it_any_more(told, clock, lines):
    """Each worker finds out by itself; one that died has no word any more."""
    for process in ("worker-0", "worker-1", "worker-2"):
        told.heard(DOWN, True, "timeout", process)
    told.heard(DOWN, False, "", "worker-0")
    told.gone("worker-1")
    clock.now = 10.0
    told.settle()
    assert len(lines) == 1
    assert told.holding() == (DOWN,)
    told.heard(DOWN, False, "", "worker-2")
    clock.now = 20.0
    told.settle()
    assert len(lines) == 2
    assert told.holding() == ()


def test_an_end_without_a_beginning_says_nothing(told, clock, lines):
    """Every swapped snapshot says that none is refused."""
    told.heard(DOWN, False, "")
    told.settle()
    assert lines == []


def test_what_is_remembered_is_bounded(told):
    """By the number of conditions."""
    for n in range(3 * MOST_REMEMBERED):
        told.heard(Condition.of(Kind.BUDGET_80, tenant=str(n)), True, "")
    assert len(told.holding()) == MOST_REMEMBERED


def test_every_kind_has_words():
    """For both of its lines."""
    assert set(WORDING) == set(Kind)


def test_children_tell_their_parent_and_the_parent_tells_the_log(told, lines):
    """Each change once, though two of them see it; what is no change is that the child is ready."""
    ready = []
    children = []
    for name in ("worker-0", "worker-1"):
        children.append(ToldToParent(hearing(name, told, lambda: ready.append(1))))
    for _ in range(3):
        for child in children:
            child.heard(Condition.of(Kind.JUDGE_FAILING, judge="rubric"), True, "timeout\nof a line")
    assert [facts for _, _, facts in lines] == [{"judge": "rubric", "why": "timeout\nof a line"}]
    hearing("worker-0", told, lambda: ready.append(1))("serving")
    assert ready == [1]


def test_a_refused_request_is_no_line_at_info(capsys):
    """Whoever asks for nonsense does not fill the log; at debug level it is one, with the reason."""
    configure_logging(ObservabilitySection(log_format="json"))
    observer = LogObserver(debug=False)
    observer.refused("route", Caller("acme"), NoModelLeft("none", constraint="models"), 0.1)
    assert capsys.readouterr().err == ""
    Heard().obey(level_line("debug"))
    observer.refused("route", Caller("acme"), NoModelLeft("none", constraint="models"), 0.1)
    assert json.loads(capsys.readouterr().err)["reason"] == "NoModelLeft"
    Heard().obey(level_line(None))
    observer.refused("route", Caller("acme"), NoModelLeft("none", constraint="models"), 0.1)
    assert capsys.readouterr().err == ""


def test_another_configured_level_leaves_one_that_was_asked_for_by_hand():
    """Until that is taken back; without one it is in force at once."""
    configure_logging(ObservabilitySection(log_format="json", log_level="info"))
    heard = Heard()
    heard.obey(configured_level_line("warning"))
    assert level_now() == "warning"
    heard.obey(level_line("debug"))
    heard.obey(configured_level_line("info"))
    assert level_now() == "debug"
    heard.obey(level_line(None))
    assert level_now() == "info"


@pytest.mark.parametrize(
    ("environ", "terminal", "coloured"),
    [
        ({}, False, False),
        ({}, True, True),
        ({"NO_COLOR": "1"}, True, False),
        ({"NO_COLOR": ""}, True, True),
        ({"FORCE_COLOR": "1"}, False, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, True, False),
    ],
)
def test_colours_obey_the_environment(environ, terminal, coloured):
    """NO_COLOR before FORCE_COLOR before what the stream is; empty is as unset."""
    stream = io.StringIO()
    stream.isatty = lambda: terminal
    assert in_colour(stream, environ) is coloured


def test_log_lines_have_no_colours_where_no_color_is_set(monkeypatch, capsys):
    """Lines for people, too."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    configure_logging(ObservabilitySection())
    LogObserver(debug=False).breaker("small", None, True, "timeout")
    assert "\x1b[" in capsys.readouterr().err
    monkeypatch.setenv("NO_COLOR", "1")
    configure_logging(ObservabilitySection())
    LogObserver(debug=False).breaker("large", None, True, "timeout")
    assert "\x1b[" not in capsys.readouterr().err


def test_a_flood_of_refusals_is_two_lines(told, clock, lines):
    """One while it goes on, however many there are, and one when none came for a while; the pipe is not flooded."""
    said = []
    child = ToldToParent(lambda line: said.append(line) or hearing("worker-0", told, lambda: None)(line))
    pulses = Pulses(child, clock)
    for n in range(10_000):
        clock.now = n / 1000
        pulses.beat(Condition.of(Kind.LIMIT_REACHED, limit="concurrency", whose="key:ci"), "")
        told.settle()
    clock.now = 30.0
    told.settle()
    assert [facts["whose"] for _, _, facts in lines] == ["key:ci", "key:ci"]
    assert len(said) <= 2 * 10


def test_a_flood_of_guessed_keys_is_two_lines(told, clock, lines):
    """Whatever each is refused for: one when it begins, one when it has ended."""
    observer = LogObserver(debug=False, changes=told)
    observer._pulses = Pulses(told, clock)
    for n in range(10_000):
        clock.now = n / 1000
        observer.stranger(f"why {n}")
        told.settle()
    clock.now = 30.0
    told.settle()
    assert [line for _, line, _ in lines] == [WORDING[Kind.STRANGERS].begins, WORDING[Kind.STRANGERS].ends]
    assert lines[0][2] == {"why": "why 0"}


def test_a_retry_budget_tells_when_it_is_spent_and_when_it_has_room():
    """Once each, and not again for each call that finds it so."""
    told = []
    budget = RetryBudget(changed=lambda model, spent: told.append((model, spent)))
    for _ in range(30):
        budget.take("small")
    assert told == [("small", True)]
    for _ in range(100):
        budget.called("small")
    assert told == [("small", True), ("small", False)]
