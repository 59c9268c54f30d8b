"""A provider that answers at once, from a process of its own: what a call takes beside it is the service's.

python -c SOURCE prints its port. Asked for a stream, it sends one piece that says when it was sent (time.monotonic_ns,
one clock for all processes of a machine), and then the rest.
"""

from __future__ import annotations

SOURCE = """
import asyncio, json, sys, time
WHOLE = json.dumps({"id": "x", "object": "chat.completion", "created": 0, "model": "m", "choices": [{"index": 0,
    "message": {"role": "assistant", "content": "The answer is 4."}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 20, "completion_tokens": 10, "total_tokens": 30}}).encode()
HEAD = b"HTTP/1.1 200 OK\\r\\ncontent-type: application/json\\r\\ncontent-length: %d\\r\\n\\r\\n" % len(WHOLE)
EVENTS = b"HTTP/1.1 200 OK\\r\\ncontent-type: text/event-stream\\r\\ntransfer-encoding: chunked\\r\\n\\r\\n"
def event(delta, finish, **more):
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    told = {"id": "x", "object": "chat.completion.chunk", "created": 0, "model": "m", "choices": [choice], **more}
    data = b"data: " + json.dumps(told).encode() + b"\\n\\n"
    return b"%x\\r\\n%s\\r\\n" % (len(data), data)
END = event({}, "stop", usage={"prompt_tokens": 20, "completion_tokens": 10, "total_tokens": 30})
END += b"e\\r\\ndata: [DONE]\\n\\n\\r\\n0\\r\\n\\r\\n"
async def serve(reader, writer):
    try:
        while True:
            head = (await reader.readuntil(b"\\r\\n\\r\\n")).lower()
            length = int(head.partition(b"content-length:")[2].partition(b"\\r\\n")[0] or 0)
            asked = json.loads(await reader.readexactly(length)) if length else {}
            if asked.get("stream"):
                writer.write(EVENTS)
                await writer.drain()
                await asyncio.sleep(0.002)  # the headers are read apart from the piece
                writer.write(event({"role": "assistant", "content": f"{time.monotonic_ns()} "}, None))
                writer.write(END)
            else:
                writer.write(HEAD + WHOLE)
    except (OSError, asyncio.IncompleteReadError):
        writer.close()
async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()
asyncio.run(main())
"""


def model(name: str, base_url: str) -> dict[str, object]:
    """The configuration of a model that it answers for."""
    return {
        "name": name,
        "adapter": "openai",
        "provider_model": "m",
        "base_url": base_url,
        "input_usd_per_million": 1.0,
        "output_usd_per_million": 1.0,
    }
