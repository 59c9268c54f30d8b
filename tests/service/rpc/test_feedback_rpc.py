"""FeedbackService over a socket."""

import grpc
import pytest
from pointsman import v1
from pointsman_service.domain.requests import GivenFeedback, GivenSessionOutcome


def _feedback(request_id=None, **fields):
    return v1.RecordFeedbackRequest(request_id=request_id, feedback=v1.Feedback(**({"episode_id": "e-1"} | fields)))


@pytest.mark.parametrize(
    ("signal", "source", "value", "correction"),
    [
        ({"thumb": v1.THUMB_UP}, "thumb", 1.0, None),
        ({"thumb": v1.THUMB_DOWN}, "thumb", 0.0, None),
        ({"rating": 3.5}, "rating", 3.5, None),
        ({"correction": "Five."}, "correction", None, "Five."),
        ({"score": 0.0}, "score", 0.0, None),
    ],
)
async def test_each_signal_reaches_the_application(served, signal, source, value, correction):
    """With the ids, and the receipt comes back."""
    request = _feedback("f-1", model="small", end_user_id="ann", **signal)
    receipt = (await served.feedback.RecordFeedback(request)).receipt
    _, given, caller = served.application.asked[0]
    assert given == GivenFeedback("e-1", source, value, correction, "small", "ann", "f-1")
    assert caller.tenant == "default"
    assert receipt == v1.FeedbackReceipt(request_id="f-1", episode_id="e-1", value=1.0, log_position=5)


async def test_a_comment_stands_beside_each_signal(served):
    """As it was written, up to 4,000 characters."""
    for signal in ({"thumb": v1.THUMB_UP}, {"rating": 2.0}, {"correction": "Five."}, {"score": 0.0}):
        for comment in ("right and fast\n", "\U0001f600" * 4000):
            await served.feedback.RecordFeedback(_feedback(comment=comment, **signal))
            assert served.application.asked.pop()[1].comment == comment


async def test_feedback_that_was_known_says_so(served):
    """As every change does."""
    served.application.replayed = True
    assert (await served.feedback.RecordFeedback(_feedback(score=1.0))).receipt.replayed


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"episode_id": "", "thumb": v1.THUMB_UP}, "feedback.episode_id"),
        ({}, "feedback.signal"),
        ({"thumb": v1.THUMB_UNSPECIFIED}, "feedback.thumb"),
        ({"thumb": 9}, "feedback.thumb"),
        ({"rating": 0.0}, "feedback.rating"),
        ({"rating": float("nan")}, "feedback.rating"),
        ({"score": 1.01}, "feedback.score"),
        ({"correction": " "}, "feedback.correction"),
        ({"correction": "x" * 1001}, "feedback.correction"),
        ({"score": 1.0, "model": ""}, "feedback.model"),
        ({"score": 1.0, "end_user_id": "x" * 257}, "feedback.end_user_id"),
        ({"score": 1.0, "comment": ""}, "feedback.comment"),
        ({"score": 1.0, "comment": " \n"}, "feedback.comment"),
        ({"score": 1.0, "comment": "x" * 4001}, "feedback.comment"),
        ({"score": 1.0, "request_id": "x" * 129}, "request_id"),
        ({"score": 1.0, "request_id": ""}, "request_id"),
    ],
)
async def test_what_cannot_be_feedback_is_refused(served, refused, fields, field):
    """By field, before it reaches the application."""
    assert set(await refused(served.feedback.RecordFeedback(_feedback(**fields)))) == {field}
    assert served.application.asked == []


async def test_a_thumb_that_is_none_names_the_two(served, refused):
    """So that nobody takes a number for a direction."""
    found = await refused(served.feedback.RecordFeedback(_feedback(thumb=v1.THUMB_UNSPECIFIED)))
    assert found == {"feedback.thumb": "must be one of THUMB_UP, THUMB_DOWN; it is THUMB_UNSPECIFIED"}


async def test_a_batch_answers_each_item_by_itself_and_in_order(served, failure, status_details):
    """An invalid one, an unknown one and two good ones; only the valid ones reach the application."""
    items = [_feedback(score=0.5), _feedback(episode_id="e-2", score=5.0), _feedback(episode_id="unknown", score=0.5)]
    items.append(_feedback("f-4", episode_id="e-3", score=0.5))
    response = await served.feedback.RecordFeedbackBatch(v1.RecordFeedbackBatchRequest(requests=items))
    first, invalid, unknown, last = response.results
    assert (first.receipt.episode_id, last.receipt.episode_id) == ("e-1", "e-3")
    assert (first.receipt.replayed, first.receipt.HasField("value"), last.receipt.request_id) == (True, True, "f-4")
    code, message, info, fields, _ = await failure(served.feedback.RecordFeedback(items[1]))
    assert (invalid.error.code, invalid.error.message) == (code.value[0], message)
    assert status_details(invalid.error) == (info, fields, None)
    assert fields == {"feedback.score": "must be between 0 and 1; it is 5"}
    info, _, _ = status_details(unknown.error)
    assert (unknown.error.code, unknown.error.message) == (grpc.StatusCode.NOT_FOUND.value[0], "no such episode")
    assert (info.reason, dict(info.metadata)) == ("UNKNOWN_EPISODE", {"episode_id": "unknown"})
    assert [g.episode_id for g in served.application.asked[0][1]] == ["e-1", "unknown", "e-3"]


async def test_a_batch_of_invalid_items_only_asks_the_application_nothing(served):
    """Its answer is all errors."""
    request = v1.RecordFeedbackBatchRequest(requests=[v1.RecordFeedbackRequest(), _feedback()])
    response = await served.feedback.RecordFeedbackBatch(request)
    assert [r.WhichOneof("result") for r in response.results] == ["error", "error"]
    assert served.application.asked == []


@pytest.mark.parametrize("count", [0, 6])
async def test_a_batch_has_a_size(served, refused, count):
    """Neither empty nor beyond the limit."""
    request = v1.RecordFeedbackBatchRequest(requests=[_feedback(score=0.5)] * count)
    assert set(await refused(served.feedback.RecordFeedbackBatch(request))) == {"requests"}


@pytest.mark.parametrize(
    ("signal", "source", "value"),
    [({"thumb": v1.THUMB_DOWN}, "thumb", 0.0), ({"rating": 5.0}, "rating", 5.0), ({"score": 0.5}, "score", 0.5)],
)
async def test_what_came_of_a_session_reaches_the_application(served, signal, source, value):
    """And its receipt comes back, with a value and a count of 0 where they are 0."""
    request = v1.RecordSessionOutcomeRequest(request_id="s-1", session_id="run-7", end_user_id="ann", **signal)
    response = await served.feedback.RecordSessionOutcome(request)
    assert served.application.asked[0][1] == GivenSessionOutcome("run-7", source, value, "ann", "s-1")
    assert response == v1.RecordSessionOutcomeResponse(request_id="s-1", value=0.0, episode_count=0, log_position=9)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"session_id": "", "score": 1.0}, "session_id"),
        ({}, "signal"),
        ({"thumb": v1.THUMB_UNSPECIFIED}, "thumb"),
        ({"rating": 6.0}, "rating"),
        ({"score": -0.1}, "score"),
        ({"score": 1.0, "request_id": "a\x00b"}, "request_id"),
    ],
)
async def test_what_cannot_be_a_sessions_outcome_is_refused(served, refused, fields, field):
    """By field."""
    request = v1.RecordSessionOutcomeRequest(**({"session_id": "run-7"} | fields))
    assert set(await refused(served.feedback.RecordSessionOutcome(request))) == {field}
    assert served.application.asked == []
