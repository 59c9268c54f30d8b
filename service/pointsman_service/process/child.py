"""What a supervised child does: reads its settings, says that it lives, stops on SIGTERM or without a parent.

The first line on stdin is its settings, each further one is as `child_lines` says; the end of stdin is the end of
the parent.
"""

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
from pointsman_service.process.heart import Heart

Serve = Callable[[Settings, asyncio.Event, Heart], Awaitable[None]]

_log: structlog.stdlib.BoundLogger = structlog.get_logger("pointsman")


def run_child(serve: Serve) -> None:
    """Run `serve(settings, stop, heart)` in an event loop until it returns; `stop` is set when the child should end.

    What it raises is a line in the log and exit code 1: the supervisor starts another.
    """
    settings = Settings.model_validate_json(sys.stdin.buffer.readline())
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


async def _run(serve: Serve, settings: Settings) -> None:
    stop, heart = asyncio.Event(), Heart(int(sys.argv[1]) if len(sys.argv) > 1 else None)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # the parent hears it, too, and says what becomes of it
    # Children obey their parent alone: what it is told by signal, it tells them. Unheard, these would end a process.
    for number in (signal.SIGUSR1, signal.SIGUSR2):
        signal.signal(number, signal.SIG_IGN)
    said = _Said(heart, stop)
    loop.add_reader(sys.stdin.fileno(), said.read, loop)
    heart.start(loop)
    await serve(settings, stop, heart)


class _Said:
    """What the parent says, line by line."""

    def __init__(self, heart: Heart, stop: asyncio.Event) -> None:
        self._heart = heart
        self._stop = stop
        self._rest = b""

    def read(self, loop: asyncio.AbstractEventLoop) -> None:
        """Take what has come; its end is the parent's."""
        piece = os.read(sys.stdin.fileno(), 65_536)
        if not piece:
            loop.remove_reader(sys.stdin.fileno())
            self._stop.set()
            self._heart.orphaned()
        *lines, self._rest = (self._rest + piece).split(b"\n")
        for line in lines:
            self._heart.heard.obey(line.decode(errors="replace"))
