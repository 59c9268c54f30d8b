"""FeedbackService over a socket."""

import grpc
import pytest
from pointsman import v1
from pointsman_service.domain.requests import GivenFeedback


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
    feedback = v1.Feedback(episode_id="e-1", feedback_id="f-1", model="small", **signal)
    response = await served.feedback.RecordFeedback(v1.RecordFeedbackRequest(feedback=feedback))
    _, given, caller = served.application.asked[0]
    assert given == GivenFeedback("e-1", source, value, correction, "f-1", "small")
    assert caller.tenant == "default"
    receipt = response.receipt
    assert (receipt.feedback_id, receipt.episode_id, receipt.value) == ("f-1", "e-1", 1.0)
    assert (receipt.recorded, receipt.log_position, response.snapshot_version) == (True, 5, 7)


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
        ({"score": 1.0, "feedback_id": "x" * 129}, "feedback.feedback_id"),
    ],
)
async def test_what_cannot_be_feedback_is_refused(served, failure, fields, field):
    """By field, before it reaches the application."""
    feedback = v1.Feedback(**({"episode_id": "e-1"} | fields))
    code, _, _, violations, _ = await failure(
        served.feedback.RecordFeedback(v1.RecordFeedbackRequest(feedback=feedback))
    )
    assert (code, set(violations)) == (grpc.StatusCode.INVALID_ARGUMENT, {field})
    assert served.application.asked == []


async def test_a_batch_answers_each_item_by_itself_and_in_order(served):
    """An invalid one, an unknown one and two good ones; only the valid ones reach the application."""
    request = v1.RecordFeedbackBatchRequest(
        feedback=[
            v1.Feedback(episode_id="e-1", score=0.5),
            v1.Feedback(episode_id="e-2", score=5.0),
            v1.Feedback(episode_id="unknown", score=0.5),
            v1.Feedback(episode_id="e-3", score=0.5),
        ]
    )
    response = await served.feedback.RecordFeedbackBatch(request)
    first, invalid, unknown, last = response.results
    assert (first.receipt.episode_id, last.receipt.episode_id) == ("e-1", "e-3")
    assert not first.receipt.recorded
    assert invalid.error.reason == v1.ERROR_REASON_INVALID_REQUEST
    assert [(v.field, v.description) for v in invalid.error.field_violations] == [
        ("score", "must be between 0 and 1; it is 5")
    ]
    assert (unknown.error.reason, unknown.error.message) == (v1.ERROR_REASON_UNKNOWN_EPISODE, "no such episode")
    assert [g.episode_id for g in served.application.asked[0][1]] == ["e-1", "unknown", "e-3"]
    assert response.snapshot_version == 7


async def test_a_batch_of_invalid_items_only_asks_the_application_nothing(served):
    """Its answer is all errors."""
    request = v1.RecordFeedbackBatchRequest(feedback=[v1.Feedback(), v1.Feedback(episode_id="e-1")])
    response = await served.feedback.RecordFeedbackBatch(request)
    assert [r.WhichOneof("result") for r in response.results] == ["error", "error"]
    assert served.application.asked == []


@pytest.mark.parametrize("count", [0, 6])
async def test_a_batch_has_a_size(served, failure, count):
    """Neither empty nor beyond the limit."""
    request = v1.RecordFeedbackBatchRequest(feedback=[v1.Feedback(episode_id="e-1", score=0.5)] * count)
    code, _, _, violations, _ = await failure(served.feedback.RecordFeedbackBatch(request))
    assert (code, set(violations)) == (grpc.StatusCode.INVALID_ARGUMENT, {"feedback"})


async def test_what_a_caller_reports_of_a_verdict_is_bounded(served, failure):
    """One absurd cost would be summed for ever; numbers are told as people write them."""
    verdict = v1.Verdict(judge="j", cost_usd=2e9, latency_ms=2_147_483_647_000)
    request = v1.ReportOutcomeRequest(episode_id="e-1", verdicts=[verdict])
    *_, found, _ = await failure(served.router.ReportOutcome(request))
    assert found == {
        "verdicts[0].cost_usd": "must be between 0 and 10000; it is 2000000000",
        "verdicts[0].latency_ms": "must be between 0 and 1000000000; it is 2147483647000",
    }
