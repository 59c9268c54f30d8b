"""The first query through litellm is as any other: what has to be loaded was loaded before the start said so."""

import grpc
from aiohttp import web
from pointsman import v1
from pointsman.v1.router_service_pb2_grpc import RouterServiceStub

QUERY = v1.Query(messages=[v1.ChatMessage(role=v1.ROLE_USER, content="2 + 2?")])


async def test_the_first_call_through_litellm_needs_no_more_time_than_others(process):
    """In a process of its own, within a deadline shorter than litellm takes to load; no failure is held against it."""

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
            answered = await RouterServiceStub(channel).Complete(v1.CompleteRequest(query=QUERY), timeout=2.0)
    finally:
        await runner.cleanup()
    assert answered.answer.text == "4"
    assert len(answered.steps) == 1
