"""What is wrong with a request is told all at once, by field, and nothing wrong reaches the application."""

import grpc
import pytest
from pointsman import v1

NAN, INF = float("nan"), float("inf")
USER = v1.ChatMessage(role=v1.ROLE_USER, content="2 + 2?")


async def _violations(served, failure, **fields):
    fields.setdefault("messages", [USER])
    code, _, info, violations, _ = await failure(served.router.Route(v1.RouteRequest(query=v1.Query(**fields))))
    assert (code, info.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_REQUEST")
    assert served.application.asked == []
    return violations


async def test_every_violation_is_told_at_once(served, failure):
    """Four mistakes are one answer with four entries."""
    violations = await _violations(
        served,
        failure,
        messages=[v1.ChatMessage(role=99, content="")],
        preference=v1.Preference(dial=1.5),
        models=[""],
    )
    assert set(violations) == {
        "query.messages[0].role",
        "query.messages[0].content",
        "query.preference.dial",
        "query.models[0]",
    }


async def test_a_message_of_an_unknown_role_names_the_roles(served, failure):
    """So that the caller need not look them up."""
    violations = await _violations(served, failure, messages=[v1.ChatMessage(role=99, content="x")])
    assert violations["query.messages[0].role"].startswith("must be one of ROLE_SYSTEM, ROLE_USER")


@pytest.mark.parametrize(
    ("messages", "field", "complaint"),
    [
        ([], "query.messages", "at least one"),
        ([v1.ChatMessage(content="x")], "query.messages[0].role", "must be one of"),
        ([v1.ChatMessage(role=v1.ROLE_USER, content=" \n")], "query.messages[0].content", "must not be empty"),
        ([USER, v1.ChatMessage(role=v1.ROLE_USER, content="x" * 1000)], "query.messages", "1006 characters"),
        ([v1.ChatMessage(role=v1.ROLE_TOOL, tool_call_id="c")] * 2001, "query.messages", "at most 2000"),
        ([v1.ChatMessage(role=v1.ROLE_TOOL, content="4")], "query.messages[0].tool_call_id", "which call"),
        (
            [v1.ChatMessage(role=v1.ROLE_USER, content="x", tool_calls=[v1.ToolCall(id="c", name="f")])],
            "query.messages[0].tool_calls",
            "ROLE_ASSISTANT only",
        ),
        (
            [v1.ChatMessage(role=v1.ROLE_ASSISTANT, tool_calls=[v1.ToolCall()])],
            "query.messages[0].tool_calls[0].id",
            "must not be empty",
        ),
        ([v1.ChatMessage(role=v1.ROLE_USER, content="x", name="")], "query.messages[0].name", "leave it out"),
    ],
)
async def test_messages(served, failure, messages, field, complaint):
    """Someone says something, in bounds, and tools belong to their calls."""
    assert complaint in (await _violations(served, failure, messages=messages))[field]


@pytest.mark.parametrize(
    ("preference", "field"),
    [
        ({"dial": 1.5}, "dial"),
        ({"dial": -0.1}, "dial"),
        ({"dial": NAN}, "dial"),
        ({"cost_weight": -1.0}, "cost_weight"),
        ({"cost_weight": INF}, "cost_weight"),
        ({"max_cost_usd": 0.0}, "max_cost_usd"),
        ({"max_cost_usd": NAN}, "max_cost_usd"),
        ({"max_cost_usd": INF}, "max_cost_usd"),
        ({"min_quality": 2.0}, "min_quality"),
        ({"min_quality": NAN}, "min_quality"),
    ],
)
async def test_a_preference_out_of_range_is_refused(served, failure, preference, field):
    """Also where it is no number at all."""
    violations = await _violations(served, failure, preference=v1.Preference(**preference))
    assert set(violations) == {f"query.preference.{field}"}


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"temperature": -1.0}, "temperature"),
        ({"temperature": NAN}, "temperature"),
        ({"top_p": 0.0}, "top_p"),
        ({"top_p": 1.1}, "top_p"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"stop": [""]}, "stop[0]"),
        ({"stop": ["x" * 201]}, "stop[0]"),
        ({"stop": ["x"] * 17}, "stop"),
        ({"extra_json": "[1]"}, "extra_json"),
        ({"extra_json": '{"n": 5}'}, "extra_json"),
        ({"extra_json": '{"x": NaN}'}, "extra_json"),
        ({"extra_json": '{"x": 1e999}'}, "extra_json"),
        ({"extra_json": '{"x": "' + "y" * 500 + '"}'}, "extra_json"),
    ],
)
async def test_generation_parameters_are_checked_where_every_provider_agrees(served, failure, params, field):
    """What is passed through as it is must be a JSON object that does not touch the query's own fields."""
    violations = await _violations(served, failure, params=v1.GenerationParams(**params))
    assert set(violations) == {f"query.params.{field}"}


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"tools_json": ["{"]}, "query.tools_json[0]"),
        ({"tools_json": ["[" * 400]}, "query.tools_json[0]"),
        ({"tools_json": ["{}"]}, "query.tools_json[0]"),
        ({"tools_json": ['{"type": "function"}']}, "query.tools_json[0]"),
        ({"tools_json": ['{"type": "function", "function": {"name": 5}}']}, "query.tools_json[0]"),
        ({"tools_json": ['{"type": "web_search"}'] * 257}, "query.tools_json"),
        ({"response_format_json": "json"}, "query.response_format_json"),
        ({"response_format_json": '{"type": "xml"}'}, "query.response_format_json"),
        ({"session_id": "x" * 129}, "query.session_id"),
        ({"session_id": ""}, "query.session_id"),
        ({"request_id": "a\x00b"}, "query.request_id"),
        ({"request_id": "  "}, "query.request_id"),
        ({"models": ["a", "a"]}, "query.models"),
        ({"models": [f"m{i}" for i in range(257)]}, "query.models"),
        ({"hints": v1.Hints(task="")}, "query.hints.task"),
        ({"hints": v1.Hints(language="x" * 201)}, "query.hints.language"),
        ({"hints": v1.Hints(metadata={"": "x"})}, "query.hints.metadata key"),
        ({"hints": v1.Hints(metadata={"a": "x" * 1001})}, 'query.hints.metadata["a"]'),
        ({"hints": v1.Hints(metadata={str(i): "x" for i in range(65)})}, "query.hints.metadata"),
    ],
)
async def test_other_fields_of_a_query(served, failure, fields, field):
    """Bad JSON, ids that are empty, too long or unprintable, too many of anything."""
    assert set(await _violations(served, failure, **fields)) == {field}


@pytest.mark.parametrize("tenant", ["", "-a", "a b", "x" * 129, "a;b"])
async def test_a_malformed_tenant_is_refused(served, failure, tenant):
    """The metadata key is named as the field."""
    call = served.router.Route(
        v1.RouteRequest(query=v1.Query(messages=[USER])), metadata=(("x-pointsman-tenant", tenant),)
    )
    code, _, _, violations, _ = await failure(call)
    assert (code, set(violations)) == (grpc.StatusCode.INVALID_ARGUMENT, {"metadata x-pointsman-tenant"})


@pytest.mark.parametrize(
    ("outcome", "field"),
    [
        ({"episode_id": ""}, "episode_id"),
        ({"input_tokens": -1}, "input_tokens"),
        ({"latency_ms": NAN}, "latency_ms"),
        ({"cost_usd": -0.1}, "cost_usd"),
        ({"error": "x" * 2001}, "error"),
        ({"model": ""}, "model"),
        ({"verdicts": [v1.Verdict(judge="j", score=7.0)]}, "verdicts[0].score"),
        ({"verdicts": [v1.Verdict(score=0.5)]}, "verdicts[0].judge"),
        ({"verdicts": [v1.Verdict(judge="j", cost_usd=INF)]}, "verdicts[0].cost_usd"),
        ({"verdicts": [v1.Verdict(judge="j")] * 65}, "verdicts"),
    ],
)
async def test_outcomes(served, failure, outcome, field):
    """A measurement is a finite number of the right range."""
    request = v1.ReportOutcomeRequest(**({"episode_id": "e-1"} | outcome))
    _, _, _, violations, _ = await failure(served.router.ReportOutcome(request))
    assert set(violations) == {field}
    assert served.application.asked == []
