# ruff: noqa: S608 - only constants of the code are put into SQL; values are bound
"""What stays of pruned episodes in statistics: sums by day (UTC), tenant, model and kind of query, and of no person.

They are added to in the transaction that removes the episodes, so an episode counts once, as itself or in a sum.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import Any

from pointsman_service.adapters.sqlite.filter import ANSWERED_BY, where
from pointsman_service.domain.operations import EpisodeQuery

ANSWERS, CALLS = "pruned_answers", "pruned_calls"

_DAY = "CAST(e.at / 86400 AS INTEGER) * 86400.0"
_TIMED = "e.answered AND e.latency_ms IS NOT NULL"

ANSWER_SUMS = (
    *("episodes", "rewarded", "feedback_sum", "feedback_weight", "escalated"),
    *("calls", "failed", "cost_usd", "latency_ms", "timed"),
)
"""timed: of how many episodes latency_ms is the sum."""
CALL_SUMS = ("calls", "failed", "cost_usd", "latency_ms", "timed")

_ONE = f"""{{at}} AS at, e.tenant, {ANSWERED_BY} AS model, coalesce(e.node, '') AS node, 1 AS episodes,
  e.feedback_weight > 0 AS rewarded, e.feedback_sum, e.feedback_weight, e.calls > 1 AS escalated, e.calls,
  e.errors AS failed, e.cost_usd, CASE WHEN {_TIMED} THEN e.latency_ms END AS latency_ms, {_TIMED} AS timed
FROM episodes e"""
_CALL = """{at} AS at, e.tenant, c.model, 1 AS calls, c.failed, c.cost_usd,
  CASE WHEN NOT c.failed THEN c.latency_ms END AS latency_ms, NOT c.failed AND c.latency_ms IS NOT NULL AS timed
FROM episodes e JOIN (SELECT episode, model, failed, cost_usd + judge_cost_usd AS cost_usd, latency_ms FROM calls
  WHERE {of} UNION ALL SELECT episode, model, failed, cost_usd, latency_ms FROM outcomes WHERE {of}) c
  ON c.episode = e.position"""

_GIVEN = "IN (SELECT value FROM json_each(:positions))"


def keep_sums(connection: sqlite3.Connection, positions: Sequence[int]) -> None:
    """Before these episodes are removed: add them to the sums."""
    given = {"positions": json.dumps(list(positions))}
    answers = f"SELECT {_ONE.format(at=_DAY)} WHERE e.position {_GIVEN}"
    calls = f"SELECT {_CALL.format(at=_DAY, of=f'episode {_GIVEN}')}"
    connection.execute(_added(ANSWERS, ("day", "tenant", "model", "node"), ANSWER_SUMS, answers), given)
    connection.execute(_added(CALLS, ("day", "tenant", "model"), CALL_SUMS, calls), given)


def answers_of(connection: sqlite3.Connection, query: EpisodeQuery) -> tuple[str, dict[str, Any]]:
    """SQL of rows with at, tenant, model, node and ANSWER_SUMS: each episode, and the sums of pruned ones."""
    condition, parameters = where(query)
    sql = f"SELECT {_ONE.format(at='e.at')} WHERE {condition}"
    columns = f"day, tenant, nullif(model, ''), node, {', '.join(ANSWER_SUMS)}"
    return sql + _kept(connection, query, ANSWERS, columns), parameters


def calls_of(connection: sqlite3.Connection, query: EpisodeQuery) -> tuple[str, dict[str, Any]]:
    """SQL of rows with at, tenant, model and CALL_SUMS: each call, callers' own too, and the sums of pruned ones."""
    condition, parameters = where(query)
    sql = f"SELECT {_CALL.format(at='e.at', of='1')} WHERE {condition}"
    return sql + _kept(connection, query, CALLS, f"day, tenant, model, {', '.join(CALL_SUMS)}"), parameters


def _added(table: str, key: tuple[str, ...], sums: tuple[str, ...], rows: str) -> str:
    columns = [f"coalesce({'at' if name == 'day' else name}, '')" for name in key]
    values = ", ".join([*columns, *(f"total({name})" for name in sums)])
    more = ", ".join(f"{name} = {name} + excluded.{name}" for name in sums)
    return (
        f"INSERT INTO {table} ({', '.join((*key, *sums))}) SELECT {values} FROM ({rows}) WHERE true"
        f" GROUP BY {', '.join(columns)} ON CONFLICT DO UPDATE SET {more}"
    )


def _kept(connection: sqlite3.Connection, query: EpisodeQuery, table: str, columns: str) -> str:
    """The sums that a query asks for; none where it asks for what they do not know, or a file of 0.2.0 has none."""
    bounds = {"tenant": "tenant = :tenant", "start": "day >= :start", "end": "day < :end"}
    asked = where(query)[1].keys()
    there = connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    if asked - bounds.keys() or not there:
        return ""
    condition = " AND ".join(bounds[name] for name in asked) or "1"
    return f" UNION ALL SELECT {columns} FROM {table} WHERE {condition}"
