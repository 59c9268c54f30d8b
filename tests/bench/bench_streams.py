"""A thousand streams open at once in one worker: that all begin, that all end, and what it takes meanwhile.

The provider is here: it sends each stream's first piece, and the rest when every stream of the round is open.

    python -m tests.bench.bench_streams --streams 1000
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from asyncio import FIRST_COMPLETED
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Self

import grpc
from pointsman.v1 import router_service_pb2_grpc

from tests.bench.bench_route import STREAMED, Server

CHANNELS = 10
OWN_CONNECTION = (("grpc.use_local_subchannel_pool", 1),)
FIRST_S, REST_S = 60.0, 60.0  # until all have begun, and until all have ended


class Provider:
    """Streams that go on when all are open."""

    def __init__(self) -> None:
        self.go_on = asyncio.Event()
        self.base_url = ""

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=4096)
        self.base_url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/v1"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        await reader.readexactly(int(head.partition(b"content-length:")[2].partition(b"\r\n")[0] or 0))
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n")
        writer.write(_event({"role": "assistant", "content": "The "}, None))
        await self.go_on.wait()
        writer.write(_event({"content": "answer is 4."}, None))
        usage = {"prompt_tokens": 20, "completion_tokens": 10, "total_tokens": 30}
        writer.write(_event({}, "stop", usage=usage) + b"data: [DONE]\n\n")
        await writer.drain()
        writer.close()


def _event(delta: dict[str, str], finish: str | None, **more: object) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    told = {"id": "x", "object": "chat.completion.chunk", "created": 0, "model": "m", "choices": [choice], **more}
    return b"data: " + json.dumps(told).encode() + b"\n\n"


async def measure(server: Server, provider: Provider, streams: int) -> dict[str, float]:
    """Seconds until all streams have begun, and from then until all have ended; megabytes of the worker amid them."""
    server.measure_memory()
    before = server.resident_mb["worker"]
    async with AsyncExitStack() as stack:
        channels = [
            await stack.enter_async_context(grpc.aio.insecure_channel(server.address, OWN_CONNECTION))
            for _ in range(CHANNELS)
        ]
        stubs = [router_service_pb2_grpc.RouterServiceStub(channel) for channel in channels]
        begun, all_begun = 0, asyncio.Event()

        async def one(n: int) -> None:
            nonlocal begun
            item = None
            async for response in stubs[n % CHANNELS].StreamComplete(STREAMED, timeout=FIRST_S + REST_S):
                item = response.WhichOneof("item")
                if item == "text" and response.text.text == "The ":
                    begun += 1
                    if begun == streams:
                        all_begun.set()
            assert item == "summary", "a stream ended without its summary"

        start = time.perf_counter()
        running = asyncio.gather(*(one(n) for n in range(streams)))
        waiting = asyncio.create_task(all_begun.wait())
        await asyncio.wait([running, waiting], timeout=FIRST_S, return_when=FIRST_COMPLETED)
        if not all_begun.is_set():
            running.cancel()
            raise RuntimeError(f"{begun} of {streams} streams have begun after {FIRST_S:.0f} s")
        begun_s = time.perf_counter() - start
        server.measure_memory()
        provider.go_on.set()
        await asyncio.wait_for(running, REST_S)
    return {
        "streams": streams,
        "streams_begun_s": begun_s,
        "streams_ended_s": time.perf_counter() - start - begun_s,
        "worker_before_mb": before,
        "streams_worker_mb": server.resident_mb["worker"],
    }


async def main(streams: int) -> dict[str, float]:
    """All of it, on a new folder."""
    with tempfile.TemporaryDirectory() as folder:
        async with Provider() as provider:
            server = await asyncio.to_thread(Server(Path(folder), provider.base_url).__enter__)
            try:
                return await measure(server, provider, streams)
            finally:
                await asyncio.to_thread(server.__exit__)


def run(streams: int = 1000) -> dict[str, float]:
    """The whole benchmark."""
    return asyncio.run(main(streams))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, default=1000)
    print(json.dumps(run(parser.parse_args().streams), indent=2))  # noqa: T201
