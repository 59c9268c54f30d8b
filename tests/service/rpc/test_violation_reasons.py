"""Each violation of google.rpc.BadRequest has a reason that a program can rely on."""

import re
from pathlib import Path

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2
from pointsman import v1
from pointsman_service import errors
from pointsman_service.domain.operations import Changed, ConfigValue
from pointsman_service.errors import Fault
from pointsman_service.rpc.admin_configuration import MOST_VALUES

USER = v1.ChatMessage(role=v1.ROLE_USER, content="hi")


async def reasons(call):
    """(field, reason) of each violation of a call that fails."""
    with pytest.raises(grpc.aio.AioRpcError) as failed:
        await call
    (raw,) = [value for key, value in failed.value.trailing_metadata() if key == "grpc-status-details-bin"]
    bad = error_details_pb2.BadRequest()
    (packed,) = [d for d in status_pb2.Status.FromString(raw).details if d.Is(bad.DESCRIPTOR)]
    packed.Unpack(bad)
    return [(v.field, v.reason) for v in bad.field_violations]


@pytest.mark.parametrize(
    ("query", "field", "reason"),
    [
        ({}, "query.messages", "REQUIRED"),
        ({"messages": [v1.ChatMessage(content="hi")]}, "query.messages[0].role", "UNKNOWN_VALUE"),
        ({"messages": [USER], "preference": v1.Preference(dial=1.5)}, "query.preference.dial", "OUT_OF_RANGE"),
        ({"messages": [USER], "models": ["a", "a"]}, "query.models", "REPEATED"),
        ({"messages": [USER], "models": ["x" * 1000]}, "query.models[0]", "TOO_LONG"),
        ({"messages": [USER], "models": [f"m{i}" for i in range(300)]}, "query.models", "TOO_MANY"),
        ({"messages": [USER], "tools_json": ["{"]}, "query.tools_json[0]", "MALFORMED"),
        (
            {"messages": [USER], "params": v1.GenerationParams(extra_json='{"stream": true}')},
            "query.params.extra_json",
            "NOT_ALLOWED",
        ),
    ],
)
async def test_a_violation_has_the_reason_of_its_kind(served, query, field, reason):
    """The description is for people, and may change."""
    assert (field, reason) in await reasons(served.router.Route(v1.RouteRequest(query=v1.Query(**query))))


async def test_what_the_application_refuses_has_a_reason_too(served):
    """Also where nobody said which."""
    served.application.error = errors.InvalidRequest([("a", "x"), ("b", "y")])
    call = served.router.Route(v1.RouteRequest(query=v1.Query(messages=[USER])))
    assert await reasons(call) == [("a", "INVALID_VALUE"), ("b", "INVALID_VALUE")]


def test_reasons_are_as_google_asks_and_as_the_contract_lists():
    """UPPER_SNAKE_CASE of at most 63 characters, each named in error_reason.proto."""
    proto = Path(__file__).resolve().parents[3] / "proto" / "pointsman" / "v1" / "error_reason.proto"
    listed = set(re.findall(r"\b[A-Z][A-Z_]+[A-Z]\b", proto.read_text(encoding="utf-8")))
    for fault in Fault:
        assert re.fullmatch(r"[A-Z][A-Z0-9_]+[A-Z0-9]", fault)
        assert len(fault) <= 63
        assert fault in listed


async def test_a_reset_answers_with_a_bounded_part_of_what_is_in_force(served, monkeypatch):
    """However much a key holds; how much was left out is said."""
    now = [ConfigValue(f"models.m{i}.enabled", True, "file") for i in range(MOST_VALUES + 5)]

    async def reset(key, change):
        return Changed(now, replayed=False)

    monkeypatch.setattr(served.application, "reset_config", reset)
    done = await served.admin.ResetConfig(v1.ResetConfigRequest(key="models"))
    assert (len(done.values), done.values_left_out) == (MOST_VALUES, 5)
