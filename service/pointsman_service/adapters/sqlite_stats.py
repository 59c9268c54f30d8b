# ruff: noqa: S608 - only constants of the code are put into SQL; values are bound
"""Statistics of the log for operators: in all, per model, per taxonomy node, over time; latencies; judges.

They come from the projections, not from the events' JSON, except for the judges. Quality is mean feedback.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pointsman_learner.rebuild import CallTotals

from pointsman_service.adapters.sqlite_connection import Database, SharedConnection
from pointsman_service.adapters.sqlite_judge_stats import judge_stats
from pointsman_service.domain.operations import JudgeStats, Stats, StatsQuery, Tally

_TALLY = (
    "count(*), sum(feedback_weight > 0), sum(feedback_sum), sum(feedback_weight), sum(cost_usd),"
    " avg(CASE WHEN answered THEN latency_ms END), sum(errors), sum(calls > 1)"
)
_WHERE = "(:tenant IS NULL OR tenant = :tenant) AND at >= :since AND at < :until"


@dataclass(frozen=True, slots=True)
class LatencyQuantiles:
    """Latency of a model's answers in milliseconds; key: the model, or "" for all of them."""

    key: str
    answers: int
    p50_ms: float
    p95_ms: float


class SqliteStats:
    """Read-only queries. All of them raise LogUnavailable."""

    def __init__(self, database: Database) -> None:
        self._connection = SharedConnection(database)

    def stats(self, query: StatsQuery) -> Stats:
        """Tallies of the episodes that the query selects, most frequent first, over time oldest first."""
        total = self._tallies(query, "''", "1")
        episodes = total[0].episodes if total else 0
        return Stats(
            total=total[0] if total else Tally("", 0, 0.0, 0, None, 0.0, None),
            per_model=self._tallies(query, "model", "count(*) DESC, model", episodes),
            per_node=self._tallies(query, "coalesce(node, '')", "count(*) DESC, node", episodes),
            over_time=self._over_time(query, episodes),
        )

    def latencies(self, query: StatsQuery) -> Sequence[LatencyQuantiles]:
        """Of all answers first, then per model by name."""
        return [*self._quantiles(query, "''"), *self._quantiles(query, "model")]

    def judges(self, query: StatsQuery) -> JudgeStats:
        """Judges held against users. Reads the events' JSON: seconds on a log of millions."""
        return judge_stats(self._connection, _WHERE, _parameters(query))

    def call_totals(self, since: float) -> Sequence[CallTotals]:
        """What calls have cost and taken since then, by leaf and model: what the rebuild job holds the fold against."""
        rows = self._connection.read(
            """SELECT e.node, c.model, count(*), avg(c.cost_usd), avg(c.latency_ms), avg(c.input_tokens)
            FROM episodes e JOIN calls c ON c.episode = e.position
            WHERE e.at >= :since AND e.node IS NOT NULL AND NOT c.failed
            GROUP BY e.node, c.model ORDER BY e.node, c.model""",
            {"since": since},
        )
        return [CallTotals(*row) for row in rows]

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _over_time(self, query: StatsQuery, episodes: int) -> tuple[Tally, ...]:
        if query.bucket_s is None:
            return ()
        start = f"CAST(at / {float(query.bucket_s)!r} AS INTEGER) * {float(query.bucket_s)!r}"
        return self._tallies(query, start, start, episodes)

    def _tallies(self, query: StatsQuery, key: str, order: str, of: int | None = None) -> tuple[Tally, ...]:
        rows = self._connection.read(
            f"SELECT {key}, {_TALLY} FROM episodes WHERE {_WHERE} GROUP BY {key} ORDER BY {order}", _parameters(query)
        )
        return tuple(
            Tally(
                key=_text(label),
                episodes=episodes,
                share=episodes / (of or episodes),
                rewarded=rewarded,
                quality=total / weight if weight else None,
                cost_usd=cost_usd,
                latency_ms=latency_ms,
                errors=errors,
                escalated=escalated,
            )
            for label, episodes, rewarded, total, weight, cost_usd, latency_ms, errors, escalated in rows
        )

    def _quantiles(self, query: StatsQuery, key: str) -> Sequence[LatencyQuantiles]:
        rows = self._connection.read(
            f"""WITH ranked AS (
              SELECT {key} AS k, latency_ms, count(*) OVER (PARTITION BY {key}) AS n,
                row_number() OVER (PARTITION BY {key} ORDER BY latency_ms) AS r
              FROM episodes WHERE {_WHERE} AND answered AND latency_ms IS NOT NULL)
            SELECT k, n, min(CASE WHEN r >= 0.5 * n THEN latency_ms END),
              min(CASE WHEN r >= 0.95 * n THEN latency_ms END)
            FROM ranked GROUP BY k ORDER BY k""",
            _parameters(query),
        )
        return [LatencyQuantiles(*row) for row in rows]


def _parameters(query: StatsQuery) -> dict[str, str | float | None]:
    return {
        "tenant": query.tenant,
        "since": float("-inf") if query.since is None else query.since,
        "until": float("inf") if query.until is None else query.until,
    }


def _text(label: object) -> str:
    return f"{label:.15g}" if isinstance(label, float) else str(label)
