"""Whoever only asks learns of a failed call what failed and how, and not where the operator's models are."""

import socket
from contextlib import AsyncExitStack

import pytest
from aiohttp import web
from pointsman_service.adapters.callers.openai_caller import OpenAICaller
from pointsman_service.domain import ModelConfig
from pointsman_service.errors import PointsmanError

from tests.local_server import chat_provider


@pytest.fixture
async def refusing():
    """Starts a server that answers every call with a status and a text that names its address; its base_url."""

    async def start(status):
        async def handler(request):
            return web.json_response({"error": {"message": f"no backend at {request.host} for you"}}, status=status)

        return await servers.enter_async_context(chat_provider(handler))

    async with AsyncExitStack() as servers:
        yield start


@pytest.fixture
async def direct():
    """The adapter for OpenAI-compatible addresses."""
    caller = OpenAICaller(lambda _: None)
    yield caller
    await caller.close()


@pytest.fixture
def free_port():
    """A port at which nobody answers."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 503])
async def test_no_refusal_of_a_provider_shows_where_it_is(build, ask, direct, refusing, status):
    """Neither in the message nor in its facts; the log has the whole."""
    base_url = await refusing(status)
    port = base_url.rsplit(":", 1)[1].partition("/")[0]
    h = build(models=[ModelConfig("small", "openai", "m-1", base_url)], caller=direct)
    with pytest.raises(PointsmanError) as e:
        await h.router.complete(ask(), h.me)
    told = f"{e.value} {e.value.facts} {getattr(e.value, 'violations', '')}"
    assert "no backend at [address] for you" in told
    assert port not in told
    (step, *_) = [row.event for row in h.storage.log.read(0)][-1].steps
    assert f"127.0.0.1:{port}" in step.error


async def test_an_address_that_nobody_serves_is_not_shown(build, ask, direct, free_port):
    """It is the log's: the base_url as it is configured, and what the machine said."""
    h = build(models=[ModelConfig("small", "openai", "m", f"http://127.0.0.1:{free_port}/v1")], caller=direct)
    with pytest.raises(PointsmanError, match="cannot connect to small") as e:
        await h.router.complete(ask(), h.me)
    assert str(free_port) not in f"{e.value} {e.value.facts}"
    (step, *_) = [row.event for row in h.storage.log.read(0)][-1].steps
    assert f"http://127.0.0.1:{free_port}/v1" in step.error
