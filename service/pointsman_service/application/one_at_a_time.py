"""Work that takes a processor for seconds does not pile up: one at a time, and a second is refused at once."""

from __future__ import annotations

from types import TracebackType

from pointsman_service.errors import OverLimit

RETRY_S = 1.0  # when to come back where other work is under way: it takes seconds


class OneAtATime:
    """name: of the limit, for who is refused.

    >>> alone = OneAtATime("what_if")
    >>> with alone:
    ...     with alone:
    ...         pass
    Traceback (most recent call last):
        ...
    pointsman_service.errors.OverLimit: 1 what_if at once is the most; another is under way: retry in 1 s
    """

    def __init__(self, name: str) -> None:
        self._name, self._running = name, False

    def __enter__(self) -> None:
        if self._running:
            raise OverLimit(
                f"1 {self._name} at once is the most; another is under way: retry in {RETRY_S:g} s",
                limit=self._name,
                subject="service",
                retry_after_s=RETRY_S,
            )
        self._running = True

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._running = False
