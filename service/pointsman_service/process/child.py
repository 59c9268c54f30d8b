"""What a supervised child does at its start: reads its settings from stdin, and stops when stdin ends or on SIGTERM."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress

from pointsman_service.config.sections import Settings
from pointsman_service.observability import configure_logging


def run_child(serve: Callable[[Settings, asyncio.Event], Awaitable[None]]) -> None:
    """Run `serve(settings, stop)` in an event loop until it returns; `stop` is set when the child should end."""
    settings = Settings.model_validate_json(sys.stdin.readline())
    configure_logging(settings.observability)
    asyncio.run(_run(serve, settings))


def tell_parent(line: str) -> None:
    """Say something to the supervisor. Where it is gone, stdin has ended too, and the child is about to stop."""
    with suppress(BrokenPipeError):
        print(line, flush=True)  # noqa: T201 - the supervisor reads it


async def _run(serve: Callable[[Settings, asyncio.Event], Awaitable[None]], settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loop.add_reader(sys.stdin.fileno(), _on_stdin, loop, stop)
    await serve(settings, stop)


def _on_stdin(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    if not os.read(sys.stdin.fileno(), 4096):
        loop.remove_reader(sys.stdin.fileno())
        stop.set()
