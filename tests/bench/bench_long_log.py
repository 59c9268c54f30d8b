"""Statistics of a million steps, the last word that an episode takes, the start on such a log, and Route amid its fold.

The log is written as a worker writes it. No learner has read it: the start's checkpoint is that of an empty one, said
to be of the log's end, since what is measured is the start and not the fold.

    python -m tests.bench.bench_long_log --episodes 250000
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import grpc
from msgspec.structs import replace as with_fields
from pointsman import v1
from pointsman.v1 import router_service_pb2_grpc
from pointsman_learner.events import EpisodeRecorded
from pointsman_learner.types import Step
from pointsman_service.adapters.sqlite.storage import Storage, StorageSettings, open_storage
from pointsman_service.adapters.sqlite.told_once import MOST_WORDS
from pointsman_service.config import parse
from pointsman_service.domain.operations import PageRequest, StatsQuery
from pointsman_service.ports import NewEpisode
from pointsman_service.process.declaring import declare
from pointsman_service.process.fold import empty_mark

from tests.bench.bench_door import upstream
from tests.bench.bench_route import MODELS, Server, latencies
from tests.bench.upstream import model
from tests.conftest import make_episode, make_feedback

STEPS, CALLS = 4, 1500
ROUTED = v1.RouteRequest(
    query=v1.Query(messages=[v1.ChatMessage(role=v1.Role.ROLE_USER, content="What is 2 + 2?")]),
)
AT_ONCE = 500
NODES = 40


async def fill(storage: Storage, episodes: int) -> None:
    """So many episodes of STEPS steps each, of NODES kinds."""
    for first in range(0, episodes, AT_ONCE):
        names = range(first, min(first + AT_ONCE, episodes))
        await asyncio.gather(*(storage.log.append_episode(NewEpisode(_episode(i))) for i in names))


def _episode(i: int) -> EpisodeRecorded:
    steps = tuple(Step(MODELS[(i + n) % len(MODELS)], 0.001 * (n + 1), 300.0, 30, 200) for n in range(STEPS))
    made = make_episode(f"e{i}")
    decision = with_fields(made.decision, node_path=("root", f"n{i % NODES}"))
    return with_fields(made, at=1e9 + i, steps=steps, answer=STEPS - 1, decision=decision)


def taken_s(what: Callable[[], object]) -> float:
    """Seconds."""
    began = time.perf_counter()
    what()
    return time.perf_counter() - began


async def words_ms(storage: Storage) -> tuple[float, float]:
    """Medians of the first and of the last ten words that an episode takes, on ten episodes."""
    took: dict[int, list[float]] = {}
    for episode in range(10):
        for n in range(MOST_WORDS):
            word = make_feedback(f"w{episode}-{n}", f"e{episode}", at=2e9 + n, value=float(n % 2))
            began = time.perf_counter()
            await storage.log.append_feedback(word)
            took.setdefault(n, []).append((time.perf_counter() - began) * 1e3)
    first, last = (
        [ms for n in numbers for ms in took[n]] for numbers in (range(10), range(MOST_WORDS - 10, MOST_WORDS))
    )
    return statistics.median(first), statistics.median(last)


async def measure(folder: Path, episodes: int) -> dict[str, float]:
    """All but the start."""
    models = [model(name, "http://127.0.0.1:9/v1") for name in MODELS]
    settings = parse({"storage": {"folder": str(folder)}, "models": models})
    await declare(settings)
    storage = open_storage(folder, StorageSettings(synchronous="normal"))
    try:
        began = time.perf_counter()
        await fill(storage, episodes)
        filled_s = time.perf_counter() - began
        page = PageRequest()
        found = {
            "episodes": episodes,
            "steps": episodes * STEPS,
            "filled_s": filled_s,
            "node_statistics_s": taken_s(lambda: storage.stats.stats(StatsQuery(group="node"), page)),
            "rebuild_statistics_s": taken_s(lambda: storage.stats.call_totals(0.0)),
        }
        found["first_words_ms"], found["last_words_ms"] = await words_ms(storage)
    finally:
        await storage.close()
    return found


async def save_end(folder: Path) -> None:
    """A checkpoint of the log's end."""
    storage = open_storage(folder)
    end = await storage.log.end()
    mark = replace(empty_mark(parse({}).learner.policy), position=end)
    storage.checkpoints.put(mark.to_bytes(), end, time.time())
    await storage.close()


async def route_p99_ms(address: str) -> float:
    """Of calls one after the other."""
    async with grpc.aio.insecure_channel(address) as channel:
        router = router_service_pb2_grpc.RouterServiceStub(channel)
        took = await latencies(lambda: router.Route(ROUTED), CALLS)
    return statistics.quantiles(took[CALLS // 5 :], n=100)[98]


def run(episodes: int = 250_000) -> dict[str, float]:
    """The whole benchmark."""
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(measure(Path(folder), episodes))
        with upstream() as base_url:
            with Server(Path(folder), base_url) as server:
                found["route_p99_amid_its_fold_ms"] = asyncio.run(route_p99_ms(server.address))
            asyncio.run(save_end(Path(folder)))
            with Server(Path(folder), base_url) as server:
                found["start_on_it_s"] = server.start_s
                found["route_p99_ms"] = asyncio.run(route_p99_ms(server.address))
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--episodes", type=int, default=250_000)
    print(json.dumps(run(parser.parse_args().episodes), indent=2))  # noqa: T201
