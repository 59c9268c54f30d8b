"""What is wrong with a request is told all at once, by field, and nothing wrong reaches the application."""

import pytest
from pointsman import v1

NAN, INF = float("nan"), float("inf")
USER = v1.ChatMessage(role=v1.ROLE_USER, content="2 + 2?")
CALL = v1.ToolCall(tool_call_id="c", function="f")


@pytest.fixture
def violations(served, refused):
    """{field: description} of a query with these fields, by Route and by Complete alike."""

    async def found(**fields):
        fields.setdefault("messages", [USER])
        routed = await refused(served.router.Route(v1.RouteRequest(query=v1.Query(**fields))))
        assert routed == await refused(served.router.Complete(v1.CompleteRequest(query=v1.Query(**fields))))
        assert served.application.asked == []
        return routed

    return found


async def test_every_violation_is_told_at_once(violations):
    """Four mistakes are one answer with four entries."""
    found = await violations(
        messages=[v1.ChatMessage(role=99, content="")], preference=v1.Preference(dial=1.5), models=[""]
    )
    assert set(found) == {
        "query.messages[0].role",
        "query.messages[0].content",
        "query.preference.dial",
        "query.models[0]",
    }


async def test_a_message_of_an_unknown_role_names_the_roles(violations):
    """So that the caller need not look them up."""
    found = await violations(messages=[v1.ChatMessage(role=99, content="x")])
    assert found["query.messages[0].role"].startswith("must be one of ROLE_SYSTEM, ROLE_USER")


@pytest.mark.parametrize(
    ("messages", "field", "complaint"),
    [
        ([], "query.messages", "at least one"),
        ([v1.ChatMessage(role=v1.ROLE_SYSTEM, content="Be brief.")], "query.messages", "instructions alone"),
        ([v1.ChatMessage(content="x")], "query.messages[0].role", "must be one of"),
        ([v1.ChatMessage(role=v1.ROLE_USER, content=" \n")], "query.messages[0].content", "must not be empty"),
        ([USER, v1.ChatMessage(role=v1.ROLE_USER, content="x" * 1000)], "query.messages", "1006 characters"),
        ([v1.ChatMessage(role=v1.ROLE_TOOL, tool_call_id="c")] * 2001, "query.messages", "at most 2000"),
        ([v1.ChatMessage(role=v1.ROLE_TOOL, content="4")], "query.messages[0].tool_call_id", "which call"),
        (
            [v1.ChatMessage(role=v1.ROLE_USER, content="x", tool_calls=[CALL])],
            "query.messages[0].tool_calls",
            "ROLE_ASSISTANT only",
        ),
        (
            [v1.ChatMessage(role=v1.ROLE_ASSISTANT, tool_calls=[v1.ToolCall(function="f")])],
            "query.messages[0].tool_calls[0].tool_call_id",
            "must not be empty",
        ),
        (
            [v1.ChatMessage(role=v1.ROLE_ASSISTANT, tool_calls=[v1.ToolCall(tool_call_id="c")])],
            "query.messages[0].tool_calls[0].function",
            "must not be empty",
        ),
        ([v1.ChatMessage(role=v1.ROLE_USER, content="x", name="")], "query.messages[0].name", "leave it out"),
    ],
)
async def test_messages(violations, messages, field, complaint):
    """Someone says something, in bounds, and tools belong to their calls."""
    assert complaint in (await violations(messages=messages))[field]


@pytest.mark.parametrize(
    ("preference", "field"),
    [
        ({"dial": 1.5}, "dial"),
        ({"dial": -0.1}, "dial"),
        ({"dial": NAN}, "dial"),
        ({"cost_weight": -1.0}, "cost_weight"),
        ({"cost_weight": INF}, "cost_weight"),
        ({"latency_weight": -1.0}, "latency_weight"),
        ({"latency_weight": NAN}, "latency_weight"),
        ({"max_cost_usd": 0.0}, "max_cost_usd"),
        ({"max_cost_usd": NAN}, "max_cost_usd"),
        ({"max_cost_usd": INF}, "max_cost_usd"),
        ({"max_latency_ms": 0.0}, "max_latency_ms"),
        ({"max_latency_ms": INF}, "max_latency_ms"),
        ({"min_quality": 2.0}, "min_quality"),
        ({"min_quality": NAN}, "min_quality"),
    ],
)
async def test_a_preference_out_of_range_is_refused(violations, preference, field):
    """Also where it is no number at all."""
    assert set(await violations(preference=v1.Preference(**preference))) == {f"query.preference.{field}"}


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
async def test_generation_parameters_are_checked_where_every_provider_agrees(violations, params, field):
    """What is passed through as it is must be a JSON object that does not touch the query's own fields."""
    assert set(await violations(params=v1.GenerationParams(**params))) == {f"query.params.{field}"}


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
        ({"end_user_id": ""}, "query.end_user_id"),
        ({"end_user_id": "x" * 257}, "query.end_user_id"),
        ({"models": ["a", "a"]}, "query.models"),
        ({"models": [f"m{i}" for i in range(257)]}, "query.models"),
        ({"require_tags": ["eu", "eu"]}, "query.require_tags"),
        ({"require_tags": [""]}, "query.require_tags[0]"),
        ({"require_tags": [f"t{i}" for i in range(101)]}, "query.require_tags"),
        ({"hints": v1.Hints(task="")}, "query.hints.task"),
        ({"hints": v1.Hints(language="x" * 201)}, "query.hints.language"),
        ({"hints": v1.Hints(labels={"": "x"})}, "query.hints.labels key"),
        ({"hints": v1.Hints(labels={"a": "x" * 1001})}, 'query.hints.labels["a"]'),
        ({"hints": v1.Hints(labels={str(i): "x" for i in range(65)})}, "query.hints.labels"),
    ],
)
async def test_other_fields_of_a_query(violations, fields, field):
    """Bad JSON, ids that are empty, too long or unprintable, too many of anything."""
    assert set(await violations(**fields)) == {field}


@pytest.mark.parametrize("request_id", ["", "  ", "a\x00b", "x" * 129])
async def test_a_request_id_is_an_identifier(served, refused, request_id):
    """On every call that takes a query."""
    fields = {"request_id": request_id, "query": v1.Query(messages=[USER])}
    for call in (
        served.router.Route(v1.RouteRequest(**fields)),
        served.router.Complete(v1.CompleteRequest(**fields)),
        served.router.StreamComplete(v1.StreamCompleteRequest(**fields)).read(),
    ):
        assert set(await refused(call)) == {"request_id"}
    assert served.application.asked == []


@pytest.mark.parametrize("tenant", ["", "-a", "a b", "x" * 129, "a;b"])
async def test_a_malformed_tenant_is_refused(served, refused, tenant):
    """The metadata key is named as the field."""
    call = served.router.Route(
        v1.RouteRequest(query=v1.Query(messages=[USER])), metadata=(("x-pointsman-tenant", tenant),)
    )
    assert set(await refused(call)) == {"metadata x-pointsman-tenant"}


@pytest.mark.parametrize(
    ("outcome", "field"),
    [
        ({"episode_id": ""}, "episode_id"),
        ({"request_id": ""}, "request_id"),
        ({"usage": v1.Usage(input_tokens=-1)}, "usage.input_tokens"),
        ({"usage": v1.Usage(output_tokens=2_000_000_000)}, "usage.output_tokens"),
        ({"usage": v1.Usage(input_tokens=1, cached_input_tokens=2)}, "usage.cached_input_tokens"),
        ({"usage": v1.Usage(output_tokens=0, reasoning_tokens=1)}, "usage.reasoning_tokens"),
        ({"latency_ms": NAN}, "latency_ms"),
        ({"cost_usd": -0.1}, "cost_usd"),
        ({"failure": v1.Failure()}, "failure.kind"),
        ({"failure": v1.Failure(message="it broke")}, "failure.kind"),
        ({"failure": v1.Failure(kind=99)}, "failure.kind"),
        ({"failure": v1.Failure(kind=v1.FAILURE_KIND_TIMEOUT, message="x" * 2001)}, "failure.message"),
        ({"model": ""}, "model"),
        ({"verdicts": [v1.Verdict(judge="j", score=7.0)]}, "verdicts[0].score"),
        ({"verdicts": [v1.Verdict(score=0.5)]}, "verdicts[0].judge"),
        ({"verdicts": [v1.Verdict(judge="j", cost_usd=INF)]}, "verdicts[0].cost_usd"),
        ({"verdicts": [v1.Verdict(judge="j", error="x" * 2001)]}, "verdicts[0].error"),
        ({"verdicts": [v1.Verdict(judge="j")] * 65}, "verdicts"),
    ],
)
async def test_outcomes(served, refused, outcome, field):
    """A measurement is a finite number of the right range, and a part is not more than its whole."""
    request = v1.ReportOutcomeRequest(**({"episode_id": "e-1"} | outcome))
    assert set(await refused(served.router.ReportOutcome(request))) == {field}
    assert served.application.asked == []


async def test_a_part_of_what_was_not_told_is_taken(served):
    """There is no whole to hold it against."""
    request = v1.ReportOutcomeRequest(episode_id="e-1", usage=v1.Usage(cached_input_tokens=5, reasoning_tokens=5))
    await served.router.ReportOutcome(request)
    assert len(served.application.asked) == 1


async def test_what_a_caller_reports_of_a_verdict_is_bounded(served, refused):
    """One absurd cost would be summed for ever; numbers are told as people write them."""
    verdict = v1.Verdict(judge="j", cost_usd=2e9, latency_ms=2_147_483_647_000)
    found = await refused(served.router.ReportOutcome(v1.ReportOutcomeRequest(episode_id="e-1", verdicts=[verdict])))
    assert found == {
        "verdicts[0].cost_usd": "must be between 0 and 10000; it is 2000000000",
        "verdicts[0].latency_ms": "must be between 0 and 1000000000; it is 2147483647000",
    }
