"""One request_id, one answer: the same request again gets the stored answer, another under the same id is refused."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import asdict
from weakref import WeakValueDictionary

from pointsman_service.domain.requests import Query
from pointsman_service.errors import RequestConflict
from pointsman_service.ports import StoredEpisode


def fingerprint(kind: str, query: Query) -> str:
    """Digest of what was asked. Two requests are the same if and only if theirs are equal.

    >>> from pointsman_service.domain import ChatMessage, Question
    >>> hi = Query(Question((ChatMessage("user", "hi"),)), request_id="a")
    >>> fingerprint("route", hi) == fingerprint("complete", hi)
    False
    """
    asked = {**asdict(query), "request_id": None, "kind": kind}
    return hashlib.sha256(json.dumps(asked, sort_keys=True, default=str).encode()).hexdigest()


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
