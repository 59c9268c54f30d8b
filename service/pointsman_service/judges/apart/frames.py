"""What the service and a process of judges tell each other: pickled values, each with its length before it.

Both ends are this package, in one release, over a pipe that nobody else holds.
"""

from __future__ import annotations

import asyncio
import pickle
import struct
from typing import Any, NamedTuple

from pointsman_learner.types import Verdict

from pointsman_service.domain import AnswerUnderJudgement

_LENGTH = struct.Struct("!Q")


class Made(NamedTuple):
    """How to make a judge: an entry point, by name, value and group; or a kind that is built in, "" for neither."""

    name: str
    kind: str
    options: dict[str, Any]
    point: tuple[str, str, str] | None = None


class Asked(NamedTuple):
    """An answer to be judged, under a number that its reply has."""

    number: int
    judge: str
    subject: AnswerUnderJudgement
    timeout_s: float


class Replied(NamedTuple):
    """The verdict, None where the judge raised: then why."""

    number: int
    verdict: Verdict | None
    error: str = ""


def frame(value: object) -> bytes:
    """The value as it goes over the pipe.

    >>> int.from_bytes(frame(None)[:8], "big") == len(frame(None)) - 8
    True
    """
    data = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    return _LENGTH.pack(len(data)) + data


async def received(reader: asyncio.StreamReader) -> Any:  # noqa: ANN401 - what was sent
    """The next value. Raises asyncio.IncompleteReadError where the other end is gone."""
    (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
    return pickle.loads(await reader.readexactly(length))  # noqa: S301 - of our own child, over its own pipe
