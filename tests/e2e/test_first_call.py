"""The first query through litellm is as any other: what has to be loaded was loaded before the start said so."""

from pathlib import Path

import grpc
from aiohttp import web
from pointsman import v1
from pointsman.v1.router_service_pb2_grpc import RouterServiceStub

from tests.local_server import chat_provider

QUERY = v1.Query(messages=[v1.ChatMessage(role=v1.ROLE_USER, content="2 + 2?")])


def has_loaded(pid, library):
    """Whether a process or one of its children has a compiled library in memory."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return any(library in Path(f"/proc/{p}/maps").read_text() for p in [str(pid), *children])


async def test_what_the_first_call_through_litellm_needs_is_loaded_before_the_start_says_so(process):
    """litellm, the openai package under it and that one's parser, which take seconds: no caller waits for them."""

    async def answer(request):
        message = {"role": "assistant", "content": "4"}
        usage = {"prompt_tokens": 5, "completion_tokens": 1, "total_tokens": 6}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        return web.json_response({"id": "c", "object": "chat.completion", "choices": [choice], "usage": usage})

    prices = {"input_usd_per_million": 1.0, "output_usd_per_million": 1.0}
    async with chat_provider(answer) as base_url:
        model = {"name": "m", "provider_model": "openai/m", "adapter": "litellm", "base_url": base_url, **prices}
        async with (
            process(models=[model], learner={"enabled": False}) as service,
            grpc.aio.insecure_channel(service.address) as channel,
        ):
            assert has_loaded(service._process.pid, "jiter")
            answered = await RouterServiceStub(channel).Complete(v1.CompleteRequest(query=QUERY), timeout=30.0)
    assert answered.answer.text == "4"
    assert len(answered.steps) == 1
