"""Feedback: how it is mapped, and the rules for late, duplicate and contradictory feedback."""

import pytest
from pointsman_service.domain.requests import Caller, FeedbackReceipt, GivenFeedback
from pointsman_service.errors import (
    EpisodeExpired,
    InvalidRequest,
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
    assert (receipt.value, receipt.recorded) == (counts_as, True)
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
    """The first receipt again, marked as not recorded."""
    h = build()
    done = await h.router.complete(ask(), h.me)
    given = GivenFeedback(done.episode_id, "thumb", 1.0, request_id="f")
    first = await h.feedback.record(given, h.me)
    again = await h.feedback.record(given, h.me)
    assert (again.position, again.recorded) == (first.position, False)
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
    assert (await h.feedback.record(GivenFeedback(done.episode_id, "thumb", 1.0), h.me)).recorded
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


async def test_feedback_where_nothing_answered_must_name_a_model(build, ask, failing):
    """There is no accepted answer that it could be about."""
    h = build()
    for name in ("small", "medium", "large"):
        h.caller.answers[name] = failing()
    with pytest.raises(PointsmanError):
        await h.router.complete(ask(), h.me)
    episode_id = h.storage.log.read(0)[0].event.episode_id
    with pytest.raises(InvalidRequest, match="episode_id"):
        await h.feedback.record(GivenFeedback(episode_id, "thumb", 1.0), h.me)
    assert (await h.feedback.record(GivenFeedback(episode_id, "thumb", 0.0, model="small"), h.me)).recorded


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
