"""Calls that say nothing after their headers, connections that say nothing after a call, bytes that say nothing."""

import asyncio
import logging

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from pointsman_service.adapters.limit_table import LimitTable
from pointsman_service.application.admission import Admission
from pointsman_service.application.requesters import Requesters
from pointsman_service.application.tenants import TenantBook
from pointsman_service.application.turns import Turns
from pointsman_service.application.turnstile import Turnstile
from pointsman_service.domain.identity import Limits
from pointsman_service.rpc.gate import Gate

ROUTE = "/pointsman.v1.RouterService/Route"
SILENT = [
    ROUTE,
    "/pointsman.v1.RouterService/StreamComplete",
    "/grpc.health.v1.Health/Check",
    "/grpc.health.v1.Health/Watch",
]
ASKED_BY_ANYONE = [
    "/grpc.health.v1.Health/Check",
    "/grpc.health.v1.Health/Watch",
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
]


async def ended(call):
    """(code, reason) of a call that must fail."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    trailers = dict(caught.value.trailing_metadata())
    info = error_details_pb2.ErrorInfo()
    for packed in status_pb2.Status.FromString(trailers["grpc-status-details-bin"]).details:
        packed.Unpack(info)
    return caught.value.code(), info.reason


@pytest.mark.parametrize("path", SILENT)
async def test_a_call_without_a_message_is_ended(start_server, monkeypatch, path):
    """Headers alone hold a place no longer than a message has time to come; a deadline of its own it need not have."""
    monkeypatch.setattr("pointsman_service.rpc.interceptors.MESSAGE_S", 0.05)
    served = await start_server()
    call = served.channel.stream_unary(path)()
    async with asyncio.timeout(20):
        assert await ended(call) == (grpc.StatusCode.DEADLINE_EXCEEDED, "DEADLINE_TOO_SHORT")


@pytest.mark.parametrize("path", SILENT)
async def test_a_call_that_ends_without_a_message_is_told_so(served, path):
    """Nothing comes after what the caller has closed."""
    call = served.channel.stream_unary(path)()
    await call.done_writing()
    async with asyncio.timeout(20):
        assert await ended(call) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_REQUEST")


async def test_a_call_without_a_message_counts_as_running(start_server):
    """Else a caller with a concurrency of one holds as many calls as it likes."""
    admission = Admission(LimitTable(), Turns(60.0), Limits(concurrency=1))
    served = await start_server(gate=Gate(Turnstile(admission, Requesters(TenantBook()))))
    silent = served.channel.stream_unary(ROUTE)()
    await silent.wait_for_connection()
    async with asyncio.timeout(20):
        while True:  # until the first has its place
            second = served.channel.stream_unary(ROUTE)()
            done, _ = await asyncio.wait([asyncio.ensure_future(_code(second))], timeout=0.5)
            if done:
                break
            silent = second
        assert done.pop().result() is grpc.StatusCode.RESOURCE_EXHAUSTED
    silent.cancel()


async def _code(call):
    return await call.code()


async def test_a_silent_connection_is_closed_after_its_first_words(start_server, monkeypatch):
    """Connecting needs no key, and there are only so many places."""
    monkeypatch.setattr("pointsman_service.rpc.server.IDLE_MS", 100)
    served = await start_server()
    reader, writer = await asyncio.open_connection("127.0.0.1", served.ports.callers)
    writer.write(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(3) + b"\4" + bytes(5))
    try:
        async with asyncio.timeout(20):
            while await reader.read(4_096):
                pass
    except ConnectionError:
        pass
    writer.close()


@pytest.mark.parametrize("path", ASKED_BY_ANYONE)
async def test_bytes_that_do_not_parse_are_told_so(served, caplog, path):
    """Of health and reflection as of the rest, without a traceback in the log for each: anyone may ask them."""
    with caplog.at_level(logging.INFO):
        call = served.channel.unary_unary(path)(b"\xff\xff")
        async with asyncio.timeout(20):
            assert await ended(call) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_REQUEST")
    assert [record for record in caplog.records if record.exc_info or record.levelno >= logging.ERROR] == []
    answer = await health_pb2_grpc.HealthStub(served.channel).Check(health_pb2.HealthCheckRequest(), timeout=20)
    assert answer.status == health_pb2.HealthCheckResponse.SERVING


async def test_a_stream_of_reflection_on_which_nothing_is_asked_ends(start_server, monkeypatch):
    """Anyone may open one."""
    monkeypatch.setattr("pointsman_service.rpc.reflection.ASKS_WITHIN_S", 0.05)
    served = await start_server()
    call = served.channel.stream_stream(ASKED_BY_ANYONE[2])()
    async with asyncio.timeout(20):
        assert await call.code() is grpc.StatusCode.OK
