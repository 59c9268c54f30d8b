"""Speed of the whole service: `Route` against an empty call on the same server, and the start."""

import importlib.util
import json
from pathlib import Path

SLOWEST_MEDIAN_RATIO = 2.0
LOWEST_THROUGHPUT_RATIO = 0.4
LONGEST_START_S = 2.0


def _bench():
    spec = importlib.util.spec_from_file_location("bench_route", Path(__file__).with_name("bench_route.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def misses(found):
    """What misses its target, in words."""
    targets = {
        "median_ratio": found["median_ratio"] <= SLOWEST_MEDIAN_RATIO,
        "throughput_ratio": found["throughput_ratio"] >= LOWEST_THROUGHPUT_RATIO,
        "first_start_s": found["first_start_s"] <= LONGEST_START_S,
        "start_s": found["start_s"] <= LONGEST_START_S,
    }
    return [f"{name} missed: {found[name]:.3f}" for name, held in targets.items() if not held]


def test_route_costs_little_more_than_an_empty_call_and_the_service_starts_at_once(tmp_path, capsys):
    """Medians of ratios over interleaved rounds; the start is told beside what its imports alone take."""
    bench = _bench()
    bench.main(["--out", str(tmp_path / "route.json")])
    found = json.loads((tmp_path / "route.json").read_text())
    with capsys.disabled():
        print("\n" + bench.table(found))  # noqa: T201
    assert misses(found) == []
