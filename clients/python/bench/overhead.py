"""What the layer adds to its raw stub, on Route against a live service, in one run.

Pairs of calls, one by each way, take turns, so that whatever else the machine does falls on both.

    pointsman serve &
    python clients/python/bench/overhead.py 127.0.0.1:50051 --pairs 2000
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
import uuid
from collections.abc import Awaitable, Callable

import grpc

from pointsman import AsyncClient, Client, v1
from pointsman.v1.router_service_pb2_grpc import RouterServiceStub

QUESTION = "What is the capital of Australia?"
METADATA = (("x-pointsman-tenant", "default"),)
WARM_UP = 100  # pairs


def request() -> v1.RouteRequest:
    """As a caller of the stub writes it."""
    query = v1.Query(messages=[v1.ChatMessage(role=v1.ROLE_USER, content=QUESTION)])
    return v1.RouteRequest(request_id=str(uuid.uuid4()), query=query)


def sync_pairs(address: str, pairs: int) -> tuple[list[float], list[float]]:
    """Seconds of each call by the stub, and by `Client`."""
    with grpc.insecure_channel(address) as channel, Client(address) as client:
        stub = RouterServiceStub(channel)  # type: ignore[no-untyped-call] # generated

        def raw() -> None:
            stub.Route(request(), metadata=METADATA, timeout=120.0)

        def layer() -> None:
            client.route(QUESTION)

        return in_turn(raw, layer, pairs)


def in_turn(raw: Callable[[], None], layer: Callable[[], None], pairs: int) -> tuple[list[float], list[float]]:
    """Who begins changes from pair to pair."""
    taken: tuple[list[float], list[float]] = ([], [])
    for n in range(WARM_UP + pairs):
        ways = ((0, raw), (1, layer)) if n % 2 else ((1, layer), (0, raw))
        for which, way in ways:
            began = time.perf_counter()
            way()
            if n >= WARM_UP:
                taken[which].append(time.perf_counter() - began)
    return taken


async def async_pairs(address: str, pairs: int) -> tuple[list[float], list[float]]:
    """As `sync_pairs`, of the asynchronous stub and `AsyncClient`."""
    taken: tuple[list[float], list[float]] = ([], [])
    async with grpc.aio.insecure_channel(address) as channel, AsyncClient(address) as client:
        stub = RouterServiceStub(channel)  # type: ignore[no-untyped-call] # generated

        async def raw() -> None:
            await stub.Route(request(), metadata=METADATA, timeout=120.0)

        async def layer() -> None:
            await client.route(QUESTION)

        for n in range(WARM_UP + pairs):
            ways: tuple[tuple[int, Callable[[], Awaitable[None]]], ...] = ((0, raw), (1, layer))
            for which, way in ways if n % 2 else reversed(ways):
                began = time.perf_counter()
                await way()
                if n >= WARM_UP:
                    taken[which].append(time.perf_counter() - began)
    return taken


def told(name: str, taken: tuple[list[float], list[float]]) -> str:
    """A line: both medians, and what lies between them."""
    raw, layer = (1e3 * statistics.median(times) for times in taken)
    share = 100 * (layer - raw) / raw
    return (
        f"{name}: raw stub {raw:.3f} ms, layer {layer:.3f} ms: added {1e3 * (layer - raw):.0f} us, "
        f"{share:.1f} % of the median Route, {len(taken[0])} pairs"
    )


def main() -> None:
    """Both clients, one after the other."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("address", nargs="?", default="127.0.0.1:50051")
    parser.add_argument("--pairs", type=int, default=2000)
    said = parser.parse_args()
    print(told("Client", sync_pairs(said.address, said.pairs)))  # noqa: T201
    print(told("AsyncClient", asyncio.run(async_pairs(said.address, said.pairs))))  # noqa: T201


if __name__ == "__main__":
    main()
