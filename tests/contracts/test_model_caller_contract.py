"""The contract of `ModelCaller`, against real HTTP servers on this machine: each adapter, and over deployments.

Answers come from the replay provider; protocol troubles that it does not have, from a scripted server.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest
from aiohttp import web
from pointsman_service.adapters.callers.choice import CallerChoice
from pointsman_service.adapters.callers.deployments import DeploymentsCaller
from pointsman_service.adapters.callers.litellm_caller import LiteLLMCaller
from pointsman_service.adapters.callers.openai_caller import OpenAICaller
from pointsman_service.adapters.prices.book import PriceBook
from pointsman_service.domain import (
    ChatMessage,
    Deployment,
    ModelAnswer,
    ModelConfig,
    Question,
    ReasoningDelta,
    TextDelta,
    ToolCallDelta,
)
from pointsman_service.errors import ModelCallError
from pointsman_service.ports import ModelCaller
from pointsman_service.replay.failures import FailureRates
from pointsman_service.replay.provider import ReplayBehaviour, ReplayProvider
from pointsman_service.replay.sources import open_table

from tests.local_server import chat_provider

TIME_S = 30.0
PRODUCT = Question((ChatMessage("user", "What is 47 times 68?"),))
ADAPTERS = {"openai": OpenAICaller, "litellm": LiteLLMCaller}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Serve = Callable[[Handler], Awaitable[ModelConfig]]


@pytest.fixture(params=[*sorted(ADAPTERS), "deployments"])
def adapter(request) -> str:
    """Each of the adapters in turn, and the direct one at a model's only deployment."""
    return request.param


@pytest.fixture
async def caller(adapter) -> AsyncIterator[ModelCaller]:
    """Reached as the service does: by the deployment, then by the adapter's name."""
    name = "openai" if adapter == "deployments" else adapter
    made = ADAPTERS[name](PriceBook(), environ={"SOME_KEY": "secret-1"})
    if isinstance(made, LiteLLMCaller):
        await made.preload()
    caller = DeploymentsCaller(CallerChoice({name: made}))
    yield caller
    await caller.close()


@pytest.fixture
async def serve(adapter) -> AsyncIterator[Serve]:
    """Starts a server with one handler and returns a model that is called there."""

    async def start(handler: Handler) -> ModelConfig:
        base_url = await servers.enter_async_context(chat_provider(handler, handler_cancellation=True))
        return _configured(adapter, "scripted-1", base_url)

    async with AsyncExitStack() as servers:
        yield start


def _configured(adapter: str, provider_model: str, base_url: str) -> ModelConfig:
    prefix = "openai/" if adapter == "litellm" else ""
    model = ModelConfig("model-under-test", adapter, prefix + provider_model, base_url, None, 1.0, 2.0)
    if adapter != "deployments":
        return model
    here = Deployment("here", provider_model, base_url)
    return replace(model, adapter="openai", provider_model="not here", base_url=None, deployments=(here,))


def _replayed(adapter: str, provider: ReplayProvider, name: str = "starter-medium") -> ModelConfig:
    return _configured(adapter, name, provider.base_url)


def _completion(text: str | None = "hi", finish_reason: str = "stop", **more) -> dict:
    message = {"role": "assistant", "content": text}
    head = {"id": "c1", "object": "chat.completion", "created": 0, "model": "scripted-1"}
    return {**head, "choices": [{"index": 0, "message": message, "finish_reason": finish_reason}], **more}


async def _fails(caller: ModelCaller, model: ModelConfig, kind: str, time_s: float = TIME_S) -> ModelCallError:
    with pytest.raises(ModelCallError) as caught:
        await caller.call(model, PRODUCT, time_s)
    assert caught.value.kind == kind, caught.value
    return caught.value


async def test_an_answer_has_its_text_tokens_cost_and_latency(adapter, caller):
    """Tokens are the response's, cost is tokens times the configured prices."""
    async with ReplayProvider(open_table("starter")) as provider:
        answer = await caller.call(_replayed(adapter, provider), PRODUCT, TIME_S)
    assert answer.text.endswith("Answer: 3196")
    assert (answer.input_tokens, answer.output_tokens, answer.tokens_estimated) == (13, 14, False)
    assert answer.cost_usd == pytest.approx((13 * 1.0 + 14 * 2.0) / 1e6)
    assert answer.cost_source == "configured"
    assert answer.finish_reason == "stop"
    assert not answer.truncated
    assert answer.latency_ms > 0


async def test_a_recorded_cost_counts_where_the_model_says_so(adapter, caller):
    """cost_source="response" takes the cost that the response states over the configured prices."""
    async with ReplayProvider(open_table("starter")) as provider:
        model = replace(_replayed(adapter, provider), cost_source="response")
        answer = await caller.call(model, PRODUCT, TIME_S)
    assert answer.cost_usd == pytest.approx((13 * 0.6 + 14 * 2.4) / 1e6)
    assert answer.cost_source == "response"


async def test_a_stream_gives_the_text_in_pieces_and_then_the_same_answer(adapter, caller):
    """The pieces add up to the final answer's text, which is that of a plain call."""
    async with ReplayProvider(open_table("starter")) as provider:
        model = _replayed(adapter, provider)
        plain = await caller.call(model, PRODUCT, TIME_S)
        *pieces, last = [item async for item in caller.stream(model, PRODUCT, TIME_S)]
    assert len(pieces) > 3
    assert isinstance(last, ModelAnswer)
    assert "".join(piece.text for piece in pieces) == last.text == plain.text
    assert (last.input_tokens, last.output_tokens, last.cost_usd) == (13, 14, plain.cost_usd)


async def test_a_stream_that_is_left_early_leaves_the_caller_usable(adapter, caller):
    """Closing the iterator after a chunk does no harm to the next call."""
    async with ReplayProvider(open_table("starter")) as provider:
        model = _replayed(adapter, provider)
        stream = caller.stream(model, PRODUCT, TIME_S)
        assert isinstance(await anext(stream), TextDelta)
        await stream.aclose()
        assert (await caller.call(model, PRODUCT, TIME_S)).text


async def test_many_calls_at_once_get_each_its_own_answer(adapter, caller):
    """Concurrent calls share the pool, not the answers."""
    table = open_table("starter")
    async with ReplayProvider(table) as provider:
        model = _replayed(adapter, provider, "starter-large")
        questions = [Question((ChatMessage("user", prompt),)) for prompt in table.prompts]
        answers = await asyncio.gather(*(caller.call(model, q, TIME_S) for q in questions))
    assert [a.text for a in answers] == [table.responses.text(i, 2) for i in range(len(table))]


@pytest.mark.parametrize(
    ("failure", "kind"),
    [("unavailable", "unavailable"), ("garbage", "garbage"), ("empty", "empty"), ("timeout", "timeout")],
)
async def test_an_injected_failure_is_an_error_of_its_kind(adapter, caller, failure, kind):
    """What goes wrong at the provider arrives as a ModelCallError that names it."""
    behaviour = ReplayBehaviour(failures=FailureRates(**{failure: 1.0}))
    async with ReplayProvider(open_table("starter"), behaviour) as provider:
        error = await _fails(caller, _replayed(adapter, provider), kind, 0.5 if kind == "timeout" else TIME_S)
    assert (error.cost_usd > 0) == (kind == "empty"), "an empty answer is charged, the others are not"


async def test_a_truncated_answer_is_an_answer_marked_so(adapter, caller):
    """finish_reason "length" is no error: the judges decide what half a text is worth."""
    behaviour = ReplayBehaviour(failures=FailureRates(truncated=1.0))
    async with ReplayProvider(open_table("starter"), behaviour) as provider:
        answer = await caller.call(_replayed(adapter, provider), PRODUCT, TIME_S)
    assert answer.truncated
    assert answer.finish_reason == "length"


async def test_a_rate_limit_that_outlasts_the_time_limit_is_not_waited_for(adapter, caller):
    """Retry-After of a second in half a second: the error comes at once, and says when to come back."""
    behaviour = ReplayBehaviour(failures=FailureRates(rate_limited=1.0))
    async with ReplayProvider(open_table("starter"), behaviour) as provider:
        error = await _fails(caller, _replayed(adapter, provider), "rate_limited", 0.9)
    assert error.retryable
    assert error.retry_after_s == 1.0


async def test_a_stream_fails_as_a_call_does(adapter, caller):
    """Failures before and within a stream are ModelCallErrors too."""
    for failure, kind in (("unavailable", "unavailable"), ("empty", "empty")):
        behaviour = ReplayBehaviour(failures=FailureRates(**{failure: 1.0}))
        async with ReplayProvider(open_table("starter"), behaviour) as provider:
            with pytest.raises(ModelCallError) as caught:
                _ = [item async for item in caller.stream(_replayed(adapter, provider), PRODUCT, TIME_S)]
        assert caught.value.kind == kind


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "invalid"),
        (401, "auth"),
        (403, "auth"),
        (404, "unknown_model"),
        (410, "unknown_model"),
        (405, "unknown_model"),
        (413, "invalid"),
        (422, "invalid"),
        (504, "timeout"),
    ],
)
async def test_a_status_says_what_kind_of_error_it_is(caller, serve, status, kind):
    """One call, no second try: none of these gets better by asking again."""
    calls = 0

    async def handler(request: web.Request) -> web.Response:
        nonlocal calls
        calls += 1
        return web.json_response({"error": {"message": "no", "type": "t", "code": "c"}}, status=status)

    error = await _fails(caller, await serve(handler), kind)
    assert not error.retryable
    assert calls == 1


@pytest.mark.parametrize("code", ["model_not_found", "unsupported_parameter"])
async def test_a_provider_may_say_by_its_code_that_it_has_no_such_model(caller, serve, code):
    """Gateways send OpenAI's code with other statuses."""

    async def handler(request: web.Request) -> web.Response:
        return web.json_response({"error": {"message": "no", "type": "t", "code": code}}, status=400)

    await _fails(caller, await serve(handler), "unknown_model" if code == "model_not_found" else "invalid")


@pytest.mark.parametrize(
    ("status", "kind"), [(429, "rate_limited"), (500, "unavailable"), (503, "unavailable"), (529, "unavailable")]
)
async def test_a_busy_provider_is_asked_once_and_says_when_it_may_be_asked_again(caller, serve, status, kind):
    """These are not charged, and safe to try again; whether that is better than another model, the cascade knows."""
    calls = 0

    async def handler(request: web.Request) -> web.Response:
        nonlocal calls
        calls += 1
        return web.json_response({"error": {"message": "busy"}}, status=status, headers={"Retry-After": "0.01"})

    error = await _fails(caller, await serve(handler), kind)
    assert (error.retryable, error.retry_after_s, calls) == (True, 0.01, 1)


async def test_nobody_listening_is_unavailable(adapter, caller):
    """A connection that is refused is no model that refuses; it may be tried again."""
    server = await asyncio.start_server(lambda r, w: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    assert (await _fails(caller, _configured(adapter, "m", f"http://127.0.0.1:{port}/v1"), "unavailable")).retryable


@pytest.mark.parametrize("body", ["<html>login</html>", "{}", '{"choices": []}'])
async def test_what_is_no_completion_is_garbage(caller, serve, body):
    """Not JSON, no choices, an empty list of them."""

    async def handler(request: web.Request) -> web.Response:
        return web.Response(text=body, content_type="application/json")

    await _fails(caller, await serve(handler), "garbage")


async def test_a_content_filter_is_a_refusal(caller, serve):
    """Whether it stops the answer or the request."""

    async def stopped(request: web.Request) -> web.Response:
        return web.json_response(_completion(None, "content_filter"))

    async def rejected(request: web.Request) -> web.Response:
        error = {"message": "the prompt was filtered", "type": "invalid_request_error", "code": "content_filter"}
        return web.json_response({"error": error}, status=400)

    await _fails(caller, await serve(stopped), "refused")
    await _fails(caller, await serve(rejected), "refused")


async def test_missing_token_counts_are_estimated_and_named_so(caller, serve):
    """Without usage the tokens are guessed from the lengths of the texts."""

    async def handler(request: web.Request) -> web.Response:
        return web.json_response(_completion("x" * 400))

    answer = await caller.call(await serve(handler), PRODUCT, TIME_S)
    assert answer.tokens_estimated
    assert (answer.input_tokens, answer.output_tokens) == (5, 100)
    assert answer.cost_usd == pytest.approx((5 * 1.0 + 100 * 2.0) / 1e6)


async def test_the_question_reaches_the_provider_as_it_was_asked(caller, serve):
    """All of it passes through, the key is sent, and the request's own parameters win over the model's."""
    seen: list[tuple[dict, str | None]] = []

    async def handler(request: web.Request) -> web.Response:
        seen.append((await request.json(), request.headers.get("Authorization")))
        return web.json_response(_completion())

    tool = {"type": "function", "function": {"name": "look", "parameters": {"type": "object", "properties": {}}}}
    call = {"id": "t1", "type": "function", "function": {"name": "look", "arguments": "{}"}}
    parts = (
        {"type": "text", "text": "Look!"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}},
    )
    question = Question(
        messages=(
            ChatMessage("system", "Be brief."),
            ChatMessage("user", "Look!", parts),
            ChatMessage("assistant", "", tool_calls=(call,)),
            ChatMessage("tool", "a cat", tool_call_id="t1"),
        ),
        tools=(tool,),
        response_format={"type": "json_object"},
        params={"temperature": 0.0, "seed": 7},
    )
    model = replace(await serve(handler), api_key_env="SOME_KEY", params={"temperature": 1.0, "max_tokens": 50})
    await caller.call(model, question, TIME_S)
    [(body, authorization)] = seen
    assert authorization == "Bearer secret-1"
    assert body["model"] == "scripted-1"
    assert [m["role"] for m in body["messages"]] == ["system", "user", "assistant", "tool"]
    assert body["messages"][1]["content"] == list(parts)
    assert body["messages"][2]["tool_calls"] == [call]
    assert body["messages"][3]["tool_call_id"] == "t1"
    assert body["tools"] == [tool]
    assert body["response_format"] == {"type": "json_object"}
    assert (body["temperature"], body["seed"], body["max_tokens"]) == (0.0, 7, 50)
    assert not body.get("stream")


async def test_a_key_that_is_not_set_is_an_auth_error_without_a_call(caller, serve):
    """The message names the variable, and nothing is sent."""

    async def handler(request: web.Request) -> web.Response:
        raise AssertionError("nothing should have been sent")

    model = replace(await serve(handler), api_key_env="MISSING_KEY")
    assert "MISSING_KEY" in str(await _fails(caller, model, "auth"))


async def test_no_key_of_the_environment_is_sent_where_none_is_configured(caller, serve, monkeypatch):
    """OPENAI_API_KEY is for OpenAI, not for whatever address a model has."""
    monkeypatch.setenv("OPENAI_API_KEY", "secret-2")
    seen: list[str] = []

    async def handler(request: web.Request) -> web.Response:
        seen.append(request.headers.get("Authorization", ""))
        return web.json_response(_completion())

    await caller.call(await serve(handler), PRODUCT, TIME_S)
    assert len(seen) == 1
    assert "secret-2" not in seen[0]


async def test_an_answer_of_tool_calls_alone_is_an_answer(caller, serve):
    """No text, but the model did answer; in a stream the pieces of a call are put together."""
    call = {"id": "t1", "type": "function", "function": {"name": "look", "arguments": '{"at": "cat"}'}}

    async def handler(request: web.Request) -> web.StreamResponse:
        if not (await request.json()).get("stream"):
            whole = _completion(None, "tool_calls")
            whole["choices"][0]["message"]["tool_calls"] = [call]
            return web.json_response(whole)
        first = {"index": 0, "id": "t1", "type": "function", "function": {"name": "look", "arguments": '{"at": '}}
        second = {"index": 0, "function": {"arguments": '"cat"}'}}
        return await _events(request, [{"tool_calls": [first]}, {"tool_calls": [second]}], "tool_calls")

    model = await serve(handler)
    answer = await caller.call(model, PRODUCT, TIME_S)
    assert answer.tool_calls[0]["function"]["arguments"] == '{"at": "cat"}'
    *pieces, last = [item async for item in caller.stream(model, PRODUCT, TIME_S)]
    assert pieces == [ToolCallDelta(0, '{"at": ', "t1", "look"), ToolCallDelta(0, '"cat"}')]
    assert last.tool_calls[0]["id"] == "t1"
    assert last.tool_calls[0]["function"] == {"name": "look", "arguments": '{"at": "cat"}'}


async def test_reasoning_comes_as_it_is_thought_and_apart_from_the_text(caller, serve):
    """In pieces before the text's, and in the answer; with the tokens that it took, and those that were cached."""
    usage = {
        "prompt_tokens": 9,
        "completion_tokens": 7,
        "total_tokens": 16,
        "prompt_tokens_details": {"cached_tokens": 4},
        "completion_tokens_details": {"reasoning_tokens": 5},
    }

    async def handler(request: web.Request) -> web.StreamResponse:
        if not (await request.json()).get("stream"):
            whole = _completion("3196", usage=usage)
            whole["choices"][0]["message"]["reasoning_content"] = "47 times 68"
            return web.json_response(whole)
        thoughts = [{"reasoning_content": "47 "}, {"reasoning_content": "times 68"}, {"content": "3196"}]
        return await _events(request, thoughts, "stop", usage)

    model = await serve(handler)
    *pieces, last = [item async for item in caller.stream(model, PRODUCT, TIME_S)]
    assert pieces == [ReasoningDelta("47 "), ReasoningDelta("times 68"), TextDelta("3196")]
    for answer in (last, await caller.call(model, PRODUCT, TIME_S)):
        assert (answer.text, answer.reasoning) == ("3196", "47 times 68")
        assert (answer.input_tokens, answer.cached_input_tokens) == (9, 4)
        assert (answer.output_tokens, answer.reasoning_tokens) == (7, 5)


@pytest.mark.parametrize(
    ("said", "reason"), [("max_tokens", "length"), ("end_turn", "stop"), ("tool_use", "tool_calls")]
)
async def test_why_the_model_stopped_is_said_in_our_words(caller, serve, said, reason):
    """Not in those of the provider."""

    async def handler(request: web.Request) -> web.StreamResponse:
        if (await request.json()).get("stream"):
            return await _events(request, [{"content": "hi"}], said)
        return web.json_response(_completion(finish_reason=said))

    model = await serve(handler)
    assert (await caller.call(model, PRODUCT, TIME_S)).finish_reason == reason
    *_, last = [item async for item in caller.stream(model, PRODUCT, TIME_S)]
    assert last.finish_reason == reason


async def test_a_refusal_stands_apart_from_the_text(caller, serve):
    """Beside a text, that is what there is to judge; alone, it is no answer."""
    texts = ["I would rather not.", None]

    async def handler(request: web.Request) -> web.Response:
        whole = _completion(texts.pop(0))
        whole["choices"][0]["message"]["refusal"] = "not this"
        return web.json_response(whole)

    model = await serve(handler)
    answer = await caller.call(model, PRODUCT, TIME_S)
    assert (answer.text, answer.refusal) == ("I would rather not.", "not this")
    assert "not this" in str(await _fails(caller, model, "refused"))


async def test_pictures_that_a_model_makes_are_parts_of_its_answer(caller, serve):
    """An answer of pictures alone is an answer."""
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}

    async def handler(request: web.Request) -> web.Response:
        whole = _completion("")
        whole["choices"][0]["message"]["images"] = [picture]
        return web.json_response(whole)

    answer = await caller.call(await serve(handler), PRODUCT, TIME_S)
    assert (answer.text, answer.parts) == ("", (picture,))


async def test_a_stream_that_stalls_ends_at_the_time_limit(caller, serve):
    """The chunk that came is given; then the error is a timeout, not a hang."""

    async def handler(request: web.Request) -> web.StreamResponse:
        response = await _events(request, [{"content": "one "}], None)
        await asyncio.Event().wait()
        return response

    model = await serve(handler)
    stream = caller.stream(model, PRODUCT, 3.0)
    assert await anext(stream) == TextDelta("one ")
    with pytest.raises(ModelCallError) as caught:
        await anext(stream)
    assert caught.value.kind == "timeout"


async def test_cancelling_a_call_ends_it(caller, serve):
    """A cancelled task does not wait for the provider."""
    asked = asyncio.Event()

    async def handler(request: web.Request) -> web.Response:
        asked.set()
        await asyncio.Event().wait()
        return web.Response()

    task = asyncio.create_task(caller.call(await serve(handler), PRODUCT, TIME_S))
    await asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_an_adapter_that_nobody_has_is_the_operators_to_mend(caller):
    """The message names the ones there are."""
    error = await _fails(caller, ModelConfig("m", "telegraph", "m"), "unknown_model")
    assert "telegraph" in str(error)


async def _events(
    request: web.Request, deltas: list[dict], finish_reason: str | None, usage: dict | None = None
) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    head = {"id": "c1", "object": "chat.completion.chunk", "created": 0, "model": "scripted-1"}
    for delta in deltas:
        choice = {"index": 0, "delta": {"role": "assistant", **delta}, "finish_reason": None}
        await response.write(f"data: {json.dumps({**head, 'choices': [choice]})}\n\n".encode())
    if finish_reason is not None:
        choice = {"index": 0, "delta": {}, "finish_reason": finish_reason}
        await response.write(f"data: {json.dumps({**head, 'choices': [choice]})}\n\n".encode())
        if usage is not None:
            await response.write(f"data: {json.dumps({**head, 'choices': [], 'usage': usage})}\n\n".encode())
        await response.write(b"data: [DONE]\n\n")
    return response
