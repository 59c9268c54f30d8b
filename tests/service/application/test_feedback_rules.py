"""Feedback: how it is mapped, and the rules for late, duplicate and contradictory feedback."""

import sqlite3
from dataclasses import replace

import pytest
from pointsman_service.adapters.limit_table import LimitTable
from pointsman_service.adapters.sqlite.told_once import MOST_WORDS
from pointsman_service.application.admission import Admission, Limited, Requester
from pointsman_service.application.feedback import FeedbackTaker
from pointsman_service.application.idempotency import id_of_content
from pointsman_service.application.turns import Turns
from pointsman_service.domain.identity import Limits
from pointsman_service.domain.requests import Caller, FeedbackReceipt, GivenFeedback, GivenSessionOutcome
from pointsman_service.errors import (
    EpisodeExpired,
    InvalidRequest,
    OverLimit,
    PointsmanError,
    RequestConflict,
    UnknownEpisode,
    UnknownModel,
)


@pytest.mark.parametrize(
    ("source", "value", "counts_as"),
    [("thumb", 1.0, 1.0), ("thumb", 0.0, 0.0), ("rating", 1.0, 0.0), ("rating", 4.0, 0.75), ("score", 0.3, 0.3)],
)
async def test_a_value_is_mapped_to_the_unit_interval(build, ask, source, value, counts_as):
    """A rating's five steps are spread evenly."""
    h = build()
    done = await h.router.complete(ask(), h.me)
    receipt = await h.feedback.record(GivenFeedback(done.episode_id, source, value), h.me)
    assert (receipt.value, receipt.replayed) == (counts_as, False)
    assert (await h.storage.log.episode(done.episode_id, "acme")).feedback[0].value == counts_as


@pytest.mark.parametrize(("text", "counts_as"), [("It is 4.", 0.0), (" small  SAYS hello\n", 1.0)])
async def test_a_correction_says_wrong_unless_it_repeats_the_answer(build, ask, text, counts_as):
    """But for case and space."""
    h = build()
    done = await h.router.complete(ask(), h.me)
    receipt = await h.feedback.record(GivenFeedback(done.episode_id, "correction", correction=text), h.me)
    assert receipt.value == counts_as


async def test_a_correction_of_an_answer_that_was_not_kept_says_wrong(build, ask):
    """There is nothing to compare it with."""
    h = build(store_prompts="none")
    done = await h.router.complete(ask(), h.me)
    given = GivenFeedback(done.episode_id, "correction", correction="small says hello", model="small")
    assert (await h.feedback.record(given, h.me)).value == 0.0


async def test_the_same_request_id_counts_once(build, ask):
    """The first receipt again, marked as a repetition."""
    h = build()
    done = await h.router.complete(ask(), h.me)
    given = GivenFeedback(done.episode_id, "thumb", 1.0, request_id="f")
    first = await h.feedback.record(given, h.me)
    again = await h.feedback.record(given, h.me)
    assert (again.position, again.replayed) == (first.position, True)
    assert len((await h.storage.log.episode(done.episode_id, "acme")).feedback) == 1


async def test_a_request_id_with_other_content_is_a_conflict(build, ask):
    """Another value, or another episode."""
    h = build()
    one, two = [await h.router.complete(ask(), h.me) for _ in range(2)]
    await h.feedback.record(GivenFeedback(one.episode_id, "thumb", 1.0, request_id="f"), h.me)
    for other in (
        GivenFeedback(one.episode_id, "thumb", 0.0, request_id="f"),
        GivenFeedback(two.episode_id, "thumb", 1.0, request_id="f"),
    ):
        with pytest.raises(RequestConflict):
            await h.feedback.record(other, h.me)


async def test_contradictory_feedback_is_all_logged(build, ask):
    """Which counts is the learner's rule."""
    h = build()
    done = await h.router.complete(ask(), h.me)
    for value in (1.0, 0.0):
        await h.feedback.record(GivenFeedback(done.episode_id, "thumb", value), h.me)
    assert [f.value for f in (await h.storage.log.episode(done.episode_id, "acme")).feedback] == [1.0, 0.0]


async def test_feedback_for_another_tenants_episode_is_not_found(build, ask):
    """As for one that never was."""
    h = build()
    done = await h.router.complete(ask(), h.me)
    for episode_id, caller in ((done.episode_id, Caller("rival")), ("nobody", h.me)):
        with pytest.raises(UnknownEpisode):
            await h.feedback.record(GivenFeedback(episode_id, "thumb", 1.0), caller)


async def test_feedback_after_the_retention_is_refused_with_the_reason(build, ask):
    """There is no decision left to tie it to; before that, late feedback counts."""
    h = build()
    done = await h.router.complete(ask(), h.me)
    h.clock.now += 89 * 86_400
    assert (await h.feedback.record(GivenFeedback(done.episode_id, "thumb", 1.0), h.me)).replayed is False
    h.storage.checkpoints.put(b"state", 2, 1.0)
    h.storage.prune(h.clock.now, h.clock.now)
    with pytest.raises(EpisodeExpired):
        await h.feedback.record(GivenFeedback(done.episode_id, "thumb", 1.0), h.me)


async def test_feedback_may_be_about_a_model_that_took_part(build, ask):
    """And about no other."""
    h = build()
    done = await h.router.complete(ask(), h.me)
    await h.feedback.record(GivenFeedback(done.episode_id, "thumb", 0.0, model="large"), h.me)
    with pytest.raises(UnknownModel):
        await h.feedback.record(GivenFeedback(done.episode_id, "thumb", 0.0, model="gpt-9"), h.me)


async def test_feedback_on_a_routed_episode_is_about_the_decided_model(build, ask):
    """The caller ran it himself."""
    h = build()
    routed = await h.router.route(ask(), h.me)
    await h.feedback.record(GivenFeedback(routed.episode_id, "thumb", 1.0), h.me)
    assert (await h.storage.log.episode(routed.episode_id, "acme")).feedback[0].model == "small"


async def test_feedback_where_nothing_answered_is_about_the_model_called_last(build, ask, failing):
    """Or about the one that it names."""
    h = build()
    for name in ("small", "medium", "large"):
        h.caller.answers[name] = failing()
    with pytest.raises(PointsmanError):
        await h.router.complete(ask(), h.me)
    episode_id = h.storage.log.read(0)[0].event.episode_id
    await h.feedback.record(GivenFeedback(episode_id, "thumb", 0.0), h.me)
    await h.feedback.record(GivenFeedback(episode_id, "thumb", 0.0, model="small"), h.me)
    assert [f.model for f in (await h.storage.log.episode(episode_id, "acme")).feedback] == ["large", "small"]


async def test_the_very_same_feedback_without_an_id_counts_once(build, ask):
    """Its id is made of episode, model, end user and signal."""
    h = build()
    done = await h.router.complete(ask(), h.me)
    up = GivenFeedback(done.episode_id, "thumb", 1.0, end_user_id="ann")
    first, again = await h.feedback.record(up, h.me), await h.feedback.record(up, h.me)
    assert (again.request_id, again.position, again.replayed) == (first.request_id, first.position, True)
    others = [
        replace(up, end_user_id="bob"),
        replace(up, model="small"),
        replace(up, value=0.0),
        replace(up, source="score"),
        GivenFeedback(done.episode_id, "correction", correction="Four.", end_user_id="ann"),
        GivenFeedback(done.episode_id, "correction", correction="Five.", end_user_id="ann"),
    ]
    receipts = [await h.feedback.record(other, h.me) for other in others]
    assert not any(r.replayed for r in receipts)
    assert len({r.request_id for r in receipts}) == len(others)


async def test_a_comment_is_kept_as_it_was_said(build, ask):
    """Beside the value, which it does not change."""
    h = build()
    done = await h.router.complete(ask(), h.me)
    await h.feedback.record(GivenFeedback(done.episode_id, "thumb", 1.0, comment="right and fast"), h.me)
    (word,) = (await h.storage.log.episode(done.episode_id, "acme")).feedback
    assert (word.comment, word.value, word.weight) == ("right and fast", 1.0, 1.0)


async def test_a_comment_is_content(build, ask):
    """Another one under the same id is a conflict; without an id it is another word, which replaces the first."""
    h = build()
    done = await h.router.complete(ask(), h.me)
    up = GivenFeedback(done.episode_id, "thumb", 1.0, request_id="f", comment="fast")
    assert not (await h.feedback.record(up, h.me)).replayed
    assert (await h.feedback.record(up, h.me)).replayed
    for other in ("slow", None):
        with pytest.raises(RequestConflict):
            await h.feedback.record(replace(up, comment=other), h.me)
    bare = replace(up, request_id=None)
    receipts = [await h.feedback.record(replace(bare, comment=c), h.me) for c in ("fast", "fast", "slow")]
    assert [r.replayed for r in receipts] == [False, True, False]


def test_feedback_without_a_comment_has_the_id_that_it_always_had():
    """A repetition of what was said before there were comments is one still."""
    said = GivenFeedback("e", "thumb", 1.0, end_user_id="ann")
    assert id_of_content("feedback", said) == "content-db6a27edf6514baecd2d476c15c719dd"


async def test_who_says_it_is_logged_as_the_pseudonym_that_asked(build, ask):
    """So that feedback of the same end user is told from that of others."""
    h = build()
    done = await h.router.complete(ask(end_user_id="ann"), h.me)
    for user in ("ann", "bob", None):
        await h.feedback.record(GivenFeedback(done.episode_id, "thumb", 1.0, end_user_id=user), h.me)
    episode, *feedback = (row.event for row in h.storage.log.read(0))
    anns, bobs, nobodys = (f.end_user for f in feedback)
    assert anns == episode.end_user != bobs
    assert nobodys is None


@pytest.mark.parametrize(
    ("source", "value", "counts_as"), [("thumb", 0.0, 0.0), ("rating", 4.0, 0.75), ("score", 1, 1)]
)
async def test_what_came_of_a_session_is_logged(build, ask, source, value, counts_as):
    """With how many of its episodes the log has; another tenant's session of that name is another."""
    h = build()
    for session, caller in (("s", h.me), ("s", h.me), ("t", h.me), ("s", Caller("rival"))):
        await h.router.route(ask(session_id=session), caller)
    receipt = await h.feedback.record_session(GivenSessionOutcome("s", source, value, end_user_id="ann"), h.me)
    assert (receipt.value, receipt.episodes, receipt.replayed) == (counts_as, 2, False)
    event = h.storage.log.read(4)[0].event
    assert (event.session_id, event.value, event.source, event.at) == ("s", counts_as, source, 1000.0)
    assert event.end_user is not None


async def test_the_same_session_outcome_counts_once(build):
    """By its id, or by what it says; under an id with other content it is a conflict."""
    h = build()
    given = GivenSessionOutcome("s", "score", 0.5)
    first, again = [await h.feedback.record_session(given, h.me) for _ in range(2)]
    assert (again.request_id, again.position, again.replayed) == (first.request_id, first.position, True)
    await h.feedback.record_session(replace(given, request_id="r"), h.me)
    with pytest.raises(RequestConflict):
        await h.feedback.record_session(replace(given, request_id="r", value=0.6), h.me)


async def test_a_correction_of_a_session_is_refused(build):
    """It is about one answer."""
    h = build()
    with pytest.raises(InvalidRequest, match="signal"):
        await h.feedback.record_session(GivenSessionOutcome("s", "correction", 0.0), h.me)


async def test_a_thumb_without_a_value_is_refused(build, ask):
    """Also behind the border."""
    h = build()
    done = await h.router.complete(ask(), h.me)
    with pytest.raises(InvalidRequest, match="value"):
        await h.feedback.record(GivenFeedback(done.episode_id, "thumb"), h.me)


async def test_one_bad_item_does_not_stop_a_batch(build, ask):
    """Each item has its own result, in order."""
    h = build()
    done = await h.router.complete(ask(), h.me)
    batch = [GivenFeedback("nobody", "thumb", 1.0), GivenFeedback(done.episode_id, "thumb", 1.0)]
    bad, good = await h.feedback.record_batch(batch, h.me)
    assert isinstance(bad, UnknownEpisode)
    assert isinstance(good, FeedbackReceipt)


def of_answers(h):
    """(weight, sum) of feedback that the statistics see, by episode."""
    with sqlite3.connect(h.storage.path) as looking:
        return looking.execute("SELECT feedback_weight, feedback_sum FROM episodes ORDER BY position").fetchall()


async def test_one_word_of_an_author_counts_the_last(build, ask):
    """Ten of one end user are one; another's stands beside it. All are in the log."""
    h = build()
    done = await h.router.complete(ask(), h.me)
    for i in range(10):
        given = GivenFeedback(done.episode_id, "score", i / 10, end_user_id="ann", request_id=f"a-{i}")
        await h.feedback.record(given, h.me)
    await h.feedback.record(GivenFeedback(done.episode_id, "thumb", 1.0, end_user_id="bob"), h.me)
    assert of_answers(h) == [(2.0, pytest.approx(1.9))]
    told = (await h.storage.log.episode(done.episode_id, "acme")).feedback
    assert [(f.said, f.replaces) for f in told] == [(0, None), *((i, (i - 1) / 10) for i in range(1, 10)), (0, None)]


async def test_words_on_different_answers_of_an_episode_do_not_replace_each_other(build, ask):
    """Nor do those on different episodes."""
    h = build()
    one, two = [await h.router.complete(ask(), h.me) for _ in range(2)]
    await h.feedback.record(GivenFeedback(one.episode_id, "thumb", 1.0), h.me)
    await h.feedback.record(GivenFeedback(one.episode_id, "thumb", 0.0, model="large"), h.me)
    await h.feedback.record(GivenFeedback(two.episode_id, "thumb", 0.0), h.me)
    told = [f for e in (one, two) for f in (await h.storage.log.episode(e.episode_id, "acme")).feedback]
    assert [f.said for f in told] == [0, 0, 0]


async def test_a_correction_replaces_the_thumb_before_it(build, ask):
    """It is the same author's last word, with its own weight."""
    h = build()
    done = await h.router.complete(ask(), h.me)
    await h.feedback.record(GivenFeedback(done.episode_id, "thumb", 1.0), h.me)
    await h.feedback.record(GivenFeedback(done.episode_id, "correction", correction="It is 4."), h.me)
    assert of_answers(h) == [(2.0, 0.0)]


async def test_a_word_sent_again_after_it_was_replaced_is_a_repetition(build, ask):
    """By its request_id it is the first one, which counts no more."""
    h = build()
    done = await h.router.complete(ask(), h.me)
    first = GivenFeedback(done.episode_id, "thumb", 1.0, request_id="f-1")
    await h.feedback.record(first, h.me)
    await h.feedback.record(GivenFeedback(done.episode_id, "thumb", 0.0, request_id="f-2"), h.me)
    assert (await h.feedback.record(first, h.me)).replayed
    assert (await h.feedback.record(GivenFeedback(done.episode_id, "thumb", 0.0, request_id="f-2"), h.me)).replayed
    assert of_answers(h) == [(1.0, 0.0)]


async def test_an_episode_takes_so_many_words_and_no_more(build, ask):
    """Whoever says them; waiting is no use, so no time is told."""
    h = build()
    done = await h.router.complete(ask(), h.me)
    given = [GivenFeedback(done.episode_id, "thumb", 1.0, end_user_id=f"u-{i}") for i in range(MOST_WORDS + 3)]
    results = await h.feedback.record_batch(given, h.me)
    refused = [r for r in results if isinstance(r, PointsmanError)]
    assert [type(r) for r in refused] == [OverLimit] * 3
    assert refused[0].facts == {"limit": "feedback_per_episode", "subject": f"episode:{done.episode_id}"}
    assert of_answers(h) == [(float(MOST_WORDS), float(MOST_WORDS))]


async def test_a_words_work_does_not_grow_with_the_words_before_it(build, ask):
    """Rows of the episode's feedback that are read for the last of many words are as few as for the tenth."""
    h = build()
    done = await h.router.complete(ask(), h.me)
    reads = []
    told = h.storage.log._told
    h.storage.log._told = lambda table, position: reads.append(table) or told(table, position)
    given = [GivenFeedback(done.episode_id, "thumb", 1.0, end_user_id=f"u-{i}") for i in range(MOST_WORDS)]
    await h.feedback.record_batch(given, h.me)
    assert reads == []


async def test_words_a_minute_are_limited_each_of_a_batch(build, ask):
    """What is beyond the limit is that item's error; the items before it stand."""
    h = build()
    done = await h.router.complete(ask(), h.me)
    admission = Admission(LimitTable(), Turns(1.0))
    limited = Requester("acme", (Limited("tenant", "acme", Limits(feedback_per_minute=3.0)),))
    taker = FeedbackTaker(h.storage.log, h.observer, lambda: 0.0, lambda _caller: admission.word(limited))
    given = [GivenFeedback(done.episode_id, "thumb", 1.0, end_user_id=f"u-{i}") for i in range(5)]
    results = await taker.record_batch(given, h.me)
    assert [isinstance(r, OverLimit) for r in results] == [False, False, False, True, True]
    assert 0.0 < float(results[3].facts["retry_after_s"]) <= 20.0
