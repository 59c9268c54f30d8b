"""RouterService over a socket: requests reach the application as values, its answers come out as messages."""

import asyncio
import json

import grpc
import pytest
from pointsman import v1
from pointsman_service.domain import ChatMessage
from pointsman_service.domain.requests import Preference
from pointsman_service.errors import UnknownEpisode


def _query(**more):
    return v1.Query(messages=[v1.ChatMessage(role=v1.ROLE_USER, content="2 + 2?")], **more)


async def test_route_returns_the_decision_with_every_prediction(served):
    """Model, propensity, predictions, plan, and why; stamped with the snapshot that decides now."""
    response = await served.router.Route(v1.RouteRequest(query=_query()))
    decision = response.decision
    assert (response.episode_id, response.snapshot_version, response.replayed) == ("e-1", 7, False)
    assert (decision.model, decision.propensity, decision.strategy) == ("small", 0.75, v1.STRATEGY_FUSED)
    assert [(p.model, p.quality, p.propensity) for p in decision.predictions] == [
        ("small", 0.7, 0.75),
        ("large", 0.9, 0.25),
    ]
    assert list(decision.plan) == ["small", "large"]
    assert list(decision.node_path) == ["all", "maths"]
    assert (decision.familiarity, decision.cost_weight, decision.snapshot_version) == (0.4, 20.0, 6)


@pytest.mark.parametrize("single_call", [False, True])
async def test_whether_the_caller_runs_one_model_reaches_the_application(served, single_call):
    """The plan depends on it."""
    await served.router.Route(v1.RouteRequest(query=_query(), single_call=single_call))
    assert served.application.asked[0][1].single_call is single_call


async def test_a_query_with_every_field_reaches_the_application_as_values(served):
    """Nothing that the caller said is lost or changed; integers stay integers in JSON."""
    tool = {"type": "function", "function": {"name": "add", "parameters": {"maxItems": 2}}}
    full = v1.Query(
        messages=[
            v1.ChatMessage(role=v1.ROLE_DEVELOPER, content="Be brief."),
            v1.ChatMessage(role=v1.ROLE_USER, content="2 + 2?", name="ann"),
            v1.ChatMessage(
                role=v1.ROLE_ASSISTANT, tool_calls=[v1.ToolCall(id="c-1", name="add", arguments_json='{"a": 2}')]
            ),
            v1.ChatMessage(role=v1.ROLE_TOOL, tool_call_id="c-1", content=""),
        ],
        tools_json=[json.dumps(tool)],
        response_format_json='{"type": "json_object"}',
        params=v1.GenerationParams(
            temperature=0.0, top_p=0.9, max_tokens=64, stop=["\n\n"], seed=2**60, extra_json='{"logit_bias": {"5": 1}}'
        ),
        hints=v1.Hints(task="sum", domain="maths", language="pt-BR", metadata={"team": "a"}),
        session_id="s-1",
        preference=v1.Preference(dial=0.5, max_cost_usd=0.01, min_quality=0.6),
        models=["small", "large"],
        request_id="again",
    )
    response = await served.router.Route(v1.RouteRequest(query=full), metadata=(("x-pointsman-tenant", "team-a"),))
    assert response.replayed
    _, asked, caller = served.application.asked[0]
    call = {"id": "c-1", "type": "function", "function": {"name": "add", "arguments": '{"a": 2}'}}
    assert asked.question.messages == (
        ChatMessage("developer", "Be brief."),
        ChatMessage("user", "2 + 2?", name="ann"),
        ChatMessage("assistant", "", tool_calls=(call,)),
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
    assert asked.metadata == {"team": "a"}
    assert (asked.session_id, asked.models, asked.request_id) == ("s-1", ("small", "large"), "again")
    assert asked.preference == Preference(dial=0.5, max_cost_usd=0.01, min_quality=0.6)
    assert caller.tenant == "team-a"


async def test_what_is_absent_is_none_and_the_tenant_is_default(served):
    """Absence is not zero: no preference, models, ids or deadline."""
    await served.router.Route(v1.RouteRequest(query=_query()))
    _, asked, caller = served.application.asked[0]
    assert asked.preference == Preference()
    assert (asked.models, asked.session_id, asked.request_id, asked.hints) == (None, None, None, {})
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
    response = await served.router.Complete(v1.CompleteRequest(query=_query()))
    assert (response.answer.model, response.answer.text, response.answer.finish_reason) == ("large", "Four.", "stop")
    assert [(c.id, c.name, c.arguments_json) for c in response.answer.tool_calls] == [("c-1", "add", "{}")]
    assert (response.answer_step, response.stop, response.cut_short) == (1, v1.STOP_REASON_DEADLINE, True)
    assert (response.cost_usd, response.latency_ms, response.believed_quality) == (0.0211, 1250.0, 0.8)
    first, second = response.steps
    assert (first.model, first.input_tokens, first.output_tokens, first.propensity) == ("small", 12, 34, 0.75)
    assert (first.verdicts[0].score, first.verdicts[0].key) == (0.9, "abc")
    assert not second.verdicts[0].HasField("score")
    assert second.verdicts[0].error == "returned prose"


async def test_stream_complete_tells_events_then_chunks_then_the_summary(served):
    """Every kind of event comes out as its own message; the summary is last, and the chunks make its text."""
    stream = served.router.StreamComplete(v1.StreamCompleteRequest(query=_query()))
    items = [item async for item in stream]
    kinds = [i.trace.WhichOneof("event") if i.WhichOneof("item") == "trace" else i.WhichOneof("item") for i in items]
    assert kinds == [
        "decided",
        "step_started",
        "step_finished",
        "verdict_given",
        "answer_accepted",
        "chunk",
        "chunk",
        "summary",
    ]
    assert "".join(i.chunk.text for i in items) == "Four."
    assert items[-1].summary.snapshot_version == 7
    assert items[4].trace.answer_accepted.stop == v1.STOP_REASON_UTILITY
    assert served.calls == [("StreamComplete", "OK")]


async def test_an_error_amid_a_stream_ends_it_with_details(served, failure):
    """What came before stays; the status carries the reason."""
    served.application.error = UnknownEpisode("gone", episode_id="e-1")
    stream = served.router.StreamComplete(v1.StreamCompleteRequest(query=_query()))
    first = await stream.read()
    assert first.trace.WhichOneof("event") == "decided"
    code, message, info, *_ = await failure(stream.read())
    assert (code, message, info.reason) == (grpc.StatusCode.NOT_FOUND, "gone", "UNKNOWN_EPISODE")


async def test_a_stream_is_closed_at_once_when_its_caller_goes(served):
    """Cancelling frees what the application holds, and is counted as cancelled."""
    served.application.hold = asyncio.Event()
    stream = served.router.StreamComplete(v1.StreamCompleteRequest(query=_query()))
    await stream.read()
    await served.application.entered.wait()
    stream.cancel()
    await served.application.stream_closed.wait()
    await served.heard.wait()
    assert served.calls == [("StreamComplete", "CANCELLED")]


async def test_report_outcome_passes_what_was_measured(served):
    """Tokens, latency, error and the caller's verdicts; an absent cost is None, for the service to compute."""
    response = await served.router.ReportOutcome(
        v1.ReportOutcomeRequest(
            episode_id="e-1",
            input_tokens=10,
            output_tokens=20,
            latency_ms=250.5,
            error="refused",
            verdicts=[v1.Verdict(judge="mine", score=0.0, key="k"), v1.Verdict(judge="other", error="silent")],
        )
    )
    _, outcome, _ = served.application.asked[0]
    assert (outcome.model, outcome.cost_usd, outcome.error) == (None, None, "refused")
    assert (outcome.input_tokens, outcome.output_tokens, outcome.latency_ms) == (10, 20, 250.5)
    assert [(v.judge, v.score, v.key, v.error) for v in outcome.verdicts] == [
        ("mine", 0.0, "k", None),
        ("other", None, None, "silent"),
    ]
    assert (response.model, response.cost_usd, response.log_position, response.snapshot_version) == ("small", 0.5, 3, 7)


async def test_get_episode_shows_all_that_became_of_it(served):
    """Decision, steps with stored texts, answer, feedback, ids."""
    episode = (await served.router.GetEpisode(v1.GetEpisodeRequest(episode_id="e-9"))).episode
    assert (episode.episode_id, episode.tenant, episode.request_id, episode.prompt) == (
        "e-9",
        "default",
        "r-1",
        "2 + 2?",
    )
    assert not episode.HasField("session_id")
    assert episode.created_at.ToJsonString() == "2023-11-14T22:13:20.250Z"
    assert [s.answer_text if s.HasField("answer_text") else None for s in episode.steps] == [None, "Four."]
    assert (episode.answer_step, episode.stop, episode.log_position) == (1, v1.STOP_REASON_UTILITY, 11)
    assert episode.cost_usd == pytest.approx(0.0211)
    (thumb,) = episode.feedback
    assert (thumb.feedback_id, thumb.source, thumb.value, thumb.model) == (
        "f-1",
        v1.FEEDBACK_SOURCE_THUMB,
        1.0,
        "large",
    )


async def test_get_episode_needs_an_id(served, failure):
    """An empty id is refused, not looked up."""
    code, _, _, fields, _ = await failure(served.router.GetEpisode(v1.GetEpisodeRequest()))
    assert code == grpc.StatusCode.INVALID_ARGUMENT
    assert fields == {"episode_id": "must not be empty"}
    assert served.application.asked == []


async def test_two_tenants_in_one_call_are_refused(served, failure):
    """Which of them is to pay would be a guess; the same one twice is no question."""
    key = "x-pointsman-tenant"
    two = ((key, "a"), (key, "b"))
    *_, found, _ = await failure(served.router.Route(v1.RouteRequest(query=_query()), metadata=two))
    assert set(found) == {f"metadata {key}"}
    await served.router.Route(v1.RouteRequest(query=_query()), metadata=((key, "a"), (key, "a")))


async def test_instructions_alone_are_no_query(served, failure):
    """There is nothing to answer, and some providers say so only after the fact."""
    message = v1.ChatMessage(role=v1.ROLE_SYSTEM, content="Be brief.")
    *_, found, _ = await failure(served.router.Route(v1.RouteRequest(query=v1.Query(messages=[message]))))
    assert set(found) == {"query.messages"}
