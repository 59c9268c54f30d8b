"""Trying a call again where that is safe and there is time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from pointsman_service.errors import ModelCallError

T = TypeVar("T")

FIRST_WAIT_S = 0.2
"""Pause before the second try where the provider does not say how long; doubled each time."""


async def with_retries(
    attempt: Callable[[float], Awaitable[T]], *, tries: int, time_limit_s: float, clock: Callable[[], float]
) -> T:
    """Await `attempt(seconds left)`, again while it raises a retryable ModelCallError, at most `tries` times in all.

    clock: seconds, monotonic. A pause that the time limit does not allow is not begun: the error is raised at once.
    """
    ends_at = clock() + time_limit_s
    for number in range(tries):
        try:
            return await attempt(ends_at - clock())
        except ModelCallError as error:
            pause = FIRST_WAIT_S * 2**number if error.retry_after_s is None else error.retry_after_s
            if not error.retryable or number + 1 == tries or clock() + pause >= ends_at:
                raise
        await asyncio.sleep(pause)
    raise ValueError(f"tries must be at least 1, not {tries}")
