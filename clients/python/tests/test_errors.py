"""Both clients: what fails becomes a typed error that carries what the service said."""

import copy
import pickle
import threading

import pytest
from google.rpc.status_pb2 import Status
from grpc import StatusCode

import pointsman
from pointsman import error_of_status, v1
from pointsman.errors import BY_REASON


async def test_an_error_tells_reason_code_and_metadata(call, running):
    """What it was about, for programs."""
    running.service.script = [running.fails(StatusCode.NOT_FOUND, "UNKNOWN_EPISODE", metadata={"episode_id": "e-1"})]
    with pytest.raises(pointsman.NotFound) as caught:
        await call("get_episode", "e-1")
    assert (caught.value.code, caught.value.reason) == (StatusCode.NOT_FOUND, "UNKNOWN_EPISODE")
    assert caught.value.metadata == {"episode_id": "e-1"}
    assert caught.value.retry_after_s is None
    assert str(caught.value) == "UNKNOWN_EPISODE: scripted failure"


async def test_all_that_is_wrong_is_told_at_once(call, running):
    """A wrong field stays wrong, so it is not tried again."""
    wrong = (("query.preference.dial", "must be between 0 and 1"), ("query.models[0]", "must not be empty"))
    running.service.script = [running.fails(StatusCode.INVALID_ARGUMENT, "INVALID_REQUEST", wrong)]
    with pytest.raises(pointsman.InvalidRequest) as caught:
        await call("route", "a")
    assert caught.value.field_violations == wrong
    assert len(running.service.requests) == 1


async def test_a_budget_that_is_spent_names_the_quota_and_when_it_begins_anew(call, running):
    """Waiting for it is the caller's business."""
    quotas = (("tenant:team-a", "10 dollars a day"),)
    failure = running.fails(StatusCode.RESOURCE_EXHAUSTED, "BUDGET_EXHAUSTED", quotas=quotas, retry_s=1.5)
    running.service.script = [failure]
    with pytest.raises(pointsman.BudgetExhausted) as caught:
        await call("route", "a")
    assert caught.value.quota_violations == quotas
    assert caught.value.retry_after_s == 1.5
    assert len(running.service.requests) == 1


@pytest.mark.parametrize(
    ("failure", "more", "kind"),
    [
        ((StatusCode.ALREADY_EXISTS, "REQUEST_CONFLICT"), {}, pointsman.Conflict),
        ((StatusCode.ALREADY_EXISTS, "ALREADY_EXISTS"), {}, pointsman.Conflict),
        ((StatusCode.ABORTED, "STALE_ETAG"), {}, pointsman.Aborted),
        ((StatusCode.FAILED_PRECONDITION, "NO_MODEL_LEFT"), {}, pointsman.FailedPrecondition),
        ((StatusCode.FAILED_PRECONDITION, "MODELS_UNUSABLE"), {}, pointsman.FailedPrecondition),
        ((StatusCode.FAILED_PRECONDITION, "TENANT_DISABLED"), {}, pointsman.FailedPrecondition),
        ((StatusCode.NOT_FOUND, "UNKNOWN_TENANT"), {}, pointsman.NotFound),
        ((StatusCode.INTERNAL, "INTERNAL"), {}, pointsman.ServiceDefect),
        ((StatusCode.NOT_FOUND, "A_REASON_OF_TOMORROW"), {}, pointsman.NotFound),
        ((StatusCode.ABORTED, ""), {}, pointsman.Aborted),
        ((StatusCode.NOT_FOUND, ""), {"raw_details": b"\xff not a status"}, pointsman.NotFound),
        ((StatusCode.PERMISSION_DENIED, ""), {}, pointsman.PointsmanError),
        ((StatusCode.RESOURCE_EXHAUSTED, ""), {}, pointsman.PointsmanError),
    ],
)
async def test_each_family_has_its_class(call, running, failure, more, kind):
    """By the reason, and by the code where the reason is unknown, unreadable or absent."""
    running.service.script = [running.fails(*failure, **more)]
    with pytest.raises(pointsman.PointsmanError) as caught:
        await call("route", "a")
    assert type(caught.value) is kind


def test_every_reason_of_the_contract_has_a_class():
    """A new ErrorReason needs an exception."""
    reasons = {name.removeprefix("ERROR_REASON_") for name in v1.ErrorReason.keys()} - {"UNSPECIFIED"}  # noqa: SIM118
    assert set(BY_REASON) == reasons


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda e: pickle.loads(pickle.dumps(e))])
async def test_an_error_pickles_and_copies_whole(call, running, again):
    """Pools of processes and retry libraries do that."""
    running.service.script = [
        running.fails(
            StatusCode.RESOURCE_EXHAUSTED,
            "BUDGET_EXHAUSTED",
            violations=(("query", "is dear"),),
            quotas=(("tenant:a", "a day"),),
            retry_s=2.0,
            metadata={"tenant": "a"},
        )
    ]
    with pytest.raises(pointsman.BudgetExhausted) as caught:
        await call("route", "a")
    error = caught.value
    error.add_note("seen in the night run")
    twin = again(error)
    assert type(twin) is type(error)
    assert str(twin) == str(error)
    assert vars(twin) == vars(error)
    assert (twin.metadata, twin.retry_after_s) == ({"tenant": "a"}, 2.0)


@pytest.mark.parametrize("kind", sorted({*BY_REASON.values(), pointsman.PointsmanError}, key=lambda k: k.__name__))
def test_every_class_pickles(kind):
    """With nothing but a code and a message, too."""
    twin = pickle.loads(pickle.dumps(kind(StatusCode.UNKNOWN, "x")))
    assert (type(twin), twin.code, twin.message, twin.metadata) == (kind, StatusCode.UNKNOWN, "x", {})


def test_a_closed_client_pickles():
    """As all others."""
    twin = pickle.loads(pickle.dumps(pointsman.ClosedClient()))
    assert (type(twin), twin.code) == (pointsman.ClosedClient, StatusCode.FAILED_PRECONDITION)


def test_a_status_that_has_no_code_of_grpcs_is_unknown():
    """It is an error all the same."""
    error = error_of_status(Status(code=99, message="odd"))
    assert (type(error), error.code, str(error)) == (pointsman.PointsmanError, StatusCode.UNKNOWN, "UNKNOWN: odd")


@pytest.mark.parametrize("status", [Status(), v1.FeedbackResult(), None])
def test_what_did_not_fail_is_no_error(status):
    """An item with a receipt, say."""
    with pytest.raises(pointsman.InvalidRequest, match="ask HasField"):
        error_of_status(status)


async def test_the_default_deadline_ends_a_call_and_a_calls_own_wins(call, running):
    """DeadlineExceeded, not a wait for ever."""
    running.service.hold = threading.Event()
    with pytest.raises(pointsman.DeadlineExceeded):
        await call("route", "a", options={"timeout_s": 0.05})
    with pytest.raises(pointsman.DeadlineExceeded):
        await call("route", "a", timeout_s=0.05, options={"timeout_s": None})
