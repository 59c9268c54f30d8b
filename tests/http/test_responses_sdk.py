"""The openai SDK against /v1/responses: text, functions and schemas, whole and streamed."""

import json

import openai
import pydantic
import pytest
import pytest_asyncio

pytestmark = pytest.mark.asyncio(loop_scope="module")

CAPITAL, WEATHER, PERSON = "What is the capital of France?", "What is the weather in Paris?", "Describe Ada as JSON."
PARAMETERS = {"type": "object", "properties": {"city": {"type": "string"}}, "additionalProperties": True}
TOOLS = [{"type": "function", "name": "get_weather", "parameters": PARAMETERS, "strict": False}]


class Person(pydantic.BaseModel):
    """Who is described."""

    name: str
    born: int


@pytest_asyncio.fixture(loop_scope="module")
async def client(url):
    """The SDK, pointed at the door."""
    async with openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0) as made:
        yield made


async def test_a_response_has_text_tokens_and_what_is_ours(client):
    """As the SDK reads it; the episode's id is in the response's."""
    answer = await client.responses.create(
        model="pointsman", input=CAPITAL, instructions="Be short.", max_output_tokens=99, metadata={"team": "a"}
    )
    assert answer.output_text.startswith("Paris.")
    assert (answer.status, answer.usage.total_tokens, answer.metadata) == ("completed", 32, {"team": "a"})
    assert answer.id == f"resp_{answer.model_extra['pointsman']['episode_id']}"
    assert (answer.instructions, answer.max_output_tokens) == ("Be short.", 99)


async def test_a_stream_of_events_adds_up_to_the_response(client):
    """Numbered without a gap; the pieces are the text; the SDK's helper ends with the same response."""
    text, numbers, kinds = "", [], []
    async for event in await client.responses.create(model="tiny", input=CAPITAL, stream=True):
        numbers.append(event.sequence_number)
        kinds.append(event.type)
        text += event.delta if event.type == "response.output_text.delta" else ""
    assert numbers == list(range(len(numbers)))
    assert (kinds[0], kinds[-1]) == ("response.created", "response.completed")
    assert event.response.output_text == text
    async with client.responses.stream(model="tiny", input=CAPITAL) as stream:
        assert (await stream.get_final_response()).output_text == text


async def test_functions_are_called_and_answered(client):
    """A call, whole and streamed; its result goes back as an item."""
    asked = {"model": "tiny", "input": WEATHER, "tools": TOOLS, "tool_choice": "auto"}
    answer = await client.responses.create(**asked)
    call = answer.output[0]
    assert (call.type, call.name, json.loads(call.arguments)["city"]) == ("function_call", "get_weather", "Paris")
    async with client.responses.stream(**asked) as stream:
        streamed = (await stream.get_final_response()).output[0]
    assert (streamed.call_id, streamed.arguments) == (call.call_id, call.arguments)
    history = [
        {"role": "user", "content": WEATHER},
        call,
        {"type": "function_call_output", "call_id": call.call_id, "output": "21 degrees"},
        {"role": "user", "content": [{"type": "input_text", "text": "It is 21 degrees in Paris."}]},
    ]
    last = await client.responses.create(model="tiny", input=history, tools=TOOLS)
    assert last.output_text == "It is mild in Paris."
    further = [*history, *last.output, {"role": "user", "content": CAPITAL}]
    assert (await client.responses.create(model="tiny", input=further)).output_text.startswith("Paris.")


async def test_structured_output_is_parsed_by_the_sdk(client):
    """`parse` with a pydantic model."""
    answer = await client.responses.parse(model="tiny", input=PERSON, text_format=Person)
    assert answer.output_parsed == Person(name="Ada Lovelace", born=1815)


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ({"previous_response_id": "resp_1"}, "previous_response_id"),
        ({"background": True}, "background"),
        ({"truncation": "auto"}, "truncation"),
        ({"tools": [{"type": "web_search"}]}, "tools[0].type"),
        ({"input": [{"type": "item_reference", "id": "x"}]}, "input[0].type"),
        ({"include": ["file_search_call.results"]}, "include[0]"),
        ({"conversation": "conv_1"}, "conversation"),
        ({"max_tool_calls": 3}, "max_tool_calls"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_what_needs_openais_own_servers_is_refused_by_name(client, said, name):
    """400, with the field in `param`."""
    with pytest.raises(openai.BadRequestError) as refused:
        await client.responses.create(**{"model": "tiny", "input": CAPITAL, **said})
    assert refused.value.param == name
