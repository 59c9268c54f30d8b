"""A sign of life on a stream while nothing else is to be said."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import TypeVar

from pointsman_service.application.surviving import surviving

T = TypeVar("T")
S = TypeVar("S")

PROGRESS_S = 2.0
"""Seconds of silence at most: proxies and people give up on a connection that says nothing for much longer."""
_END = object()


async def with_signs(
    events: AsyncGenerator[T, None], sign: Callable[[], S], says: Callable[[T], bool], silence_s: float = PROGRESS_S
) -> AsyncGenerator[T | S, None]:
    """The events as they come, and a sign whenever none that says something has come for so many seconds.

    says: whether an event reaches every caller; one that does not ends no silence. Closing this closes the events,
    with what they wait for cancelled, before it returns.
    """
    clock = asyncio.get_running_loop().time
    due = clock() + silence_s
    upcoming: asyncio.Future[T | object] | None = None
    try:
        while True:
            # The wait is for a task of its own, so that a sign interrupts nothing of what it waits for.
            upcoming = upcoming or asyncio.ensure_future(anext(events, _END))
            done, _ = await asyncio.wait({upcoming}, timeout=max(0.0, due - clock()))
            if not done:
                due = clock() + silence_s
                yield sign()
                continue
            event, upcoming = upcoming.result(), None
            if event is _END:
                return
            if says(event):  # type: ignore[arg-type]
                due = clock() + silence_s
            yield event  # type: ignore[misc]
    finally:
        await surviving(_closed(events, upcoming))


async def _closed(events: AsyncGenerator[T, None], upcoming: asyncio.Future[T | object] | None) -> None:
    if upcoming is not None:
        upcoming.cancel()
        await asyncio.wait({upcoming})
        if not upcoming.cancelled():
            upcoming.exception()  # it is over for whoever waited; asyncio need not report it
    await events.aclose()
