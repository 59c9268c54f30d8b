# ruff: noqa: S608 - only constants of the code are put into SQL; values are bound
"""Lists of episodes, newest first. A page begins below a position, so new episodes shift nothing."""

from __future__ import annotations

import json
from typing import Any

from pointsman_service.adapters.sqlite.connection import SharedConnection
from pointsman_service.adapters.sqlite.filter import ANSWERED_BY, where
from pointsman_service.domain.operations import EpisodeQuery, EpisodeSummary, Page, PageRequest
from pointsman_service.errors import Fault, InvalidRequest

PROMPT_CHARS = COMMENT_CHARS = 200

_SUMMARY = f"""SELECT e.position, e.episode_id, e.tenant, e.at, {ANSWERED_BY},
  (SELECT json_group_array(model) FROM (SELECT model, 0, step AS place FROM calls WHERE episode = e.position
    UNION ALL SELECT model, 1, position FROM outcomes WHERE episode = e.position ORDER BY 2, 3)),
  e.node, e.strategy, e.stop, e.believed, e.cost_usd, e.latency_ms,
  (SELECT sum(f.weight * f.value) / sum(f.weight) FROM feedback f WHERE f.episode = e.position),
  e.request_id, e.session_id, substr(t.prompt, 1, {PROMPT_CHARS}),
  (SELECT substr(json_extract(v.payload, '$.comment'), 1, {COMMENT_CHARS}) FROM feedback f
    JOIN events v ON v.position = f.position
    WHERE f.episode = e.position AND json_extract(v.payload, '$.comment') IS NOT NULL ORDER BY f.position DESC LIMIT 1)
FROM episodes e LEFT JOIN texts t ON t.position = e.position"""


def episodes_of(connection: SharedConnection, query: EpisodeQuery, page: PageRequest) -> Page[EpisodeSummary]:
    """A page of what the query selects. Raises InvalidRequest for a token that is no position, LogUnavailable."""
    condition, parameters = where(query)
    rows = connection.read(
        f"{_SUMMARY} WHERE ({condition}) AND e.position < :below ORDER BY e.position DESC LIMIT :limit",
        {**parameters, "below": _below(page.token), "limit": page.size + 1},
    )
    listed = rows[: page.size]
    return Page([_summary(row) for row in listed], str(listed[-1][0]) if len(rows) > page.size else "")


def _below(token: str) -> int:
    if not token:
        return 2**63 - 1
    if not token.isdecimal() or len(token) > 18:
        raise InvalidRequest(
            [("page_token", "must be the next_page_token of the page before, as it came")], Fault.MALFORMED
        )
    return int(token)


def _summary(row: tuple[Any, ...]) -> EpisodeSummary:
    _, episode_id, tenant, at, model, called, *rest = row
    return EpisodeSummary(episode_id, tenant, at, model, tuple(json.loads(called)), *rest)
