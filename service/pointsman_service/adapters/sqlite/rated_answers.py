"""Answers that users have rated well, from the projections of the log."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from pointsman_service.adapters.sqlite.connection import Database, SharedConnection
from pointsman_service.ports.rated_answers import RatedAnswer

# The answer that the user got is the accepted step's; the rating counts what was said of that one alone.
_RATED = """SELECT e.position, t.prompt, json_extract(t.answers, '$[' || e.answer || ']') AS answer,
  e.feedback_sum / e.feedback_weight AS rating
FROM episodes e JOIN texts t ON t.position = e.position
WHERE e.tenant = :tenant AND e.answered AND e.answer IS NOT NULL AND e.feedback_weight > 0
  AND e.feedback_sum >= :least * e.feedback_weight AND t.prompt IS NOT NULL AND answer IS NOT NULL
ORDER BY e.at DESC LIMIT :limit"""


class SqliteRatedAnswers:
    """Implements `ports.RatedAnswers`. keeps_texts: whether texts are stored in full; digests compare with nothing."""

    def __init__(self, database: Database, *, keeps_texts: bool) -> None:
        self._connection = SharedConnection(database)
        self._keeps_texts = keeps_texts

    async def rated(self, tenant: str, least: float, limit: int) -> Sequence[RatedAnswer]:
        """See the port. Walks the tenant's episodes from the newest back, by their index."""
        if not self._keeps_texts:
            return ()
        parameters = {"tenant": tenant, "least": least, "limit": limit}
        rows = await asyncio.to_thread(self._connection.read, _RATED, parameters)
        return [RatedAnswer(int(position), str(q), str(a), float(rating)) for position, q, a, rating in rows]

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
