"""Every parameter of the SDKs' own methods is passed on, answered here, or refused by its name.

The tables below name all of what the installed SDKs can send, by their signatures: a release that adds one fails here
until it is decided.
"""

import inspect
import json

import anthropic
import openai
import pytest
import pytest_asyncio
from anthropic.resources.messages import AsyncMessages
from openai.resources.chat.completions import AsyncCompletions
from openai.resources.responses import AsyncResponses
from pointsman_service.process.compose import running

from tests.http.upstream import serving, settings_of
from tests.service.adapters import raw_upstream as raw

pytestmark = pytest.mark.asyncio(loop_scope="module")

OF_THE_SDK = {"extra_headers", "extra_query", "extra_body", "timeout"}
"""How the SDK sends; `extra_body` is the way to what is ours."""
HERE = "answered here"
REFUSED = "refused"
SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"], "additionalProperties": False}
FUNCTION = {"name": "f", "description": "Does it.", "parameters": SCHEMA, "strict": True}
TOOL = {"type": "function", "function": FUNCTION}
FORM = {"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA, "strict": True}}
EFFORT = {"reasoning_effort": "low"}
ASKED = [{"role": "user", "content": "2 + 2?"}]

# By parameter: what is sent, and what the provider is asked with; or HERE, or REFUSED.
CHAT = {
    "messages": (ASKED, {"messages": ASKED}),
    "model": ("up", {"model": "m"}),
    "audio": ({"voice": "alloy", "format": "wav"}, {"audio": {"voice": "alloy", "format": "wav"}}),
    "frequency_penalty": (0.5, {"frequency_penalty": 0.5}),
    "function_call": ("auto", REFUSED),
    "functions": ([FUNCTION], REFUSED),
    "logit_bias": ({"50": 5}, {"logit_bias": {"50": 5}}),
    "logprobs": (True, {"logprobs": True}),
    "max_completion_tokens": (50, {"max_completion_tokens": 50}),
    "max_tokens": (50, {"max_tokens": 50}),
    "metadata": ({"team": "a"}, HERE),
    "modalities": (["text"], {"modalities": ["text"]}),
    "moderation": ({"model": "omni-moderation-latest"}, REFUSED),
    "n": (2, REFUSED),
    "parallel_tool_calls": (False, {"parallel_tool_calls": False}),
    "prediction": ({"type": "content", "content": "4"}, {"prediction": {"type": "content", "content": "4"}}),
    "presence_penalty": (0.5, {"presence_penalty": 0.5}),
    "prompt_cache_key": ("k", {"prompt_cache_key": "k"}),
    "prompt_cache_options": ({"mode": "implicit"}, {"prompt_cache_options": {"mode": "implicit"}}),
    "prompt_cache_retention": ("24h", {"prompt_cache_retention": "24h"}),
    "reasoning_effort": ("low", EFFORT),
    "response_format": (FORM, {"response_format": FORM}),
    "safety_identifier": ("ann", {"safety_identifier": "ann"}),
    "seed": (7, {"seed": 7}),
    "service_tier": ("flex", {"service_tier": "flex"}),
    "stop": (["END"], {"stop": ["END"]}),
    "store": (True, {"store": True}),
    "stream": (True, {"stream": True}),
    "stream_options": ({"include_usage": True}, HERE),
    "temperature": (0.3, {"temperature": 0.3}),
    "tool_choice": ("required", {"tool_choice": "required"}),
    "tools": ([TOOL], {"tools": [TOOL]}),
    "top_logprobs": (2, {"top_logprobs": 2}),
    "top_p": (0.9, {"top_p": 0.9}),
    "user": ("ann", {"user": "ann"}),
    "verbosity": ("low", {"verbosity": "low"}),
    "web_search_options": ({}, {"web_search_options": {}}),
}
RESPONSES = {
    "background": (True, REFUSED),
    "context_management": ([{"type": "compaction"}], REFUSED),
    "conversation": ("conv_1", REFUSED),
    "include": (["message.output_text.logprobs"], {"logprobs": True}),
    "input": ("2 + 2?", {"messages": ASKED}),
    "instructions": ("Be short.", {"messages": [{"role": "developer", "content": "Be short."}, *ASKED]}),
    "max_output_tokens": (50, {"max_completion_tokens": 50}),
    "max_tool_calls": (2, REFUSED),
    "metadata": ({"team": "a"}, HERE),
    "model": ("up", {"model": "m"}),
    "moderation": ({"model": "omni-moderation-latest"}, REFUSED),
    "parallel_tool_calls": (False, {"parallel_tool_calls": False}),
    "previous_response_id": ("resp_1", REFUSED),
    "prompt": ({"id": "pmpt_1"}, REFUSED),
    "prompt_cache_key": ("k", {"prompt_cache_key": "k"}),
    "prompt_cache_options": ({"mode": "implicit"}, {"prompt_cache_options": {"mode": "implicit"}}),
    "prompt_cache_retention": ("24h", {"prompt_cache_retention": "24h"}),
    "reasoning": ({"effort": "low", "summary": "auto"}, EFFORT),
    "safety_identifier": ("ann", {"safety_identifier": "ann"}),
    "service_tier": ("flex", {"service_tier": "flex"}),
    "store": (False, {"store": False}),
    "stream": (True, {"stream": True}),
    "stream_options": ({"include_obfuscation": False}, HERE),
    "temperature": (0.3, {"temperature": 0.3}),
    "text": ({"format": {"type": "json_schema", **FORM["json_schema"]}}, {"response_format": FORM}),
    "tool_choice": (
        {"type": "function", "name": "f"},
        {"tool_choice": {"type": "function", "function": {"name": "f"}}},
    ),
    "tools": ([{"type": "function", **FUNCTION}], {"tools": [TOOL]}),
    "top_logprobs": (2, {"top_logprobs": 2}),
    "top_p": (0.9, {"top_p": 0.9}),
    "truncation": ("auto", REFUSED),
    "user": ("ann", {"user": "ann"}),
}
MESSAGES = {
    "max_tokens": (50, {"max_tokens": 50}),
    "messages": (ASKED, {"messages": ASKED}),
    "model": ("up", {"model": "m"}),
    "cache_control": ({"type": "ephemeral"}, REFUSED),
    "container": ("c-1", REFUSED),
    "diagnostics": ({"previous_message_id": "msg_1"}, REFUSED),
    "inference_geo": ("us", REFUSED),
    "metadata": ({"user_id": "ann"}, HERE),
    "output_config": ({"effort": "low"}, EFFORT),
    "service_tier": ("auto", HERE),
    "speed": ("fast", REFUSED),
    "stop_sequences": (["END"], {"stop": ["END"]}),
    "stream": (True, {"stream": True}),
    "system": ("Be short.", {"messages": [{"role": "system", "content": "Be short."}, *ASKED]}),
    "thinking": ({"type": "adaptive"}, {"thinking": {"type": "adaptive"}}),
    "tool_choice": ({"type": "any"}, {"tool_choice": "required"}),
    "tools": (
        [{"name": "f", "description": "Does it.", "input_schema": SCHEMA, "strict": True}],
        {"tools": [TOOL]},
    ),
    "user_profile_id": ("up_1", REFUSED),
    "workspace_id": ("wrkspc_1", HERE),
}
WITH = {
    "stream_options": {"stream": True},
    "tool_choice": {"tools": ...},
    "parallel_tool_calls": {"tools": ...},
    "top_logprobs": {"logprobs": True},
    "audio": {"modalities": ["text"]},
}
"""What a parameter cannot be sent without; ... is what its own table sends."""


def parameters_of(method):
    """Names, but for `self` and how the SDK sends."""
    return set(inspect.signature(method).parameters) - {"self"} - OF_THE_SDK


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def asked(tmp_path_factory):
    """(address of the door, requests that its one provider got)."""
    async with raw.upstream(serving()) as provider:
        settings = settings_of(tmp_path_factory.mktemp("parameters"), provider.base_url)
        async with running(settings) as service:
            yield f"http://{service.http_address}", provider.asked


@pytest.mark.parametrize(
    ("method", "table"),
    [(AsyncCompletions, CHAT), (AsyncResponses, RESPONSES), (AsyncMessages, MESSAGES)],
    ids=["chat", "responses", "messages"],
)
async def test_every_parameter_of_the_sdk_is_decided(method, table):
    """What a release of the SDK adds, or leaves out, is looked at."""
    assert parameters_of(method.create) == set(table)


async def _looked_at(call, name, table, asked, refusals):
    """Send one parameter, and hold what came of it against the table."""
    value, wanted = table[name]
    beside = {key: table[key][0] if each is ... else each for key, each in WITH.get(name, {}).items() if key in table}
    before = len(asked)
    if wanted == REFUSED:
        with pytest.raises(refusals) as refused:
            await call(**{**beside, name: value})
        told = refused.value.body.get("error", refused.value.body)
        fields = [v["field"] for v in told["pointsman"]["violations"]]
        assert refused.value.status_code == 400
        assert any(name in (field.replace("-", "_")) or f'"{name}"' in told["message"] for field in fields), told
        assert len(asked) == before
        return
    answer = await call(**{**beside, name: value})
    if beside.get("stream") or name == "stream":
        assert [event async for event in answer]
    (sent,) = [json.loads(each.body) for each in asked[before:]]
    if wanted == HERE:
        assert name not in sent or name == "stream_options"
    else:
        assert {key: sent.get(key) for key in wanted} == wanted


@pytest.mark.parametrize("name", CHAT)
async def test_a_parameter_of_chat_completions(asked, name):
    """As the openai SDK sends it."""
    url, requests = asked
    async with openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0) as client:

        async def call(**said):
            return await client.chat.completions.create(**{"model": "up", "messages": ASKED, **said})

        await _looked_at(call, name, CHAT, requests, openai.BadRequestError)


@pytest.mark.parametrize("name", RESPONSES)
async def test_a_parameter_of_responses(asked, name):
    """As the openai SDK sends it."""
    url, requests = asked
    async with openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0) as client:

        async def call(**said):
            said = {"include": ["message.output_text.logprobs"], **said} if name == "top_logprobs" else said
            said.pop("logprobs", None)
            return await client.responses.create(**{"model": "up", "input": "2 + 2?", **said})

        await _looked_at(call, name, RESPONSES, requests, openai.BadRequestError)


@pytest.mark.parametrize("name", MESSAGES)
async def test_a_parameter_of_messages(asked, name):
    """As the anthropic SDK sends it."""
    url, requests = asked
    async with anthropic.AsyncAnthropic(base_url=url, api_key="none", max_retries=0) as client:

        async def call(**said):
            return await client.messages.create(**{"model": "up", "messages": ASKED, "max_tokens": 99, **said})

        await _looked_at(call, name, MESSAGES, requests, anthropic.BadRequestError)
