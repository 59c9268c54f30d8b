"""A provider for what the replay provider cannot say: an OpenAI-compatible server whose models each do one thing.

echo      answers with the body that it was sent, as JSON
toolsmith calls the first tool that it is given; once it has the tool's result it answers in words
talker    streams 400 words, 25 ms apart; whole, it is slow
mute      never answers
windbag   answers with 5 MB
prude, busy, broken, revoked   refuse by content filter, 429, 500 and 401
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

from aiohttp import web

WORDS, PAUSE_S = 400, 0.025
_CHUNK = {"id": "c-1", "object": "chat.completion.chunk", "created": 0}
USAGE = {"prompt_tokens": 10, "completion_tokens": 20, "total_tokens": 30}

_REFUSED = {
    "prude": (400, {"message": "content filter", "type": "invalid_request_error", "code": "content_filter"}),
    "busy": (429, {"message": "slow down", "type": "rate_limit_error", "code": "rate_limit_exceeded"}),
    "broken": (500, {"message": "broken", "type": "server_error", "code": None}),
    "revoked": (401, {"message": "no such key", "type": "invalid_request_error", "code": "invalid_api_key"}),
}
MODELS = ("echo", "toolsmith", "talker", "mute", "windbag", *_REFUSED)


class Provider:
    """The server; `start` answers with its base_url."""

    async def start(self) -> str:
        """Listen on a free port."""
        app = web.Application(client_max_size=64 << 20)
        app.router.add_post("/v1/chat/completions", self._complete)
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}/v1"

    async def close(self) -> None:
        """Stop; calls under way break off."""
        await self._runner.cleanup()

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        body = json.loads(await request.read())
        model = body["model"]
        if model in _REFUSED:
            status, error = _REFUSED[model]
            headers = {"Retry-After": "1"} if status == 429 else {}
            return web.json_response({"error": {**error, "param": None}}, status=status, headers=headers)
        if model == "mute":
            await asyncio.Event().wait()
        if model == "talker" and not body.get("stream"):
            await asyncio.sleep(WORDS * PAUSE_S)
        message, finish = _answered(model, body)
        if body.get("stream"):
            return await _streamed(request, model, message, finish)
        choice = {"index": 0, "message": message, "finish_reason": finish}
        return web.json_response(
            {
                "id": "c-1",
                "object": "chat.completion",
                "created": 0,
                "model": model,
                "choices": [choice],
                "usage": USAGE,
            }
        )


def _answered(model: str, body: dict[str, Any]) -> tuple[dict[str, Any], str]:
    if model == "toolsmith" and body.get("tools") and body["messages"][-1]["role"] != "tool":
        function = {"name": body["tools"][0]["function"]["name"], "arguments": '{"city": "Canberra"}'}
        call = {"id": "call-1", "type": "function", "function": function}
        return {"role": "assistant", "content": None, "tool_calls": [call]}, "tool_calls"
    if model == "toolsmith":
        return {"role": "assistant", "content": f"The tool said: {body['messages'][-1]['content']}"}, "stop"
    if model == "talker":
        return {"role": "assistant", "content": " ".join(f"word{i}" for i in range(WORDS))}, "stop"
    if model == "windbag":
        return {"role": "assistant", "content": "x" * 5_000_000}, "stop"
    return {"role": "assistant", "content": json.dumps(body, ensure_ascii=False)}, "stop"


async def _streamed(request: web.Request, model: str, message: dict[str, Any], finish: str) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    text = message["content"] or ""
    pieces = [f"{word} " for word in text.split(" ")] if model == "talker" else [text] if text else []
    for piece in pieces:
        await _send(response, model, {"content": piece}, None)
        if model == "talker":
            await asyncio.sleep(PAUSE_S)
    for i, call in enumerate(message.get("tool_calls", ())):
        await _send(response, model, {"tool_calls": [{"index": i, **call}]}, None)
    await _send(response, model, {}, finish)
    await _write(
        response, {"id": "c-1", "object": "chat.completion.chunk", "model": model, "choices": [], "usage": USAGE}
    )
    await response.write(b"data: [DONE]\n\n")
    return response


async def _send(response: web.StreamResponse, model: str, delta: dict[str, Any], finish: str | None) -> None:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    await _write(response, {**_CHUNK, "model": model, "choices": [choice]})


async def _write(response: web.StreamResponse, chunk: dict[str, Any]) -> None:
    await response.write(f"data: {json.dumps(chunk, ensure_ascii=False)}\n\n".encode())
