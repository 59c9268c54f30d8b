"""Servers of this machine that stand where a provider would: real HTTP, on a free port, while a block runs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def listening(app: web.Application, **how: Any) -> AsyncIterator[str]:
    """The address of an application: http://HOST:PORT. how: of aiohttp's AppRunner."""
    runner = web.AppRunner(app, **{"access_log": None, "shutdown_timeout": 0.1, **how})
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def chat_provider(handler: Handler, **how: Any) -> AsyncIterator[str]:
    """The base_url of a provider in OpenAI's format that answers every chat with the handler."""
    app = web.Application(client_max_size=64 << 20)
    app.router.add_post("/v1/chat/completions", handler)
    async with listening(app, **how) as address:
        yield f"{address}/v1"


@asynccontextmanager
async def raw_provider(said: Callable[[str, Any], bytes]) -> AsyncIterator[str]:
    """The base_url of a provider that answers each connection once, with bytes: whatever HTTP allows or does not.

    said: those bytes, of the request's head in small letters and of its body as JSON.
    """

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = next(int(line.split(":")[1]) for line in head.split("\r\n") if line.startswith("content-length:"))
        writer.write(said(head, json.loads(await reader.readexactly(length))))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    finally:
        server.close()


def serve_program(shown: str) -> str:
    """Python that serves the settings that its first argument has as JSON. shown: what it prints of the service `s`."""
    return (
        "import asyncio, sys\n"
        "from pointsman_service.process.compose import configure_logging, serve\n"
        "from pointsman_service.config.sections import Settings\n"
        "settings = Settings.model_validate_json(sys.argv[1])\n"
        "configure_logging(settings.observability)\n"
        f"asyncio.run(serve(settings, lambda s: print({shown}, flush=True)))\n"
    )
