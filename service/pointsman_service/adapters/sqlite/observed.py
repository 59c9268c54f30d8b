# ruff: noqa: S608 - only constants of the code are put into SQL; values are bound
"""What the policy would have done while tenants only observed, added up from the events' JSON."""

from __future__ import annotations

from typing import Any

from pointsman_learner.types import OBSERVED

from pointsman_service.adapters.sqlite.connection import SharedConnection
from pointsman_service.adapters.sqlite.filter import where
from pointsman_service.domain.operations import EpisodeQuery, Foreseen, Observed

_QUALITY, _COST = 1, 3
"""Places in a logged prediction, whose first is the model."""


def _expected(place: int, model: str) -> str:
    """Of a model, a figure of the decision's predictions; NULL where it was not among them."""
    return (
        f"(SELECT json_extract(p.value, '$[{place}]') FROM json_each(d.predictions) p"
        f" WHERE json_extract(p.value, '$[0]') = d.{model})"
    )


_SUMS = f"""SELECT own, would, count(*), total({_expected(_COST, "own")}), total({_expected(_QUALITY, "own")}),
    total({_expected(_COST, "would")}), total({_expected(_QUALITY, "would")}), total({_expected(_COST, "second")})
  FROM (SELECT json_extract(v.payload, '$.decision.model') AS own,
      json_extract(v.payload, '$.decision.would[0]') AS would, json_extract(v.payload, '$.decision.would[1]') AS second,
      json_extract(v.payload, '$.decision.predictions') AS predictions
    FROM (SELECT * FROM episodes e WHERE ({{condition}}) AND e.strategy = :observed) e
    JOIN events v ON v.position = e.position) d
  WHERE would IS NOT NULL GROUP BY own, would ORDER BY 3 DESC, own, would"""


def observed_of(connection: SharedConnection, query: EpisodeQuery) -> Observed | None:
    """Of the episodes that the query selects, None where in none of them a tenant only observed.

    Those in which no model fitted are not among them, nor what retention has removed. Raises LogUnavailable.
    """
    condition, parameters = where(query)
    rows = connection.read(_SUMS.format(condition=condition), {**parameters, "observed": OBSERVED})
    return _added(rows) if rows else None


def _added(rows: list[tuple[Any, ...]]) -> Observed:
    counts, own_usd, own_right, usd, right, second_usd = (
        sum(column) for column in zip(*(r[2:] for r in rows), strict=True)
    )
    return Observed(
        episodes=counts,
        own=Foreseen(own_usd, own_right / counts),
        would=Foreseen(usd, right / counts),
        most_usd=usd + second_usd,
        calls=tuple((own, would, count) for own, would, count, *_ in rows),
    )
