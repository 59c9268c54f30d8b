"""Answers that users have rated well, to be compared with new ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class RatedAnswer:
    """An answer that a user got. position: of its episode in the log, unique; rating: mean feedback, in [0, 1]."""

    position: int
    question: str
    answer: str
    rating: float


class RatedAnswers(Protocol):
    """Reads only. Nothing of one tenant is ever shown to another."""

    async def rated(self, tenant: str, least: float, limit: int) -> Sequence[RatedAnswer]:
        """The newest of a tenant whose rating is at least `least`, at most `limit`. Raises LogUnavailable.

        Where texts are not kept in full there are none.
        """
