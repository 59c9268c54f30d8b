"""What the learner does without while it is far behind, and that the log says so."""

import pytest
from pointsman_learner.actions import Accept, CallModel
from pointsman_learner.types import Step, Verdict
from pointsman_service.application.backlog import BEHIND, CAUGHT_UP, ONE_IN, Backlog

ANSWER = Step("small", 0.001, 100.0)


@pytest.fixture
def behind():
    """Far behind."""
    backlog = Backlog()
    backlog.heard(BEHIND + 1)
    return backlog


def shares(backlog, steps):
    """How many of a hundred are left out."""
    return sum(backlog.leaves_out(steps) for _ in range(100))


def test_one_in_ten_of_what_teaches_least_is_kept(behind):
    """Routed queries, lone answers that nobody scored, and failures."""
    keyed = Step("small", 0.001, 100.0, verdicts=(Verdict("agreement", None, key="4"),))
    failed = Step("large", 0.0, 9.0, error="no", failure_kind="unavailable")
    for steps in ((), (ANSWER,), (keyed,), (failed, ANSWER)):
        assert shares(behind, steps) == 100 - 100 // ONE_IN


def test_what_tells_of_quality_is_never_left_out(behind):
    """A judge's score, or two answers that agree or do not."""
    scored = Step("small", 0.001, 100.0, verdicts=(Verdict("rubric", 0.5),))
    assert shares(behind, (scored,)) == 0
    assert shares(behind, (ANSWER, Step("large", 0.01, 100.0))) == 0


def test_it_begins_late_and_ends_when_caught_up():
    """Two bounds, so that it does not begin and end with every look."""
    backlog = Backlog()
    course = ((BEHIND, False), (BEHIND + 1, True), (CAUGHT_UP + 1, True), (CAUGHT_UP, False), (BEHIND, False))
    for events, leaves_out in course:
        backlog.heard(events)
        assert (shares(backlog, ()) > 0) == leaves_out


async def test_an_episode_says_whether_it_is_left_out(build, ask):
    """In the log, so that every fold of it learns the same; answers are as ever."""
    h = build()
    h.backlog.heard(BEHIND + 1)
    for _ in range(ONE_IN):
        h.policy.actions = [CallModel("small", 1.0), Accept(0, 0.9, "utility")]
        assert (await h.router.complete(ask(), h.me)).text
    await h.router.route(ask(), h.me)
    told = [logged.event.left_out for logged in h.storage.log.read(0) if logged.event.kind == "episode"]
    assert told == [True] * (ONE_IN - 1) + [False, True]
