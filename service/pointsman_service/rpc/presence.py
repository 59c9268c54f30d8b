"""Fields that may be absent: absent is None, a told 0 is 0."""

from __future__ import annotations

import math
from typing import Any

from google.protobuf.message import Message

from pointsman_service.domain.request_limits import MAX_ID
from pointsman_service.errors import Fault
from pointsman_service.rpc.validation import Violations


def told(message: Message, field: str) -> Any:  # noqa: ANN401 - of the field's type
    """The field's value, None where it is absent.

    >>> from pointsman import v1
    >>> told(v1.Usage(input_tokens=0), "input_tokens"), told(v1.Usage(), "input_tokens")
    (0, None)
    """
    return getattr(message, field) if message.HasField(field) else None


class Told:
    """The optional fields of one message, checked where they are given; None where they are absent.

    >>> from pointsman import v1
    >>> wrong = Violations()
    >>> usage = Told(v1.Usage(input_tokens=-1), "usage.", wrong)
    >>> usage.between("input_tokens", 0), usage.between("output_tokens", 0), wrong.found
    (-1, None, [('usage.input_tokens', 'must be a finite number of at least 0; it is -1')])
    """

    __slots__ = ("message", "path", "wrong")

    def __init__(self, message: Message, path: str, wrong: Violations) -> None:
        """path: of the message in the request, with the dot: "query.preference."."""
        self.message = message
        self.path = path
        self.wrong = wrong

    def between(self, field: str, low: float, high: float = math.inf) -> Any:  # noqa: ANN401
        """A number; low <= value <= high, and finite."""
        value = told(self.message, field)
        if value is not None:
            self.wrong.between(self.path + field, value, low, high)
        return value

    def above_zero(self, field: str, high: float = math.inf) -> float | None:
        """A number; 0 < value <= high, and finite."""
        value: float | None = told(self.message, field)
        if value is not None:
            self.wrong.above_zero(self.path + field, value, high)
        return value

    def identifier(self, field: str, longest: int = MAX_ID) -> str | None:
        """A text that is not blank, printable, not too long."""
        value: str | None = told(self.message, field)
        if value is None:
            return None
        if not value:
            self.wrong.add(self.path + field, "must not be empty; leave it out where there is none", Fault.REQUIRED)
            return None
        return self.wrong.identifier(self.path + field, value, longest)

    def text(self, field: str, limit: int) -> str | None:
        """A text that is not too long."""
        value: str | None = told(self.message, field)
        return None if value is None else self.wrong.text(self.path + field, value, limit)
