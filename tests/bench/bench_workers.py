"""Route calls a second of one worker and of two, with all cores for whatever wants them: what a second worker brings.

On two cores a second worker shares with who asks and with the learner. So there is no target: the figure is told with
what the limit was.

    python -m tests.bench.bench_workers
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import statistics
import tempfile
from pathlib import Path

import grpc
import psutil
from pointsman import v1
from pointsman.v1 import router_service_pb2_grpc
from pointsman_service.replay.sources import open_table

from tests.bench.bench_door import upstream
from tests.bench.bench_route import Server, throughput

CHANNELS, AT_ONCE, CALLS = 8, 64, 1500


async def routed_per_s(address: str, rounds: int) -> float:
    """Median over rounds."""
    messages = [v1.ChatMessage(role=v1.Role.ROLE_USER, content=p) for p in open_table("starter").prompts]
    requests = [v1.RouteRequest(query=v1.Query(messages=[message])) for message in messages]
    own = (("grpc.use_local_subchannel_pool", 1),)  # a connection each, which the kernel deals out to the workers
    channels = [grpc.aio.insecure_channel(address, own) for _ in range(CHANNELS)]
    stubs, turn = [router_service_pb2_grpc.RouterServiceStub(channel) for channel in channels], itertools.count()

    async def route() -> None:
        n = next(turn)
        await stubs[n % CHANNELS].Route(requests[n % len(requests)])

    await throughput(route, AT_ONCE, CALLS // 3)
    found = [await throughput(route, AT_ONCE, CALLS) for _ in range(rounds)]
    for channel in channels:
        await channel.close()
    return statistics.median(found)


def run(rounds: int = 5) -> dict[str, float]:
    """One worker, then two."""
    found: dict[str, float] = {"cores": len(os.sched_getaffinity(0))}
    for workers in (1, 2):
        with (
            tempfile.TemporaryDirectory() as folder,
            upstream() as base_url,
            Server(Path(folder), base_url, workers) as server,
        ):
            before = psutil.Process().cpu_times()
            found[f"route_per_s_{workers}_workers"] = asyncio.run(routed_per_s(server.address, rounds))
            after = psutil.Process().cpu_times()
            found[f"asking_cpu_s_{workers}_workers"] = after.user + after.system - before.user - before.system
        os.sched_setaffinity(0, range(os.cpu_count() or 1))
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    print(json.dumps(run(parser.parse_args().rounds), indent=2))  # noqa: T201
