"""One call of a model, as some log tells it: what every format is read into."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from pointsman_service.domain import Question, Usage


@dataclass(frozen=True, slots=True)
class Score:
    """A word on an answer, as the log has it: `raw` is a boolean, a number or a text, on whatever scale."""

    name: str
    raw: bool | float | str


@dataclass(frozen=True, slots=True)
class LoggedCall:
    """What is told of one call; "" and None are not told.

    model: whose name the answer has; asked: the name that was asked for, where that is another. question: None where
    the log keeps no prompts. answer: its text, None where it is not kept. cost_usd: as the log has it. at: seconds
    since the epoch. batched: it was one of a batch, for which providers take less. call, trace: ids by which scores
    elsewhere name it. odd: fields whose figure cannot be (negative, not a number, beyond all bounds), and which
    therefore count as not told.
    """

    model: str = ""
    asked: str = ""
    question: Question | None = None
    answer: str | None = None
    usage: Usage = field(default_factory=Usage)
    cost_usd: float | None = None
    at: float | None = None
    latency_ms: float | None = None
    scores: tuple[Score, ...] = ()
    batched: bool = False
    call: str = ""
    trace: str = ""
    odd: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something in a log that is no answered call. "failed": a call without an answer; "other": no call of a model."""

    why: Literal["failed", "other"]


@dataclass(frozen=True, slots=True)
class Damaged:
    """A place in a file that cannot be read. why: never quotes the file."""

    line: int
    why: str


Told = LoggedCall | LeftOut
