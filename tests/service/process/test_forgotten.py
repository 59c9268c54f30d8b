"""What was forgotten is as if it had never been there; what was restored, as if it had never been forgotten."""

import pytest
from msgspec.structs import replace
from pointsman_learner.events import (
    EvidenceForgotten,
    EvidenceRestored,
    FeedbackRecorded,
    JobApplied,
    SessionOutcomeRecorded,
)
from pointsman_service.process.fold import Fold, Mark
from pointsman_service.process.verify import verify

from tests.service.process.test_fold import SETTINGS, Kept, ListLog, episode, history, run

ANN = FeedbackRecorded("ann", "e7", "t", 8.6, "thumb", 0.0, client="key", end_user="ann", author=5)
BOB = FeedbackRecorded("bob", "e8", "t", 9.6, "thumb", 0.0, client="other", end_user="bob", author=6)


def told(n=20):
    """A history in which ann and bob have their say, too."""
    return [*history(n), (ANN, episode(7)), (BOB, episode(8)), *[(e, ep) for e, ep in later()]]


def later():
    """One more word after the first of theirs."""
    return [(FeedbackRecorded("late", "e9", "t", 30.0, "thumb", 1.0), episode(9))]


def digest_of(events):
    """Of a fold from empty."""
    log = ListLog(events)
    return run(Fold(log, SETTINGS), log)


def without(events, is_out):
    """The same log, as if some had never been there."""
    return [e for e in events if not is_out(e[0] if isinstance(e, tuple) else e)]


@pytest.mark.parametrize(
    ("named", "is_out"),
    [
        ({"authors": (5,)}, lambda e: e == ANN),
        ({"tenant": "t", "client": "other"}, lambda e: e == BOB),
        ({"since": 5.0, "until": 9.0}, lambda e: 5.0 <= getattr(e, "at", 0.0) < 9.0 or about(e) in {5, 6, 7, 8}),
        ({"model": "b"}, lambda e: about(e) is not None and about(e) % 2 == 1),
        ({"tenant": "nobody"}, lambda _e: False),
    ],
    ids=["an end user", "a key", "a period", "a model", "nobody"],
)
def test_the_state_is_that_of_a_log_that_never_had_them(named, is_out):
    """To the bit; and where it is undone, that of a log in which nothing was forgotten."""
    events = told()
    forgotten = [*events, EvidenceForgotten("x", 40.0, **named)]
    assert digest_of(forgotten) == digest_of(without(events, is_out))
    assert digest_of([*forgotten, EvidenceRestored("x", 41.0)]) == digest_of(events)


def about(event):
    """Number of the episode that an event is, or is about; None where it is about none."""
    name = getattr(event, "episode_id", None)
    return None if name is None else int(name[1:])


def test_a_forgotten_episode_has_no_credit_in_its_session():
    """The outcome speaks of what is left of the session; where it was said by who is forgotten, of nothing."""
    run_of = tuple(episode(k) for k in (7, 8, 9))
    word = SessionOutcomeRecorded("r", "s", "t", 20.0, 0.0, "score", client="agent")
    events = told()
    asked = [*events, (word, None, run_of), EvidenceForgotten("x", 40.0, model="b")]
    left = without(events, lambda e: about(e) is not None and about(e) % 2 == 1)
    assert digest_of(asked) == digest_of([*left, (word, None, run_of[1:2])]) != digest_of([*left, (word, None)])
    of_ann = [*events, (replace(word, author=5), None, run_of), EvidenceForgotten("x", 40.0, authors=(5,))]
    assert digest_of(of_ann) == digest_of(without(events, lambda e: e == ANN))
    of_agent = [*events, (word, None, run_of), EvidenceForgotten("x", 40.0, tenant="t", client="agent")]
    assert digest_of(of_agent) == digest_of(events)


def test_it_holds_for_a_fold_that_was_far_beyond():
    """One that goes on from a mark, through the bytes of checkpoints, goes back to where the log begins."""
    events = told()
    forgotten = EvidenceForgotten("x", 40.0, authors=(5,))
    fold = Fold(ListLog(events), SETTINGS)
    fold.run_to(len(events))
    log = ListLog([*events, forgotten, *history(3)[3:]])
    resumed = Fold(log, SETTINGS, Mark.from_bytes(fold.mark().to_bytes()))
    while resumed.advance(7):
        resumed = Fold(log, SETTINGS, Mark.from_bytes(resumed.mark().to_bytes()))
    assert resumed.learner.digest() == digest_of([*without(events, lambda e: e == ANN), *history(3)[3:]])
    assert verify(log, Kept((resumed.mark().to_bytes(), resumed.position)), SETTINGS).holds


def test_what_is_said_after_it_counts():
    """It is of the past: who is to be silent from now on loses the key."""
    events, word = told(), (FeedbackRecorded("again", "e11", "t", 50.0, "thumb", 0.0, author=5), episode(11))
    forgotten = [*events, EvidenceForgotten("x", 40.0, authors=(5,)), word]
    assert digest_of(forgotten) == digest_of([*without(events, lambda e: e == ANN), word])


def test_what_jobs_made_of_it_goes_with_it():
    """Jobs before the first event that is forgotten stay, and those after the word."""
    events = told()
    job = JobApplied(35.0, "rebuild_statistics", {})
    early, late = [*events[:5], job, *events[5:], job], [*events[:5], job, *events[5:]]
    forgotten = EvidenceForgotten("x", 40.0, authors=(5,))
    assert digest_of([*early, forgotten]) == digest_of(without(late, lambda e: e == ANN))
    after = [*late, forgotten, job]
    assert digest_of(after) == digest_of([*without(late, lambda e: e == ANN), job])


def test_several_are_forgotten_and_restored_each_by_its_name():
    """In whichever order."""
    events = told()
    ann, bob = EvidenceForgotten("x", 40.0, authors=(5,)), EvidenceForgotten("y", 41.0, authors=(6,))
    both = digest_of([*events, ann, bob])
    assert both == digest_of(without(events, lambda e: e in (ANN, BOB)))
    assert digest_of([*events, ann, bob, EvidenceRestored("x", 42.0)]) == digest_of(without(events, lambda e: e == BOB))
