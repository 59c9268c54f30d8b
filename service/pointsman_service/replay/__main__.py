"""Serves the replay provider by itself: `python -m pointsman_service.replay starter --port 8100`."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from collections.abc import Sequence

from pointsman_service.errors import ConfigurationError
from pointsman_service.replay.failures import FailureRates
from pointsman_service.replay.provider import ReplayBehaviour, ReplayProvider
from pointsman_service.replay.sources import open_table


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until SIGINT or SIGTERM; 0, or 2 where the options or the table are wrong."""
    options = _parser().parse_args(argv)
    try:
        behaviour = ReplayBehaviour(_latency(options.latency), FailureRates.parse(options.failures), options.seed)
        table = open_table(options.table, pool=options.pool.split(",") if options.pool else None)
        asyncio.run(_serve(ReplayProvider(table, behaviour, port=options.port)))
    except ConfigurationError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def _latency(text: str) -> str | float:
    try:
        return float(text)
    except ValueError:
        return text


async def _serve(provider: ReplayProvider) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with provider:
        sys.stdout.write(f"replaying recorded answers (no model is called) at {provider.base_url}\n")
        sys.stdout.flush()
        await stopped.wait()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m pointsman_service.replay",
        description="Answer as recorded models did, in the OpenAI format, on 127.0.0.1. No model is called.",
        epilog="example: python -m pointsman_service.replay starter --port 8100 --latency 20 --failures empty=0.1",
    )
    parser.add_argument("table", help='a folder of recorded outcomes, "starter" or "paretobandit"')
    parser.add_argument("--port", type=int, default=0, help="default: any free one")
    parser.add_argument("--pool", default="", help="models to offer, separated by commas; default: all")
    parser.add_argument("--latency", default="none", help='"none", "recorded" or milliseconds; default none')
    parser.add_argument(
        "--failures", default="0", help='share that fails, "0.05", or by kind, "timeout=0.1,empty=0.05"'
    )
    parser.add_argument("--seed", type=int, default=0, help="which calls fail; default 0")
    return parser


if __name__ == "__main__":
    sys.exit(main())
