"""What is particular to the direct adapter: its pool, its reading of streams, its limits."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
from aiohttp import web
from pointsman_service.adapters.callers import openai_caller
from pointsman_service.adapters.callers.openai_caller import OpenAICaller
from pointsman_service.adapters.prices.book import PriceBook
from pointsman_service.domain import ChatMessage, ModelConfig, Question
from pointsman_service.errors import ModelCallError

from tests.local_server import chat_provider

HELLO = Question((ChatMessage("user", "Hello"),))
MANY = 400
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@pytest.fixture
async def caller() -> AsyncIterator[OpenAICaller]:
    """The caller as it is, which asks once."""
    made = OpenAICaller(PriceBook())
    yield made
    await made.close()


@pytest.fixture
async def serve() -> AsyncIterator[Callable[[Handler], Awaitable[str]]]:
    """Starts a server with one handler and returns its base_url."""
    async with AsyncExitStack() as servers:
        yield lambda handler: servers.enter_async_context(chat_provider(handler))


def _model(base_url: str | None) -> ModelConfig:
    return ModelConfig("m", "openai", "m-1", base_url, None, 1.0, 1.0)


def _sends(body: bytes, content_type: str = "text/event-stream") -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        return web.Response(body=body, content_type=content_type)

    return handler


def _event(delta: dict, finish_reason: str | None = None, **more) -> bytes:
    chunk = {"choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}], **more}
    return b"data: " + json.dumps(chunk).encode() + b"\n\n"


async def _error_of_stream(caller: OpenAICaller, base_url: str) -> ModelCallError:
    with pytest.raises(ModelCallError) as caught:
        _ = [item async for item in caller.stream(_model(base_url), HELLO, 5.0)]
    return caught.value


async def test_no_call_waits_for_another_s_answer(caller, serve):
    """A stream has its connection for as long as its model writes: hundreds at once are an hour's usual traffic."""
    here, all_here, answer = 0, asyncio.Event(), _sends(_event({"content": "4"}, "stop"))

    async def handler(request: web.Request) -> web.StreamResponse:
        nonlocal here
        here += 1
        if here == MANY:
            all_here.set()
        await asyncio.wait_for(all_here.wait(), 30.0)
        return await answer(request)

    model = _model(await serve(handler))

    async def whole() -> list:
        return [item async for item in caller.stream(model, HELLO, 60.0)]

    assert all(len(items) > 1 for items in await asyncio.gather(*(whole() for _ in range(MANY))))


async def test_calls_after_each_other_share_a_connection(caller, serve):
    """The pool keeps connections alive: three calls come from one port."""
    ports = set()

    async def handler(request: web.Request) -> web.Response:
        ports.add(request.transport.get_extra_info("peername")[1])
        message = {"role": "assistant", "content": [{"type": "text", "text": "hi"}]}
        return web.json_response({"choices": [{"message": message, "finish_reason": "stop"}]})

    base_url = await serve(handler)
    texts = [(await caller.call(_model(base_url), HELLO, 5.0)).text for _ in range(3)]
    assert texts == ["hi"] * 3
    assert len(ports) == 1


async def test_the_address_may_be_given_to_its_end(caller, serve):
    """A base_url that already ends in /chat/completions, or in a slash, is called once and only there."""
    base_url = await serve(_sends(b'{"choices": [{"message": {"content": "hi"}}]}', "application/json"))
    for form in (f"{base_url}/", f"{base_url}/chat/completions"):
        assert (await caller.call(_model(form), HELLO, 5.0)).text == "hi"


@pytest.mark.parametrize("base_url", [None, "http://", "nonsense"])
async def test_an_address_that_is_none_is_the_operators_to_mend(caller, base_url):
    """Said in words, before anything is sent; not "invalid", which would blame whoever asked."""
    with pytest.raises(ModelCallError, match="base_url") as caught:
        await caller.call(_model(base_url), HELLO, 5.0)
    assert caught.value.kind == "unknown_model"


async def test_a_response_that_breaks_off_is_unavailable(caller, serve):
    """Half a body is not tried again: the answer was begun, so it was charged."""

    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        await response.prepare(request)
        await response.write(b'{"choices"')
        request.transport.close()
        return response

    with pytest.raises(ModelCallError) as caught:
        await caller.call(_model(await serve(handler)), HELLO, 5.0)
    assert (caught.value.kind, caught.value.retryable) == ("unavailable", False)


async def test_a_response_without_end_is_garbage(caller, serve, monkeypatch):
    """More than the limit is not kept in memory, whole or as a line of a stream."""
    monkeypatch.setattr(openai_caller, "MAX_RESPONSE_BYTES", 1000)
    base_url = await serve(_sends(b"x" * 5000, "application/json"))
    with pytest.raises(ModelCallError) as caught:
        await caller.call(_model(base_url), HELLO, 5.0)
    assert caught.value.kind == "garbage"
    assert (await _error_of_stream(caller, base_url)).kind == "garbage"


async def test_a_stream_is_read_whatever_its_pieces(caller, serve):
    """Events split anywhere, comments, CRLF line ends, a line of 300 kB, text after [DONE]: the text is the same."""
    long = "x" * 300_000
    body = b": ping\r\n\r\n" + _event({"content": "a"}).replace(b"\n", b"\r\n") + _event({"content": long})
    body += _event({"content": "é"}) + _event({}, "stop") + b"data: [DONE]\n\ndata: nonsense\n\n"

    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for start in range(0, len(body), 4999):
            await response.write(body[start : start + 4999])
        return response

    *pieces, last = [item async for item in caller.stream(_model(await serve(handler)), HELLO, 5.0)]
    assert "".join(p.text for p in pieces) == last.text == f"a{long}é"
    assert last.tokens_estimated


async def test_a_stream_that_ends_too_soon_is_unavailable(caller, serve):
    """Without a finish_reason nobody knows whether the text is whole."""
    error = await _error_of_stream(caller, await serve(_sends(_event({"content": "half"}))))
    assert error.kind == "unavailable"


async def test_a_stream_of_something_else_is_garbage(caller, serve):
    """Neither events nor an event that is not JSON pass for an answer."""
    assert (await _error_of_stream(caller, await serve(_sends(b"<html>")))).kind == "garbage"
    assert (await _error_of_stream(caller, await serve(_sends(b"data: {oops\n\n")))).kind == "garbage"


async def test_an_error_within_a_stream_is_of_its_kind(caller, serve):
    """Providers send late errors as an event; the code in it is the status."""
    body = _event({"content": "a"}) + b'data: {"error": {"message": "slow down", "code": 429}}\n\n'
    assert (await _error_of_stream(caller, await serve(_sends(body)))).kind == "rate_limited"


async def test_a_refusal_without_text_is_refused(caller, serve):
    """OpenAI's refusal field, whole and streamed."""
    whole = b'{"choices": [{"message": {"content": null, "refusal": "I cannot help"}, "finish_reason": "stop"}]}'
    with pytest.raises(ModelCallError, match="I cannot help") as caught:
        await caller.call(_model(await serve(_sends(whole, "application/json"))), HELLO, 5.0)
    assert caught.value.kind == "refused"
    body = _event({"refusal": "I can"}) + _event({"refusal": "not help"}, "stop")
    assert (await _error_of_stream(caller, await serve(_sends(body)))).kind == "refused"


async def test_a_host_that_takes_no_connection_is_unavailable_within_seconds(caller, monkeypatch):
    """Not after all the time that an answer may take; so another deployment, or another model, has its turn."""
    monkeypatch.setattr(openai_caller, "CONNECT_S", 0.2)
    with socket.socket() as full, socket.socket() as first, socket.socket() as second:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for waiting in (first, second):
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        with pytest.raises(ModelCallError, match="cannot connect") as caught:
            async with asyncio.timeout(5.0):
                await caller.call(_model(f"http://127.0.0.1:{full.getsockname()[1]}/v1"), HELLO, 60.0)
    assert (caught.value.kind, caught.value.retryable) == ("unavailable", False)


async def test_a_large_question_arrives_whole_with_its_length(caller, serve):
    """It is written in pieces, and in no chunks, which some providers refuse; once more where a connection ended."""
    url = "data:image/png;base64," + "QUJD" * (1 << 20)
    question = Question((ChatMessage("user", "", ({"type": "image_url", "image_url": {"url": url}},)),))
    arrived = []

    async def handler(request: web.Request) -> web.StreamResponse:
        body = await request.read()
        arrived.append((request.headers.get("Content-Length"), request.headers["Content-Type"], len(body)))
        if len(arrived) == 2:
            request.transport.close()  # of the pool: nothing comes back
        assert json.loads(body)["messages"][0]["content"][0]["image_url"]["url"] == url
        message = {"role": "assistant", "content": "a cat"}
        return web.json_response({"choices": [{"message": message, "finish_reason": "stop"}]})

    model = _model(await serve(handler))
    for _ in range(2):
        assert (await caller.call(model, question, 30.0)).text == "a cat"
    assert len(arrived) == 3
    assert {(int(length) == size, kind) for length, kind, size in arrived} == {(True, "application/json")}
