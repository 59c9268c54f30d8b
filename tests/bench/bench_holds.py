"""How long one large request holds the event loop at a time, so that every other call waits.

The service is a process of its own; a task in it wakes every millisecond, and tells the most of the processor's time
that passed between two wakings. That is the work that nothing interrupted, on a busy machine too.

    python tests/bench/bench_holds.py
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import grpc
from pointsman import v1
from pointsman.v1 import router_service_pb2_grpc
from pointsman_service.config import parse

MOST_MS = 5.0
"""A call takes about three; more than that again, and others feel it."""
LARGE_BYTES = 19 << 20
LARGE = "a picture of 19 MB"
"""gRPC itself copies a message on the event loop, several times: that is measured, too, and not held against it."""
ROUNDS = 5
BARE = """
import asyncio, sys, time
import grpc, grpc.aio

async def main(size):
    worst = 0.0

    async def wake():
        nonlocal worst
        last = time.thread_time()
        while True:
            await asyncio.sleep(0.001)
            now = time.thread_time()
            worst, last = max(worst, now - last), now

    async def nothing(data, context):
        return b""

    method = grpc.unary_unary_rpc_method_handler(nothing)
    server = grpc.aio.server(options=[("grpc.max_receive_message_length", 2 * size)])
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("a", {"b": method}),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    waking = asyncio.create_task(wake())
    call = f"import grpc; grpc.insecure_channel('127.0.0.1:{port}').unary_unary('/a/b')(bytes({size}))"
    for _ in range(5):
        worst = 0.0
        asking = await asyncio.create_subprocess_exec(sys.executable, "-c", call)
        await asking.wait()
        print(worst * 1e3, flush=True)

asyncio.run(main(int(sys.argv[1])))
"""
SERVE = """
import asyncio, os, sys, time
from pointsman_service.config.sections import Settings
from pointsman_service.process.compose import configure_logging, serve

worst = 0.0

async def wake():
    global worst
    last = time.thread_time()
    while True:
        await asyncio.sleep(0.001)
        now = time.thread_time()
        worst, last = max(worst, now - last), now

def tell():
    global worst
    if not os.read(0, 1):
        asyncio.get_running_loop().remove_reader(0)
        return
    print(worst * 1e3, flush=True)
    worst = 0.0

async def main(settings):
    asyncio.get_running_loop().add_reader(0, tell)
    waking = asyncio.create_task(wake())
    await serve(settings, lambda service: print(service.address, flush=True))

settings = Settings.model_validate_json(sys.argv[1])
configure_logging(settings.observability)
asyncio.run(main(settings))
"""


def requests() -> dict[str, v1.Query]:
    """The large ones, by what is large in them."""
    user = v1.ROLE_USER
    picture = v1.ContentPart(image=v1.ImagePart(data=b"x" * (1 << 20), media_type="image/png"))
    large = v1.ContentPart(image=v1.ImagePart(data=b"x" * LARGE_BYTES, media_type="image/png"))
    properties = {f"p{i}": {"type": "string", "description": "d" * 40} for i in range(16)}
    tools = [
        {"type": "function", "function": {"name": f"f{i}", "parameters": {"type": "object", "properties": properties}}}
        for i in range(256)
    ]
    return {
        "nothing": v1.Query(messages=[v1.ChatMessage(role=user, content="What is 17 times 23?")]),
        "a prompt of 199,000 characters": v1.Query(
            messages=[v1.ChatMessage(role=user, content="word another text 12 " * 9_476)]
        ),
        "2,000 messages": v1.Query(messages=[v1.ChatMessage(role=user, content="x" * 90)] * 2_000),
        "a picture of 1 MB": v1.Query(
            messages=[v1.ChatMessage(role=user, parts=[picture, v1.ContentPart(text="What is it?")])]
        ),
        LARGE: v1.Query(messages=[v1.ChatMessage(role=user, parts=[large, v1.ContentPart(text="What is it?")])]),
        "256 tools": v1.Query(
            messages=[v1.ChatMessage(role=user, content="hi")], tools_json=[json.dumps(tool) for tool in tools]
        ),
    }


async def measured(address: str, process: subprocess.Popen[str]) -> dict[str, float]:
    """Milliseconds, the best of the rounds' worst: what comes again, and not what happens by chance."""
    assert process.stdin is not None
    assert process.stdout is not None
    found: dict[str, float] = {}
    async with grpc.aio.insecure_channel(address) as channel:
        router = router_service_pb2_grpc.RouterServiceStub(channel)
        for name, query in requests().items():
            holds = []
            for i in range(ROUNDS):
                process.stdin.write("x")
                process.stdin.flush()
                process.stdout.readline()
                await router.Route(v1.RouteRequest(query=query, request_id=f"{len(found)}-{i}"))
                process.stdin.write("x")
                process.stdin.flush()
                holds.append(float(process.stdout.readline()))
            found[name] = min(holds)
    return found


def bare_ms(size: int) -> float:
    """What a server without anything behind it takes at a time for a message of that size: the best of some."""
    command = [sys.executable, "-c", BARE, str(size)]
    told = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    return min(map(float, told.split()))


def main() -> int:
    """Print the table; 1 where one holds it too long."""
    with tempfile.TemporaryDirectory() as folder:
        sections = {
            "server": {"port": 0},
            "storage": {"folder": str(Path(folder))},
            "observability": {"log_level": "error"},
        }
        command = [sys.executable, "-c", SERVE, parse(sections).model_dump_json()]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            found = asyncio.run(measured(process.stdout.readline().strip(), process))
            process.terminate()
    bare = bare_ms(LARGE_BYTES)
    for name, ms in found.items():
        sys.stdout.write(f"{name:32} {ms:6.2f} ms\n")
    sys.stdout.write(f"{'gRPC alone, 19 MB':32} {bare:6.2f} ms\n")
    return int(any(ms > MOST_MS + (bare if name == LARGE else 0.0) for name, ms in found.items()))


if __name__ == "__main__":
    sys.exit(main())
