"""A provider that answers in a moment, until it is told to fail in one of the ways that providers do."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

FAULTS = ("500", "503", "reset", "hang", "drip")
LATENCY_S = 0.005
DRIP_S = 0.2
"""Between two bytes: an answer of 300 takes a minute."""


@dataclass
class Provider:
    """base_url: where it listens. fault: of the model `ill`, None while all is well. calls: how many it had."""

    base_url: str = ""
    ill: str = "small"
    fault: str | None = None
    calls: int = 0
    _healed: asyncio.Event = field(default_factory=asyncio.Event)

    def fail(self, fault):
        """From now on, until `heal`."""
        self.fault = fault
        self._healed = asyncio.Event()

    def heal(self):
        """All is well again; who hangs is let go."""
        self.fault = None
        self._healed.set()

    async def answer(self, reader, writer):
        """One connection."""
        with suppress(OSError, asyncio.IncompleteReadError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
                length = int(head.partition("content-length:")[2].partition("\r\n")[0] or 0)
                asked = json.loads(await reader.readexactly(length))
                self.calls += 1
                fault = self.fault if asked["model"] == self.ill else None
                if not await self._respond(writer, asked, fault):
                    break
        writer.close()

    async def _respond(self, writer, asked, fault):
        """Whether the connection goes on."""
        whole = _response(asked)
        if fault in ("500", "503"):
            writer.write(f"HTTP/1.1 {fault} X\r\nContent-Length: 2\r\n\r\n{{}}".encode())
        elif fault == "reset":
            writer.transport.abort()
            return False
        elif fault == "hang":
            await self._healed.wait()
            return False
        elif fault == "drip":
            for byte in whole:
                writer.write(bytes((byte,)))
                await writer.drain()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._healed.wait(), DRIP_S)
                    break
            return False
        else:
            await asyncio.sleep(LATENCY_S)
            writer.write(whole)
        await writer.drain()
        return True

    def models(self):
        """Two that cost the same, as a configuration file has them."""
        line = '[[models]]\nname = "{}"\nbase_url = "{}"\ninput_usd_per_million = 1.0\noutput_usd_per_million = 1.0\n'
        return "".join(line.format(name, self.base_url) for name in ("small", "large"))


def _response(asked):
    message = {"role": "assistant", "content": f"The answer of {asked['model']} is 4."}
    usage = {"prompt_tokens": 20, "completion_tokens": 10}
    if asked.get("stream"):
        chunk = {"choices": [{"index": 0, "delta": message, "finish_reason": "stop"}], "usage": usage}
        body, kind = b"data: " + json.dumps(chunk).encode() + b"\n\ndata: [DONE]\n\n", "text/event-stream"
    else:
        whole = {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}], "usage": usage}
        body, kind = json.dumps(whole).encode(), "application/json"
    return f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


@asynccontextmanager
async def provider():
    """One, listening on loopback."""
    made = Provider()
    server = await asyncio.start_server(made.answer, "127.0.0.1", 0)
    made.base_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    try:
        yield made
    finally:
        made.heal()
        server.close()
