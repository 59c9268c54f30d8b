"""What a service and its process that evaluates tell each other: one question and one reply, in MessagePack.

Both ends are this package, in one release. JSON has no infinity, which an interval's end may be.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping

import msgspec

from pointsman_service import errors
from pointsman_service.domain.operations import Savings, WhatIf
from pointsman_service.errors import PointsmanError
from pointsman_service.ports import SavingsAsked, WhatIfAsked

_LENGTH = struct.Struct("!Q")
_TOLD: Mapping[str, Callable[..., PointsmanError]] = {
    kind.__name__: kind
    for kind in (
        errors.ConfigurationError,
        errors.LogUnavailable,
        errors.NewerSchema,
        errors.OverLimit,
        errors.UnusableSnapshot,
    )
}
"""What reading the log and a snapshot raises. Anything else is a defect."""


class Question(msgspec.Struct, frozen=True):
    """folder: of the storage, whose log is read."""

    folder: str
    asked: WhatIfAsked | SavingsAsked


class Failed(msgspec.Struct, frozen=True):
    """An error that is its caller's to hear."""

    kind: str
    message: str
    facts: dict[str, str]

    @classmethod
    def of(cls, error: PointsmanError) -> Failed | None:
        """None where that is none of those that are told."""
        kind = type(error).__name__
        return cls(kind, str(error), error.facts) if kind in _TOLD else None

    def error(self) -> PointsmanError:
        """The same again.

        >>> Failed.of(errors.LogUnavailable("locked", reason="locked")).error()
        LogUnavailable('locked')
        """
        return _TOLD[self.kind](self.message, **self.facts)


class Reply(msgspec.Struct, frozen=True):
    """One of the four. defect: a traceback."""

    what_if: WhatIf | None = None
    savings: Savings | None = None
    failed: Failed | None = None
    defect: str | None = None


def frame(question: Question) -> bytes:
    """With its length before it: the input does not end while somebody waits for the reply."""
    data = msgspec.msgpack.encode(question)
    return _LENGTH.pack(len(data)) + data


def question_in(read: Callable[[int], bytes]) -> Question | None:
    """What `frame` made, None where the input ended before its end. read: that many bytes, fewer at the end alone."""
    length = read(_LENGTH.size)
    if len(length) < _LENGTH.size:
        return None
    (size,) = _LENGTH.unpack(length)
    data = read(size)
    return msgspec.msgpack.decode(data, type=Question) if len(data) == size else None
