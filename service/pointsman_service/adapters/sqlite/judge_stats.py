# ruff: noqa: S608 - only constants of the code are put into SQL; values are bound
"""Judges held against users: agreement, calibration and correlation of verdicts with feedback, per kind of query.

An agreement counts as it was known at the end: an answer that was confirmed only later was confirmed.

One pass over the log sums scores, feedback and their products in cells (judge, node, tenth of the score); every figure
of a judge, at a node or in all, is a function of the sums of its cells.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from pointsman_service.adapters.sqlite.connection import SharedConnection
from pointsman_service.adapters.sqlite.filter import where
from pointsman_service.domain.operations import EpisodeQuery, JudgeTally
from pointsman_service.domain.verdict_errors import reason_of

_PAIRED = "accepted AND score * feedback IS NOT NULL"

_EVERY = """
  FROM (SELECT * FROM episodes e WHERE ({condition})) e
  JOIN events v ON v.position = e.position,
  json_each(v.payload, '$.steps') t, json_each(t.value, '$.verdicts') j"""
_OTHERS = (
    "SELECT max(json_extract(o.value, '$.key') = json_extract(j.value, '$.key')) + 0.0"
    " FROM json_each(v.payload, '$.steps') s, json_each(s.value, '$.verdicts') o"
    " WHERE s.key <> t.key AND json_extract(o.value, '$.judge') = json_extract(j.value, '$.judge')"
    " AND json_extract(o.value, '$.key') IS NOT NULL"
)
"""1 where another answer of the episode has the same key, whenever it came; 0 where others have another, else NULL."""
_SUMS = f"""WITH said AS (
    SELECT json_extract(j.value, '$.judge') AS judge, coalesce(e.node, '') AS node, t.key IS e.answer AS accepted,
      CASE WHEN json_extract(j.value, '$.key') IS NULL THEN json_extract(j.value, '$.score')
        ELSE coalesce(({_OTHERS}), json_extract(j.value, '$.score')) END AS score,
      json_extract(j.value, '$.cost_usd') AS cost_usd, e.feedback_sum / nullif(e.feedback_weight, 0) AS feedback
    {_EVERY})
  SELECT judge, node, CASE WHEN accepted THEN min(CAST(score * 10 AS INTEGER), 9) END AS tenth,
    sum(accepted), coalesce(sum(accepted AND score IS NOT NULL), 0), total(CASE WHEN accepted THEN score END),
    total(cost_usd), coalesce(sum({_PAIRED}), 0),
    coalesce(sum(CASE WHEN {_PAIRED} THEN (score >= 0.5) = (feedback >= 0.5) END), 0),
    total(CASE WHEN {_PAIRED} THEN abs(score - feedback) END), total(CASE WHEN {_PAIRED} THEN score END),
    total(CASE WHEN {_PAIRED} THEN feedback END), total(CASE WHEN {_PAIRED} THEN score * score END),
    total(CASE WHEN {_PAIRED} THEN feedback * feedback END), total(CASE WHEN {_PAIRED} THEN score * feedback END)
  FROM said GROUP BY judge, node, tenth"""
_FAILURES = f"""SELECT json_extract(j.value, '$.judge'), coalesce(e.node, ''), json_extract(j.value, '$.error'),
    count(*)
  {_EVERY} WHERE json_extract(j.value, '$.error') IS NOT NULL GROUP BY 1, 2, 3"""


class _Cell(NamedTuple):
    """Sums over the verdicts of one cell. s: score, f: feedback, over the `compared` verdicts that have both.

    cost_usd: of verdicts on any answer; the rest is of those on accepted ones.
    """

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

    At the nodes those of one judge stand together, most verdicts first. Verdicts, scores and what is held against users
    are those on accepted answers; dollars and failures those of all. Reads the events' JSON: seconds on a log of
    millions. Raises LogUnavailable.
    """
    condition, parameters = where(query)
    rows = connection.read(_SUMS.format(condition=condition), parameters)
    tenths: dict[str, dict[int | None, list[_Cell]]] = defaultdict(lambda: defaultdict(list))
    nodes: dict[tuple[str, str], list[_Cell]] = defaultdict(list)
    for judge, node, tenth, *sums in rows:
        cell = _Cell(*sums)
        tenths[judge][tenth].append(cell)
        nodes[judge, node].append(cell)
    failures = _failures(connection.read(_FAILURES.format(condition=condition), parameters))
    total = [
        _tally(judge, None, [_sum(c) for c in cells.values()], failures[judge, None])
        for judge, cells in sorted(tenths.items())
    ]
    if not per_node:
        return total
    at_nodes = [_tally(judge, node, cells, failures[judge, node]) for (judge, node), cells in nodes.items()]
    return total + sorted(at_nodes, key=lambda t: (t.judge, -t.verdicts, t.node or ""))


def _failures(rows: Iterable[Sequence[Any]]) -> Mapping[tuple[str, str | None], Counter[str]]:
    """Counts by reason, of each judge at each node and (None) in all."""
    found: dict[tuple[str, str | None], Counter[str]] = defaultdict(Counter)
    for judge, node, error, count in rows:
        for at in (node, None):
            found[judge, at][reason_of(error)] += count
    return found


def _sum(cells: Sequence[_Cell]) -> _Cell:
    return _Cell(*(sum(column) for column in zip(*cells, strict=True)))


def _tally(judge: str, node: str | None, tenths: Sequence[_Cell], failures: Mapping[str, int]) -> JudgeTally:
    """tenths: one cell for each tenth of the score. failures: counts by reason."""
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
        failures=tuple(sorted(failures.items(), key=lambda f: (-f[1], f[0]))),
    )


def _correlation(a: _Cell) -> float | None:
    """Pearson's, None where either does not vary."""
    n = a.compared
    spread = (n * a.ss - a.s * a.s) * (n * a.ff - a.f * a.f)
    if spread <= 1e-12 * n**4:  # nothing but rounding
        return None
    return max(-1.0, min(1.0, (n * a.sf - a.s * a.f) / math.sqrt(spread)))
