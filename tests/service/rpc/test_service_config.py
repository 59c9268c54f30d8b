"""proto/service_config.json: what gRPC does by itself for teams without a client of ours."""

import asyncio
import json
import socket
from pathlib import Path

import grpc
import pytest
from pointsman import v1
from pointsman.v1.router_service_pb2_grpc import RouterServiceStub
from pointsman_service import errors
from pointsman_service.rpc.server import SERVICES

ROUTE = v1.RouteRequest(query=v1.Query(messages=[v1.ChatMessage(role=v1.ROLE_USER, content="2 + 2?")]))
CONFIG = (Path(__file__).resolve().parents[3] / "proto" / "service_config.json").read_text(encoding="utf-8")
RESTART_S = 7.0  # the longest that was seen on a busy machine


@pytest.fixture
def port():
    """One on which nobody listens yet."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        return holder.getsockname()[1]


async def test_a_call_waits_for_a_server_that_comes_up_late(start_server, port):
    """Without the configuration it fails at once."""
    address = f"127.0.0.1:{port}"
    options = [("grpc.service_config", CONFIG)]
    async with grpc.aio.insecure_channel(address) as plain, grpc.aio.insecure_channel(address, options) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await RouterServiceStub(plain).Route(ROUTE)
        assert refused.value.code() == grpc.StatusCode.UNAVAILABLE
        early = asyncio.ensure_future(RouterServiceStub(channel).Route(ROUTE))
        await asyncio.sleep(0.5)
        assert not early.done()
        await start_server(port=port)
        async with asyncio.timeout(20):
            assert (await early).episode_id == "e-1"


async def test_what_is_unavailable_is_tried_again(served):
    """As long as the service says, and the caller notices nothing."""
    served.application.error = errors.LogUnavailable("locked")
    options = [("grpc.service_config", CONFIG)]
    async with grpc.aio.insecure_channel(f"127.0.0.1:{served.port}", options) as channel:
        call = asyncio.ensure_future(RouterServiceStub(channel).Route(ROUTE))
        async with asyncio.timeout(20):
            await served.heard.wait()
            served.application.error = None
            assert (await call).episode_id == "e-1"
    assert len(served.application.asked) == 2


def test_it_names_every_service_and_outlasts_a_restart():
    """Its waits, each a fifth shorter by jitter (gRFC A6), together; five attempts are the most that gRPC makes."""
    (method,) = json.loads(CONFIG)["methodConfig"]
    assert {name["service"] for name in method["name"]} == set(SERVICES)
    policy = method["retryPolicy"]
    first, longest = (float(policy[key].rstrip("s")) for key in ("initialBackoff", "maxBackoff"))
    waits = [min(first * policy["backoffMultiplier"] ** n, longest) for n in range(policy["maxAttempts"] - 1)]
    assert 0.8 * sum(waits) > RESTART_S
    assert policy["maxAttempts"] <= 5
