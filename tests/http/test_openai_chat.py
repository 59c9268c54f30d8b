"""The openai SDK against /v1/chat/completions: whole answers, streams, tools, structured output, what is ours."""

import json
from typing import Any

import openai
import pydantic
import pytest
import pytest_asyncio

pytestmark = pytest.mark.asyncio(loop_scope="module")

CAPITAL, WEATHER, PERSON = "What is the capital of France?", "What is the weather in Paris?", "Describe Ada as JSON."
ASKED = [{"role": "user", "content": CAPITAL}]
PARAMETERS = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "unit": {"type": "string"}},
    "required": ["city", "unit"],
    "additionalProperties": False,
}
TOOLS = [{"type": "function", "function": {"name": "get_weather", "parameters": PARAMETERS, "strict": True}}]


class Person(pydantic.BaseModel):
    """Who is described."""

    name: str
    born: int


@pytest_asyncio.fixture(loop_scope="module")
async def client(url):
    """The SDK, pointed at the door."""
    async with openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0) as made:
        yield made


async def test_an_answer_is_as_the_sdk_expects_it_with_what_is_ours_beside(client):
    """Its types, its finish reason, its tokens; the episode, the model and the cost in `pointsman` and in headers."""
    raw = await client.chat.completions.with_raw_response.create(model="pointsman", messages=ASKED)
    answer = raw.parse()
    choice = answer.choices[0]
    assert choice.message.content.startswith("Paris.")
    assert (choice.finish_reason, choice.message.role, choice.message.refusal) == ("stop", "assistant", None)
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens == 32
    ours = answer.model_extra["pointsman"]
    assert answer.id == f"chatcmpl-{ours['episode_id']}"
    assert answer.model == ours["model"] in {"tiny", "grand"}
    assert ours["cost_usd"] > 0.0
    assert ours["why"]["strategy"]
    assert raw.headers["x-pointsman-episode-id"] == ours["episode_id"]
    assert raw.headers["x-pointsman-model"] == ours["model"]
    assert float(raw.headers["x-pointsman-cost-usd"]) == pytest.approx(ours["cost_usd"])


async def test_a_stream_has_the_same_words_and_ends_with_the_tokens(client):
    """Pieces, one finish reason, the extension once, and tokens where they are asked for."""
    text, finishes, usages, ours = "", [], [], []
    options = {"include_usage": True}
    async for chunk in await client.chat.completions.create(
        model="pointsman:0.3", messages=ASKED, stream=True, stream_options=options
    ):
        usages.append(chunk.usage)
        ours.append(chunk.model_extra.get("pointsman"))
        for choice in chunk.choices:
            text += choice.delta.content or ""
            finishes.append(choice.finish_reason)
    assert text.startswith("Paris. It has")
    assert [f for f in finishes if f] == ["stop"]
    assert usages[-1].total_tokens == 32
    assert usages[:-1] == [None] * (len(usages) - 1)
    assert len([o["episode_id"] for o in ours if o]) == 1


async def test_a_model_that_is_named_answers_and_is_judged_and_logged(client, service):
    """Pinned, it is the only one that is called; the free judges speak of it as of any other."""
    for name in ("tiny", "grand"):
        answer = await client.chat.completions.create(model=name, messages=ASKED)
        ours = answer.model_extra["pointsman"]
        assert (answer.model, [step["model"] for step in ours["steps"]]) == (name, [name])
        assert "format" in [v["judge"] for v in ours["steps"][0]["verdicts"]]


async def test_the_dial_of_the_models_name_decides(client):
    """At 0 the cheap one, at 1 the one that is dear, whose answers are priced to be better."""
    cheap = await client.chat.completions.create(model="pointsman:0", messages=ASKED)
    assert cheap.model == "tiny"
    weight = {name: (await client.chat.completions.create(model=f"pointsman:{name}", messages=ASKED)) for name in "01"}
    weights = {name: done.model_extra["pointsman"]["why"]["cost_weight"] for name, done in weight.items()}
    assert weights["0"] > weights["1"]


async def test_tools_are_called_whole_and_streamed(client):
    """A call with its name and arguments; in a stream in pieces, which the SDK's own helper puts together."""
    asked = {"model": "tiny", "messages": [{"role": "user", "content": WEATHER}], "tools": TOOLS}
    answer = await client.chat.completions.create(**asked, tool_choice="auto", parallel_tool_calls=False)
    call = answer.choices[0].message.tool_calls[0]
    assert answer.choices[0].finish_reason == "tool_calls"
    assert answer.choices[0].message.content is None
    assert (call.function.name, json.loads(call.function.arguments)["city"]) == ("get_weather", "Paris")
    async with client.chat.completions.stream(**asked) as stream:
        final = await stream.get_final_completion()
    streamed = final.choices[0].message.tool_calls[0]
    assert (streamed.id, streamed.function.arguments) == (call.id, call.function.arguments)


async def test_the_history_of_a_tool_call_is_taken_as_the_sdk_sends_it(client):
    """The message that the SDK gave, with its nulls, and the tool's result."""
    asked = [{"role": "user", "content": WEATHER}]
    first = await client.chat.completions.create(model="tiny", messages=asked, tools=TOOLS)
    message = first.choices[0].message
    result = {"role": "tool", "tool_call_id": message.tool_calls[0].id, "content": "21 degrees"}
    last = {"role": "user", "content": [{"type": "text", "text": "It is 21 degrees in Paris."}]}
    answer = await client.chat.completions.create(model="tiny", messages=[*asked, message, result, last], tools=TOOLS)
    assert answer.choices[0].message.content == "It is mild in Paris."


async def test_structured_output_is_parsed_by_the_sdk(client):
    """`parse` with a pydantic model, and a stream of the same."""
    asked = {"model": "tiny", "messages": [{"role": "user", "content": PERSON}], "response_format": Person}
    answer = await client.chat.completions.parse(**asked)
    assert answer.choices[0].message.parsed == Person(name="Ada Lovelace", born=1815)
    async with client.chat.completions.stream(**asked) as stream:
        final = await stream.get_final_completion()
    assert final.choices[0].message.parsed.born == 1815


async def test_what_is_ours_is_said_in_the_body_or_in_headers(client):
    """Allowed models, a ceiling, a session, labels; the same words as headers."""
    body = {"models": ["grand"], "max_cost_usd": 1.0, "session_id": "s-1", "metadata": {"team": "a"}}
    answer = await client.chat.completions.create(model="pointsman", messages=ASKED, extra_body={"pointsman": body})
    assert answer.model == "grand"
    headers = {"x-pointsman-models": "grand", "x-pointsman-dial": "0"}
    answer = await client.chat.completions.create(model="pointsman", messages=ASKED, extra_headers=headers)
    assert answer.model == "grand"


@pytest.mark.parametrize(
    ("header", "near"),
    [
        ("x-pointsman-max-cots-usd", "x-pointsman-max-cost-usd"),
        ("X-Pointsman-Model", "x-pointsman-models"),
        ("x-pointsman-tennant", "x-pointsman-tenant"),
    ],
)
async def test_a_misspelt_header_of_ours_is_refused_with_the_nearest(client, header, near):
    """A bound that nobody reads would be believed to hold."""
    with pytest.raises(openai.BadRequestError) as refused:
        await client.chat.completions.create(model="pointsman", messages=ASKED, extra_headers={header: "1"})
    assert refused.value.param == f"header {header.lower()}"
    assert f'did you mean "{near}"?' in refused.value.message
    with pytest.raises(openai.BadRequestError):
        await client.models.list(extra_headers={header: "1"})


async def test_the_same_id_again_is_the_same_answer(client):
    """By `Idempotency-Key`; another request under it is refused, and not tried again by the SDK."""
    headers = {"Idempotency-Key": "k-1"}
    first = await client.chat.completions.create(model="pointsman", messages=ASKED, extra_headers=headers)
    again = await client.chat.completions.create(model="pointsman", messages=ASKED, extra_headers=headers)
    assert (first.id, again.model_extra["pointsman"]["replayed"]) == (again.id, True)
    with pytest.raises(openai.ConflictError) as refused:
        await client.with_options(max_retries=2).chat.completions.create(
            model="tiny", messages=ASKED, extra_headers=headers
        )
    assert refused.value.code == "request_conflict"


async def test_models_are_listed(client):
    """`pointsman` first, then what can be pinned; each by itself."""
    assert [model.id async for model in await client.models.list()] == ["pointsman", "tiny", "grand"]
    assert (await client.models.retrieve("grand")).id == "grand"
    with pytest.raises(openai.NotFoundError):
        await client.models.retrieve("gpt-99")


async def test_feedback_is_taken_by_the_completions_id_once(client):
    """A thumb under an id; the same id again is the same word."""
    answer = await client.chat.completions.create(model="pointsman", messages=ASKED)
    said = {"id": answer.id, "thumb": "up", "request_id": "f-1"}
    first = await client.post("/feedback", body=said, cast_to=dict[str, Any])
    again = await client.post("/feedback", body=said, cast_to=dict[str, Any])
    assert (first["value"], first["replayed"], again["replayed"]) == (1.0, False, True)
    rated = {"episode_id": answer.id.removeprefix("chatcmpl-"), "rating": 2, "user": "ann"}
    assert (await client.post("/feedback", body=rated, cast_to=dict[str, Any]))["value"] == 0.25
    right = {"id": answer.id, "correction": "Lyon"}
    assert (await client.post("/feedback", body=right, cast_to=dict[str, Any]))["value"] == 0.0
    with pytest.raises(openai.NotFoundError) as unknown:
        await client.post("/feedback", body={"id": "chatcmpl-nothing", "thumb": "up"}, cast_to=dict[str, Any])
    assert unknown.value.code == "episode_not_found"


async def test_a_comment_stands_beside_a_signal(client):
    """One that is blank, too long, alone or of a session is refused by its name; half a surrogate pair is no JSON."""
    answer = await client.chat.completions.create(model="pointsman", messages=ASKED)
    for comment in ("right and fast", "\U0001f600" * 4000, None):
        said = {"id": answer.id, "thumb": "up", "comment": comment}
        assert (await client.post("/feedback", body=said, cast_to=dict[str, Any]))["value"] == 1.0
    raw = b'{"id": "%b", "thumb": "up", "comment": "half \\ud800"}' % answer.id.encode()
    with pytest.raises(openai.BadRequestError, match="is not JSON"):
        await client.post("/feedback", cast_to=dict[str, Any], content=raw)
    for about, wrong in (
        ({"id": answer.id, "thumb": "up"}, {"comment": " "}),
        ({"id": answer.id, "thumb": "up"}, {"comment": "x" * 4001}),
        ({"id": answer.id, "thumb": "up"}, {"comment": 5}),
        ({"session_id": "s", "thumb": "up"}, {"comment": "fast"}),
    ):
        with pytest.raises(openai.BadRequestError) as refused:
            await client.post("/feedback", body={**about, **wrong}, cast_to=dict[str, Any])
        assert refused.value.param == "comment"
    with pytest.raises(openai.BadRequestError):
        await client.post("/feedback", body={"id": answer.id, "comment": "fast"}, cast_to=dict[str, Any])
