"""What a change answers with: the present state, which a repeated change may find gone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from pointsman_service.errors import PointsmanError

T = TypeVar("T")


async def present(
    look: Callable[[str], Awaitable[T]], name: str, gone: type[PointsmanError], *, replayed: bool
) -> T | None:
    """What `look` finds; None where the change is a repeated one and what it made is gone meanwhile."""
    try:
        return await look(name)
    except gone:
        if not replayed:
            raise
        return None
