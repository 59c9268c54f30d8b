"""What eight greedy callers cost a ninth: its Route p99 beside them, against its p99 alone.

Each caller has an API key; the eight are limited to 20 calls a second and offer 200, paced by the clock whether or not
they are answered. They are a process of their own, so that the ninth's figures are the service's and not its client's.
Rounds of both kinds take turns, and the result is the median of the rounds' ratios: a burst of noise spoils the round
that it meets. Callers are other machines' work: so the service has one core and they another, where the ninth comes
first; else the eight would take the service's time by being run, not by what they ask. It needs a quiet machine: gRPC
itself cancels calls (CANCELLED) where a service cannot even accept them.

    python tests/bench/bench_fairness.py --rounds 5
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import grpc
from pointsman import v1
from pointsman.v1.router_service_pb2_grpc import RouterServiceStub
from pointsman_service.config import parse
from pointsman_service.domain.api_keys import make_key

GREEDY, OFFERED, LIMIT = 8, 200.0, 20.0
"""Callers, calls a second that each offers, and may make: as the issue has it."""
NINTH_RATE = 50.0
"""Calls a second of the ninth: a service that asks one after another, and thinks between."""
TARGET = 3.0
ROUND_S = 4.0
WARM_UP = 50
GREEDY_NICE = 10
"""Of the eight beside the ninth, whose own client must not be what is measured."""
REFUSED = {grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.CANCELLED}
ROUTE = v1.RouteRequest(query=v1.Query(messages=[v1.ChatMessage(role=v1.ROLE_USER, content="What is 47 times 68?")]))
SERVE = (
    "import asyncio, sys\n"
    "from pointsman_service.process.compose import configure_logging, serve\n"
    "from pointsman_service.config.sections import Settings\n"
    "settings = Settings.model_validate_json(sys.argv[1])\n"
    "configure_logging(settings.observability)\n"
    "asyncio.run(serve(settings, lambda service: print(service.address, flush=True)))\n"
)


@contextmanager
def service(folder: Path, keys: dict[str, str], *, limited: bool) -> Iterator[str]:
    """A service that knows these keys, as a process; its address. keys: filled with the secrets, by name."""
    declared = {}
    for name in (*(f"greedy-{i}" for i in range(GREEDY)), "ninth"):
        key = make_key(os.urandom)
        keys[name] = key.text
        limits = {"requests_per_second": LIMIT} if limited and name != "ninth" else {}
        declared[name] = {"id": key.id, "sha256": key.sha256, "roles": ["call"], **limits}
    settings = parse(
        {
            "server": {"port": 0},
            "auth": {"enabled": True},
            "keys": declared,
            "storage": {"folder": str(folder)},
            "observability": {"log_level": "error"},
        }
    )
    core, *others = sorted(os.sched_getaffinity(0))
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, settings.model_dump_json()], stdout=subprocess.PIPE, text=True
    )
    if others:  # before it has children or threads of gRPC's, which have it from here
        os.sched_setaffinity(process.pid, {core})
        os.sched_setaffinity(0, set(others))
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait(30)


async def _paced(stub: RouterServiceStub, key: str, rate: float, seconds: float, taken: list[float]) -> Counter[str]:
    """Route at a rate whatever comes back; codes of the refused. taken: seconds of each that was answered."""
    metadata, under_way = (("authorization", f"Bearer {key}"),), set()
    refused: Counter[str] = Counter()

    async def one() -> None:
        began = time.perf_counter()
        try:
            await stub.Route(ROUTE, metadata=metadata, timeout=30)
        except grpc.aio.AioRpcError as e:
            if e.code() not in REFUSED:
                raise
            refused[f"{e.code().name}: {e.details()}"] += 1
        else:
            taken.append(time.perf_counter() - began)

    begins_at = time.perf_counter()
    for n in range(int(rate * seconds)):
        await asyncio.sleep(max(0.0, begins_at + n / rate - time.perf_counter()))
        under_way.add(task := asyncio.create_task(one()))
        task.add_done_callback(under_way.discard)
    await asyncio.gather(*under_way)
    return refused


async def greedy(address: str, keys: Sequence[str], seconds: float, offered: float) -> dict[str, float]:
    """The eight, for so long: what they offered, and how much of it was answered and refused."""
    taken: list[float] = []
    channels = [grpc.aio.insecure_channel(address, [("grpc.use_local_subchannel_pool", 1)]) for _ in keys]
    stubs = [RouterServiceStub(channel) for channel in channels]
    refused: Counter[str] = Counter()
    for codes in await asyncio.gather(
        *(_paced(s, k, offered, seconds, taken) for s, k in zip(stubs, keys, strict=True))
    ):
        refused += codes
    await asyncio.gather(*(channel.close() for channel in channels))
    return {"answered_per_s": len(taken) / seconds, "refused_per_s": refused.total() / seconds}


async def ninth(address: str, key: str, seconds: float) -> list[float]:
    """Its calls at its own rate; the seconds of each. One that was refused took for ever: it has no limit."""
    taken: list[float] = []
    async with grpc.aio.insecure_channel(address) as channel:
        refused = await _paced(RouterServiceStub(channel), key, NINTH_RATE, seconds, taken)
    return [*taken, *(math.inf for _ in range(refused.total()))]


def p99(taken: Sequence[float]) -> float:
    """Seconds."""
    return sorted(taken)[min(int(0.99 * len(taken)), len(taken) - 1)]


def measured(address: str, keys: dict[str, str], rounds: int, round_s: float, offered: float) -> dict[str, float]:
    """Medians over rounds; ratio: of the ninth's p99 beside the eight and alone."""
    asyncio.run(ninth(address, keys["ninth"], WARM_UP / NINTH_RATE))
    alone, beside, others = [], [], []
    told = json.dumps([keys[f"greedy-{i}"] for i in range(GREEDY)])
    for _ in range(rounds):
        alone.append(asyncio.run(ninth(address, keys["ninth"], round_s)))
        command = [
            sys.executable,
            __file__,
            "--greedy",
            address,
            "--seconds",
            str(round_s + 1.0),
            "--offered",
            str(offered),
        ]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as crowd:
            assert crowd.stdin is not None
            assert crowd.stdout is not None
            crowd.stdin.write(told + "\n")
            crowd.stdin.flush()
            crowd.stdout.readline()  # they have begun
            time.sleep(0.5)
            beside.append(asyncio.run(ninth(address, keys["ninth"], round_s)))
            others.append(json.loads(crowd.stdout.readline()))
    return {
        "alone_p50_ms": 1e3 * statistics.median(statistics.median(r) for r in alone),
        "alone_p99_ms": 1e3 * statistics.median(map(p99, alone)),
        "beside_p50_ms": 1e3 * statistics.median(statistics.median(r) for r in beside),
        "beside_p99_ms": 1e3 * statistics.median(map(p99, beside)),
        "ninth_refused": statistics.fmean(x == math.inf for r in beside for x in r),
        "p99_ratio": statistics.median(p99(b) / p99(a) for a, b in zip(alone, beside, strict=True)),
        **{key: statistics.median(o[key] for o in others) for key in ("answered_per_s", "refused_per_s")},
    }


def table(found: dict[str, float]) -> str:
    """One line a figure, the target beside what has one."""
    targets = {"p99_ratio": f"   at most {TARGET:g}", "ninth_refused": "   0: a share of its calls"}
    return "\n".join(f"{name:16}{value:10.2f}{targets.get(name, '')}" for name, value in found.items())


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 1 where the target is missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--round-s", type=float, default=ROUND_S)
    parser.add_argument("--offered", type=float, default=OFFERED, help="calls a second that each of the eight offers")
    parser.add_argument("--without-limits", action="store_true", help="for comparison: nobody is limited")
    parser.add_argument("--greedy", help=argparse.SUPPRESS)
    parser.add_argument("--seconds", type=float, help=argparse.SUPPRESS)
    said = parser.parse_args(arguments)
    if said.greedy:
        os.nice(GREEDY_NICE)
        keys = json.loads(sys.stdin.readline())
        print("begun", flush=True)  # noqa: T201
        print(json.dumps(asyncio.run(greedy(said.greedy, keys, said.seconds, said.offered))))  # noqa: T201
        return 0
    secrets: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder, service(Path(folder), secrets, limited=not said.without_limits) as at:
        found = measured(at, secrets, said.rounds, said.round_s, said.offered)
    print(table(found))  # noqa: T201
    return 0 if found["p99_ratio"] <= TARGET and not found["ninth_refused"] else 1


if __name__ == "__main__":
    sys.exit(main())
