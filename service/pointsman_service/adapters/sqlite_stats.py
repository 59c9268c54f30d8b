# ruff: noqa: S608 - only constants of the code are put into SQL; values are bound
"""Statistics of the log for operators: in all, and by model, taxonomy node, tenant or time.

They come from the projections, not from the events' JSON, except for the judges. Quality is mean feedback.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pointsman_learner.rebuild import CallTotals

from pointsman_service.adapters.sqlite_connection import Database, SharedConnection
from pointsman_service.adapters.sqlite_episodes import episodes_of
from pointsman_service.adapters.sqlite_filter import ANSWERED_BY, where
from pointsman_service.adapters.sqlite_judge_stats import judge_stats
from pointsman_service.domain.operations import (
    EpisodeQuery,
    EpisodeSummary,
    JudgeTally,
    Page,
    PageRequest,
    Stats,
    StatsQuery,
    Tally,
)
from pointsman_service.domain.pages import page_of
from pointsman_service.ports import StatsReader

_ANSWERS = (
    "count(*), coalesce(sum(e.feedback_weight > 0), 0), sum(e.feedback_sum) / nullif(sum(e.feedback_weight), 0),"
    " coalesce(sum(e.calls > 1), 0)"
)
_ALL = (
    f"{_ANSWERS}, coalesce(sum(e.calls), 0), coalesce(sum(e.errors), 0), total(e.cost_usd),"
    " avg(CASE WHEN e.answered THEN e.latency_ms END)"
)
_CALLS = "count(*), sum(failed), total(cost_usd), avg(CASE WHEN NOT failed THEN latency_ms END)"
_NO_ANSWERS = (0, 0, None, 0)
_NO_CALLS = (0, 0, 0.0, None)


class SqliteStats(StatsReader):
    """Implements `ports.StatsReader`, and what the learner's jobs ask."""

    def __init__(self, database: Database) -> None:
        self._connection = SharedConnection(database)

    def stats(self, query: StatsQuery, page: PageRequest) -> Stats:
        """See the port. Over time oldest first, other groups by their number of episodes."""
        (total,) = self._by("''", query.episodes, whole=True)
        return Stats(total, page_of(self._groups(query, total.episodes), page, lambda tally: tally.key))

    def judges(self, query: EpisodeQuery, page: PageRequest, *, per_node: bool) -> Page[JudgeTally]:
        """See the port. Reads the events' JSON: seconds on a log of millions."""
        tallies = judge_stats(self._connection, query, per_node=per_node)
        return page_of(tallies, page, lambda tally: f"{tally.judge} {tally.node}")

    def episodes(self, query: EpisodeQuery, page: PageRequest) -> Page[EpisodeSummary]:
        """See the port."""
        return episodes_of(self._connection, query, page)

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

    def _groups(self, query: StatsQuery, of: int) -> Sequence[Tally]:
        match query.group:
            case "none":
                return ()
            case "model":
                return self._by_model(query.episodes, of)
            case "time":
                width = float(query.bucket_s or 0.0)
                if width <= 0.0:
                    raise ValueError("a group by time needs the width of its buckets")
                tallies = self._by(f"CAST(e.at / {width!r} AS INTEGER) * {width!r}", query.episodes, of)
                return sorted(tallies, key=lambda tally: float(tally.key))
            case group:
                return _ranked(self._by(f"coalesce(e.{group}, '')", query.episodes, of))

    def _by(self, key: str, query: EpisodeQuery, of: int | None = None, *, whole: bool = False) -> list[Tally]:
        """Tallies by a key of the episodes; whole: of all of them, also where there is none."""
        condition, parameters = where(query)
        grouped = "" if whole else f"GROUP BY {key}"
        rows = self._connection.read(f"SELECT {key}, {_ALL} FROM episodes e WHERE {condition} {grouped}", parameters)
        return [_tally(label, row[:4], row[4:], of or row[0]) for label, *row in rows]

    def _by_model(self, query: EpisodeQuery, of: int) -> list[Tally]:
        """Answers and feedback under who answered; calls, callers' own too, and their costs under who was called."""
        condition, parameters = where(query)
        answers = self._connection.read(
            f"SELECT {ANSWERED_BY}, {_ANSWERS} FROM episodes e WHERE {condition} GROUP BY 1", parameters
        )
        calls = self._connection.read(
            f"""SELECT model, {_CALLS} FROM (
              SELECT c.model, c.failed, c.cost_usd + c.judge_cost_usd AS cost_usd, c.latency_ms
              FROM episodes e JOIN calls c ON c.episode = e.position WHERE {condition}
              UNION ALL SELECT o.model, o.failed, o.cost_usd, o.latency_ms
              FROM episodes e JOIN outcomes o ON o.episode = e.position WHERE {condition})
            GROUP BY model""",
            parameters,
        )
        answered = {model: row for model, *row in answers if model is not None}
        called = {model: row for model, *row in calls}
        models = answered.keys() | called.keys()
        return _ranked([_tally(m, answered.get(m, _NO_ANSWERS), called.get(m, _NO_CALLS), of) for m in models])


def _tally(label: object, answers: Sequence[Any], calls: Sequence[Any], of: int) -> Tally:
    episodes, rewarded, quality, escalated = answers
    number, failed, cost_usd, latency_ms = calls
    share = episodes / of if of else 0.0
    return Tally(
        _text(label), episodes, share, rewarded, quality, number, failed, cost_usd, latency_ms, escalated=escalated
    )


def _ranked(tallies: Sequence[Tally]) -> list[Tally]:
    return sorted(tallies, key=lambda tally: (-tally.episodes, -tally.calls, tally.key))


def _text(label: object) -> str:
    return f"{label:.15g}" if isinstance(label, float) else str(label)
