"""What is left of an episode, a report and an error where no words may be kept."""

import pytest
from msgspec.structs import replace
from pointsman_learner.events import ModelPut, OutcomeReported
from pointsman_learner.learner import Learner
from pointsman_learner.settings import LearnerSettings
from pointsman_learner.types import Model, Verdict
from pointsman_service import errors
from pointsman_service.domain.requests import Caller
from pointsman_service.domain.withheld import (
    WITHHELD,
    episode_without_words,
    error_without_words,
    outcome_without_words,
)
from pointsman_service.observability import WithoutWords, keep_words
from pointsman_service.observability.quoting import frames_of, without_quotes
from pointsman_service.ports import NoObserver

SAID = "what the provider said of the prompt"


@pytest.fixture
def spoken(an_episode):
    """An episode whose first call failed, and whose two answers agree, under hints."""
    episode = an_episode(models=("small", "small", "large"))
    failed, first, second = episode.steps
    verdicts = tuple(Verdict("agreement", 1.0, key="k1") for _ in range(1))
    judged = (*verdicts, Verdict("rubric", None, error=f"no_verdict: {SAID}"))
    steps = (
        replace(failed, error=SAID, failure_kind="invalid", verdicts=()),
        replace(first, verdicts=judged),
        replace(second, verdicts=(Verdict("agreement", 1.0, key="k1"), Verdict("other", 0.5, key="k2"))),
    )
    context = replace(episode.context, hints={"task": "math", "domain": SAID, "language": "de"})
    return replace(episode, steps=steps, context=context)


def test_an_episode_keeps_what_is_learnt_from_it_and_no_words(spoken):
    """Kinds of failure, reasons, scores, and which answers agree; the hint that names its kind of query."""
    kept = episode_without_words(spoken, b"secret")
    assert SAID not in str(kept)
    assert [s.failure_kind for s in kept.steps] == ["invalid", None, None]
    assert [s.failed for s in kept.steps] == [s.failed for s in spoken.steps]
    assert kept.steps[1].verdicts[1].error == f"no_verdict: {WITHHELD}"
    assert kept.steps[1].key == kept.steps[2].key != kept.steps[2].verdicts[1].key
    assert kept.steps[1].key != "k1"
    assert kept.context.hints == {"task": "math"}


def test_keys_compare_with_nothing_outside_of_their_episode(spoken):
    """Who guesses an answer cannot confirm it."""
    assert episode_without_words(spoken, b"a").steps[1].key != episode_without_words(spoken, b"b").steps[1].key


def test_the_learner_learns_the_same_without_words(spoken):
    """Its state has none of them, to the bit."""
    digests = set()
    for episode in (spoken, episode_without_words(spoken, b"secret")):
        learner = Learner(LearnerSettings())
        for name in ("small", "large"):
            learner.apply_one(ModelPut(0.0, Model(name)))
        learner.apply_one(episode, None)
        digests.add(learner.digest())
    assert len(digests) == 1


def test_an_episode_without_words_stays_itself(an_episode):
    """A routed query costs nothing more."""
    episode = replace(an_episode(), steps=())
    assert episode_without_words(episode, b"secret") is episode


def test_a_report_without_words_is_the_same_when_it_is_repeated():
    """Its keys are the caller's own."""
    told = OutcomeReported("e", "t", 0.0, "m", verdicts=(Verdict("mine", None, key="k", error=SAID),), error=SAID)
    kept = outcome_without_words(told)
    assert SAID not in str(kept)
    assert kept.failed
    assert (kept.verdicts[0].key, kept) == ("k", outcome_without_words(told))


@pytest.mark.parametrize("kind", [c for c in vars(errors).values() if isinstance(c, type) and issubclass(c, Exception)])
def test_watchers_hear_an_errors_class_and_not_its_words(kind):
    """Of each class; the error itself is left as it is."""
    if kind is errors.InvalidRequest:
        error = kind([("query", SAID)])
    elif kind is errors.ModelCallError:
        error = kind(SAID, kind="invalid")
    else:
        error = kind(SAID, errors=SAID, model="small")
    quiet = error_without_words(error)
    assert type(quiet) is kind
    assert SAID not in f"{quiet} {quiet.__dict__}"
    assert SAID in str(error)


def test_a_watcher_behind_the_wall_hears_no_words(spoken):
    """Neither of an episode nor of an error."""
    heard = []

    class Hears(NoObserver):
        def episode(self, method, caller, episode, seconds):
            heard.append(episode)

        def refused(self, method, caller, error, seconds):
            heard.append(error)

    wall = WithoutWords(Hears())
    wall.episode("complete", Caller(), spoken, 1.0)
    wall.refused("complete", Caller(), errors.EveryModelFailed(SAID), 1.0)
    assert len(heard) == 2
    assert SAID not in str(heard)


def test_a_traceback_without_words_has_the_whole_chain():
    """Causes, groups and frames; what is said in none of them."""

    def fail():
        try:
            int(SAID)
        except ValueError as e:
            raise ExceptionGroup(SAID, [KeyError(SAID), TypeError(SAID)]) from e

    with pytest.raises(ExceptionGroup) as caught:
        fail()
    text = frames_of(caught.value)
    assert SAID not in text
    assert [f"{name}:" in text for name in ("ValueError", "KeyError", "TypeError", "ExceptionGroup")] == [True] * 4
    assert " in fail" in text


def test_a_line_quotes_no_exception_where_words_may_not_be_kept():
    """Whichever form of exc_info it has."""
    error = ValueError(SAID)
    try:
        keep_words(False)
        for form in (error, (ValueError, error, None)):
            line = without_quotes(None, "error", {"event": "x", "exc_info": form})
            assert SAID not in str(line)
            assert "ValueError" in line["exception"]
    finally:
        keep_words(True)
    assert without_quotes(None, "error", {"exc_info": error}) == {"exc_info": error}
