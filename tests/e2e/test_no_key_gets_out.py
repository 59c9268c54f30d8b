"""A provider that says the key again: nothing of it is in the folder, in the log, or in what callers are told."""

import asyncio
import json
import sys
from urllib.parse import quote

import grpc
import pytest
from pointsman import v1
from pointsman.v1.admin_service_pb2_grpc import AdminServiceStub
from pointsman.v1.router_service_pb2_grpc import RouterServiceStub

from tests.local_server import raw_provider, serve_program

KEY = "sk-live-0123456789+/abcdef"
QUERY = v1.Query(messages=[v1.ChatMessage(role=v1.ROLE_USER, content="What is my key?")])

CODE = serve_program("s.address, s.admin_address")


def _http(status, body, content_type="application/json", more=()):
    raw = body.encode()
    head = [f"HTTP/1.1 {status} X", f"Content-Type: {content_type}", f"Content-Length: {len(raw)}", *more]
    return "\r\n".join([*head, "Connection: close", "", ""]).encode() + raw


def _stream(*texts):
    head = {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "m"}
    deltas = [({"role": "assistant", "content": t}, None) for t in texts] + [({}, "stop")]
    chunks = [{**head, "choices": [{"index": 0, "delta": d, "finish_reason": f}]} for d, f in deltas]
    return "".join(f"data: {json.dumps(c)}\n\n" for c in chunks) + "data: [DONE]\n\n"


def _answer(text):
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    usage = {"prompt_tokens": 5, "completion_tokens": 5, "total_tokens": 10}
    head = {"id": "c", "object": "chat.completion", "created": 0, "model": "m"}
    return json.dumps({**head, "choices": [choice], "usage": usage})


def _echo(how, streamed):
    """What a provider may send that was told the key."""
    error = json.dumps({"error": {"message": f"Invalid token: Bearer {KEY}", "code": "invalid_api_key"}})
    return {
        "plain": _http(401, error),
        "encoded": _http(400, json.dumps({"error": {"message": f"bad url /v1?key={quote(KEY, safe='')}"}})),
        "header": _http(308, "", more=[f"Location: http://other.example/?key={KEY}", f"WWW-Authenticate: {KEY}"]),
        "broken": b"HTTP/1.1 200 OK\r\nX-Echo: " + KEY.encode() + b"\x00\r\nnonsense " + KEY.encode() + b"\r\n\r\n",
        "garbage": _http(200, f"<html>{KEY}</html>", "text/html"),
        "cut": _http(500, "x" * 188 + KEY, "text/plain"),
        "answer": _http(200, _stream("It is ", KEY[:9], KEY[9:], "."), "text/event-stream")
        if streamed
        else _http(200, _answer(f"It is {KEY}.")),
    }[how]


def echoing():
    """A provider that echoes the key in the way that the model's name says."""

    def said(head, body):
        assert KEY.lower() in head
        return _echo(body["model"], body.get("stream"))

    return raw_provider(said)


async def _told(stub, query):
    """All that a caller is told, of a plain call and of a streamed one."""
    told = []
    try:
        told.append(str(await stub.Complete(v1.CompleteRequest(query=query), timeout=60)))
    except grpc.aio.AioRpcError as error:
        told += [error.details(), repr(error.trailing_metadata()), error.debug_error_string()]
    text = ""
    try:
        async for message in stub.StreamComplete(
            v1.StreamCompleteRequest(query=query, stream_mode=v1.STREAM_MODE_OPTIMISTIC), timeout=60
        ):
            told.append(str(message))
            text += str(message)
    except grpc.aio.AioRpcError as error:
        told += [error.details(), repr(error.trailing_metadata()), error.debug_error_string()]
    return told


@pytest.mark.parametrize("adapter", ["openai", "litellm"])
async def test_nothing_of_a_key_that_a_provider_echoed_is_kept_or_told(configure, tmp_path, monkeypatch, adapter):
    """Plain, encoded, in a header, in a response that is none, cut, in an answer; on the real process, over gRPC."""
    monkeypatch.setenv("MY_PROVIDER", KEY)  # a name that does not say that it is a key
    hows = ("plain", "encoded", "header", "broken", "garbage", "cut", "answer")
    async with echoing() as base_url:
        prefix = "openai/" if adapter == "litellm" else ""
        models = [
            {
                "name": how,
                "provider_model": prefix + how,
                "adapter": adapter,
                "base_url": base_url,
                "api_key_env": "MY_PROVIDER",
                "input_usd_per_million": 1.0,
                "output_usd_per_million": 1.0,
            }
            for how in hows
        ]
        settings = configure(
            models=models, observability={"log_level": "debug", "log_format": "json", "otel": "console"}
        )
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", CODE, settings.model_dump_json()),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            address, admin = (await asyncio.wait_for(process.stdout.readline(), 120)).decode().split()
            async with grpc.aio.insecure_channel(address) as channel, grpc.aio.insecure_channel(admin) as operators:
                stub = RouterServiceStub(channel)
                told = []
                for how in hows:
                    query = v1.Query()
                    query.CopyFrom(QUERY)
                    query.models.append(how)
                    told += await _told(stub, query)
                await _told(stub, QUERY)
                told.append(str(await AdminServiceStub(operators).ListModels(v1.ListModelsRequest())))
        finally:
            process.terminate()
            printed, logged = await process.communicate()
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert any("[key]" in text for text in told), "it was echoed, and taken out"
    assert b"[key]" in kept
    for form in (KEY, quote(KEY, safe=""), KEY.replace("/", "\\/"), "sk-live", "0123456789"):
        assert not [text for text in told if form in text]
        for where, what in (("folder", kept), ("log", logged), ("spans", printed)):
            assert form.encode() not in what, where
