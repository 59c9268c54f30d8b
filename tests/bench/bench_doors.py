"""A routed question over the HTTP door against the same over gRPC: the same service, the same replay provider, one run.

`Complete` and `POST /v1/chat/completions` with `model = "pointsman"` ask the same questions of the starter recording.
The two take turns in short blocks, in either order; each round has its own ratio, and the median of the rounds' ratios
is the result, so that a burst of noise spoils the round that it meets and no other. What a call costs the service is
the processor time of its process in a block; the clients' is not in it, and what the service does beside its calls is
in both alike.

    python tests/bench/bench_doors.py --out doors-speed.json
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
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from typing import Any

import aiohttp
import grpc
import psutil
from pointsman import v1
from pointsman.v1.router_service_pb2_grpc import RouterServiceStub
from pointsman_service.config import parse
from pointsman_service.replay.sources import open_table

Call = Callable[[], Awaitable[None]]
CALLS = {1: 60, 16: 240}
"""In a block, by how many are under way at once: about half a second each."""
MOST_RATIO = 1.0
"""The routed call over HTTP costs no more than over gRPC."""
SERVE = (
    "import asyncio, sys\n"
    "from pointsman_service.process.compose import configure_logging, serve\n"
    "from pointsman_service.config.sections import Settings\n"
    "settings = Settings.model_validate_json(sys.argv[1])\n"
    "configure_logging(settings.observability)\n"
    "asyncio.run(serve(settings, lambda service: print(service.address, service.http_address, flush=True)))\n"
)


@contextmanager
def served(folder: Path) -> Iterator[tuple[psutil.Process, str, str]]:
    """The service in a process of its own: (the process, gRPC's address, HTTP's)."""
    given = {
        "server": {"port": 0},
        "http": {"port": 0},
        "replay": {"table": "starter"},
        "storage": {"folder": str(folder)},
    }
    settings = parse({**given, "observability": {"log_level": "error"}})
    command = (sys.executable, "-c", SERVE, settings.model_dump_json())
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address, http = process.stdout.readline().split()
        try:
            yield psutil.Process(process.pid), address, http
        finally:
            process.terminate()


async def block(call: Call, concurrency: int, service: psutil.Process) -> dict[str, float]:
    """Median milliseconds of a call, and milliseconds of the service's processor time for each."""
    took: list[float] = []
    left = iter(range(CALLS[concurrency]))

    async def one() -> None:
        for _ in left:
            began = time.perf_counter()
            await call()
            took.append((time.perf_counter() - began) * 1e3)

    before = _cpu_s(service)
    await asyncio.gather(*(one() for _ in range(concurrency)))
    return {"median_ms": statistics.median(took), "cpu_ms": (_cpu_s(service) - before) * 1e3 / len(took)}


def _cpu_s(service: psutil.Process) -> float:
    times = service.cpu_times()
    return float(times.user + times.system)


async def measured(service: psutil.Process, address: str, http_address: str, rounds: int) -> dict[str, Any]:
    """By concurrency: each door's medians over the rounds, and the median of the rounds' ratios."""
    prompts = cycle(open_table("starter").prompts)
    async with grpc.aio.insecure_channel(address) as channel, aiohttp.ClientSession(f"http://{http_address}") as http:
        router = RouterServiceStub(channel)

        async def over_grpc() -> None:
            message = v1.ChatMessage(role=v1.ROLE_USER, content=next(prompts))
            answer = await router.Complete(v1.CompleteRequest(query=v1.Query(messages=[message])))
            assert answer.answer.text

        async def over_http() -> None:
            asked = {"model": "pointsman", "messages": [{"role": "user", "content": next(prompts)}]}
            async with http.post("/v1/chat/completions", json=asked) as answer:
                told = await answer.json()
                assert answer.status == 200, told

        doors: list[tuple[str, Call]] = [("gRPC", over_grpc), ("HTTP", over_http)]
        found: dict[str, Any] = {}
        for concurrency in CALLS:
            for _, call in doors:
                await block(call, concurrency, service)  # warm
            kept: dict[str, list[dict[str, float]]] = {name: [] for name, _ in doors}
            for i in range(rounds):
                for name, call in doors[:: 1 if i % 2 else -1]:
                    kept[name].append(await block(call, concurrency, service))
            found[str(concurrency)] = _summary(kept)
    return found


def _summary(kept: dict[str, list[dict[str, float]]]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for what in ("median_ms", "cpu_ms"):
        for name, blocks in kept.items():
            told[f"{name} {what}"] = round(statistics.median(each[what] for each in blocks), 3)
        pairs = zip(kept["HTTP"], kept["gRPC"], strict=True)
        told[f"ratio of {what}"] = round(statistics.median(a[what] / b[what] for a, b in pairs), 3)
    return told


def verdict(found: dict[str, Any]) -> tuple[str, bool]:
    """A table, and whether the door costs no more, in time and in work, at each concurrency."""
    lines = [f"{'at once':>8} {'':10} {'gRPC':>9} {'HTTP':>9} {'ratio':>7}"]
    well = True
    for concurrency, of in found.items():
        for what in ("median_ms", "cpu_ms"):
            ratio = of[f"ratio of {what}"]
            lines.append(f"{concurrency:>8} {what:10} {of[f'gRPC {what}']:9.2f} {of[f'HTTP {what}']:9.2f} {ratio:7.2f}")
            well = well and ratio <= MOST_RATIO
    return "\n".join(lines), well


def main() -> int:
    """Exit code 0 where the door costs no more."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, served(Path(folder) / "data") as (service, address, http):
        found = asyncio.run(measured(service, address, http, options.rounds))
    told, well = verdict(found)
    sys.stdout.write(f"{told}\n")
    if options.out:
        options.out.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
