"""RouterService over a socket: requests reach the application as values, its answers come out as messages."""

import json

import grpc
import pytest
from pointsman import v1
from pointsman_service.domain import ChatMessage, Usage
from pointsman_service.domain.preference import Preference
from pointsman_service.domain.requests import Outcome


def _query(**more):
    return v1.Query(messages=[v1.ChatMessage(role=v1.ROLE_USER, content="2 + 2?")], **more)


async def test_route_returns_the_decision(served):
    """Model, propensity, plan, and why."""
    response = await served.router.Route(v1.RouteRequest(query=_query()))
    decision = response.decision
    assert (response.episode_id, response.replayed) == ("e-1", False)
    assert (decision.model, decision.propensity, decision.strategy) == ("small", 0.75, v1.STRATEGY_FUSED)
    assert list(decision.plan) == ["small", "large"]
    assert list(decision.node_path) == ["root", "maths"]
    assert (decision.familiarity, decision.cost_weight, decision.snapshot_version) == (0.4, 20.0, 6)
    assert (decision.feature_version, decision.policy) == ("test-1", "unified-1")


@pytest.mark.parametrize("wanted", [False, True])
async def test_predictions_are_told_where_they_are_asked_for(served, wanted):
    """By Route, by Complete, and by both decisions of a stream."""
    routed = await served.router.Route(v1.RouteRequest(query=_query(), include_predictions=wanted))
    done = await served.router.Complete(v1.CompleteRequest(query=_query(), include_predictions=wanted))
    request = v1.StreamCompleteRequest(query=_query(), include_predictions=wanted, include_trace=True)
    items = [item async for item in served.router.StreamComplete(request)]
    (decided,) = (i.trace.decided.decision for i in items if i.trace.HasField("decided"))
    for decision in (routed.decision, done.decision, decided, items[-1].summary.decision):
        told = [(p.model, p.quality, p.propensity) for p in decision.predictions]
        assert told == ([("small", 0.7, 0.75), ("large", 0.9, 0.25)] if wanted else [])


@pytest.mark.parametrize("single_call", [False, True])
async def test_whether_the_caller_runs_one_model_reaches_the_application(served, single_call):
    """The plan depends on it."""
    await served.router.Route(v1.RouteRequest(query=_query(), single_call=single_call))
    assert served.application.asked[0][1].single_call is single_call


async def test_a_query_with_every_field_reaches_the_application_as_values(served):
    """Nothing that the caller said is lost or changed; integers stay integers in JSON."""
    tool = {"type": "function", "function": {"name": "add", "parameters": {"maxItems": 2}}}
    call = v1.ToolCall(tool_call_id="c-1", function="add", arguments_json='{"a": 2}')
    full = v1.Query(
        messages=[
            v1.ChatMessage(role=v1.ROLE_DEVELOPER, content="Be brief."),
            v1.ChatMessage(role=v1.ROLE_USER, content="2 + 2?", name="ann"),
            v1.ChatMessage(role=v1.ROLE_ASSISTANT, tool_calls=[call]),
            v1.ChatMessage(role=v1.ROLE_TOOL, tool_call_id="c-1", content=""),
        ],
        tools_json=[json.dumps(tool)],
        response_format_json='{"type": "json_object"}',
        params=v1.GenerationParams(
            temperature=0.0, top_p=0.9, max_tokens=64, stop=["\n\n"], seed=2**60, extra_json='{"logit_bias": {"5": 1}}'
        ),
        hints=v1.Hints(task="sum", domain="maths", language="pt-BR", labels={"team": "a"}),
        session_id="s-1",
        end_user_id="ann@example.org",
        preference=v1.Preference(
            dial=0.5, latency_weight=0.0, max_cost_usd=0.01, max_latency_ms=1500.0, min_quality=0.6
        ),
        models=["small", "large"],
        require_tags=["region:eu", "zero-data-retention"],
    )
    request = v1.RouteRequest(query=full, request_id="again")
    response = await served.router.Route(request, metadata=(("x-pointsman-tenant", "team-a"),))
    assert response.replayed
    _, asked, caller = served.application.asked[0]
    wire_call = {"id": "c-1", "type": "function", "function": {"name": "add", "arguments": '{"a": 2}'}}
    assert asked.question.messages == (
        ChatMessage("developer", "Be brief."),
        ChatMessage("user", "2 + 2?", name="ann"),
        ChatMessage("assistant", "", tool_calls=(wire_call,)),
        ChatMessage("tool", "", tool_call_id="c-1"),
    )
    assert asked.question.tools == (tool,)
    assert asked.question.response_format == {"type": "json_object"}
    assert asked.question.params == {
        "logit_bias": {"5": 1},
        "temperature": 0.0,
        "top_p": 0.9,
        "max_tokens": 64,
        "stop": ["\n\n"],
        "seed": 2**60,
    }
    assert asked.hints == {"task": "sum", "domain": "maths", "language": "pt-BR"}
    assert asked.labels == {"team": "a"}
    assert (asked.session_id, asked.end_user_id, asked.request_id) == ("s-1", "ann@example.org", "again")
    assert (asked.models, asked.require_tags) == (("small", "large"), ("region:eu", "zero-data-retention"))
    assert asked.preference == Preference(
        dial=0.5, latency_weight=0.0, max_cost_usd=0.01, max_latency_ms=1500.0, min_quality=0.6
    )
    assert caller.tenant == "team-a"


async def test_what_is_absent_is_none_and_the_tenant_is_default(served):
    """Absence is not zero: no preference, models, ids or deadline."""
    await served.router.Route(v1.RouteRequest(query=_query()))
    _, asked, caller = served.application.asked[0]
    assert asked.preference == Preference()
    assert (asked.models, asked.require_tags, asked.session_id, asked.end_user_id) == (None, (), None, None)
    assert (asked.request_id, asked.hints, asked.labels) == (None, {}, {})
    assert (caller.tenant, caller.deadline_s) == ("default", None)


async def test_a_lambda_of_zero_is_not_the_absence_of_one(served):
    """cost_weight 0 means that cost does not matter."""
    await served.router.Route(v1.RouteRequest(query=_query(preference=v1.Preference(cost_weight=0.0))))
    assert served.application.asked[0][1].preference == Preference(cost_weight=0.0)


async def test_the_deadline_reaches_the_application_as_seconds_left(served):
    """A gRPC deadline of 30 s leaves a little less than 30 s."""
    await served.router.Complete(v1.CompleteRequest(query=_query()), timeout=30)
    assert 25 < served.application.asked[0][2].deadline_s < 31  # gRPC rounds what it sends


async def test_complete_answers_with_the_trace(served):
    """Answer, steps, verdicts, costs, and the mark that it was cut short."""
    response = await served.router.Complete(v1.CompleteRequest(query=_query(), request_id="r-1"))
    assert served.application.asked[0][1].request_id == "r-1"
    assert (response.answer_step, response.stop_reason, response.cut_short) == (2, v1.STOP_REASON_DEADLINE, True)
    assert (response.cost_usd, response.latency_ms, response.believed_quality) == (0.0211, 1250.0, 0.8)
    _, second, third = response.steps
    assert (second.model, second.propensity, second.finish_reason) == ("small", 0.5, v1.FINISH_REASON_LENGTH)
    assert (second.verdicts[0].score, second.verdicts[0].key) == (0.9, "abc")
    assert not second.HasField("deployment")
    assert (third.deployment, third.finish_reason) == ("eu", v1.FINISH_REASON_STOP)
    assert not third.verdicts[0].HasField("score")
    assert third.verdicts[0].error == "returned prose"


async def test_an_answer_tells_its_text_its_parts_and_what_else_the_model_said(served):
    """Reasoning and refusal apart from the text; a picture in a data: URL is its bytes."""
    answer = (await served.router.Complete(v1.CompleteRequest(query=_query()))).answer
    assert (answer.model, answer.text, answer.finish_reason) == ("large", "Four.", v1.FINISH_REASON_STOP)
    assert (answer.reasoning, answer.refusal) == ("2 and 2", "no more")
    assert [(c.tool_call_id, c.function, c.arguments_json) for c in answer.tool_calls] == [("c-1", "add", "{}")]
    assert list(answer.parts) == [v1.ContentPart(image=v1.ImagePart(data=b"\x00\x01\x02", media_type="image/png"))]


async def test_tokens_that_nobody_counted_are_absent_and_a_count_of_zero_is_not(served):
    """Per step, of the answer, and in total: a sum of which a part is not known is not known."""
    response = await served.router.Complete(v1.CompleteRequest(query=_query()))
    failed, second, third = response.steps
    assert not failed.HasField("usage")
    assert second.usage == v1.Usage(input_tokens=12, cached_input_tokens=8, output_tokens=34)
    assert third.usage == v1.Usage(input_tokens=12, cached_input_tokens=0, output_tokens=56, reasoning_tokens=40)
    assert response.answer.usage == third.usage
    assert response.usage == v1.Usage(input_tokens=24, cached_input_tokens=8, output_tokens=90)


async def test_a_failed_call_tells_its_kind_and_its_words_apart(served):
    """And one that answered has no failure."""
    failed, answered, _ = (await served.router.Complete(v1.CompleteRequest(query=_query()))).steps
    assert failed.failure == v1.Failure(kind=v1.FAILURE_KIND_RATE_LIMITED, message="slow down")
    assert not answered.HasField("failure")


async def test_report_outcome_passes_what_was_measured(served):
    """Tokens, latency, failure and the caller's verdicts."""
    response = await served.router.ReportOutcome(
        v1.ReportOutcomeRequest(
            request_id="o-1",
            episode_id="e-1",
            model="large",
            usage=v1.Usage(input_tokens=10, cached_input_tokens=10, output_tokens=0),
            latency_ms=250.5,
            cost_usd=0.0,
            failure=v1.Failure(kind=v1.FAILURE_KIND_REFUSED, message="no"),
            verdicts=[v1.Verdict(judge="mine", score=0.0, key="k"), v1.Verdict(judge="other", error="silent")],
        )
    )
    _, outcome, _ = served.application.asked[0]
    assert (outcome.request_id, outcome.episode_id, outcome.model) == ("o-1", "e-1", "large")
    assert (outcome.usage, outcome.latency_ms, outcome.cost_usd) == (Usage(10, 10, 0), 250.5, 0.0)
    assert (outcome.failure_kind, outcome.failure) == ("refused", "no")
    assert [(v.judge, v.score, v.key, v.error) for v in outcome.verdicts] == [
        ("mine", 0.0, "k", None),
        ("other", None, None, "silent"),
    ]
    assert (response.request_id, response.model, response.log_position) == ("o-1", "large", 3)
    assert response.HasField("cost_usd")
    assert response.cost_usd == 0.0
    assert not response.replayed


async def test_what_an_outcome_does_not_tell_is_none(served):
    """And a cost that was neither told nor computed is absent from the receipt."""
    served.application.replayed = True
    response = await served.router.ReportOutcome(v1.ReportOutcomeRequest(episode_id="e-1"))
    assert served.application.asked[0][1] == Outcome("e-1")
    assert not response.HasField("cost_usd")
    assert response.replayed


async def test_get_episode_needs_an_id(served, refused):
    """An empty id is refused, not looked up."""
    for call in (
        served.router.GetEpisode(v1.GetEpisodeRequest()),
        served.router.ExplainEpisode(v1.ExplainEpisodeRequest()),
    ):
        assert await refused(call) == {"episode_id": "must not be empty"}
    assert served.application.asked == []


async def test_two_tenants_in_one_call_are_refused(served, refused):
    """Which of them is to pay would be a guess; the same one twice is no question."""
    key = "x-pointsman-tenant"
    two = ((key, "a"), (key, "b"))
    assert set(await refused(served.router.Route(v1.RouteRequest(query=_query()), metadata=two))) == {f"metadata {key}"}
    await served.router.Route(v1.RouteRequest(query=_query()), metadata=((key, "a"), (key, "a")))


async def test_a_failed_call_of_the_application_fails_the_rpc(served, failure):
    """By the reason of its error."""
    from pointsman_service.errors import TenantDisabled

    served.application.error = TenantDisabled("team-a is disabled", tenant="team-a")
    code, _, info, _, retry = await failure(served.router.Route(v1.RouteRequest(query=_query())))
    assert (code, info.reason, retry) == (grpc.StatusCode.FAILED_PRECONDITION, "TENANT_DISABLED", None)
