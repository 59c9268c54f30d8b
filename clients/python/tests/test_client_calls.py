"""Both clients: what they send, and what they hand back."""

import subprocess
import sys

import grpc
import pytest

from pointsman import AsyncClient, Client, v1


async def test_complete_sends_the_query_and_returns_the_answer(call, running):
    """Plain values become the contract's fields; the tenant travels as metadata."""
    answer = await call(
        "complete",
        "2 + 2?",
        dial=0.25,
        max_cost_usd=0.01,
        min_quality=0.5,
        tools=[{"type": "function", "function": {"name": "add"}}],
        response_format={"type": "json_object"},
        params={"temperature": 0.0, "max_tokens": 5, "stop": "\n", "logit_bias": {"5": 1}},
        task="sum",
        domain="maths",
        language="en",
        metadata={"team": "a"},
        session_id="s-1",
        models=["small"],
        options={"tenant": "team-a"},
    )
    assert answer.answer.text == "Four."
    (request,) = running.service.requests
    query = request.query
    assert running.service.tenants == ["team-a"]
    assert (query.messages[0].role, query.messages[0].content) == (v1.ROLE_USER, "2 + 2?")
    assert (query.preference.dial, query.preference.max_cost_usd, query.preference.min_quality) == (0.25, 0.01, 0.5)
    assert list(query.tools_json) == ['{"type": "function", "function": {"name": "add"}}']
    assert query.response_format_json == '{"type": "json_object"}'
    params = query.params
    assert (params.HasField("temperature"), params.max_tokens, list(params.stop)) == (True, 5, ["\n"])
    assert params.extra_json == '{"logit_bias": {"5": 1}}'
    assert (query.hints.task, query.hints.domain, query.hints.language) == ("sum", "maths", "en")
    assert dict(query.hints.metadata) == {"team": "a"}
    assert (query.session_id, list(query.models)) == ("s-1", ["small"])


async def test_every_query_gets_a_request_id_of_its_own(call, running):
    """So that retries are safe; one that the caller gives is kept."""
    await call("route", "a")
    await call("route", "a")
    await call("route", "a", request_id="mine")
    await call("route", v1.Query(messages=[v1.ChatMessage(role=v1.ROLE_USER, content="a")], request_id="its own"))
    first, second, third, fourth = (r.query.request_id for r in running.service.requests)
    assert first
    assert first != second
    assert (third, fourth) == ("mine", "its own")


async def test_a_caller_who_runs_one_model_says_so(call, running):
    """By default the decision is the beginning of a cascade."""
    await call("route", "a")
    await call("route", "a", single_call=True)
    assert [r.single_call for r in running.service.requests] == [False, True]


async def test_a_chat_may_be_dicts_as_openai_has_them(call, running):
    """Roles, names, tool calls and their results."""
    function = {"name": "add", "arguments": "{}"}
    await call(
        "route",
        [
            {"role": "system", "content": "Be brief."},
            {"role": "assistant", "content": None, "tool_calls": [{"id": "c-1", "function": function}]},
            {"role": "tool", "content": "4", "tool_call_id": "c-1"},
            v1.ChatMessage(role=v1.ROLE_USER, content="So?"),
        ],
        cost_weight=0.0,
    )
    query = running.service.requests[0].query
    assert [m.role for m in query.messages] == [v1.ROLE_SYSTEM, v1.ROLE_ASSISTANT, v1.ROLE_TOOL, v1.ROLE_USER]
    assert query.messages[1].tool_calls[0].name == "add"
    assert query.messages[2].tool_call_id == "c-1"
    assert query.preference.WhichOneof("tradeoff") == "cost_weight"


@pytest.mark.parametrize(
    ("kwargs", "complaint"),
    [
        ({"messages": [{"role": "robot", "content": "x"}]}, "role must be"),
        ({"messages": "x", "dial": 0.5, "cost_weight": 1.0}, "not both"),
    ],
)
async def test_what_cannot_be_said_is_refused_before_it_is_sent(call, running, kwargs, complaint):
    """A ValueError that says what to do; nothing goes out."""
    with pytest.raises(ValueError, match=complaint):
        await call("route", **kwargs)
    assert running.service.requests == []


@pytest.mark.parametrize(
    ("signal", "field", "value"),
    [
        ({"thumb": True}, "thumb", v1.THUMB_UP),
        ({"thumb": False}, "thumb", v1.THUMB_DOWN),
        ({"rating": 4}, "rating", 4.0),
        ({"correction": "Five."}, "correction", "Five."),
        ({"score": 0.0}, "score", 0.0),
    ],
)
async def test_feedback_carries_one_signal_and_an_id(call, running, signal, field, value):
    """Whatever its kind; the receipt names the id that was made up."""
    receipt = await call("feedback", "e-1", model="small", **signal)
    (request,) = running.service.requests
    given = request.feedback
    assert (given.WhichOneof("signal"), getattr(given, field)) == (field, value)
    assert (given.episode_id, given.model) == ("e-1", "small")
    assert receipt.feedback_id == given.feedback_id != ""


@pytest.mark.parametrize("signals", [{}, {"thumb": True, "score": 0.0}])
async def test_feedback_without_exactly_one_signal_is_refused(call, signals):
    """None and two are both a mistake, also where one of them is 0."""
    with pytest.raises(ValueError, match="exactly one of"):
        await call("feedback", "e-1", **signals)


async def test_a_batch_gets_ids_where_it_has_none_and_leaves_the_originals_alone(call, running):
    """A result each, in order."""
    batch = [v1.Feedback(episode_id="e-1", score=1.0), v1.Feedback(episode_id="e-2", score=0.0, feedback_id="f-2")]
    results = await call("feedback_batch", batch)
    sent = [f.feedback_id for f in running.service.requests[0].feedback]
    assert [r.receipt.feedback_id for r in results] == sent
    assert sent[0]
    assert sent[1] == "f-2"
    assert not batch[0].HasField("feedback_id")


async def test_outcomes_and_episodes_go_by_their_id(call, running):
    """What was measured is passed as the message's fields."""
    await call("report_outcome", "e-1", latency_ms=800.0, cost_usd=0.0)
    assert running.service.requests[0].HasField("cost_usd")
    assert (await call("get_episode", "e-7")).episode_id == "e-7"


async def test_any_other_request_goes_through_call(call):
    """The message alone says which rpc it belongs to."""
    response = await call("call", v1.ListModelsRequest())
    assert [m.name for m in response.models] == ["small"]


async def test_a_stream_hands_on_every_item(call):
    """Chunks, then the summary."""
    items = await call("stream_complete", "2 + 2?")
    assert "".join(i.chunk.text for i in items) == "Four."
    assert items[-1].summary.episode_id == "e-1"


async def test_a_channel_of_the_callers_own_stays_open(running):
    """Closing the client closes only what it opened."""
    with grpc.insecure_channel(running.address) as channel:
        Client(channel=channel).close()
        assert Client(channel=channel).route("a").episode_id == "e-1"
    async with grpc.aio.insecure_channel(running.address) as channel:
        await AsyncClient(channel=channel).close()
        assert (await AsyncClient(channel=channel).route("a")).episode_id == "e-1"


def test_importing_needs_grpc_and_protobuf_only():
    """Neither the service nor googleapis-common-protos is loaded, so a caller need not install them."""
    program = (
        "import sys, pointsman;"
        "print([n for n in sys.modules if n.startswith(('google.rpc', 'pointsman_', 'numpy', 'pydantic'))])"
    )
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert shown.strip() == "[]"
