"""The anthropic SDK against /v1/messages: text, tools and schemas, whole and streamed."""

import anthropic
import pytest
import pytest_asyncio

pytestmark = pytest.mark.asyncio(loop_scope="module")

CAPITAL, WEATHER, PERSON = "What is the capital of France?", "What is the weather in Paris?", "Describe Ada as JSON."
TOOLS = [{"name": "get_weather", "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}}}]
SCHEMA = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "born": {"type": "integer"}},
    "required": ["name", "born"],
    "additionalProperties": False,
}


def said(text):
    """One turn of a user."""
    return [{"role": "user", "content": text}]


@pytest_asyncio.fixture(loop_scope="module")
async def client(url):
    """The SDK, pointed at the door."""
    async with anthropic.AsyncAnthropic(base_url=url, api_key="none", max_retries=0) as made:
        yield made


async def test_a_message_has_text_tokens_and_what_is_ours(client):
    """As the SDK reads it; the episode's id is in the message's."""
    answer = await client.messages.create(
        model="pointsman",
        max_tokens=100,
        system=[{"type": "text", "text": "Be short.", "cache_control": {"type": "ephemeral"}}],
        messages=said(CAPITAL),
        metadata={"user_id": "ann"},
        stop_sequences=["END"],
    )
    assert answer.content[0].text.startswith("Paris.")
    assert (answer.stop_reason, answer.usage.input_tokens, answer.usage.output_tokens) == ("end_turn", 20, 12)
    assert answer.id == f"msg_{answer.model_extra['pointsman']['episode_id']}"


async def test_a_stream_adds_up_to_the_message(client):
    """By the SDK's own helper."""
    async with client.messages.stream(model="tiny", max_tokens=100, messages=said(CAPITAL)) as stream:
        text = "".join([piece async for piece in stream.text_stream])
        final = await stream.get_final_message()
    assert text == final.content[0].text
    assert text.startswith("Paris. It has")
    assert (final.stop_reason, final.usage.output_tokens) == ("end_turn", 12)


async def test_tools_are_used_and_answered(client):
    """A use, whole and streamed; its result goes back as a block beside the next question."""
    asked = {"model": "tiny", "max_tokens": 100, "messages": said(WEATHER), "tools": TOOLS}
    answer = await client.messages.create(**asked, tool_choice={"type": "auto", "disable_parallel_tool_use": True})
    use = answer.content[0]
    assert (answer.stop_reason, use.type, use.name, use.input["city"]) == (
        "tool_use", "tool_use", "get_weather", "Paris",
    )  # fmt: skip
    async with client.messages.stream(**asked) as stream:
        assert (await stream.get_final_message()).content[0].input == use.input
    result = {"type": "tool_result", "tool_use_id": use.id, "content": [{"type": "text", "text": "21 degrees"}]}
    turn = {"role": "user", "content": [result, {"type": "text", "text": "It is 21 degrees in Paris."}]}
    history = [*said(WEATHER), {"role": "assistant", "content": answer.content}, turn]
    last = await client.messages.create(**{**asked, "messages": history})
    assert last.content[0].text == "It is mild in Paris."


async def test_structured_output_is_asked_for_by_its_schema(client):
    """`output_config.format`."""
    config = {"format": {"type": "json_schema", "schema": SCHEMA}}
    answer = await client.messages.create(model="tiny", max_tokens=99, messages=said(PERSON), output_config=config)
    assert '"born": 1815' in answer.content[0].text


async def test_models_are_listed_in_anthropics_form(client):
    """Pages of models, of which there is one."""
    assert [model.id async for model in client.models.list()] == ["pointsman", "tiny", "grand"]
    assert (await client.models.retrieve("tiny")).display_name == "tiny"


async def test_errors_are_anthropics(client):
    """Types by status, each with a message that names the field."""
    with pytest.raises(anthropic.BadRequestError, match="max_tokens") as wrong:
        await client.messages.create(model="tiny", max_tokens=0, messages=said(CAPITAL))
    assert wrong.value.body["error"]["type"] == "invalid_request_error"
    with pytest.raises(anthropic.NotFoundError) as unknown:
        await client.messages.create(model="claude-99", max_tokens=9, messages=said(CAPITAL))
    assert unknown.value.body["error"]["type"] == "not_found_error"
    with pytest.raises(anthropic.BadRequestError, match="web_search"):
        await client.messages.create(
            model="tiny",
            max_tokens=9,
            messages=said(CAPITAL),
            tools=[{"type": "web_search_20250305", "name": "web_search"}],
        )
