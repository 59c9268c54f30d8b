"""What is no HTTP path of gRPC's ends no address: it needs no key."""

import asyncio
import struct

import grpc
import grpc.aio
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from pointsman_service.rpc import accepting


def frame(kind, flags, stream, payload):
    """One frame of HTTP/2 (RFC 9113, 4.1)."""
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def literal(name, value):
    """A header without indexing or Huffman (RFC 7541, 6.2.2), of less than 127 octets."""
    return b"\0" + bytes([len(name)]) + name + bytes([len(value)]) + value


async def send(port, path):
    """A request with this path; return when the other side answered or closed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    headers = {b":method": b"POST", b":scheme": b"http", b":path": path, b"content-type": b"application/grpc"}
    block = b"".join(
        literal(name, value) for name, value in {**headers, b":authority": b"x", b"te": b"trailers"}.items()
    )
    writer.write(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0, b"") + frame(1, 5, 1, block))
    seen = b""
    async with asyncio.timeout(10):
        while b"grpc-status" not in seen and (data := await reader.read(4_096)):
            seen += data
    writer.close()


async def serving(channel):
    """Whether it answers; a call that was under way when the address closed is lost, and made again."""
    try:
        answer = await health_pb2_grpc.HealthStub(channel).Check(
            health_pb2.HealthCheckRequest(), timeout=20, wait_for_ready=True
        )
    except grpc.aio.AioRpcError as error:
        if error.code() not in {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED}:
            raise
        return False
    return answer.status == health_pb2.HealthCheckResponse.SERVING


@pytest.mark.parametrize("path", [b"/pointsman.v1.RouterService/\xff\xfe", b"\x80", b"/a", b""])
@pytest.mark.parametrize("door", ["callers", "admin"])
async def test_a_path_that_is_no_text_ends_no_address(served, path, door):
    """However often it comes."""
    for _ in range(3):
        await send(getattr(served.ports, door), path)
        for channel in (served.channel, served.admin_channel):
            async with asyncio.timeout(20):
                while not await serving(channel):
                    pass


async def test_a_path_that_is_no_text_ends_no_call(served):
    """Not only the address goes on: what is under way there does, on every connection."""
    watch = health_pb2_grpc.HealthStub(served.channel).Watch(health_pb2.HealthCheckRequest(service="nobody's"))
    assert (await watch.read()).status == health_pb2.HealthCheckResponse.SERVICE_UNKNOWN
    for _ in range(20):
        await send(served.ports.callers, b"/x/\xff")
    health = health_pb2_grpc.HealthStub(served.channel)
    await health.Check(health_pb2.HealthCheckRequest(), timeout=20)
    assert not watch.done()
    watch.cancel()


async def test_a_method_of_nobody_is_unimplemented_at_once(served):
    """Known or not: its path is not looked at, and it takes no place of a known one."""
    for path in ("/pointsman.v1.RouterService/Rout", "/a/b", "/grpc.health.v1.Health/check"):
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await served.channel.unary_unary(path)(b"", timeout=20)
        assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_this_grpcio_is_known():
    """What is overridden is as it was; a new grpcio that has it otherwise is to be looked at before it is taken."""
    assert accepting.known_grpcio()


async def test_an_unknown_grpcio_accepts_as_it_does(start_server, monkeypatch):
    """Then a malformed path ends the address, which is opened again."""
    monkeypatch.setattr(accepting, "known_grpcio", lambda: False)
    served = await start_server()
    await send(served.ports.callers, b"/x/\xff")
    health = health_pb2_grpc.HealthStub(served.channel)
    answer = await health.Check(health_pb2.HealthCheckRequest(), timeout=20, wait_for_ready=True)
    assert answer.status == health_pb2.HealthCheckResponse.SERVING
