"""Work that may be given up: a process ends while it goes on, which a thread of an executor would not let it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


async def aside(work: Callable[[], T], name: str) -> T:
    """What `work` returns or raises, done in a daemon thread of this name; the event loop goes on meanwhile.

    Cancelled, nobody waits for it any more, and what it comes to is dropped: it must change nothing.

    >>> asyncio.run(aside(lambda: 2 + 2, "adding"))
    4
    """
    result: Future[T] = Future()
    result.set_running_or_notify_cancel()  # from here on only `run` settles it, whoever gives it up

    def run() -> None:
        try:
            result.set_result(work())
        except BaseException as e:  # noqa: BLE001 - it is raised where it is waited for
            result.set_exception(e)

    threading.Thread(target=run, name=name, daemon=True).start()
    return await asyncio.wrap_future(result)
