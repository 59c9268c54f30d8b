"""Both clients: where they connect to, when, from which event loop, and what they do when they are closed."""

import asyncio
import socket
import subprocess
import sys
import threading
from contextlib import suppress

import grpc
import pytest

import pointsman
from pointsman import AsyncClient, Client, RetryPolicy

KINDS = pytest.mark.parametrize("kind", [Client, AsyncClient])


async def test_address_and_tenant_come_from_the_environment(call, running, monkeypatch):
    """Where they are not given; an empty variable is as none."""
    monkeypatch.setenv("POINTSMAN_ADDRESS", running.address)
    monkeypatch.setenv("POINTSMAN_TENANT", "team-env")
    await call("route", "a", options={"address": None})
    monkeypatch.setenv("POINTSMAN_TENANT", "")
    await call("route", "a", options={"address": None})
    assert running.service.tenants == [["team-env"], ["default"]]


async def test_what_is_given_wins_over_the_environment(call, running, monkeypatch):
    """Also where the environment's is wrong."""
    monkeypatch.setenv("POINTSMAN_ADDRESS", "http://nowhere")
    monkeypatch.setenv("POINTSMAN_TENANT", "tëam")
    await call("route", "a", options={"tenant": "team-a"})
    assert running.service.tenants == [["team-a"]]


@KINDS
@pytest.mark.parametrize(
    ("variable", "value"), [("POINTSMAN_ADDRESS", "http://localhost:50051"), ("POINTSMAN_TENANT", "tëam")]
)
def test_a_wrong_variable_is_named(kind, monkeypatch, variable, value):
    """Not the argument that nobody gave."""
    monkeypatch.setenv(variable, value)
    with pytest.raises(pointsman.InvalidRequest, match=f"{variable} must be"):
        kind()


@KINDS
@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"address": "http://localhost:50051"}, "leave the scheme out; for TLS, pass credentials="),
        ({"address": "https://localhost:50051"}, "leave the scheme out"),
        ({"address": "grpc://localhost:50051"}, "leave the scheme out"),
        ({"address": "localhost"}, "address must be HOST:PORT, for instance '127.0.0.1:50051', not 'localhost'"),
        ({"address": ""}, "address must be HOST:PORT"),
        ({"address": "local host:1"}, "address must be HOST:PORT"),
        ({"address": 50051}, "address must be HOST:PORT"),
        ({"tenant": "tëam"}, "tenant must be a name in ASCII"),
        ({"tenant": 7}, "tenant must be a name in ASCII"),
        ({"timeout_s": "5"}, "timeout_s must be seconds"),
        ({"metadata": {"a": "b"}}, "metadata must be pairs"),
        ({"retry": 3}, r"retry must be a RetryPolicy, for instance RetryPolicy\(attempts=3\)"),
        ({"credentials": "cert.pem"}, "credentials must be"),
        ({"channel": "127.0.0.1:50051"}, "channel must be a grpc"),
    ],
)
def test_a_client_that_cannot_be_meant_is_refused(kind, arguments, complaint):
    """At once, with what to do."""
    with pytest.raises(pointsman.InvalidRequest, match=complaint):
        kind(**arguments)


@pytest.mark.parametrize(
    "address",
    ["localhost:1", "[::1]:1", "dns:///localhost:1", "unix:///tmp/p.sock", "unix:/tmp/p.sock", "ipv6:[::1]:1"],
)
def test_an_address_may_be_any_that_grpc_resolves(address):
    """Its own schemes among them."""
    Client(address).close()


async def test_channels_of_the_other_kind_are_refused():
    """With the one that is wanted."""
    with grpc.insecure_channel("127.0.0.1:1") as channel:
        with pytest.raises(pointsman.InvalidRequest, match=r"AsyncClient of grpc\.aio"):
            AsyncClient(channel=channel)
        with pytest.raises(pointsman.InvalidRequest, match="leave out address="):
            Client("127.0.0.1:1", channel=channel)
    async with grpc.aio.insecure_channel("127.0.0.1:1") as channel:
        with pytest.raises(pointsman.InvalidRequest, match="Client takes those of grpc"):
            Client(channel=channel)


async def test_a_channel_of_the_callers_own_stays_open(running):
    """Closing the client closes only what it opened."""
    with grpc.insecure_channel(running.address) as channel:
        Client(channel=channel).close()
        assert Client(channel=channel).route("a").episode_id == "e-1"
    async with grpc.aio.insecure_channel(running.address) as channel:
        await AsyncClient(channel=channel).close()
        assert (await AsyncClient(channel=channel).route("a")).episode_id == "e-1"


def test_an_async_client_may_be_made_before_a_loop_runs_and_outlive_it(running):
    """At the top of a module, say: each loop that uses it gets a connection of its own."""
    client = AsyncClient(running.address)

    async def ask():
        streamed = [item async for item in client.stream_complete("a")]
        return (await client.route("a")).episode_id, len(streamed)

    assert asyncio.run(ask()) == ("e-1", 5)
    assert asyncio.run(ask()) == ("e-1", 5)
    assert len(client._connections._of_loop) == 1, "what a loop had is forgotten when it is closed"
    asyncio.run(client.close())


def test_an_async_client_may_be_used_by_loops_of_several_threads_and_is_closed_from_one(running):
    """Those of the other threads are told."""
    client, asked, stop, ended = AsyncClient(running.address), threading.Event(), threading.Event(), []

    async def other():
        await client.route("a")
        asked.set()
        await asyncio.to_thread(stop.wait)
        with pytest.raises(pointsman.ClosedClient):
            await client.route("a")
        ended.append(True)

    async def here():
        await client.route("a")
        await asyncio.to_thread(asked.wait)
        await client.close()
        stop.set()

    thread = threading.Thread(target=lambda: asyncio.run(other()))
    thread.start()
    asyncio.run(here())
    thread.join(10)
    assert ended == [True]


def test_a_channel_of_another_loop_is_refused(running):
    """Grpc would say so by a RuntimeError, some time."""

    async def make():
        return AsyncClient(channel=grpc.aio.insecure_channel(running.address))

    client = asyncio.run(make())
    with pytest.raises(pointsman.InvalidRequest, match="was made in another event loop"):
        asyncio.run(client.route("a"))


async def test_a_closed_client_says_so(running):
    """Whatever is asked of it; closing it again is no matter."""
    client = Client(running.address)
    stream = client.stream_complete("a")
    client.close()
    client.close()
    for ask in (lambda: client.route("a"), lambda: next(stream), lambda: next(client.stream_complete("a"))):
        with pytest.raises(pointsman.ClosedClient, match="the client is closed: make another"):
            ask()
    client = AsyncClient(running.address)
    stream = client.stream_complete("a")
    await client.close()
    await client.close()
    for ask in (client.route("a"), anext(stream), anext(client.stream_complete("a"))):
        with pytest.raises(pointsman.ClosedClient, match="the client is closed: make another"):
            await ask


async def test_a_channel_that_its_owner_closed_is_a_closed_client(running):
    """With a PointsmanError, not one of grpc's."""
    with grpc.insecure_channel(running.address) as channel:
        client = Client(channel=channel)
    for ask in (lambda: client.route("a"), lambda: next(client.stream_complete("a"))):
        with pytest.raises(pointsman.ClosedClient):
            ask()
    async with grpc.aio.insecure_channel(running.address) as channel:
        client = AsyncClient(channel=channel)
    for ask in (client.route("a"), anext(client.stream_complete("a"))):
        with pytest.raises(pointsman.ClosedClient):
            await ask


async def _asked(running):
    """Returns once the service has a call under way."""
    assert await asyncio.to_thread(running.service.entered.wait, 10)


@pytest.mark.parametrize("method", ["route", "stream_complete"])
async def test_closing_ends_the_calls_under_way(running, method):
    """Not as if their tasks had been cancelled, and a stream not as if it were whole."""
    running.service.hold = threading.Event()

    def ask_and_read(client):
        return list(client.stream_complete("a")) if method == "stream_complete" else client.route("a")

    async def ask_and_read_async(client):
        if method == "route":
            return await client.route("a")
        return [item async for item in client.stream_complete("a")]

    client = Client(running.address)
    asking = asyncio.create_task(asyncio.to_thread(ask_and_read, client))
    await _asked(running)
    client.close()
    with pytest.raises(pointsman.ClosedClient):
        await asking
    running.service.entered.clear()
    client = AsyncClient(running.address)
    asking = asyncio.create_task(ask_and_read_async(client))
    await _asked(running)
    await client.close()
    with pytest.raises(pointsman.ClosedClient):
        await asking


async def test_a_stream_whose_client_is_closed_amid_is_not_taken_for_whole(running):
    """grpc.aio ends it without a word."""
    client = AsyncClient(running.address)
    stream = client.stream_complete("a")
    await anext(stream)
    await client.close()
    with pytest.raises(pointsman.ClosedClient):
        _ = [item async for item in stream]


async def test_a_cancelled_task_is_cancelled(running):
    """Only closing is told as closing."""
    running.service.hold = threading.Event()
    async with AsyncClient(running.address) as client:
        asking = asyncio.create_task(client.route("a"))
        await _asked(running)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client.route("a"), 0.05)


async def test_a_connection_that_takes_its_time_is_waited_for(call, running):
    """A handshake over a long way, or by TLS, takes more than the 0.1 s after which grpc tries again."""
    host, port = running.address.split(":")

    async def slowly(reader, writer):
        up_reader, up_writer = await asyncio.open_connection(host, int(port))

        async def pass_on(source, sink, delay_s):
            await asyncio.sleep(delay_s)
            with suppress(ConnectionError):
                while data := await source.read(65536):
                    sink.write(data)
                    await sink.drain()
            sink.close()

        await asyncio.gather(pass_on(reader, up_writer, 0), pass_on(up_reader, writer, 0.4))

    server = await asyncio.start_server(slowly, "127.0.0.1", 0)
    address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    answer = await call("route", "a", options={"address": address, "retry": RetryPolicy(attempts=1)})
    assert answer.episode_id == "e-1"
    server.close()


async def test_where_nobody_listens_is_told_when_it_is_sure(call):
    """With the address, and what to look at."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    policy = RetryPolicy(first_wait_s=0.01, first_contact_s=0.1)
    with pytest.raises(pointsman.Unavailable, match=f"no service answers at {address}: is it running, and is the"):
        await call("route", "a", options={"address": address, "retry": policy, "timeout_s": 3600})


def test_importing_needs_grpc_and_protobuf_only():
    """Nothing of the service is loaded, so a caller need not install it."""
    program = (
        "import sys, pointsman;"
        "print([n for n in sys.modules if n.startswith(('pointsman_', 'numpy', 'pydantic', 'grpc_status'))])"
    )
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert shown.strip() == "[]"
