"""Which episodes to look at, as SQL over `episodes e`."""

from __future__ import annotations

from typing import Any

from pointsman_service.domain.operations import EpisodeQuery

ANSWERED_BY = "CASE WHEN e.answered OR e.stop = 'route_only' THEN e.model END"
"""The model whose answer was accepted or, for a routed query, that was decided for; NULL where nothing answered."""

_CONDITIONS = {
    "tenant": "e.tenant = :tenant",
    "start": "e.at >= :start",
    "end": "e.at < :end",
    "model_called": (
        "(EXISTS (SELECT 1 FROM calls c WHERE c.episode = e.position AND c.model = :model_called)"
        " OR EXISTS (SELECT 1 FROM outcomes o WHERE o.episode = e.position AND o.model = :model_called))"
    ),
    "model_answered": f"{ANSWERED_BY} = :model_answered",
    # The path as it was when the query was decided: the tree may have grown since.
    "node": (
        "EXISTS (SELECT 1 FROM events v, json_each(v.payload, '$.decision.node_path') n"
        " WHERE v.position = e.position AND n.value = :node)"
    ),
    "strategy": "e.strategy = :strategy",
    "stop": "e.stop = :stop",
    "has_feedback": "EXISTS (SELECT 1 FROM feedback f WHERE f.episode = e.position) = :has_feedback",
    "request_id": "e.request_id = :request_id",
    "session_id": "e.session_id = :session_id",
}


def where(query: EpisodeQuery) -> tuple[str, dict[str, Any]]:
    """A condition and its parameters.

    >>> where(EpisodeQuery(tenant="acme", end=10.0))
    ('e.tenant = :tenant AND e.at < :end', {'tenant': 'acme', 'end': 10.0})
    >>> where(EpisodeQuery())
    ('1', {})
    """
    asked = {name: value for name in _CONDITIONS if (value := getattr(query, name)) is not None}
    return " AND ".join(_CONDITIONS[name] for name in asked) or "1", asked
