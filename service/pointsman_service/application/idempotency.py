"""One request_id, one answer: the same request again gets the stored answer, another under the same id is refused."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import Any
from weakref import WeakValueDictionary

from pointsman_service.domain.requests import GivenFeedback, GivenSessionOutcome, Outcome, Query
from pointsman_service.errors import RequestConflict
from pointsman_service.ports import StoredEpisode


def fingerprint(kind: str, query: Query) -> str:
    """Digest of what was asked, labels included. Two requests are the same if and only if theirs are equal.

    >>> from pointsman_service.domain import ChatMessage, Question
    >>> hi = Query(Question((ChatMessage("user", "hi"),)), request_id="a")
    >>> fingerprint("route", hi) == fingerprint("complete", hi)
    False
    """
    return _digest(kind, {**asdict(query), "request_id": None})


def id_of_content(kind: str, content: Outcome | GivenFeedback | GivenSessionOutcome) -> str:
    """A request_id for what came without one, made of what it says: the very same again has the same id.

    >>> up = GivenFeedback("e", "thumb", 1.0)
    >>> id_of_content("feedback", up) == id_of_content("feedback", GivenFeedback("e", "thumb", 1.0))
    True
    """
    return f"content-{_digest(kind, {**asdict(content), 'request_id': None})[:32]}"


def _digest(kind: str, content: Mapping[str, Any]) -> str:
    text = json.dumps({**content, "kind": kind}, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def check_same(stored: StoredEpisode, asked: str) -> None:
    """Raises RequestConflict where the stored episode answered another request."""
    if stored.response.get("fingerprint") != asked:
        e = stored.episode
        raise RequestConflict(
            f"request_id {e.request_id!r} was used for another request (episode {e.episode_id}); use a new id",
            request_id=e.request_id,
            episode_id=e.episode_id,
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
