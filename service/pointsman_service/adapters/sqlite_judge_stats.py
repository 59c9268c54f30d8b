# ruff: noqa: S608 - only constants of the code are put into SQL; values are bound
"""Judges held against users: agreement, calibration and correlation of verdicts with feedback, per kind of query.

One pass over the log sums scores, feedback and their products in cells (judge, node, tenth of the score); every figure
of a judge, at a node or in all, is a function of the sums of its cells.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from pointsman_service.adapters.sqlite_connection import SharedConnection
from pointsman_service.adapters.sqlite_filter import where
from pointsman_service.domain.operations import EpisodeQuery, JudgeTally

_PAIRED = "score * feedback IS NOT NULL"


class _Cell(NamedTuple):
    """Sums over the verdicts of one cell. s: score, f: feedback, over the `compared` verdicts that have both."""

    verdicts: int
    scored: int
    score: float
    cost_usd: float
    compared: int
    agreeing: int
    error: float
    s: float
    f: float
    ss: float
    ff: float
    sf: float


def judge_stats(connection: SharedConnection, query: EpisodeQuery, *, per_node: bool) -> list[JudgeTally]:
    """Each judge over all episodes that the query selects, by name; then, where asked for, at each node.

    At the nodes those of one judge stand together, most verdicts first. Verdicts are those on accepted answers. Reads
    the events' JSON: seconds on a log of millions. Raises LogUnavailable.
    """
    condition, parameters = where(query)
    rows = connection.read(
        f"""WITH said AS (
          SELECT json_extract(j.value, '$.judge') AS judge, coalesce(e.node, '') AS node,
            json_extract(j.value, '$.score') AS score, json_extract(j.value, '$.cost_usd') AS cost_usd,
            e.feedback_sum / nullif(e.feedback_weight, 0) AS feedback
          FROM (SELECT * FROM episodes e WHERE ({condition}) AND e.answer IS NOT NULL) e
          JOIN events v ON v.position = e.position,
          json_each(v.payload, '$.steps[' || e.answer || '].verdicts') j)
        SELECT judge, node, min(CAST(score * 10 AS INTEGER), 9) AS tenth,
          count(*), count(score), total(score), total(cost_usd), count(score * feedback),
          coalesce(sum(CASE WHEN {_PAIRED} THEN (score >= 0.5) = (feedback >= 0.5) END), 0),
          total(abs(score - feedback)), total(CASE WHEN {_PAIRED} THEN score END),
          total(CASE WHEN {_PAIRED} THEN feedback END), total(CASE WHEN {_PAIRED} THEN score * score END),
          total(CASE WHEN {_PAIRED} THEN feedback * feedback END), total(score * feedback)
        FROM said GROUP BY judge, node, tenth""",
        parameters,
    )
    tenths: dict[str, dict[int | None, list[_Cell]]] = defaultdict(lambda: defaultdict(list))
    nodes: dict[tuple[str, str], list[_Cell]] = defaultdict(list)
    for judge, node, tenth, *sums in rows:
        cell = _Cell(*sums)
        tenths[judge][tenth].append(cell)
        nodes[judge, node].append(cell)
    total = [_tally(judge, None, [_sum(c) for c in cells.values()]) for judge, cells in sorted(tenths.items())]
    if not per_node:
        return total
    at_nodes = [_tally(judge, node, cells) for (judge, node), cells in nodes.items()]
    return total + sorted(at_nodes, key=lambda t: (t.judge, -t.verdicts, t.node or ""))


def _sum(cells: Sequence[_Cell]) -> _Cell:
    return _Cell(*(sum(column) for column in zip(*cells, strict=True)))


def _tally(judge: str, node: str | None, tenths: Sequence[_Cell]) -> JudgeTally:
    """tenths: one cell for each tenth of the score."""
    a = _sum(tenths)
    n = a.compared
    return JudgeTally(
        judge=judge,
        node=node,
        verdicts=a.verdicts,
        scored=a.scored,
        mean_score=a.score / a.scored if a.scored else None,
        cost_usd=a.cost_usd,
        compared=n,
        agreement=a.agreeing / n if n else None,
        error=a.error / n if n else None,
        calibration_error=sum(abs(t.s - t.f) for t in tenths if t.compared) / n if n else None,
        correlation=_correlation(a),
    )


def _correlation(a: _Cell) -> float | None:
    """Pearson's, None where either does not vary."""
    n = a.compared
    spread = (n * a.ss - a.s * a.s) * (n * a.ff - a.f * a.f)
    if spread <= 1e-12 * n**4:  # nothing but rounding
        return None
    return max(-1.0, min(1.0, (n * a.sf - a.s * a.f) / math.sqrt(spread)))
