"""What a provider says comes back as the SDKs read it, whole and streamed: tokens, calls, refusals, why it ended."""

import json
from contextlib import asynccontextmanager

import anthropic
import openai
import pytest
from pointsman_service.process.compose import running

from tests.http.upstream import serving, settings_of
from tests.service.adapters import raw_upstream as raw

ASKED = [{"role": "user", "content": "2 + 2?"}]
STREAMS = pytest.mark.parametrize("streams", [False, True], ids=["whole", "streamed"])
CALLS = [
    {"id": f"call_{city}", "type": "function", "function": {"name": "weather", "arguments": json.dumps({"city": city})}}
    for city in ("Paris", "Oslo")
]
TOOL = {
    "name": "weather",
    "parameters": {
        "type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"],
        "additionalProperties": False,
    },
}  # fmt: skip
TOKEN = {
    "token": "4",
    "logprob": -0.25,
    "bytes": [52],
    "top_logprobs": [{"token": "4", "logprob": -0.25, "bytes": [52]}],
}
PICTURE = "data:image/png;base64,iVBORw0KGgo="


@asynccontextmanager
async def asking(folder, **said):
    """(openai's client, anthropic's client, requests) of a service whose one provider answers with this."""
    async with raw.upstream(serving(**said)) as provider, running(settings_of(folder, provider.base_url)) as service:
        url = f"http://{service.http_address}"
        async with (
            openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0) as one,
            anthropic.AsyncAnthropic(base_url=url, api_key="none", max_retries=0) as other,
        ):
            yield one, other, provider.asked


async def chatted(client, *, streams, **more):
    """The completion; of a stream, as the SDK's own helper puts it together."""
    asked = {"model": "up", "messages": ASKED, **more}
    if not streams:
        return await client.chat.completions.create(**asked)
    async with client.chat.completions.stream(**asked, stream_options={"include_usage": True}) as stream:
        return await stream.get_final_completion()


async def responded(client, *, streams, **more):
    """The response, likewise."""
    asked = {"model": "up", "input": "2 + 2?", **more}
    if not streams:
        return await client.responses.create(**asked)
    async with client.responses.stream(**asked) as stream:
        return await stream.get_final_response()


async def messaged(client, *, streams, **more):
    """Anthropic's message, likewise."""
    asked = {"model": "up", "messages": ASKED, "max_tokens": 50, **more}
    if not streams:
        return await client.messages.create(**asked)
    async with client.messages.stream(**asked) as stream:
        return await stream.get_final_message()


@STREAMS
async def test_log_probabilities(tmp_path, streams):
    """Each token with its alternatives, in chat completions and in responses."""
    async with asking(tmp_path, logprobs={"content": [TOKEN], "refusal": None}) as (client, _, requests):
        done = await chatted(client, streams=streams, logprobs=True, top_logprobs=1)
        (token,) = done.choices[0].logprobs.content
        assert token.model_dump() == TOKEN
        include = ["message.output_text.logprobs"]
        response = await responded(client, streams=streams, include=include, top_logprobs=1)
        (told,) = response.output[0].content[0].logprobs
        assert (told.token, told.logprob, told.top_logprobs[0].token) == ("4", -0.25, "4")
        assert [(json.loads(r.body)["logprobs"], json.loads(r.body)["top_logprobs"]) for r in requests] == [
            (True, 1)
        ] * 2


@STREAMS
async def test_tools_that_are_called_in_parallel(tmp_path, streams):
    """Each with its own id and arguments, in order."""
    cities = ["Paris", "Oslo"]
    async with asking(tmp_path, message={"content": None, "tool_calls": CALLS}, finish="tool_calls") as (one, other, _):
        done = await chatted(one, streams=streams, tools=[{"type": "function", "function": {**TOOL, "strict": True}}])
        calls = done.choices[0].message.tool_calls
        assert [(c.id, json.loads(c.function.arguments)["city"]) for c in calls] == [(f"call_{c}", c) for c in cities]
        assert done.choices[0].finish_reason == "tool_calls"
        response = await responded(one, streams=streams, tools=[{"type": "function", "strict": True, **TOOL}])
        assert [(c.call_id, json.loads(c.arguments)["city"]) for c in response.output] == [
            (f"call_{c}", c) for c in cities
        ]
        message = await messaged(
            other, streams=streams, tools=[{"name": "weather", "input_schema": TOOL["parameters"]}]
        )
        assert [(c.id, c.input["city"]) for c in message.content] == [(f"call_{c}", c) for c in cities]
        assert message.stop_reason == "tool_use"


@pytest.mark.parametrize(
    ("said", "streams"),
    [
        ({"message": {"content": None, "refusal": "I can't help."}}, False),
        ({"message": {"content": None, "refusal": "I can't help."}}, True),
        ({"finish": "content_filter"}, False),
    ],
    ids=["refusal", "refusal-streamed", "filter"],
)
async def test_a_model_that_refuses_is_no_answer(tmp_path, said, streams):
    """Another would be asked; where all refuse it is a 400 with the code that SDKs know, and what the model said."""
    async with asking(tmp_path, **said) as (one, other, _):
        with pytest.raises(openai.BadRequestError) as refused:
            await one.chat.completions.create(model="up", messages=ASKED, stream=streams)
        assert refused.value.code == "content_filter"
        assert said.get("message", {}).get("refusal", "filter") in refused.value.message
        with pytest.raises(openai.BadRequestError):
            await one.responses.create(model="up", input="2 + 2?", stream=streams)
        with pytest.raises(anthropic.BadRequestError):
            await other.messages.create(model="up", messages=ASKED, max_tokens=50, stream=streams)


@STREAMS
async def test_a_refusal_beside_an_answer(tmp_path, streams):
    """In OpenAI's field for it."""
    no = "I can't say more."
    async with asking(tmp_path, message={"refusal": no}) as (one, _, _):
        message = (await chatted(one, streams=streams)).choices[0].message
        assert (message.refusal, message.content) == (no, "4")
        response = await responded(one, streams=streams)
        assert [part.type for part in response.output[-1].content] == ["output_text", "refusal"]


@STREAMS
async def test_what_was_thought_before_the_answer(tmp_path, streams):
    """Beside the answer: as others than OpenAI have it, as a summary, as a block."""
    async with asking(tmp_path, message={"reasoning_content": "Two and two."}) as (one, other, _):
        done = await chatted(one, streams=streams)
        assert done.choices[0].message.content == "4"
        if not streams:
            assert done.choices[0].message.reasoning_content == "Two and two."
        response = await responded(one, streams=streams)
        assert [item.type for item in response.output] == ["reasoning", "message"]
        assert (response.output[0].summary[0].text, response.output_text) == ("Two and two.", "4")
        message = await messaged(other, streams=streams)
        assert [block.type for block in message.content] == ["thinking", "text"]


@STREAMS
@pytest.mark.parametrize(
    ("finish", "words"),
    [
        ("stop", ("stop", "completed", "end_turn")),
        ("length", ("length", "incomplete", "max_tokens")),
    ],
    ids=["stop", "length"],
)
async def test_why_an_answer_ended(tmp_path, finish, words, streams):
    """In each dialect's word."""
    async with asking(tmp_path, finish=finish) as (one, other, _):
        if streams:  # the SDK's helper of chats raises where an answer was cut
            stream = await one.chat.completions.create(model="up", messages=ASKED, stream=True)
            (reason,) = {c.choices[0].finish_reason async for c in stream if c.choices} - {None}
        else:
            reason = (await chatted(one, streams=False)).choices[0].finish_reason
        status = (await one.responses.create(model="up", input="2 + 2?")).status
        assert (reason, status, (await messaged(other, streams=streams)).stop_reason) == words


@STREAMS
async def test_tokens(tmp_path, streams):
    """Those that were cached and those that were thought apart, as each dialect counts."""
    async with asking(tmp_path) as (one, other, _):
        usage = (await chatted(one, streams=streams)).usage
        assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == (20, 12, 32)
        assert usage.prompt_tokens_details.cached_tokens == 8
        assert usage.completion_tokens_details.reasoning_tokens == 5
        usage = (await responded(one, streams=streams)).usage
        assert (usage.input_tokens, usage.input_tokens_details.cached_tokens, usage.output_tokens) == (20, 8, 12)
        assert usage.output_tokens_details.reasoning_tokens == 5
        usage = (await messaged(other, streams=streams)).usage
        assert (usage.input_tokens, usage.cache_read_input_tokens, usage.output_tokens) == (12, 8, 12)


async def test_pictures_reach_the_provider_as_they_were_sent(tmp_path):
    """By each dialect's own part, as the one that the provider knows."""
    wanted = {"type": "image_url", "image_url": {"url": PICTURE}}
    async with asking(tmp_path) as (one, other, requests):
        text = {"type": "text", "text": "?"}
        await one.chat.completions.create(model="up", messages=[{"role": "user", "content": [text, wanted]}])
        shown = [{"type": "input_text", "text": "?"}, {"type": "input_image", "image_url": PICTURE, "detail": "auto"}]
        await one.responses.create(model="up", input=[{"role": "user", "content": shown}])
        source = {"type": "base64", "media_type": "image/png", "data": PICTURE.partition(",")[2]}
        await other.messages.create(
            model="up",
            max_tokens=50,
            messages=[{"role": "user", "content": [text, {"type": "image", "source": source}]}],
        )
        for request in requests:
            content = json.loads(request.body)["messages"][-1]["content"]
            assert [part["image_url"]["url"] for part in content if part["type"] == "image_url"] == [PICTURE]
    assert len(requests) == 3


async def test_a_schema_is_asked_for_and_its_answer_parsed(tmp_path):
    """`json_schema` reaches the provider; an answer of it is parsed by the SDK."""
    async with asking(tmp_path, message={"content": '{"a": 4}'}) as (one, other, requests):
        schema = {
            "type": "object",
            "properties": {"a": {"type": "integer"}},
            "required": ["a"],
            "additionalProperties": False,
        }
        form = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema, "strict": True}}
        done = await chatted(one, streams=False, response_format=form)
        assert json.loads(done.choices[0].message.content) == {"a": 4}
        message = await messaged(
            other, streams=False, output_config={"format": {"type": "json_schema", "schema": schema}}
        )
        assert json.loads(message.content[0].text) == {"a": 4}
        sent = [json.loads(r.body)["response_format"]["json_schema"]["schema"] for r in requests]
    assert sent == [schema, schema]
