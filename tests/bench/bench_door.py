"""The HTTP door against LiteLLM's proxy: the same upstream, the same client, one core each, in one run.

Upstream answers at once, from this machine. Both are given one model and asked for it by name; what each adds is the
time of a call less that of the upstream alone, in the same blocks. Clients and upstream share the second core. The two
take turns in short blocks, in either order, so that a burst of noise meets both.

    python -m tests.bench.bench_door --out door-speed.json

LiteLLM's proxy needs some hundred packages that nothing else here does; they are installed from the index into
`out/litellm-proxy`, once, in the version of litellm that the service has.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.metadata
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import aiohttp
from pointsman_service.config import parse

from tests.bench.upstream import SOURCE, model

ROOT = Path(__file__).resolve().parents[2]
PROXY = ROOT / "out" / "litellm-proxy"
CONCURRENCIES = (1, 16, 64)
SERVED, REST = 0, 1
"""Cores: of what is measured, and of its clients and upstream."""
CALLS = {1: 60, 16: 320, 64: 640}
"""In a block, by concurrency: about a second each."""
KEY = "sk-bench-0123456789"
READY_S = 180.0

DOOR = (
    "import asyncio, sys\n"
    "from pointsman_service.process.compose import configure_logging, serve\n"
    "from pointsman_service.config.sections import Settings\n"
    "settings = Settings.model_validate_json(sys.argv[1])\n"
    "configure_logging(settings.observability)\n"
    "asyncio.run(serve(settings, lambda service: print(service.http_address, flush=True)))\n"
)


def asked() -> dict[str, Any]:
    """What every call asks."""
    return {"model": "bench", "messages": [{"role": "user", "content": "What is 2 + 2? Answer with the number."}]}


@contextmanager
def started(*command: str, core: int, **options: Any) -> Iterator[subprocess.Popen[str]]:
    """A process on one core, which ends with the block."""
    process = subprocess.Popen(["taskset", "-c", str(core), *command], text=True, **options)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(60)


@contextmanager
def upstream() -> Iterator[str]:
    """The base URL of what answers at once."""
    with started(sys.executable, "-c", SOURCE, core=REST, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}/v1"


@contextmanager
def door(base_url: str, folder: Path) -> Iterator[str]:
    """The HTTP door in front of it."""
    given = {
        "server": {"port": 0},
        "http": {"port": 0},
        "models": [model("bench", base_url)],
        "storage": {"folder": str(folder)},
    }
    settings = parse({**given, "observability": {"log_level": "error"}})
    command = (sys.executable, "-c", DOOR, settings.model_dump_json())
    with started(*command, core=SERVED, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        yield f"http://{process.stdout.readline().strip()}/v1"


@contextmanager
def proxy(base_url: str, folder: Path) -> Iterator[str]:
    """LiteLLM's proxy in front of it, as its documentation starts it in production: one worker, no database."""
    config = {
        "model_list": [
            {"model_name": "bench", "litellm_params": {"model": "openai/m", "api_base": base_url, "api_key": "none"}}
        ],
        "general_settings": {"master_key": KEY},
        "litellm_settings": {"set_verbose": False, "telemetry": False},
    }
    path = folder / "litellm.yaml"
    path.write_text(json.dumps(config), encoding="utf-8")  # YAML reads JSON
    port = free_port()
    environment = {
        **os.environ,
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "LITELLM_LOG": "ERROR",
        "LITELLM_MODE": "PRODUCTION",
    }
    command = (str(PROXY / "bin" / "litellm"), "--config", str(path), "--host", "127.0.0.1", "--port", str(port))
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with started(*command, "--num_workers", "1", core=SERVED, env=environment, **quiet):
        yield f"http://127.0.0.1:{port}/v1"


def free_port() -> int:
    """A port that nobody has now."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def installed() -> None:
    """LiteLLM's proxy, in an environment of its own."""
    if (PROXY / "bin" / "litellm").exists():
        return
    version = importlib.metadata.version("litellm")
    subprocess.run([sys.executable, "-m", "venv", str(PROXY)], check=True)
    pip = (str(PROXY / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    subprocess.run([*pip, f"litellm[proxy]=={version}"], check=True)


@asynccontextmanager
async def session(base_url: str) -> AsyncIterator[aiohttp.ClientSession]:
    """One client's connections, ready to ask."""
    headers = {"authorization": f"Bearer {KEY}"}
    connector = aiohttp.TCPConnector(limit=max(CONCURRENCIES))
    async with aiohttp.ClientSession(headers=headers, connector=connector) as http:
        deadline = time.monotonic() + READY_S
        while True:
            try:
                await call(http, base_url)
                break
            except (aiohttp.ClientError, AssertionError):
                if time.monotonic() > deadline:
                    raise
                await asyncio.sleep(0.25)
        yield http


async def call(http: aiohttp.ClientSession, base_url: str) -> float:
    """Milliseconds of one call."""
    began = time.perf_counter()
    async with http.post(f"{base_url}/chat/completions", json=asked()) as answer:
        told = await answer.json()
        assert answer.status == 200, told
    return (time.perf_counter() - began) * 1e3


async def block(http: aiohttp.ClientSession, base_url: str, concurrency: int) -> tuple[list[float], float]:
    """Milliseconds of each call, and calls a second."""
    took: list[float] = []
    left = iter(range(CALLS[concurrency]))

    async def one() -> None:
        for _ in left:
            took.append(await call(http, base_url))

    began = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(concurrency)))
    return took, len(took) / (time.perf_counter() - began)


async def measured(bases: dict[str, str], rounds: int) -> dict[str, Any]:
    """By concurrency and who answers: median and p99 in ms, what is added to the upstream's, calls a second."""
    found: dict[str, Any] = {}
    async with session(bases["upstream"]) as a, session(bases["door"]) as b, session(bases["proxy"]) as c:
        clients = {"upstream": a, "door": b, "proxy": c}
        for name, http in clients.items():
            await block(http, bases[name], 16)  # warm
        for concurrency in CONCURRENCIES:
            took: dict[str, list[float]] = {name: [] for name in clients}
            speeds: dict[str, list[float]] = {name: [] for name in clients}
            for i in range(rounds):
                for name in clients if i % 2 else reversed(clients):
                    times, speed = await block(clients[name], bases[name], concurrency)
                    took[name] += times
                    speeds[name].append(speed)
            found[str(concurrency)] = {name: _summary(took[name], speeds[name], took["upstream"]) for name in clients}
    return found


def _summary(took: Sequence[float], speeds: Sequence[float], alone: Sequence[float]) -> dict[str, float]:
    median, p99 = statistics.median(took), _p99(took)
    return {
        "median_ms": round(median, 3),
        "p99_ms": round(p99, 3),
        "added_median_ms": round(median - statistics.median(alone), 3),
        "added_p99_ms": round(p99 - _p99(alone), 3),
        "calls_per_s": round(statistics.median(speeds), 1),
    }


def _p99(took: Sequence[float]) -> float:
    return statistics.quantiles(took, n=100)[98]


def verdict(found: dict[str, Any]) -> tuple[str, bool]:
    """A table, and whether the door is quicker at each concurrency and takes 2.5 times the calls."""
    lines, well = [f"{'at once':>8}  {'':8} {'added median':>13} {'added p99':>10} {'calls/s':>9}"], True
    for concurrency, by_name in found.items():
        for name in ("upstream", "door", "proxy"):
            of = by_name[name]
            times = f"{of['added_median_ms']:10.2f} ms {of['added_p99_ms']:7.2f} ms {of['calls_per_s']:9.1f}"
            lines.append(f"{concurrency:>8}  {name:8} {times}")
        ours, theirs = by_name["door"], by_name["proxy"]
        lower = all(ours[key] < theirs[key] for key in ("added_median_ms", "added_p99_ms"))
        times_more = ours["calls_per_s"] / theirs["calls_per_s"]
        well = well and lower and times_more >= 2.5
        lines.append(f"{'':8}  {times_more:.1f} times the calls, added times {'lower' if lower else 'NOT LOWER'}")
    return "\n".join(lines), well


def run(rounds: int = 6) -> dict[str, Any]:
    """The whole benchmark, as `measured`; installs LiteLLM's proxy where it is not yet."""
    installed()
    os.sched_setaffinity(0, {REST})
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        base = stack.enter_context(upstream())
        bases = {"upstream": base, "door": stack.enter_context(door(base, folder / "data"))}
        bases["proxy"] = stack.enter_context(proxy(base, folder))
        return asyncio.run(measured(bases, rounds))


def main() -> int:
    """Exit code 0 where the door is as wanted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    found = run(options.rounds)
    told, well = verdict(found)
    sys.stdout.write(f"{told}\n")
    if options.out:
        options.out.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
