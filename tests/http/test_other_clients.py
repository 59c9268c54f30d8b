"""Clients of other people: LangChain's ChatOpenAI, litellm, and the `llm` command, each as its users run it."""

import asyncio
import json
import os
import sys

import pydantic
import pytest
import pytest_asyncio

pytestmark = pytest.mark.asyncio(loop_scope="module")

CAPITAL, WEATHER, PERSON = "What is the capital of France?", "What is the weather in Paris?", "Describe Ada as JSON."


class Person(pydantic.BaseModel):
    """Who is described."""

    name: str
    born: int


def get_weather(city: str, unit: str) -> str:
    """How warm it is."""
    return f"21 degrees {unit} in {city}"


@pytest_asyncio.fixture(loop_scope="module")
async def chat(url):
    """LangChain's model of OpenAI, pointed at the door."""
    from langchain_openai import ChatOpenAI

    return ChatOpenAI(model="tiny", base_url=f"{url}/v1", api_key="none", max_retries=0)


async def test_langchain_asks_and_streams(chat):
    """Words, tokens, and the pieces of a stream."""
    answer = await chat.ainvoke(CAPITAL)
    assert answer.text.startswith("Paris.")
    assert answer.usage_metadata["total_tokens"] == 32
    pieces = [piece.text async for piece in chat.astream(CAPITAL)]
    assert "".join(pieces) == answer.text
    assert len(pieces) > 3


async def test_langchain_calls_tools_and_reads_structures(chat):
    """`bind_tools` with the tool's result as the next turn, and `with_structured_output`."""
    from langchain_core.messages import HumanMessage, ToolMessage

    bound = chat.bind_tools([get_weather])
    first = await bound.ainvoke(WEATHER)
    (call,) = first.tool_calls
    assert (call["name"], call["args"]["city"]) == ("get_weather", "Paris")
    result = ToolMessage(get_weather(**call["args"]), tool_call_id=call["id"])
    history = [HumanMessage(WEATHER), first, result, HumanMessage("It is 21 degrees in Paris.")]
    assert (await bound.ainvoke(history)).text == "It is mild in Paris."
    assert await chat.with_structured_output(Person).ainvoke(PERSON) == Person(name="Ada Lovelace", born=1815)


async def test_litellm_as_a_client_asks_streams_and_calls_tools(url):
    """As of any OpenAI-compatible address."""
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # else it asks the network for its prices
    import litellm

    where = {"model": "openai/pointsman", "api_base": f"{url}/v1", "api_key": "none", "max_retries": 0}
    # With tools it looks for MCP's gateway, which only its proxy installs.
    where["_skip_mcp_handler"] = True
    answer = await litellm.acompletion(**where, messages=[{"role": "user", "content": CAPITAL}])
    assert answer.choices[0].message.content.startswith("Paris.")
    assert answer.usage.total_tokens == 32
    stream = await litellm.acompletion(**where, messages=[{"role": "user", "content": CAPITAL}], stream=True)
    text = "".join([chunk.choices[0].delta.content or "" async for chunk in stream])
    assert text == answer.choices[0].message.content
    tool = {"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object"}}}
    called = await litellm.acompletion(**where, messages=[{"role": "user", "content": WEATHER}], tools=[tool])
    assert json.loads(called.choices[0].message.tool_calls[0].function.arguments)["city"] == "Paris"
    asked = [{"role": "user", "content": PERSON}]
    structured = await litellm.acompletion(**where, messages=asked, response_format=Person)
    assert Person.model_validate_json(structured.choices[0].message.content).born == 1815


async def test_the_llm_command_asks_streams_uses_tools_and_schemas(url, tmp_path):
    """With a model of `extra-openai-models.yaml`, as its documentation has it."""
    lines = ["- model_id: pm", "  model_name: tiny", f"  api_base: {url}/v1", "  supports_tools: true"]
    (tmp_path / "extra-openai-models.yaml").write_text("\n".join([*lines, "  supports_schema: true", ""]))
    (tmp_path / "tools.py").write_text("def get_weather(city: str, unit: str) -> str:\n    return '21'\n")
    environment = {**os.environ, "LLM_USER_PATH": str(tmp_path), "OPENAI_API_KEY": "none"}

    async def llm(*arguments):
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "llm", *arguments),
            env=environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        told, trouble = await process.communicate()
        assert process.returncode == 0, trouble.decode()
        return told.decode()

    # One after the other: each looks after the same database.
    streamed, whole = await llm("-m", "pm", CAPITAL), await llm("-m", "pm", "--no-stream", CAPITAL)
    shaped = await llm("-m", "pm", "--schema", "name, born int", PERSON)
    tooled = await llm("-m", "pm", "--functions", str(tmp_path / "tools.py"), CAPITAL)
    assert streamed.strip() == whole.strip()
    assert whole.startswith("Paris. It has")
    assert json.loads(shaped)["born"] == 1815
    assert "Paris." in tooled
