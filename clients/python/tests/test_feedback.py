"""Both clients: thumbs, ratings, corrections and scores, one by one, many at once, and for a session."""

import pytest
from grpc import StatusCode

import pointsman
from pointsman import error_of_status, v1


@pytest.mark.parametrize(
    ("signal", "field", "value"),
    [
        ({"thumb": True}, "thumb", v1.THUMB_UP),
        ({"thumb": "up"}, "thumb", v1.THUMB_UP),
        ({"thumb": v1.THUMB_UP}, "thumb", v1.THUMB_UP),
        ({"thumb": False}, "thumb", v1.THUMB_DOWN),
        ({"thumb": "down"}, "thumb", v1.THUMB_DOWN),
        ({"thumb": v1.THUMB_DOWN}, "thumb", v1.THUMB_DOWN),
        ({"rating": 4}, "rating", 4.0),
        ({"correction": "Five."}, "correction", "Five."),
        ({"score": 0.0}, "score", 0.0),
    ],
)
async def test_feedback_means_what_it_says(call, running, signal, field, value):
    """Whatever its kind and its spelling; the receipt names the id that was made up."""
    receipt = await call("feedback", "e-1", model="small", end_user_id="u-1", **signal)
    (request,) = running.service.requests
    given = request.feedback
    assert (given.WhichOneof("signal"), getattr(given, field)) == (field, value)
    assert (given.episode_id, given.model, given.end_user_id) == ("e-1", "small", "u-1")
    assert receipt.request_id == request.request_id != ""


async def test_an_id_of_the_callers_own_is_kept(call, running):
    """So that the same thumb, sent again by another process, counts once."""
    await call("feedback", "e-1", thumb=True, request_id="f-1")
    assert running.service.requests[0].request_id == "f-1"


@pytest.mark.parametrize("method", ["feedback", "record_session_outcome"])
@pytest.mark.parametrize("thumb", [0, -1, 3, 1.0, v1.THUMB_UNSPECIFIED, "THUMB_DOWN", "Up", "", None, [True]])
async def test_what_is_not_plainly_a_thumb_is_an_error(call, running, method, thumb):
    """A wrong guess would teach the opposite."""
    with pytest.raises(pointsman.InvalidRequest, match=r"thumb must be True, 'up' or v1\.THUMB_UP, or False"):
        await call(method, "e-1", thumb=thumb)
    assert running.service.requests == []


@pytest.mark.parametrize(
    ("method", "signals", "complaint"),
    [
        ("feedback", {}, "exactly one of"),
        ("feedback", {"thumb": True, "score": 0.0}, r"exactly one of .* not \['thumb', 'score'\]"),
        ("feedback", {"thum": True}, "thum is unknown to feedback: did you mean thumb"),
        ("feedback", {"rating": None}, "rating is None"),
        ("feedback", {"rating": True}, "rating must be a number"),
        ("feedback", {"correction": 5}, "correction must be a text"),
        ("record_session_outcome", {"correction": "Five."}, "correction is unknown to record_session_outcome"),
        ("record_session_outcome", {}, "exactly one of"),
    ],
)
async def test_feedback_that_says_nothing_or_too_much_is_refused(call, method, signals, complaint):
    """None and two are both a mistake, also where one of them is 0."""
    with pytest.raises(pointsman.InvalidRequest, match=complaint):
        await call(method, "e-1", **signals)


async def test_a_batch_gets_ids_where_it_has_none_and_leaves_the_originals_alone(call, running):
    """Feedback as it is, or with an id of its own; a result each, in order."""
    batch = [
        v1.Feedback(episode_id="e-1", score=1.0),
        v1.RecordFeedbackRequest(feedback=v1.Feedback(episode_id="e-2", score=0.5)),
        v1.RecordFeedbackRequest(request_id="f-3", feedback=v1.Feedback(episode_id="e-3", score=0.0)),
    ]
    results = await call("feedback_batch", iter(batch))
    sent = running.service.requests[0].requests
    assert [r.feedback.score for r in sent] == [1.0, 0.5, 0.0]
    assert [r.receipt.request_id for r in results] == [r.request_id for r in sent]
    assert len({r.request_id for r in sent} - {""}) == 3
    assert sent[2].request_id == "f-3"
    assert not batch[1].HasField("request_id")


async def test_an_item_of_a_batch_that_failed_is_the_same_exception_as_a_call(call):
    """The others are in the log."""
    batch = [v1.Feedback(episode_id="e-unknown", score=1.0), v1.Feedback(episode_id="e-1", score=1.0)]
    wrong, right = await call("feedback_batch", batch)
    assert right.HasField("receipt")
    error = error_of_status(wrong.error)
    assert type(error) is pointsman.NotFound
    assert (error.code, error.reason) == (StatusCode.NOT_FOUND, "UNKNOWN_EPISODE")
    assert error.metadata == {"episode_id": "e-unknown"}


@pytest.mark.parametrize("batch", [v1.Feedback(episode_id="e-1"), ["e-1"], [{"episode_id": "e-1"}], None])
async def test_a_batch_of_something_else_is_refused(call, running, batch):
    """With what it should be."""
    with pytest.raises(pointsman.InvalidRequest, match=r"feedback.* must be .*v1\.Feedback"):
        await call("feedback_batch", batch)
    assert running.service.requests == []


async def test_what_came_of_a_session_goes_by_its_id(call, running):
    """A thumb, a rating or a score for the whole of it."""
    response = await call("record_session_outcome", "s-1", score=1, end_user_id="u-1")
    await call("record_session_outcome", "s-1", thumb="down")
    assert response.episode_count == 2
    first, second = running.service.requests
    assert (first.session_id, first.end_user_id, first.score) == ("s-1", "u-1", 1.0)
    assert second.thumb == v1.THUMB_DOWN
    assert "" not in {first.request_id, second.request_id}
