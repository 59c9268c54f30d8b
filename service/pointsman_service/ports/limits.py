"""What was taken of limits: of how many calls begin, and of how many run at the same time. O(1) a question."""

from __future__ import annotations

from typing import Protocol


class LimitStore(Protocol):
    """Counts by subject, over all processes that share the store. Every method returns within microseconds.

    A subject is any text, such as "tenant:team-a requests_per_second". How many are kept is bounded; which are given up
    first are those on which nothing runs and nothing was taken of late.
    """

    def take(self, subject: str, per_second: float, burst: float) -> float:
        """Take one of what comes at this rate: 0.0 where it was taken, else the seconds until there is one again.

        burst: how many may be taken at once after a rest, at least 1.
        """

    def give_back(self, subject: str, per_second: float) -> None:
        """Undo one `take`."""

    def enter(self, subject: str, most: int) -> bool:
        """Count one more that runs, unless `most` do already."""

    def leave(self, subject: str) -> None:
        """Count one less. A process that ends leaves everything."""

    def close(self) -> None:
        """Give up the store; what this process entered has been left."""
