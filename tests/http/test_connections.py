"""What a connection may do: slow headers, slow bodies, slow readers, too many, waiting to be told to go on."""

import asyncio
import json
from contextlib import suppress

import pytest
from pointsman_service.http import body, connections, server
from pointsman_service.http.connections import Connections

CHAT = "/v1/chat/completions"
ASKED = json.dumps(
    {"model": "tiny", "messages": [{"role": "user", "content": "What is the capital of France?"}]}
).encode()
SOON_S, PATIENCE_S = 0.1, 20.0


async def connected(service):
    """A bare connection to the door."""
    host, port = service.http_address.rsplit(":", 1)
    return await asyncio.open_connection(host, int(port))


async def ended(reader):
    """What came until the other side closed."""
    told = b""
    async with asyncio.timeout(PATIENCE_S):
        with suppress(ConnectionError):
            while piece := await reader.read(65_536):
                told += piece
    return told


async def answered(reader):
    """(status, headers, body) of one answer with a length."""
    async with asyncio.timeout(PATIENCE_S):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in head.split("\r\n")[1:])}
        told = await reader.readexactly(int(headers.get("content-length", 0)))
    return int(head.split(" ", 2)[1]), headers, told


def head(method=b"POST", path=CHAT, length=None, *more):
    """The head of a request."""
    lines = [
        f"{method.decode()} {path} HTTP/1.1",
        "host: a",
        f"content-length: {len(ASKED) if length is None else length}",
        *more,
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


async def test_headers_that_drip_do_not_hold_a_connection(serve, monkeypatch):
    """A byte now and then is no request: the first has its time, and so has the next on the same connection."""
    monkeypatch.setattr(connections, "FIRST_REQUEST_S", SOON_S)
    monkeypatch.setattr(connections, "KEEP_ALIVE_S", 3 * SOON_S)
    async with serve() as service:
        for before in (b"", head(b"GET", "/healthz", 0)):
            reader, writer = await connected(service)
            writer.write(before + b"GET /healthz HTTP/1.1\r\nx-a: ")
            dripping = asyncio.create_task(_drip(writer))
            told = await ended(reader)
            dripping.cancel()
            writer.close()
            assert told.count(b'{"status":"ok"}') == (1 if before else 0)


async def _drip(writer):
    with suppress(ConnectionError):
        while True:
            writer.write(b"a")
            await writer.drain()
            await asyncio.sleep(SOON_S / 5)


async def test_a_body_that_drips_or_does_not_come_is_refused_in_time(serve, monkeypatch):
    """400 that says how much came."""
    monkeypatch.setattr(body, "FIRST_S", SOON_S)
    async with serve() as service:
        for sent in (b"", ASKED[:5]):
            reader, writer = await connected(service)
            writer.write(head() + sent)
            status, _, told = await answered(reader)
            writer.close()
            error = json.loads(told)["error"]
            assert (status, error["param"], f"{len(sent)} bytes" in error["message"]) == (400, "body", True)


async def test_who_takes_nothing_of_what_is_sent_is_cut_off(serve, monkeypatch):
    """Answers that nobody reads hold the connection for so long and no longer; others are served meanwhile."""
    monkeypatch.setattr(connections, "SLOW_READER_S", SOON_S)
    monkeypatch.setattr(connections, "LOOK_S", SOON_S / 2)
    async with serve() as service:
        reader, writer = await connected(service)
        reader._transport.pause_reading()
        gone = asyncio.create_task(_ask_on(writer))
        async with asyncio.timeout(PATIENCE_S):
            await gone
        other, asking = await connected(service)
        asking.write(head(b"GET", "/healthz", 0))
        assert (await answered(other))[0] == 200
        asking.close()
        writer.close()


async def _ask_on(writer):
    """Ask for a long page again and again, until the connection is reset."""
    with suppress(ConnectionError):
        while True:
            writer.write(head(b"GET", "/openapi.json", 0) * 8)
            await writer.drain()
            await asyncio.sleep(SOON_S / 10)


async def test_more_connections_than_there_is_room_for_are_closed_at_once(serve, monkeypatch):
    """Those that are there are served; one that ends makes room."""
    monkeypatch.setattr(server, "Connections", lambda handler, _most, tls: Connections(handler, 3, tls))
    async with serve() as service:
        held = [await connected(service) for _ in range(3)]
        reader, writer = await connected(service)
        assert await ended(reader) == b""
        writer.close()
        held[0][1].write(head(b"GET", "/healthz", 0))
        assert (await answered(held[0][0]))[0] == 200
        held[2][1].close()
        async with asyncio.timeout(PATIENCE_S):
            reader, writer = await _once_there_is_room(service)
        for _, each in (*held, (reader, writer)):
            each.close()


async def _once_there_is_room(service):
    """A connection that is served."""
    while True:
        reader, writer = await connected(service)
        writer.write(head(b"GET", "/healthz", 0, "x-a: b"))
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            if (await answered(reader))[0] == 200:
                return reader, writer
        writer.close()


async def test_who_waits_to_be_told_to_go_on_is_told_so(serve):
    """100 once the request may begin; what is refused is refused without its body, as is another expectation."""
    async with serve() as service:
        reader, writer = await connected(service)
        writer.write(head(b"POST", CHAT, len(ASKED), "expect: 100-continue"))
        async with asyncio.timeout(PATIENCE_S):
            assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(ASKED)
        assert (await answered(reader))[0] == 200
        writer.close()
        for length, expect, param in (
            (1 << 40, "100-continue", "body"),
            (len(ASKED), "200-maybe", "header expect"),
        ):
            reader, writer = await connected(service)
            writer.write(head(b"POST", CHAT, length, f"expect: {expect}"))
            status, headers, told = await answered(reader)
            assert (status, json.loads(told)["error"]["param"]) == (400, param)
            assert headers["connection"] == "close"
            writer.close()


async def test_a_packed_body_is_refused_by_its_header(serve):
    """A few bytes can unpack to gigabytes; nobody's SDK sends them packed."""
    async with serve() as service:
        reader, writer = await connected(service)
        writer.write(head(b"POST", CHAT, len(ASKED), "content-encoding: gzip") + ASKED)
        status, _, told = await answered(reader)
        assert (status, json.loads(told)["error"]["param"]) == (400, "header content-encoding")
        writer.close()


async def test_a_refusal_reaches_a_client_that_is_still_sending(serve):
    """The whole of a long body is on its way when the refusal is written: the client reads it, and no reset."""
    async with serve() as service:
        reader, writer = await connected(service)
        long = 64 << 20
        writer.write(head(b"POST", CHAT, long))
        sending = asyncio.create_task(_send(writer, long))
        status, _, told = await answered(reader)
        sending.cancel()
        assert (status, json.loads(told)["error"]["param"]) == (400, "body")
        writer.close()


async def _send(writer, size):
    with suppress(ConnectionError):
        for _ in range(size >> 16):
            writer.write(b"a" * (1 << 16))
            await writer.drain()


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE"])
@pytest.mark.parametrize(("path", "status"), [(CHAT, 405), ("/v1/models/tiny", 405), ("/v1/nothing", 404)])
@pytest.mark.asyncio(loop_scope="module")
async def test_methods_and_paths_that_nobody_serves_are_told_in_openais_form(service, method, path, status):
    """404, or 405 with what there is; to HEAD without a body."""
    reader, writer = await connected(service)
    writer.write(head(method.encode(), path, 0, "connection: close"))
    told = await ended(reader)
    writer.close()
    first, _, rest = told.partition(b"\r\n\r\n")
    assert int(first.split(b" ", 2)[1]) == status
    assert (b"allow: " in first.lower()) == (status == 405)
    if method == "HEAD":
        assert rest == b""
    else:
        code = {404: "unknown_url", 405: "method_not_allowed"}[status]
        assert json.loads(rest)["error"]["code"] == code


@pytest.mark.asyncio(loop_scope="module")
async def test_a_method_that_http_does_not_have_is_told_so(service):
    """405, whatever the path."""
    reader, writer = await connected(service)
    writer.write(head(b"BREW", CHAT, 0))
    status, _, told = await answered(reader)
    writer.close()
    assert (status, json.loads(told)["error"]["code"]) == (405, "method_not_allowed")


@pytest.mark.asyncio(loop_scope="module")
async def test_several_requests_in_one_packet_are_answered_in_order(service):
    """As HTTP/1.1 has it."""
    reader, writer = await connected(service)
    writer.write(head(b"GET", "/healthz", 0) + head() + ASKED + head(b"GET", "/v1/nothing", 0))
    assert [(await answered(reader))[0] for _ in range(3)] == [200, 200, 404]
    writer.close()
