"""What both batchers share: reading what is handed over, and telling what was dropped or refused."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Sequence

from pointsman import v1
from pointsman.arguments import invalid, shown
from pointsman.backlog import Backlog, BatcherLimits, DropReason, Item
from pointsman.batch_outcome import BatchOutcome
from pointsman.errors import PointsmanError
from pointsman.feedback import FeedbackFields, feedback_request
from pointsman.identity import identified
from pointsman.settings import CallOptions

OnDropped = Callable[[v1.RecordFeedbackRequest, DropReason], object]
"""Told of each item that was dropped, and why. It is called where that happens, and should not take long."""
OnRefused = Callable[[v1.RecordFeedbackRequest, PointsmanError], object]
"""Told of each item that the service refused, with the error that `feedback` would have raised."""

ATTEMPT_S = 30.0
"""Of one attempt: a batch of 1,000 takes the service well below a second, so after this its connection is lost."""
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.1, 5.0
"""As `RetryPolicy` has them."""
_LOG_EVERY_S = 1.0

_log = logging.getLogger("pointsman")
_rng = random.Random()  # noqa: S311 - jitter


def request_of(feedback: object, fields: FeedbackFields) -> tuple[v1.RecordFeedbackRequest, str | None]:
    """The request with its id, and the tenant that it names. Raises InvalidRequest.

    feedback: an episode's id, with fields as `Client.feedback` has them; or a message, with none.
    """
    if unsendable := sorted(fields.keys() & {"metadata", "timeout_s"}):
        raise invalid(unsendable[0], "is of the batcher, not of an item: items are sent together")
    tenant = fields.get("tenant")
    if isinstance(feedback, str):
        return identified(feedback_request(feedback, fields)), tenant
    if fields.keys() - {"tenant"}:
        raise invalid(min(fields.keys() - {"tenant"}), "is said twice: a message has it already")
    match feedback:
        case v1.RecordFeedbackRequest():
            return identified(feedback), tenant
        case v1.Feedback():
            return identified(v1.RecordFeedbackRequest(feedback=feedback)), tenant
    raise invalid(
        "feedback", f"must be an episode's id, a v1.Feedback or v1.RecordFeedbackRequest, not {shown(feedback)}"
    )


class Pace:
    """How long to wait after failures, and how many items the next batch may have."""

    def __init__(self, limits: BatcherLimits) -> None:
        self._limits = limits
        self._failures = 0
        # Four times at least before an item's deadline, however short that is.
        self._longest_wait_s = min(_LONGEST_WAIT_S, limits.deadline_s / 4)
        self.at_most = limits.flush_items
        self.not_before = 0.0

    def due_s(self, backlog: Backlog, now: float, *, at_once: bool) -> float | None:
        """Seconds until there is something to do; None while nothing waits. at_once: without waiting for company."""
        due_s = backlog.due_s(now, at_once=at_once)
        if due_s is None:
            return None
        left_s = max(0.0, backlog.waiting[0].expires_at - now)
        return min(max(due_s, self.not_before - now), left_s)

    def take(self, backlog: Backlog, now: float) -> list[Item]:
        """The next batch; an empty one where items have expired, which come first."""
        return [] if backlog.waiting[0].expires_at <= now else backlog.take(self.at_most)

    def after(self, outcome: BatchOutcome, sent: int, now: float) -> None:
        """Take note of what became of a batch of so many items."""
        if outcome.halved:
            self.at_most = max(1, sent // 2)
            return
        self.at_most = min(self._limits.flush_items, max(self.at_most, 1) * 2)
        self._failures = self._failures + 1 if outcome.failed else 0
        grown = min(_FIRST_WAIT_S * 2 ** min(self._failures - 1, 16), self._longest_wait_s) if self._failures else 0.0
        self.not_before = now + max(outcome.wait_s, grown * (0.5 + _rng.random() / 2))


class Teller:
    """Tells callbacks and the log. A callback that raises is told in the log, and stops nothing."""

    def __init__(self, on_dropped: OnDropped | None, on_refused: OnRefused | None, clock: Callable[[], float]) -> None:
        self._on_dropped, self._on_refused, self._clock = on_dropped, on_refused, clock
        self._untold = 0
        self._told_at = -_LOG_EVERY_S

    def dropped(self, requests: Sequence[v1.RecordFeedbackRequest], reason: DropReason) -> None:
        """One line a second at most: who hands over far too much would fill the log."""
        if not requests:
            return
        self._untold += len(requests)
        if (now := self._clock()) - self._told_at >= _LOG_EVERY_S:
            _log.warning("dropped %d words of feedback, the last ones for reason %r", self._untold, reason)
            self._untold, self._told_at = 0, now
        for request in requests:
            _called(self._on_dropped, request, reason)

    def told(self, outcome: BatchOutcome, late: Sequence[Item]) -> None:
        """Tell what became of a batch, and which items' deadline has passed: then they are settled."""
        self.refused(outcome.refused)
        self.dropped([item.request for item in late], "deadline")
        for item in (*outcome.acknowledged, *(item for item, _ in outcome.refused), *late):
            item.settled = True

    def ended(self, left: Sequence[Item]) -> None:
        """Nothing more comes: tell what is left, and what was dropped and not told in the log yet."""
        self.dropped([item.request for item in left], "closed")
        for item in left:
            item.settled = True
        if self._untold:
            _log.warning("dropped %d more words of feedback", self._untold)
            self._untold = 0

    def refused(self, refused: Sequence[tuple[Item, PointsmanError]]) -> None:
        """A line each: it is the caller's to mend."""
        for item, error in refused:
            _log.warning("feedback on episode %r was refused: %s", item.request.feedback.episode_id, error)
            _called(self._on_refused, item.request, error)


def _called(callback: Callable[..., object] | None, *args: object) -> None:
    if callback is None:
        return
    try:
        callback(*args)
    except Exception:  # noqa: BLE001 - whatever it is, it is told, and the others are sent
        _log.exception("a callback of a feedback batcher raised")


def checked_wait(timeout_s: object) -> float:
    """The seconds, if they are some."""
    if isinstance(timeout_s, bool) or not isinstance(timeout_s, int | float) or not timeout_s >= 0:
        raise invalid("timeout_s", f"must be seconds, 0 or more, or None, not {shown(timeout_s)}")
    return float(timeout_s)


def posted(items: Sequence[Item], timeout_s: float) -> tuple[v1.RecordFeedbackBatchRequest, CallOptions]:
    """The request of a batch, and the options of its call: the tenant, where the items name one."""
    options: CallOptions = {"timeout_s": timeout_s}
    if items[0].tenant is not None:
        options["tenant"] = items[0].tenant
    return v1.RecordFeedbackBatchRequest(requests=[item.request for item in items]), options


def settle(backlog: Backlog, outcome: BatchOutcome) -> None:
    """Enter what became of the batch."""
    refused = [item for item, _ in outcome.refused]
    backlog.settle(acknowledged=outcome.acknowledged, refused=refused, given_back=outcome.again)
