"""`make bench`: how fast it is, as ratios to floors of the same run; README.md has the method and the figures so far.

python -m tests.bench [--rounds N] [--door]
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy loads, as services and benches have it

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.bench import bench_door, bench_learner, bench_route, bench_streams
from tests.proof.table import Row, report

SLOWEST_ROUTE = 2.2
"""Times an empty call's median."""
LEAST_THROUGHPUT = 0.45
"""Of an empty call's."""
SLOWEST_COMPLETE = 5.0
"""Complete of one step, less what the provider takes, which is nothing: times an empty call's median."""
SLOWEST_DECISION = 0.6
"""Times an empty call's median."""
STEEPEST = 80 / 9
"""Times what a decision among nine models takes, among 80: by the model and no faster."""
LEAST_OF_PROXY = 5.0
"""Times the calls a second of LiteLLM's proxy."""
EVENTS_PER_S, START_S, WORKER_MB, LEARNER_MB, STREAMS_MB = 5_000, 1.5, 150, 200, 300
FIRST_PIECE_MS = 1.0
"""Aims: absolute, so that they hold on one machine and not on another; missing one fails nothing."""


def at_most(what: str, target: float, found: Mapping[str, float], key: str) -> Row:
    """A ratio with the spread of its rounds."""
    return Row(what, f"<= {target:g}", _spread(found, key), found[key] <= target)


def at_least(what: str, target: float, found: Mapping[str, float], key: str) -> Row:
    """The same, the other way round."""
    return Row(what, f">= {target:g}", _spread(found, key), found[key] >= target)


def _spread(found: Mapping[str, float], key: str) -> str:
    """The middle half of the rounds, where there are rounds.

    >>> _spread({"r": 2.0, "r_low": 1.9, "r_high": 2.2}, "r")
    '2.00 (1.90 to 2.20)'
    """
    if f"{key}_low" not in found:
        return f"{found[key]:.2f}"
    return f"{found[key]:.2f} ({found[f'{key}_low']:.2f} to {found[f'{key}_high']:.2f})"


def aim(what: str, target: float, reached: float, unit: str, *, least: bool = False) -> Row:
    """An absolute figure."""
    held = reached >= target if least else reached <= target
    said = "" if held else "not yet"
    return Row(what, f"aim {'>=' if least else '<='} {target:g} {unit}", f"{reached:.4g} {unit}", ok=True, said=said)


def rows(route: Mapping[str, float], learner: Mapping[str, float], streams: Mapping[str, float]) -> Iterator[Row]:
    """Of the service by itself."""
    yield at_most("Route: median, one at a time, to an empty call's", SLOWEST_ROUTE, route, "route_ratio")
    for c in bench_route.MANY:
        what = f"Route: calls a second, {c} at a time, to an empty call's"
        yield at_least(what, LEAST_THROUGHPUT, route, f"route_throughput_{c}")
    what = "Complete of one step: median, one at a time, to an empty call's"
    yield at_most(what, SLOWEST_COMPLETE, route, "complete_ratio")
    decide_us, empty_us = learner["decide_us_9_models"], 1e3 * route["empty_ms"]
    yield at_most("a decision among 9, embedding included, to an empty call", SLOWEST_DECISION,
                  {"r": decide_us / empty_us}, "r")  # fmt: skip
    yield at_most(
        "a decision among 80 to one among 9", STEEPEST, {"r": learner["decide_us_80_models"] / decide_us}, "r"
    )
    tokens = {"r": learner["decide_us_30000_tokens"] / learner["decide_us_3000_tokens"]}
    yield at_most("a decision on 30,000 tokens to one on 3,000", 1.5, tokens, "r")
    yield aim("StreamComplete: a first piece is passed on within", FIRST_PIECE_MS, route["first_piece_ms"], "ms")
    yield aim("learner: events of a mixed log", EVENTS_PER_S, learner["events_per_s"], "a second", least=True)
    yield aim("start to healthy, empty folder", START_S, route["first_start_s"], "s")
    yield aim("resident: worker", WORKER_MB, route["worker_mb"], "MB")
    yield aim("resident: learner", LEARNER_MB, route["learner_mb"], "MB")
    yield aim("resident: worker with 1,000 streams open", STREAMS_MB, streams["streams_worker_mb"], "MB")


def door_rows(found: Mapping[str, Mapping[str, Mapping[str, float]]]) -> Iterator[Row]:
    """Of the HTTP door beside LiteLLM's proxy."""
    for c in ("16", "64"):
        ratio = {"r": found[c]["door"]["calls_per_s"] / found[c]["proxy"]["calls_per_s"]}
        yield at_least(f"HTTP door: calls a second, {c} at a time, to LiteLLM's proxy's", LEAST_OF_PROXY, ratio, "r")


def main() -> None:
    """Measure, print one table, write out/bench.json; 1 where a ratio is missed."""
    parser = argparse.ArgumentParser(prog="make bench ARGS=", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=10, help="blocks of each kind of call; default 10")
    parser.add_argument("--door", action="store_true", help="LiteLLM's proxy, too: installs a hundred packages, once")
    said = parser.parse_args()
    learner = bench_learner.run()
    route = bench_route.run(said.rounds)
    streams = bench_streams.run()
    found = {"route": route, "learner": learner, "streams": streams}
    table = list(rows(route, learner, streams))
    if said.door:
        found["door"] = bench_door.run(said.rounds)
        table += door_rows(found["door"])
    out = Path("out")
    out.mkdir(exist_ok=True)
    (out / "bench.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    sys.exit(report("make bench; figures in out/bench.json", table))


if __name__ == "__main__":
    main()
