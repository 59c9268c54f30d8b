"""The log as an export reads it: page by page, beside a running service, up to where it ended when the export began."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from pointsman_learner.events import EpisodeRecorded, Event

from pointsman_service.adapters.sqlite.connection import Database, SharedConnection
from pointsman_service.adapters.sqlite.rows import event_of
from pointsman_service.domain.export_rows import EpisodeFacts, Exported
from pointsman_service.errors import ConfigurationError, NewerSchema

PAGE = 500
"""Events a page: a few MB."""

_KINDS = ("episode", "feedback", "outcome", "session_outcome", "operator")
_PAGE = f"""SELECT v.position, v.payload, e.model, e.answered, e.calls, e.errors, e.cost_usd, e.latency_ms,
  e.feedback_sum / nullif(e.feedback_weight, 0), e.feedback_weight, t.prompt, t.answers, t.response, t.end_user_id
FROM events v LEFT JOIN episodes e ON e.position = v.position LEFT JOIN texts t ON t.position = v.position
WHERE v.position > :after AND v.position <= :end AND v.at >= :since AND v.at < :until AND v.kind IN {_KINDS}
ORDER BY v.position LIMIT {PAGE}"""  # noqa: S608 - constants of the code
_END = "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'events'), 0)"


class ExportedLog:
    """Reads one database. Raises LogUnavailable. unreadable: events that were passed over, so far."""

    def __init__(self, database: Database) -> None:
        self._connection = SharedConnection(database)
        self.unreadable = 0

    def events(self, since: float, until: float, tenant: str | None = None) -> Iterator[tuple[Exported, float]]:
        """Events logged in [since, until), in order, each with the share of the log that is read, in [0, 1].

        tenant: of its events alone. Bounded memory: a page at a time.
        """
        end = int(self._connection.read(_END)[0][0])
        bounds = {"end": end, "since": since, "until": until, "after": 0}
        while rows := self._connection.read(_PAGE, bounds):
            for position, text, *facts in rows:
                event = self._readable(text)
                if event is not None and (tenant is None or getattr(event, "tenant", None) == tenant):
                    yield Exported(position, event, _facts(event, facts)), position / end
            bounds["after"] = rows[-1][0]

    def _readable(self, text: str) -> Event | None:
        try:
            return event_of(text)
        except (ConfigurationError, NewerSchema):  # damaged, or a newer version's: `doctor` says more
            self.unreadable += 1
            return None

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def _facts(event: Event, row: list[Any]) -> EpisodeFacts | None:
    if not isinstance(event, EpisodeRecorded):
        return None
    model, answered, calls, errors, cost_usd, latency_ms, feedback, weight, prompt, answers, response, user = row
    return EpisodeFacts(
        model=model,
        answered=bool(answered),
        calls=calls,
        failed_calls=errors,
        cost_usd=cost_usd,
        latency_ms=latency_ms,
        feedback=feedback,
        feedback_weight=weight,
        prompt=prompt,
        answers=tuple(json.loads(answers)) if answers else (),
        labels=json.loads(response).get("labels") if response else None,
        end_user_id=user,
    )
