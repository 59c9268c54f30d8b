"""The first query through litellm is as any other: what has to be loaded was loaded before the start said so."""

from pathlib import Path

import grpc
from aiohttp import web
from pointsman import v1
from pointsman.v1.router_service_pb2_grpc import RouterServiceStub

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

    app = web.Application()
    app.router.add_post("/v1/chat/completions", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    base_url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    prices = {"input_usd_per_million": 1.0, "output_usd_per_million": 1.0}
    model = {"name": "m", "provider_model": "openai/m", "adapter": "litellm", "base_url": base_url, **prices}
    try:
        async with process(models=[model]) as service, grpc.aio.insecure_channel(service.address) as channel:
            assert has_loaded(service._process.pid, "jiter")
            answered = await RouterServiceStub(channel).Complete(v1.CompleteRequest(query=QUERY), timeout=30.0)
    finally:
        await runner.cleanup()
    assert answered.answer.text == "4"
    assert len(answered.steps) == 1
