"""One request_id, one answer: the same request again gets the stored answer, another under the same id is refused."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, fields, is_dataclass
from typing import Any
from weakref import WeakValueDictionary

from pointsman_service.domain.json_slices import json_slices
from pointsman_service.domain.requests import GivenFeedback, GivenSessionOutcome, Outcome, Query
from pointsman_service.errors import DuplicateRequest, RequestConflict
from pointsman_service.ports import StoredEpisode

LONG_CHARS = 50_000
LONG_LIST = 100
"""Messages; each takes some ten microseconds."""


def fingerprint(kind: str, query: Query) -> str:
    """Digest of what was asked, labels included. Two requests are the same if and only if theirs are equal.

    >>> from pointsman_service.domain import ChatMessage, Question
    >>> hi = Query(Question((ChatMessage("user", "hi"),)), request_id="a")
    >>> fingerprint("route", hi) == fingerprint("complete", hi)
    False
    """
    asked = {**_fields(query), "request_id": None, "kind": kind}
    if not long(query):
        return _digest(asked)
    digest = hashlib.sha256()
    for piece in json_slices(asked, default=_plain, sort_keys=True):
        digest.update(piece)
    return digest.hexdigest()


async def fingerprint_apart(kind: str, query: Query) -> str:
    """The same; in a thread where what is asked is long."""
    if long(query):
        return await asyncio.to_thread(fingerprint, kind, query)
    return fingerprint(kind, query)


def long(query: Query) -> bool:
    """Whether a digest of it would take the event loop more than a millisecond or two."""
    question = query.question
    texts = sum(len(m.content) for m in question.messages)
    return texts > LONG_CHARS or len(question.messages) > LONG_LIST or bool(question.tools or question.modalities)


def id_of_content(kind: str, content: Outcome | GivenFeedback | GivenSessionOutcome) -> str:
    """A request_id for what came without one, made of what it says: the very same again has the same id.

    >>> up = GivenFeedback("e", "thumb", 1.0)
    >>> id_of_content("feedback", up) == id_of_content("feedback", GivenFeedback("e", "thumb", 1.0))
    True
    """
    said = {**asdict(content), "request_id": None, "kind": kind}
    if said.get("comment", "") is None:
        del said["comment"]  # as ids were made before there were comments: a repetition of then is one still
    return f"content-{_digest(said)[:32]}"


def _digest(content: Mapping[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True, default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()


def _fields(value: Any) -> dict[str, Any]:  # noqa: ANN401 - a dataclass
    """As `asdict`, without a copy of all that is in them: they become JSON, one by one."""
    return {field.name: getattr(value, field.name) for field in fields(value)}


def _plain(value: object) -> object:
    return _fields(value) if is_dataclass(value) else str(value)


def check_same(stored: StoredEpisode, asked: str) -> None:
    """Raises RequestConflict where the stored episode answered another request.

    DuplicateRequest where nobody can tell, since its end user was forgotten. The episode is not named: an id that
    somebody guesses must not lead to one.
    """
    if stored.response.get("forgotten"):
        raise DuplicateRequest(
            f"request_id {stored.episode.request_id!r} was answered, and who asked has been forgotten; use a new id",
            request_id=stored.episode.request_id,
        )
    if stored.response.get("fingerprint") != asked:
        e = stored.episode
        raise RequestConflict(
            f"request_id {e.request_id!r} was used for another request; use a new id",
            request_id=e.request_id,
        )


class RequestLocks:
    """Lets one request of a tenant's request_id run at a time; a twin waits, and then finds the answer stored."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def only_one(self, tenant: str, request_id: str) -> AsyncGenerator[None, None]:
        """Hold the id's lock for the block."""
        lock = self._locks.setdefault((tenant, request_id), asyncio.Lock())
        async with lock:
            yield
