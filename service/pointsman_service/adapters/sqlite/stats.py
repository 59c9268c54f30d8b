# ruff: noqa: S608 - only constants of the code are put into SQL; values are bound
"""Statistics of the log for operators: in all, and by model, taxonomy node, tenant or time.

They come from the projections, not from the events' JSON, except for the judges and what was observed. Quality is mean
feedback. What retention has removed still counts, by the sums that stay of it, where a query asks for a tenant and days
(UTC) and for nothing else; a day that is asked for in part counts by its beginning.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any

from pointsman_learner.jobs.rebuild import CallTotals

from pointsman_service.adapters.sqlite.connection import Database, SharedConnection
from pointsman_service.adapters.sqlite.episodes import episodes_of
from pointsman_service.adapters.sqlite.filter import where
from pointsman_service.adapters.sqlite.judge_stats import judge_stats
from pointsman_service.adapters.sqlite.observed import observed_of
from pointsman_service.adapters.sqlite.pruned_sums import answers_of, calls_of
from pointsman_service.domain.operations import (
    EpisodeQuery,
    EpisodeSummary,
    JudgeTally,
    Page,
    PageRequest,
    ShadowTally,
    Stats,
    StatsQuery,
    Tally,
)
from pointsman_service.domain.pages import page_of
from pointsman_service.ports import StatsReader

_ANSWERS = (
    "CAST(total(episodes) AS INTEGER), CAST(total(rewarded) AS INTEGER),"
    " sum(feedback_sum) / nullif(sum(feedback_weight), 0), CAST(total(escalated) AS INTEGER)"
)
_CALLS = (
    "CAST(total(calls) AS INTEGER), CAST(total(failed) AS INTEGER), total(cost_usd),"
    " sum(latency_ms) / nullif(sum(timed), 0)"
)
RowsOf = Callable[[sqlite3.Connection, EpisodeQuery], tuple[str, dict[str, Any]]]
_NO_ANSWERS = (0, 0, None, 0)
_NO_CALLS = (0, 0, 0.0, None)


class SqliteStats(StatsReader):
    """Implements `ports.StatsReader`, and what the learner's jobs ask."""

    def __init__(self, database: Database) -> None:
        self._connection = SharedConnection(database)

    def stats(self, query: StatsQuery, page: PageRequest) -> Stats:
        """See the port. Over time oldest first, other groups by their number of episodes."""
        (total,) = self._by("''", query.episodes, whole=True)
        groups = page_of(self._groups(query, total.episodes), page, lambda tally: tally.key)
        return Stats(total, groups, observed_of(self._connection, query.episodes), self._shadows(query.episodes))

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

    def _shadows(self, query: EpisodeQuery) -> ShadowTally | None:
        """Beside the episodes that are selected, as far as retention has left them; an older file has none."""
        if not self._connection.read("SELECT 1 FROM sqlite_master WHERE name = 'shadows'"):
            return None
        condition, parameters = where(query)
        ((calls, failed, cost_usd),) = self._connection.read(
            "SELECT count(*), CAST(total(s.failed) AS INTEGER), total(s.cost_usd)"
            f" FROM shadows s JOIN episodes e ON e.position = s.episode WHERE {condition}",
            parameters,
        )
        return ShadowTally(calls, failed, cost_usd) if calls else None

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
                tallies = self._by(f"CAST(at / {width!r} AS INTEGER) * {width!r}", query.episodes, of)
                return sorted(tallies, key=lambda tally: float(tally.key))
            case group:
                return _ranked(self._by(group, query.episodes, of))

    def _by(self, key: str, query: EpisodeQuery, of: int | None = None, *, whole: bool = False) -> list[Tally]:
        """Tallies by a key of the episodes; whole: of all of them, also where there is none."""
        rows = self._summed(answers_of, query, f"{_ANSWERS}, {_CALLS}", key, whole=whole)
        return [_tally(label, row[:4], row[4:], of or row[0]) for label, *row in rows]

    def _by_model(self, query: EpisodeQuery, of: int) -> list[Tally]:
        """Answers and feedback under who answered; calls, callers' own too, and their costs under who was called."""
        answers = self._summed(answers_of, query, _ANSWERS, "model")
        calls = self._summed(calls_of, query, _CALLS, "model")
        answered = {model: row for model, *row in answers if model is not None}
        called = {model: row for model, *row in calls}
        models = answered.keys() | called.keys()
        return _ranked([_tally(m, answered.get(m, _NO_ANSWERS), called.get(m, _NO_CALLS), of) for m in models])

    def _summed(
        self, rows_of: RowsOf, query: EpisodeQuery, sums: str, key: str, *, whole: bool = False
    ) -> list[tuple[Any, ...]]:
        """Sums by a key, of episodes that are there and of those that were pruned."""

        def read(connection: sqlite3.Connection) -> list[tuple[Any, ...]]:
            rows, parameters = rows_of(connection, query)
            grouped = "" if whole else "GROUP BY 1"
            return connection.execute(f"SELECT {key}, {sums} FROM ({rows}) {grouped}", parameters).fetchall()

        return self._connection.look(read)


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
