"""Speed of Route and Complete against an empty unary RPC on the same server, streams, and how fast the service starts.

Everything is a ratio within one run: the machine's own speed cancels. The server is a process of its own on one core;
its learner shares the other with who asks. The two kinds take turns in short blocks, in either order; each round has
its own ratio, and the median of the rounds' ratios is the result, so that a burst of noise spoils the round that it
meets and no other. Nine models are configured, all of them a provider on the other core that answers at once.

    python -m tests.bench.bench_route --out route-speed.json
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Self

import grpc
import psutil
from grpc_health.v1 import health_pb2, health_pb2_grpc
from pointsman import v1
from pointsman.v1 import router_service_pb2_grpc
from pointsman_service.config import parse
from pointsman_service.replay.sources import open_table

from tests.bench.bench_door import upstream
from tests.bench.upstream import model

Call = Callable[[], Awaitable[object]]

BLOCK = 100  # requests before the other kind has its turn
MANY = (16, 64)
"""Calls at a time, for throughput."""
MODELS = tuple(f"m{n}" for n in range(9))
STREAMED = v1.StreamCompleteRequest(
    query=v1.Query(messages=[v1.ChatMessage(role=v1.Role.ROLE_USER, content="What is 2 + 2?")], models=MODELS[:1]),
    stream_mode=v1.StreamMode.STREAM_MODE_OPTIMISTIC,
)
SERVE = (
    "import asyncio, sys\n"
    "from pointsman_service.process.compose import configure_logging, serve\n"
    "from pointsman_service.config.sections import Settings\n"
    "settings = Settings.model_validate_json(sys.argv[1])\n"
    "configure_logging(settings.observability)\n"
    "asyncio.run(serve(settings, lambda service: print(service.address, flush=True)))\n"
)
IMPORT = "import pointsman_service.process.compose, pointsman_service.process.worker"


class Server:
    """The service in a process of its own, on a new folder or an old one."""

    def __init__(self, folder: Path, base_url: str, workers: int = 1) -> None:
        self._folder, self._base_url, self._workers = folder, base_url, workers
        self.address = ""
        self.start_s = 0.0
        self.resident_mb: dict[str, float] = {}

    def __enter__(self) -> Self:
        settings = parse(
            {
                "server": {"port": 0, "workers": self._workers},
                "models": [model(name, self._base_url) for name in MODELS],
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
        self._apart()
        return self

    def _apart(self) -> None:
        """The service has the first core, its learner and whoever asks the others. Several workers have all of them."""
        core, *others = sorted(os.sched_getaffinity(0))
        if others and self._workers == 1:
            os.sched_setaffinity(0, set(others))
            _pin(self._process.pid, {core})
            for child in psutil.Process(self._process.pid).children():
                _pin(child.pid, set(others))

    def measure_memory(self) -> None:
        """Resident megabytes of the service and of its learner, now."""
        service = psutil.Process(self._process.pid)
        learners = [c for c in service.children() if "pointsman_service.process.learner" in c.cmdline()]
        self.resident_mb = {
            "worker": service.memory_info().rss / 2**20,
            "learner": sum(c.memory_info().rss for c in learners) / 2**20,
        }

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(30)


def _pin(pid: int, cores: set[int]) -> None:
    """With all threads that there are: a new one has its maker's cores."""
    for thread in psutil.Process(pid).threads():
        os.sched_setaffinity(thread.id, cores)


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
    """Medians over rounds: latency at 1, calls a second at 16 and 64, of every kind; ratios: each round's own."""
    queries = [
        v1.Query(messages=[v1.ChatMessage(role=v1.Role.ROLE_USER, content=p)]) for p in open_table("starter").prompts
    ]
    routed = [v1.RouteRequest(query=q) for q in queries]
    for q in queries:
        q.models.append(MODELS[0])  # one step
    completed = [v1.CompleteRequest(query=q) for q in queries]
    async with grpc.aio.insecure_channel(address) as channel:
        health, router = health_pb2_grpc.HealthStub(channel), router_service_pb2_grpc.RouterServiceStub(channel)
        turn = itertools.count()

        async def route() -> None:
            await router.Route(routed[next(turn) % len(routed)])

        async def complete() -> None:
            await router.Complete(completed[next(turn) % len(completed)])

        async def empty() -> None:
            await health.Check(health_pb2.HealthCheckRequest())

        await _settled(router, routed[0])
        await throughput(complete, MANY[0], BLOCK)  # its connections are made
        kinds: list[tuple[str, Call]] = [("empty", empty), ("route", route), ("complete", complete)]
        found: dict[tuple[str, int], list[float]] = {}
        for i in range(rounds):
            for kind, call in kinds[:: 1 if i % 2 else -1]:
                found.setdefault((kind, 1), []).append(statistics.median(await latencies(call, BLOCK)))
            for concurrency in MANY:
                for kind, call in kinds[:: 1 if i % 2 else -1]:
                    found.setdefault((kind, concurrency), []).append(await throughput(call, concurrency, 5 * BLOCK))
    told = {f"{kind}_ms": statistics.median(found[kind, 1]) for kind, _ in kinds}
    for kind in ("route", "complete"):
        told |= spread(f"{kind}_ratio", found[kind, 1], found["empty", 1])
        for c in MANY:
            told |= spread(f"{kind}_throughput_{c}", found[kind, c], found["empty", c])
    return told | {f"{kind}_per_s_{c}": statistics.median(found[kind, c]) for kind, _ in kinds for c in MANY}


async def first_piece_ms(router: router_service_pb2_grpc.RouterServiceStub) -> float:
    """Milliseconds from when the provider sent a stream's first piece until the caller has it; the stream is ended."""
    stream = router.StreamComplete(STREAMED)
    async for response in stream:
        if response.WhichOneof("item") == "text":
            found = (time.monotonic_ns() - int(response.text.text)) / 1e6
            stream.cancel()
            return found
    raise AssertionError("a stream ended before its first piece")


async def first_piece(address: str) -> dict[str, float]:
    """How soon the first piece of a stream is passed on."""
    async with grpc.aio.insecure_channel(address) as channel:
        router = router_service_pb2_grpc.RouterServiceStub(channel)
        took = [await first_piece_ms(router) for _ in range(BLOCK)]
    return {"first_piece_ms": statistics.median(took[BLOCK // 2 :])}


def spread(name: str, of: Sequence[float], to: Sequence[float]) -> dict[str, float]:
    """Median of the rounds' own ratios, and between what the middle half of them lies.

    >>> spread("r", [2.0, 9.0, 4.0], [1.0, 1.0, 2.0])
    {'r': 2.0, 'r_low': 2.0, 'r_high': 5.5}
    """
    ratios = sorted(a / b for a, b in zip(of, to, strict=True))
    low, _, high = statistics.quantiles(ratios, n=4, method="inclusive") if len(ratios) > 1 else ratios * 3
    return {name: statistics.median(ratios), f"{name}_low": low, f"{name}_high": high}


async def _settled(router: router_service_pb2_grpc.RouterServiceStub, request: v1.RouteRequest) -> None:
    """Wait until a learnt snapshot decides, so that its price is measured and not the static policy's."""
    async with asyncio.timeout(60):
        while (await router.Route(request)).decision.snapshot_version == 0:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.1)


def import_s(times: int = 3) -> float:
    """Seconds that an interpreter takes to import what the service imports and end: no start can be quicker."""
    found = []
    for _ in range(times):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", IMPORT], check=True)
        found.append(time.perf_counter() - began)
    return statistics.median(found)


def run(rounds: int = 10) -> dict[str, float]:
    """The whole benchmark; starts are measured on an empty folder and on the one that the run has filled."""
    with tempfile.TemporaryDirectory() as folder:
        with upstream() as base_url, Server(Path(folder), base_url) as server:
            first_start_s = server.start_s
            found = asyncio.run(measure(server.address, rounds))
            server.measure_memory()
            found |= {f"{name}_mb": mb for name, mb in server.resident_mb.items()}
        with upstream() as base_url, Server(Path(folder), base_url) as server:
            start_s = server.start_s
            found |= asyncio.run(first_piece(server.address))
    imports_s = import_s()
    return {
        **found,
        "first_start_s": first_start_s,
        "start_s": start_s,
        "import_s": imports_s,
        "start_ratio": start_s / imports_s,
    }


def table(found: dict[str, float]) -> str:
    """For people.

    >>> print(table({"route_ratio": 1.5}))
    route_ratio                 1.500
    """
    return "\n".join(f"{name:<24} {value:>8.3f}" for name, value in found.items())


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
