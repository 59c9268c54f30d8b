"""What a request that fails costs providers: at most twice the calls that it has to make, through whatever client."""

import asyncio
import json
from contextlib import asynccontextmanager
from pathlib import Path

import grpc
import pytest
from aiohttp import web
from pointsman import AsyncClient, PointsmanError, RetryPolicy, Unavailable, v1
from pointsman.v1.router_service_pb2_grpc import RouterServiceStub
from pointsman_service.adapters.sqlite import readiness as sqlite_readiness

from tests.local_server import chat_provider

NAMES = ("one", "two", "three")
SERVICE_CONFIG = (Path(__file__).resolve().parents[2] / "proto" / "service_config.json").read_text(encoding="utf-8")
COMPLETE = v1.CompleteRequest(query=v1.Query(messages=[v1.ChatMessage(role=v1.ROLE_USER, content="2 + 2?")]))


class Provider:
    """An OpenAI-compatible address; calls: the models that were asked for. fails: how it fails, None for an answer."""

    def __init__(self):
        self.calls, self.fails, self.base_url = [], None, ""

    async def answer(self, request):
        self.calls.append((await request.json())["model"])
        if self.fails == "reset":
            request.transport.abort()
            await asyncio.sleep(0)
        if self.fails == "hang":
            await asyncio.sleep(30)
        if isinstance(self.fails, int):
            return web.json_response({"error": {"message": "no"}}, status=self.fails)
        message = {"role": "assistant", "content": "Four."}
        usage = {"prompt_tokens": 20, "completion_tokens": 20}
        return web.json_response({"choices": [{"message": message, "finish_reason": "stop"}], "usage": usage})

    def models(self, count, adapter="openai"):
        """So many models, all of them here."""
        at = {"base_url": self.base_url, "input_usd_per_million": 1.0, "output_usd_per_million": 1.0}
        named = {"provider_model": "openai/{}"} if adapter == "litellm" else {"provider_model": "{}"}
        return [
            {"name": n, "adapter": adapter, **at, **{k: v.format(n) for k, v in named.items()}} for n in NAMES[:count]
        ]


@pytest.fixture
async def provider(monkeypatch):
    """One, listening."""
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    made = Provider()
    async with chat_provider(made.answer) as made.base_url:
        yield made


@asynccontextmanager
async def built_in(address):
    """A channel with the retries that gRPC makes by itself."""
    async with grpc.aio.insecure_channel(address, [("grpc.service_config", SERVICE_CONFIG)]) as channel:
        yield RouterServiceStub(channel)


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("fails", [500, 503, 429, "reset", "hang"])
async def test_a_failing_request_costs_at_most_twice_its_calls(serve, provider, count, fails):
    """Of each model that it may try: directly, through the Python client, and through gRPC's built-in retries."""
    provider.fails = fails
    async with serve(models=provider.models(count), judges=[], learner={"enabled": False}) as service:
        async with AsyncClient(service.address) as client:
            with pytest.raises(PointsmanError):
                await client.complete("2 + 2?", timeout_s=3)
        assert 1 <= len(provider.calls) <= 2 * count
        provider.calls.clear()
        async with built_in(service.address) as stub:
            with pytest.raises(grpc.aio.AioRpcError):
                await stub.Complete(COMPLETE, timeout=3)
        assert len(provider.calls) <= 2 * count


async def test_through_litellm_too(serve, provider):
    """Its own retries and its SDK's are off."""
    provider.fails = 503
    async with serve(models=provider.models(1, "litellm"), judges=[], learner={"enabled": False}) as service:
        async with AsyncClient(service.address) as client:
            with pytest.raises(Unavailable):
                await client.complete("2 + 2?", timeout_s=20)
        assert 1 <= len(provider.calls) <= 2


async def test_a_provider_that_breaks_every_connection_gets_no_request_for_each_in_the_pool(serve, provider):
    """Twenty calls at once leave twenty connections; the next request is sent twice at most, not twenty times."""
    async with (
        serve(models=provider.models(1), judges=[], learner={"enabled": False}) as service,
        AsyncClient(service.address) as client,
    ):
        await asyncio.gather(*(client.complete("2 + 2?") for _ in range(20)))
        provider.calls.clear()
        provider.fails = "reset"
        with pytest.raises(PointsmanError):
            await client.complete("2 + 2?", timeout_s=5)
        assert 1 <= len(provider.calls) <= 2


async def test_in_an_outage_tries_again_are_a_share_of_the_calls(serve, provider):
    """Forty requests to a model that answers 503: ten tries in reserve and a fifth of the calls, not one each."""
    provider.fails = 503
    async with (
        serve(models=provider.models(1), judges=[], learner={"enabled": False}) as service,
        AsyncClient(service.address) as client,
    ):
        results = await asyncio.gather(
            *(client.complete("2 + 2?", timeout_s=10) for _ in range(40)), return_exceptions=True
        )
        assert all(isinstance(r, Unavailable) for r in results)
        assert len(provider.calls) <= 40 + 10 + 0.2 * 40


async def test_nothing_is_paid_while_the_log_cannot_take_it(serve, provider, monkeypatch):
    """On a full disk completes, tried again, call no provider; with room again the same client is answered."""
    free = [0]
    monkeypatch.setattr(sqlite_readiness, "free_bytes", lambda _path: free[0])
    async with (
        serve(models=provider.models(1), judges=[], learner={"enabled": False}) as service,
        AsyncClient(service.address, retry=RetryPolicy(attempts=2)) as client,
    ):
        for _ in range(3):
            with pytest.raises(Unavailable) as caught:
                await client.complete("2 + 2?")
            assert caught.value.reason == "LOG_UNAVAILABLE"
            assert caught.value.retry_after_s > 0
        assert provider.calls == []
        free[0] = 1 << 40
        assert (await client.complete("2 + 2?")).answer.text == "Four."
        assert len(provider.calls) == 1


def test_the_built_in_retries_have_a_budget():
    """GRPC's own throttle (gRFC A6): once half of ten tokens are spent on failures, nothing is tried again."""
    throttling = json.loads(SERVICE_CONFIG)["retryThrottling"]
    assert throttling == {"maxTokens": 10, "tokenRatio": 0.1}
