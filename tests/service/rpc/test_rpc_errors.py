"""Errors leave the service as statuses with google.rpc details."""

import re
from pathlib import Path

import grpc
import pytest
import structlog
from pointsman import v1
from pointsman_service import errors
from pointsman_service.errors import PointsmanError
from pointsman_service.rpc.error_table import ERROR_TABLE, status_of

ROUTE = v1.RouteRequest(query=v1.Query(messages=[v1.ChatMessage(role=v1.ROLE_USER, content="2 + 2?")]))


def _kinds():
    return [c for c in vars(errors).values() if isinstance(c, type) and issubclass(c, PointsmanError)]


def test_every_error_of_the_service_is_in_the_table():
    """A new error class needs a status and a reason. A failed model call is a step, and never leaves the service."""
    assert set(ERROR_TABLE) == set(_kinds()) - {errors.ModelCallError}


def test_every_reason_of_the_contract_is_used_once():
    """And none of them is unspecified."""
    reasons = [status.reason for status in ERROR_TABLE.values()]
    assert sorted(reasons) == sorted(set(v1.ErrorReason.values()) - {v1.ERROR_REASON_UNSPECIFIED})


def test_codes_are_as_the_contract_says():
    """Each reason's comment has its status code in brackets."""
    proto = Path(__file__).resolve().parents[3] / "proto" / "pointsman" / "v1" / "error_reason.proto"
    said = re.findall(r"// \[([A-Z_]+)\](?:\n? .*)+?\n  (ERROR_REASON_\w+) =", proto.read_text(encoding="utf-8"))
    coded = {v1.ErrorReason.Name(status.reason): status.code.name for status in ERROR_TABLE.values()}
    assert {reason: code for code, reason in said} == coded


def test_a_subclass_has_the_status_of_its_base():
    """Until it gets its own."""

    class UnknownFineTune(errors.UnknownModel):
        pass

    assert status_of(UnknownFineTune("?")).reason == v1.ERROR_REASON_UNKNOWN_MODEL


async def test_an_error_carries_its_reason_and_its_facts(served, failure):
    """ErrorInfo of our domain, with what it was about."""
    served.application.error = errors.NoModelLeft("no model is cheap enough: raise max_cost_usd", constraint="max_cost")
    code, message, info, fields, retry = await failure(served.router.Route(ROUTE))
    assert (code, message) == (grpc.StatusCode.FAILED_PRECONDITION, "no model is cheap enough: raise max_cost_usd")
    assert (info.domain, info.reason, dict(info.metadata)) == (
        "pointsman.dev",
        "NO_MODEL_LEFT",
        {"constraint": "max_cost"},
    )
    assert (fields, retry) == ({}, None)
    assert served.calls == [("Route", "FAILED_PRECONDITION")]


@pytest.mark.parametrize("method", ["RouterService/Route", "RouterService/StreamComplete", "AdminService/UpdateModel"])
async def test_bytes_that_are_no_message_are_the_callers_mistake(served, failure, method):
    """Not UNKNOWN without a word, as grpc has it; and the call is counted."""
    path = f"/pointsman.v1.{method}"
    if method.endswith("StreamComplete"):
        code, _, info, fields, _ = await failure(served.channel.unary_stream(path)(b"\x0a\xffnonsense").read())
    else:
        channel = served.admin_channel if method.startswith("Admin") else served.channel
        code, _, info, fields, _ = await failure(channel.unary_unary(path)(b"\x0a\xffnonsense"))
    assert (code, info.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_REQUEST")
    assert "do not parse" in fields["request"]
    assert served.calls == [(method.partition("/")[2], "INVALID_ARGUMENT")]


@pytest.mark.parametrize(
    ("error", "code", "retry_s"),
    [
        (errors.LogUnavailable("locked"), grpc.StatusCode.UNAVAILABLE, 0.5),
        (errors.LogUnavailable("gone", reason="removed"), grpc.StatusCode.UNAVAILABLE, 5.0),
        (errors.BudgetExhausted("spent", retry_after_s=12.25), grpc.StatusCode.RESOURCE_EXHAUSTED, 12.25),
        (errors.EveryModelFailed("down", retry_after_s=3.0), grpc.StatusCode.UNAVAILABLE, 3.0),
        (errors.ModelsUnusable("the key is refused"), grpc.StatusCode.FAILED_PRECONDITION, None),
        (errors.DeadlineTooShort("late"), grpc.StatusCode.DEADLINE_EXCEEDED, None),
    ],
)
async def test_an_error_says_when_trying_again_helps(served, failure, error, code, retry_s):
    """RetryInfo from the error where it knows, else from the table, else none."""
    served.application.error = error
    got, _, _, _, retry = await failure(served.router.Route(ROUTE))
    assert (got, retry) == (code, retry_s)


@pytest.mark.parametrize(
    "error", [KeyError("secret of another tenant"), errors.ModelCallError("secret of a provider", kind="auth")]
)
async def test_a_defect_is_an_incident_without_its_cause(served, failure, error):
    """The caller gets an id; the log has the cause under it."""
    served.application.error = error
    with structlog.testing.capture_logs() as logs:
        code, message, info, *_ = await failure(served.router.Route(ROUTE))
    assert (code, info.reason) == (grpc.StatusCode.INTERNAL, "INTERNAL")
    assert "secret" not in message + str(info)
    (entry,) = logs
    assert info.metadata["incident_id"] == entry["incident_id"]
    assert entry["incident_id"] in message
    assert entry["exc_info"] is served.application.error
    assert served.calls == [("Route", "INTERNAL")]


async def test_the_largest_error_fits_a_trailer(served, failure):
    """However many fields are wrong, and in whatever script, the caller sees what is wrong with the first ones."""
    many = [(f"query.поле[{i}]", "слишком длинно " * 50) for i in range(1000)]
    error = errors.InvalidRequest(many)
    error.facts = {f"факт{i}": "значение" * 100 for i in range(100)}
    served.application.error = error
    code, message, info, fields, _ = await failure(served.router.Route(ROUTE))
    assert code == grpc.StatusCode.INVALID_ARGUMENT
    assert message.endswith("...")
    assert info.reason == "INVALID_REQUEST"
    assert fields["..."] == "988 more violations are not listed"
    assert len(fields) == 13


async def test_an_unknown_method_is_unimplemented(served, failure):
    """As gRPC has it, also below our own package."""
    call = served.channel.unary_unary("/pointsman.v1.RouterService/Guess")
    code, *_ = await failure(call(b""))
    assert code == grpc.StatusCode.UNIMPLEMENTED


async def test_a_caller_that_goes_is_counted_as_cancelled(served):
    """Its handler is cancelled, and that is no incident."""
    import asyncio

    served.application.hold = asyncio.Event()
    call = served.router.Route(ROUTE)
    waiting = asyncio.ensure_future(_swallow(call))
    await served.application.entered.wait()
    call.cancel()
    await waiting
    await served.heard.wait()
    assert served.calls == [("Route", "CANCELLED")]


async def _swallow(call):
    import asyncio

    with pytest.raises(asyncio.CancelledError):
        await call
