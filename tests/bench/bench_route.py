"""Speed of Route against an empty unary RPC on the same server, and how fast the service starts.

Everything is a ratio within one run: the machine's own speed cancels. The server is a process of its own, and so is the
learner beside it. Requests at the two kinds take turns in short blocks, so that noise meets both alike.

    python tests/bench/bench_route.py --out route-speed.json
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Self

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from pointsman import v1
from pointsman.v1 import router_service_pb2_grpc
from pointsman_service.config import parse
from pointsman_service.replay.sources import open_table

Call = Callable[[], Awaitable[object]]

BLOCK = 100  # requests before the other kind has its turn
SERVE = (
    "import asyncio, sys\n"
    "from pointsman_service.compose import configure_logging, serve\n"
    "from pointsman_service.config_sections import Settings\n"
    "settings = Settings.model_validate_json(sys.argv[1])\n"
    "configure_logging(settings.observability)\n"
    "asyncio.run(serve(settings, lambda service: print(service.address, flush=True)))\n"
)


class Server:
    """The service in a process of its own, on a new folder or an old one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.address = ""
        self.start_s = 0.0

    def __enter__(self) -> Self:
        settings = parse(
            {
                "server": {"port": 0},
                "storage": {"folder": str(self._folder)},
                "observability": {"log_level": "error"},
            }
        )
        began = time.perf_counter()
        self._process = subprocess.Popen(
            [sys.executable, "-c", SERVE, settings.model_dump_json()], stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        self.address = self._process.stdout.readline().strip()
        with grpc.insecure_channel(self.address) as channel:
            stub = health_pb2_grpc.HealthStub(channel)
            status = stub.Check(health_pb2.HealthCheckRequest(), wait_for_ready=True, timeout=30).status
        assert status == health_pb2.HealthCheckResponse.SERVING
        self.start_s = time.perf_counter() - began
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(30)


async def latencies(call: Call, n: int) -> list[float]:
    """Milliseconds of each of n calls, one after the other."""
    found = []
    for _ in range(n):
        began = time.perf_counter()
        await call()
        found.append((time.perf_counter() - began) * 1e3)
    return found


async def throughput(call: Call, concurrency: int, n: int) -> float:
    """Calls a second, so many at a time."""
    left = n

    async def worker() -> None:
        nonlocal left
        while left > 0:
            left -= 1
            await call()

    began = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(concurrency)))
    return n / (time.perf_counter() - began)


async def measure(address: str, rounds: int) -> dict[str, float]:
    """Medians at concurrency 1 and throughputs at 64 of both kinds, and their ratios."""
    prompts = open_table("starter").prompts
    queries = [
        v1.RouteRequest(query=v1.Query(messages=[v1.ChatMessage(role=v1.Role.ROLE_USER, content=p)])) for p in prompts
    ]
    async with grpc.aio.insecure_channel(address) as channel:
        health, router = health_pb2_grpc.HealthStub(channel), router_service_pb2_grpc.RouterServiceStub(channel)
        turn = 0

        async def route() -> None:
            nonlocal turn
            turn += 1
            await router.Route(queries[turn % len(queries)])

        async def empty() -> None:
            await health.Check(health_pb2.HealthCheckRequest())

        await _settled(router, queries[0])
        one: dict[str, list[float]] = {"empty": [], "route": []}
        many: dict[str, list[float]] = {"empty": [], "route": []}
        for _ in range(rounds):
            one["empty"] += await latencies(empty, BLOCK)
            one["route"] += await latencies(route, BLOCK)
        for _ in range(rounds):
            many["empty"].append(await throughput(empty, 64, 5 * BLOCK))
            many["route"].append(await throughput(route, 64, 5 * BLOCK))
    medians = {kind: statistics.median(times) for kind, times in one.items()}
    rates = {kind: statistics.median(each) for kind, each in many.items()}
    return {
        "empty_ms": medians["empty"],
        "route_ms": medians["route"],
        "median_ratio": medians["route"] / medians["empty"],
        "empty_per_s": rates["empty"],
        "route_per_s": rates["route"],
        "throughput_ratio": rates["route"] / rates["empty"],
    }


async def _settled(router: router_service_pb2_grpc.RouterServiceStub, request: v1.RouteRequest) -> None:
    """Wait until a learnt snapshot decides, so that its price is measured and not the static policy's."""
    async with asyncio.timeout(60):
        while (await router.Route(request)).decision.snapshot_version == 0:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.1)


def run(rounds: int = 10) -> dict[str, float]:
    """The whole benchmark; starts are measured on an empty folder and on the one that the run has filled."""
    with tempfile.TemporaryDirectory() as folder:
        with Server(Path(folder)) as server:
            first_start_s = server.start_s
            found = asyncio.run(measure(server.address, rounds))
        with Server(Path(folder)) as server:
            return {**found, "first_start_s": first_start_s, "start_s": server.start_s}


def table(found: dict[str, float]) -> str:
    """For people.

    >>> print(table({"median_ratio": 1.5}))
    median_ratio          1.500
    """
    return "\n".join(f"{name:<18} {value:>8.3f}" for name, value in found.items())


def main(argv: Sequence[str] | None = None) -> None:
    """Measure, print, and write JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=10, help="blocks of each kind; default 10")
    parser.add_argument("--out", type=Path, help="a JSON file to write")
    options = parser.parse_args(argv)
    found = run(options.rounds)
    sys.stdout.write(table(found) + "\n")
    if options.out:
        options.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
