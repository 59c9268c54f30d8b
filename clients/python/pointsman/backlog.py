"""What a batcher holds: feedback that waits to be sent, is being sent, or is done with. No I/O, no threads."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, TypedDict

from pointsman import v1
from pointsman.arguments import invalid, shown

DropReason = Literal["full", "deadline", "closed"]
"""No room, by number or bytes; retried in vain until its deadline; handed over after, or left at, the close."""

_ENVELOPE = 16
"""Bytes that an item may take in its batch beyond its own: tag and length, both of a varint."""
_LARGEST_BATCH = 1_000
"""Items that the service takes in one."""


class LimitFields(TypedDict, total=False):
    """What `BatcherLimits` has; what is left out is its default."""

    max_items: int
    max_bytes: int
    flush_items: int
    flush_bytes: int
    flush_interval_s: float
    deadline_s: float


@dataclass(frozen=True, slots=True)
class BatcherLimits:
    """What a batcher holds at most, and when it sends.

    max_items, max_bytes: held in all; what comes beyond is dropped, and told. flush_items, flush_bytes: sent in one
    request; 3 MiB stays below the 4 MiB that gRPC takes. flush_interval_s: seconds that an item waits for company.
    deadline_s: seconds that it is retried.
    """

    max_items: int = 10_000
    max_bytes: int = 32 << 20
    flush_items: int = 500
    flush_bytes: int = 3 << 20
    flush_interval_s: float = 1.0
    deadline_s: float = 600.0

    def __post_init__(self) -> None:
        for name in ("max_items", "max_bytes", "flush_items", "flush_bytes"):
            value = getattr(self, name)
            if type(value) is not int or value < 1:
                raise invalid(name, f"must be a whole number from 1, not {shown(value)}")
        if self.flush_items > _LARGEST_BATCH:
            raise invalid("flush_items", f"must be at most {_LARGEST_BATCH}, which the service takes in one request")
        for name, least in (("flush_interval_s", 0.0), ("deadline_s", 1e-3)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value < float("inf"):
                raise invalid(name, f"must be seconds, {least:g} or more, not {shown(value)}")


@dataclass(frozen=True, slots=True)
class BatcherStats:
    """What became of all that was handed over: added is the sum of acknowledged, refused, dropped and pending.

    refused: the service answered with an error of its own. dropped: by reason. requests: batches that were sent.
    """

    added: int
    acknowledged: int
    refused: int
    dropped: dict[DropReason, int]
    pending: int
    requests: int


@dataclass(slots=True, eq=False)
class Item:
    """A word of feedback on its way. tenant: None for the client's. size: bytes; times: seconds of the clock.

    settled: it is acknowledged, or whoever wants to know was told that it is not; then nobody waits for it any more.
    """

    request: v1.RecordFeedbackRequest
    tenant: str | None
    size: int
    added_at: float
    expires_at: float
    settled: bool = False


@dataclass(slots=True)
class Backlog:
    """In the order in which items came; those that are given back go to the front again."""

    limits: BatcherLimits
    waiting: deque[Item] = field(default_factory=deque)
    sending: list[Item] = field(default_factory=list)
    bytes_held: int = 0
    bytes_waiting: int = 0
    added: int = 0
    acknowledged: int = 0
    refused: int = 0
    requests: int = 0
    dropped: Counter[DropReason] = field(default_factory=Counter)

    def put(self, request: v1.RecordFeedbackRequest, tenant: str | None, now: float) -> Item | None:
        """Take it; None where there is no room: then it is dropped."""
        size = request.ByteSize() + _ENVELOPE
        self.added += 1
        if self.pending >= self.limits.max_items or self.bytes_held + size > self.limits.max_bytes:
            self.dropped["full"] += 1
            return None
        item = Item(request, tenant, size, now, now + self.limits.deadline_s)
        self.waiting.append(item)
        self.bytes_held += size
        self.bytes_waiting += size
        return item

    @property
    def pending(self) -> int:
        """Items that are neither acknowledged nor told as refused or dropped."""
        return len(self.waiting) + len(self.sending)

    def is_full_batch(self) -> bool:
        """Whether what waits fills a request."""
        return len(self.waiting) >= self.limits.flush_items or self.bytes_waiting >= self.limits.flush_bytes

    def due_s(self, now: float, *, at_once: bool) -> float | None:
        """Seconds until something is to be sent or given up; None where nothing waits."""
        if not self.waiting:
            return None
        if at_once or self.is_full_batch():
            return 0.0
        first = self.waiting[0]
        return max(0.0, min(first.added_at + self.limits.flush_interval_s, first.expires_at) - now)

    def take(self, at_most: int) -> list[Item]:
        """The next batch: of one tenant, as long as the limits allow, and one item where any waits."""
        batch: list[Item] = []
        size = 0
        while self.waiting and len(batch) < min(at_most, self.limits.flush_items):
            item = self.waiting[0]
            if batch and (item.tenant != batch[0].tenant or size + item.size > self.limits.flush_bytes):
                break
            batch.append(self.waiting.popleft())
            size += item.size
        self.bytes_waiting -= size
        self.sending = batch
        self.requests += 1
        return batch

    def expired(self, now: float) -> list[Item]:
        """Items whose deadline has passed, which are dropped now."""
        late: list[Item] = []
        while self.waiting and self.waiting[0].expires_at <= now:
            late.append(self.waiting.popleft())
        self.bytes_waiting -= sum(item.size for item in late)
        self._drop(late, "deadline")
        return late

    def settle(self, *, acknowledged: Iterable[Item], refused: Iterable[Item], given_back: Iterable[Item]) -> None:
        """What became of the batch that was sent: every item of it is in one of these."""
        acknowledged, refused, given_back = list(acknowledged), list(refused), list(given_back)
        self.sending = []
        self.acknowledged += len(acknowledged)
        self.refused += len(refused)
        self._done([*acknowledged, *refused])
        self.waiting.extendleft(reversed(given_back))
        self.bytes_waiting += sum(item.size for item in given_back)

    def give_up(self) -> list[Item]:
        """Drop all that is left, since it is closed; what was dropped."""
        left = [*self.sending, *self.waiting]
        self.sending, self.bytes_waiting = [], 0
        self.waiting.clear()
        self._drop(left, "closed")
        return left

    def refuse_closed(self) -> None:
        """Count an item that came after the close."""
        self.added += 1
        self.dropped["closed"] += 1

    def stats(self) -> BatcherStats:
        """As it is now."""
        return BatcherStats(
            self.added, self.acknowledged, self.refused, dict(self.dropped), self.pending, self.requests
        )

    def _drop(self, items: list[Item], reason: DropReason) -> None:
        if items:
            self.dropped[reason] += len(items)
        self._done(items)

    def _done(self, items: list[Item]) -> None:
        self.bytes_held -= sum(item.size for item in items)
