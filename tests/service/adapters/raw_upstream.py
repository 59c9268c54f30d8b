"""A server that sends bytes as it is told: connection by connection, whatever HTTP allows or does not."""

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass
class Asked:
    """One request. connection: number of the connection it came on, from 0; request: number on that connection."""

    head: str
    body: bytes
    connection: int
    request: int

    @property
    def target(self):
        return self.head.split(" ", 2)[1]

    @property
    def json(self):
        return json.loads(self.body)

    def header(self, name):
        lines = (line.partition(":") for line in self.head.split("\r\n")[1:])
        return next((value.strip() for key, _, value in lines if key.lower() == name.lower()), None)


@dataclass
class Upstream:
    port: int = 0
    asked: list[Asked] = field(default_factory=list)

    @property
    def base_url(self):
        return f"http://127.0.0.1:{self.port}/v1"


@asynccontextmanager
async def upstream(answer):
    """Answers each request with the bytes of `answer(asked)`; after None, or nothing, the connection is closed."""
    seen, connections = Upstream(), 0

    async def serve(reader, writer):
        nonlocal connections
        number, connections = connections, connections + 1
        try:
            for request in range(1000):
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                asked = Asked(head, b"", number, request)
                asked.body = await reader.readexactly(int(asked.header("content-length") or 0))
                seen.asked.append(asked)
                sent = answer(asked)
                sent = await sent if asyncio.iscoroutine(sent) else sent
                if not sent:
                    break
                writer.write(sent)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    seen.port = server.sockets[0].getsockname()[1]
    try:
        yield seen
    finally:
        server.close()


def response(body, status=200, headers=(), content_type="application/json"):
    """A whole HTTP response."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} X", f"Content-Type: {content_type}", f"Content-Length: {len(raw)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + raw


def completion(text="hi", **more):
    """A chat completion of this text."""
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    usage = {"prompt_tokens": 5, "completion_tokens": 1, "total_tokens": 6}
    head = {"id": "c", "object": "chat.completion", "created": 0, "model": "m"}
    return {**head, "choices": [choice], "usage": usage, **more}


def events(*texts):
    """A stream of these pieces of text."""
    deltas = [({"role": "assistant", "content": t}, None) for t in texts] + [({}, "stop")]
    head = {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "m"}
    chunks = [{**head, "choices": [{"index": 0, "delta": d, "finish_reason": f}]} for d, f in deltas]
    return b"".join(b"data: " + json.dumps(c).encode() + b"\n\n" for c in chunks) + b"data: [DONE]\n\n"
