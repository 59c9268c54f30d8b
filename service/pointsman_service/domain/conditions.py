"""What an operator should hear of: conditions that begin to hold and end, each with the words of its two lines.

A condition is told once when it begins, and once when it has ended, however many requests meet it meanwhile and however
many processes see it (`observability.changes_told`). The catalogue with what to do is in service/OPERATIONS.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

Level = Literal["info", "warning", "error"]


class Kind(StrEnum):
    """What may hold. What a condition is about (a model, a tenant, a judge) is said in its facts."""

    BREAKER_OPEN = "breaker_open"  # model, deployment: not called but for probes
    KEY_REFUSED = "key_refused"  # model, deployment: the provider refuses the key
    MODEL_UNPRICED = "model_unpriced"  # model
    KEY_MISSING = "key_missing"  # variable: a key is not set, or not as it should be
    JUDGE_FAILING = "judge_failing"  # judge
    BUDGET_80 = "budget_80"  # tenant: four fifths of its ceiling are spent or held
    BUDGET_100 = "budget_100"  # tenant: all of it
    LEARNER_BEHIND = "learner_behind"
    LEARNER_DEAD = "learner_dead"  # ended, ending again and again, or without a sign of life
    SNAPSHOT_REFUSED = "snapshot_refused"  # version: damaged or gone; the last good one stays
    SNAPSHOT_FORMAT = "snapshot_format"  # of another version of the service: the learner makes a new one
    SNAPSHOT_PINNED = "snapshot_pinned"  # an operator rolled back
    RETRY_BUDGET = "retry_budget"  # model, or nothing for all: failed calls are not made again
    LIMIT_REACHED = "limit_reached"  # limit, and whose: requests are refused at once
    STRANGERS = "strangers"  # requests without a key or token, or with one that opens nothing
    LOG_UNWRITABLE = "log_unwritable"
    LOG_UNREADABLE = "log_unreadable"
    WORKER_UNWELL = "worker_unwell"  # process: ended, ending again and again, or without a sign of life


@dataclass(frozen=True, slots=True)
class Wording:
    """begins: the line when it begins, at `level`; ends: the line when it has ended, at info; None for no line."""

    level: Level
    begins: str
    ends: str | None


WORDING: Mapping[Kind, Wording] = {
    Kind.BREAKER_OPEN: Wording(
        "warning", "breaker open: not called but for probes", "breaker closed: it answers again"
    ),
    Kind.KEY_REFUSED: Wording(
        "warning",
        "breaker open: the provider refuses the key, not called but for probes",
        "breaker closed: the provider takes the key again",
    ),
    Kind.MODEL_UNPRICED: Wording(
        "warning", "nobody knows what this model costs: what it spends is in no sum", "the model has prices now"
    ),
    Kind.KEY_MISSING: Wording("warning", "a key is missing or not as it should be", "the key is there now"),
    Kind.JUDGE_FAILING: Wording("warning", "the judge fails: answers go without its verdict", "the judge speaks again"),
    Kind.BUDGET_80: Wording("warning", "80 % of the budget's period are spent", None),
    Kind.BUDGET_100: Wording(
        "error", "the budget's period is spent: what it cannot pay is refused", "the budget has room again"
    ),
    Kind.LEARNER_BEHIND: Wording(
        "warning", "the learner is behind: decisions do not know of the newest events", "the learner has caught up"
    ),
    Kind.LEARNER_DEAD: Wording("error", "the learner does not do well", "the learner does well again"),
    Kind.SNAPSHOT_REFUSED: Wording(
        "error", "snapshot refused, the last good one stays", "a snapshot that can be read decides again"
    ),
    Kind.SNAPSHOT_FORMAT: Wording(
        "info",
        "the snapshots are of another version of the service: prices decide until the learner has made a new one",
        "the learner has made a snapshot of this version",
    ),
    Kind.SNAPSHOT_PINNED: Wording(
        "warning",
        "an operator rolled back: this snapshot decides, and what is learnt since waits",
        "the newest snapshot decides again",
    ),
    Kind.RETRY_BUDGET: Wording(
        "warning", "the retry budget is exhausted: failed calls are not made again", "there is room for retries again"
    ),
    Kind.LIMIT_REACHED: Wording(
        "warning", "a limit is reached: requests beyond it are refused at once", "no request was refused lately"
    ),
    Kind.STRANGERS: Wording(
        "warning", "requests without a valid key or token are refused", "no request without a valid key came lately"
    ),
    Kind.LOG_UNWRITABLE: Wording(
        "error", "the log cannot be written: queries are refused", "the log can be written again"
    ),
    Kind.LOG_UNREADABLE: Wording("error", "the log cannot be read", "the log can be read again"),
    Kind.WORKER_UNWELL: Wording("error", "a worker does not do well", "the worker does well again"),
}


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition: two are the same where kind and facts are. facts: pairs of name and value, in order of name.

    >>> Condition.of(Kind.BREAKER_OPEN, model="small", deployment=None)
    Condition(kind=<Kind.BREAKER_OPEN: 'breaker_open'>, facts=(('model', 'small'),))
    """

    kind: Kind
    facts: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, kind: Kind, **facts: str | None) -> Condition:
        """With what it is about; what is None is left out."""
        return cls(kind, tuple(sorted((name, value) for name, value in facts.items() if value is not None)))
