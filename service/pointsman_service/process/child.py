"""What a supervised child does at its start: reads its settings from stdin, and stops when stdin ends or on SIGTERM."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress

from pointsman_service.config.sections import Settings
from pointsman_service.errors import PointsmanError
from pointsman_service.observability import configure_logging
from pointsman_service.observability.structured_log import structlog

_log: structlog.stdlib.BoundLogger = structlog.get_logger("pointsman")


def run_child(serve: Callable[[Settings, asyncio.Event], Awaitable[None]]) -> None:
    """Run `serve(settings, stop)` in an event loop until it returns; `stop` is set when the child should end.

    What it raises is a line in the log and exit code 1: the supervisor starts another.
    """
    settings = Settings.model_validate_json(sys.stdin.readline())
    configure_logging(settings.observability)
    try:
        asyncio.run(_run(serve, settings))
    except PointsmanError as e:
        _log.error("cannot go on", why=str(e))
        sys.exit(1)
    except Exception:  # noqa: BLE001 - the edge of the process
        _log.exception("cannot go on")
        sys.exit(1)


def tell_parent(line: str) -> None:
    """Say something to the supervisor. Where it is gone, stdin has ended too, and the child is about to stop."""
    with suppress(BrokenPipeError):
        print(line, flush=True)  # noqa: T201 - the supervisor reads it


async def _run(serve: Callable[[Settings, asyncio.Event], Awaitable[None]], settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # the parent hears it, too, and says what becomes of it
    loop.add_reader(sys.stdin.fileno(), _on_stdin, loop, stop)
    await serve(settings, stop)


def _on_stdin(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    if not os.read(sys.stdin.fileno(), 4096):
        loop.remove_reader(sys.stdin.fileno())
        stop.set()
