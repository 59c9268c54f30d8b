"""Speed of Route against an empty unary RPC on the same server, and how fast the service starts.

Everything is a ratio within one run: the machine's own speed cancels. The server is a process of its own on one core;
its learner shares the other with who asks. The two kinds take turns in short blocks, in either order; each round has
its own ratio, and the median of the rounds' ratios is the result, so that a burst of noise spoils the round that it
meets and no other.

    python tests/bench/bench_route.py --out route-speed.json
"""

from __future__ import annotations

import argparse
import asyncio
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

Call = Callable[[], Awaitable[object]]

BLOCK = 100  # requests before the other kind has its turn
MANY = (16, 64)
"""Calls at a time, for throughput."""
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

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.address = ""
        self.start_s = 0.0
        self.resident_mb: dict[str, float] = {}

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
        self._apart()
        return self

    def _apart(self) -> None:
        """The service has the first core, its learner and whoever asks the others."""
        core, *others = sorted(os.sched_getaffinity(0))
        if others:
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
    """Medians over rounds: latency at 1, calls a second at 16 and 64, of both kinds; ratios: each round's own."""
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
        kinds: list[tuple[str, Call]] = [("empty", empty), ("route", route)]
        found: dict[tuple[str, int], list[float]] = {}
        for i in range(rounds):
            for kind, call in kinds[:: 1 if i % 2 else -1]:
                found.setdefault((kind, 1), []).append(statistics.median(await latencies(call, BLOCK)))
            for concurrency in MANY:
                for kind, call in kinds[:: 1 if i % 2 else -1]:
                    found.setdefault((kind, concurrency), []).append(await throughput(call, concurrency, 5 * BLOCK))
    return {
        "empty_ms": statistics.median(found["empty", 1]),
        "route_ms": statistics.median(found["route", 1]),
        **spread("median_ratio", found["route", 1], found["empty", 1]),
    } | {
        name: value
        for c in MANY
        for name, value in {
            f"empty_per_s_{c}": statistics.median(found["empty", c]),
            f"route_per_s_{c}": statistics.median(found["route", c]),
            **spread(f"throughput_ratio_{c}", found["route", c], found["empty", c]),
        }.items()
    }


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
        with Server(Path(folder)) as server:
            first_start_s = server.start_s
            found = asyncio.run(measure(server.address, rounds))
            server.measure_memory()
            found |= {f"{name}_mb": mb for name, mb in server.resident_mb.items()}
        with Server(Path(folder)) as server:
            start_s = server.start_s
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

    >>> print(table({"median_ratio": 1.5}))
    median_ratio                1.500
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
