"""What a batcher holds, and what becomes of it, without threads or time."""

import grpc
import pytest
from google.rpc.error_details_pb2 import ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status
from hypothesis import given, settings
from hypothesis import strategies as st

from pointsman import InvalidRequest, NotFound, Unavailable, v1
from pointsman.backlog import Backlog, BatcherLimits
from pointsman.batch_outcome import of_failure, of_results
from pointsman.batching import Pace, request_of, settle
from pointsman.status_details import StatusDetails

SMALL = BatcherLimits(max_items=10, flush_items=4, flush_interval_s=1.0, deadline_s=5.0)


def a_word(text="no", request_id="r"):
    """A correction."""
    return v1.RecordFeedbackRequest(request_id=request_id, feedback=v1.Feedback(episode_id="e", correction=text))


def filled(count, limits=SMALL, now=0.0, tenant=None):
    """A backlog with so many words in it."""
    backlog = Backlog(limits)
    for i in range(count):
        backlog.put(a_word(request_id=f"r-{i}"), tenant, now)
    return backlog


def ids(items):
    """Of items."""
    return [item.request.request_id for item in items]


def failure(code, reason="", retry_s=None):
    """A result that is an error."""
    status = Status(code=code.value[0], message="no")
    status.details.add().Pack(ErrorInfo(reason=reason))
    if retry_s is not None:
        info = RetryInfo()
        info.retry_delay.FromMilliseconds(round(retry_s * 1e3))
        status.details.add().Pack(info)
    return v1.FeedbackResult(error=status)


RECEIPT = v1.FeedbackResult(receipt=v1.FeedbackReceipt(request_id="r"))


def test_items_wait_for_company_and_not_longer():
    """A full batch goes at once; less goes after the interval."""
    assert Backlog(SMALL).due_s(0.0, at_once=False) is None
    assert filled(3).due_s(0.25, at_once=False) == 0.75
    assert filled(3).due_s(0.25, at_once=True) == 0.0
    assert filled(4).due_s(0.0, at_once=False) == 0.0
    assert filled(3).due_s(7.0, at_once=False) == 0.0


def test_a_batch_is_full_by_its_bytes_as_well():
    """And holds no more of them than that, but one item in any case."""
    backlog = Backlog(BatcherLimits(flush_bytes=1_000))
    for size in (400, 400, 400, 5_000, 10):
        backlog.put(a_word("x" * size), None, 0.0)
    assert backlog.is_full_batch()
    sizes = []
    while backlog.waiting:
        batch = backlog.take(500)
        sizes.append([len(item.request.feedback.correction) for item in batch])
        backlog.settle(acknowledged=batch, refused=[], given_back=[])
    assert sizes == [[400, 400], [400], [5_000], [10]]
    assert (backlog.bytes_held, backlog.bytes_waiting) == (0, 0)


def test_a_batch_is_of_one_tenant():
    """The tenant is the call's."""
    backlog = Backlog(SMALL)
    for tenant in (None, None, "a", None):
        backlog.put(a_word(), tenant, 0.0)
    sizes = [len(backlog.take(9)) for _ in range(3)]
    assert sizes == [2, 1, 1]


def test_what_finds_no_room_by_number_or_bytes_is_dropped():
    """And what is being sent takes room, too."""
    backlog = filled(10)
    backlog.take(4)
    assert backlog.put(a_word(), None, 0.0) is None
    narrow = Backlog(BatcherLimits(max_bytes=300))
    assert narrow.put(a_word("x" * 400), None, 0.0) is None
    assert narrow.put(a_word("x" * 200), None, 0.0) is not None
    assert narrow.put(a_word("x" * 200), None, 0.0) is None
    assert narrow.stats().dropped == {"full": 2}


def test_what_is_given_back_goes_first_and_expires_in_its_turn():
    """The order of what one caller said of one answer stays."""
    backlog = filled(6)
    batch = backlog.take(4)
    backlog.settle(acknowledged=batch[:1], refused=batch[1:2], given_back=batch[2:])
    assert ids(backlog.waiting) == ["r-2", "r-3", "r-4", "r-5"]
    backlog.put(a_word(request_id="late"), None, 3.0)
    assert ids(backlog.expired(5.0)) == ["r-2", "r-3", "r-4", "r-5"]
    stats = backlog.stats()
    assert (stats.acknowledged, stats.refused, stats.dropped, stats.pending) == (1, 1, {"deadline": 4}, 1)


@settings(deadline=None)
@given(st.lists(st.sampled_from(["put", "take", "ack", "refuse", "back", "expire"]), max_size=60))
def test_everything_that_was_added_is_somewhere(steps):
    """Acknowledged, refused, dropped or pending, in whatever order things happen."""
    backlog, now = Backlog(SMALL), 0.0
    for step in steps:
        now += 0.4
        if step == "put":
            backlog.put(a_word(), None, now)
        elif step == "take" and not backlog.sending:
            backlog.take(4)
        elif step == "expire":
            backlog.expired(now)
        elif backlog.sending and step in {"ack", "refuse", "back"}:
            batch = backlog.sending
            parts = {"ack": (batch, [], []), "refuse": ([], batch, []), "back": ([], [], batch)}[step]
            backlog.settle(acknowledged=parts[0], refused=parts[1], given_back=parts[2])
        stats = backlog.stats()
        assert stats.added == stats.acknowledged + stats.refused + sum(stats.dropped.values()) + stats.pending
        held = [*backlog.waiting, *backlog.sending]
        assert backlog.bytes_held == sum(item.size for item in held)
        assert backlog.bytes_waiting == sum(item.size for item in backlog.waiting)


def test_results_are_sorted_item_by_item():
    """What waiting cures is sent again after that time; a result that is missing counts as none."""
    batch = filled(4).take(4)
    outcome = of_results(
        batch,
        [
            RECEIPT,
            failure(grpc.StatusCode.NOT_FOUND, "UNKNOWN_EPISODE"),
            failure(grpc.StatusCode.RESOURCE_EXHAUSTED, "OVER_LIMIT", retry_s=7.0),
        ],
    )
    assert ids(outcome.acknowledged) == ["r-0"]
    assert [(item.request.request_id, type(error)) for item, error in outcome.refused] == [("r-1", NotFound)]
    assert (ids(outcome.again), outcome.wait_s, outcome.failed) == (["r-2", "r-3"], 7.0, False)


def test_a_limit_that_waiting_does_not_cure_is_a_refusal():
    """An episode takes so many words and no more."""
    outcome = of_results(filled(1).take(1), [failure(grpc.StatusCode.RESOURCE_EXHAUSTED, "OVER_LIMIT")])
    assert [error.reason for _, error in outcome.refused] == ["OVER_LIMIT"]


def test_a_batch_that_is_refused_as_a_whole_is_halved_until_the_culprit_stands_alone():
    """The others are not lost with it."""
    backlog, pace = filled(8, BatcherLimits(flush_items=8)), Pace(BatcherLimits(flush_items=8))
    refused = []
    for _ in range(40):
        if not backlog.waiting:
            break
        batch = pace.take(backlog, 0.0)
        guilty = any(item.request.request_id == "r-5" for item in batch)
        error = InvalidRequest(grpc.StatusCode.INVALID_ARGUMENT, "no")
        outcome = of_failure(batch, error) if guilty else of_results(batch, [RECEIPT] * len(batch))
        refused += [item.request.request_id for item, _ in outcome.refused]
        pace.after(outcome, len(batch), 0.0)
        settle(backlog, outcome)
    assert refused == ["r-5"]
    assert (backlog.acknowledged, backlog.refused, backlog.pending) == (7, 1, 0)


def test_failures_are_waited_out_longer_each_time_and_forgotten_once_one_came_through():
    """And never for less than the service asks."""
    pace, batch = Pace(SMALL), filled(1).take(1)
    down = of_failure(batch, Unavailable(grpc.StatusCode.UNAVAILABLE, "no"))
    waits = []
    for _ in range(12):
        pace.after(down, 1, 100.0)
        waits.append(pace.not_before - 100.0)
    assert 0.05 <= waits[0] <= 0.1
    assert 0.5 * SMALL.deadline_s / 4 <= waits[-1] <= SMALL.deadline_s / 4
    pace.after(of_results(batch, [RECEIPT]), 1, 200.0)
    assert pace.not_before == 200.0
    details = StatusDetails("LOG_UNAVAILABLE", retry_after_s=9.0)
    pace.after(of_failure(batch, Unavailable(grpc.StatusCode.UNAVAILABLE, "no", details)), 1, 300.0)
    assert pace.not_before == 309.0


@pytest.mark.parametrize(
    "limits",
    [{"max_items": 0}, {"flush_items": 1_001}, {"flush_bytes": 1.5}, {"deadline_s": 0}, {"flush_interval_s": -1}],
    ids=lambda limits: next(iter(limits)),
)
def test_limits_that_are_none_are_refused_by_name(limits):
    """Before anything is handed over."""
    (name,) = limits
    with pytest.raises(InvalidRequest, match=name):
        BatcherLimits(**limits)


def test_what_is_handed_over_is_a_request_with_an_id():
    """From an episode's id and fields, or from a message, which stays as it is."""
    request, tenant = request_of("e-1", {"rating": 4, "tenant": "a"})
    assert (request.feedback, tenant, len(request.request_id)) == (v1.Feedback(episode_id="e-1", rating=4), "a", 32)
    given_id = v1.RecordFeedbackRequest(request_id="mine", feedback=v1.Feedback(episode_id="e-1", score=1))
    assert request_of(given_id, {})[0] == given_id
    assert request_of(given_id.feedback, {})[0].feedback == given_id.feedback
    for wrong, fields in ((5, {}), (given_id, {"thumb": True}), ("e-1", {"thumb": True, "timeout_s": 3})):
        with pytest.raises(InvalidRequest):
            request_of(wrong, fields)
