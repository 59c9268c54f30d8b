"""The taxonomy grows and prunes itself: a leaf splits where its halves prefer different models, else it merges.

Evidence is a bounded buffer of recent residuals: where a query fell, its embedding, and by how much a model did better
or worse than expected there. Leaves with enough of them are parted in two by River's KMeans; the split is proposed if
the residuals differ between the halves by more than chance would (chi-squared over models). A proposal is a change that
carries its evidence; applied, it becomes part of the log, and a later one can undo it by retiring the node.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from msgspec.structs import replace

from pointsman_learner.codec import to_builtins
from pointsman_learner.estimates import Estimates
from pointsman_learner.hyperparameters import H
from pointsman_learner.normal import quantile
from pointsman_learner.river_alone import KMeans
from pointsman_learner.types import FloatArray


def propose(e: Estimates) -> dict[str, Any] | None:
    """The most convincing split, else a merge, else None."""
    leaves = {row[0] for row in e.residuals.rows}
    splits = [s for leaf in sorted(leaves) if (s := _split(e, leaf)) is not None]
    if splits:
        return max(splits, key=lambda s: s["surplus"])
    return _merge(e)


def apply(change: Mapping[str, Any], e: Estimates) -> None:
    """Make the change. New nodes' statistics start at their priors, so a leaf that splits keeps saying what it said."""
    for node in change["nodes"]:
        e.taxonomy.put_dict(node)
    e.make_room()


def _split(e: Estimates, leaf: str) -> dict[str, Any] | None:
    rows = [x for x in e.residuals.rows if x[0] == leaf]
    node = e.taxonomy.nodes[e.taxonomy.index(leaf)]
    if len(rows) < H.growth_residuals or not node.center or node.retired:
        return None
    heads = np.array([x[1] for x in rows])
    side = _two_means(heads)
    if min(side.sum(), (~side).sum()) < H.growth_residuals / 4:
        return None
    chi2, df = _difference(rows, side, len(e.models))
    surplus = chi2 - _chi2_quantile(df)
    if df == 0 or surplus <= 0:
        return None
    return {
        "kind": "split",
        "leaf": leaf,
        "nodes": [_child(e, node.id, heads, s, n) for n, s in enumerate((side, ~side))],
        "surplus": float(surplus),
        "evidence": {"lessons": len(rows), "halves": [int(side.sum()), int((~side).sum())], "chi2": float(chi2),
                     "degrees": df, "threshold": float(chi2 - surplus)},
    }  # fmt: skip


def _two_means(heads: FloatArray) -> np.ndarray:
    """(n,) bool: the side of each, by River's KMeans seeded with the pair that is furthest apart, run over twice."""
    clusters: Any = KMeans(n_clusters=2, halflife=H.growth_halflife, seed=1)
    first = heads[0]
    far = heads[int(np.argmin(heads @ first))]
    other = heads[int(np.argmin(heads @ far))]
    for x in (far, other):
        clusters.learn_one(dict(enumerate(x.tolist())))
    clusters.centers = {i: dict(enumerate(x.tolist())) for i, x in enumerate((far, other))}
    for _ in range(2):
        for x in heads:
            clusters.learn_one(dict(enumerate(x.tolist())))
    return np.array([clusters.predict_one(dict(enumerate(x.tolist()))) == 0 for x in heads])


def _difference(rows: list[tuple[str, FloatArray, int, float, float]], side: np.ndarray, models: int
                ) -> tuple[float, int]:  # fmt: skip
    """Chi-squared of the difference in mean residual between the halves, and how many models it is over."""
    chi2, df = 0.0, 0
    model = np.array([x[2] for x in rows])
    residual = np.array([x[3] for x in rows])
    for m in range(models):
        a, b = residual[side & (model == m)], residual[~side & (model == m)]
        if min(len(a), len(b)) >= H.growth_least_residuals:
            var = max(float(np.var(residual[model == m])), H.growth_least_variance)
            chi2 += float((a.mean() - b.mean()) ** 2 / (var / len(a) + var / len(b)))
            df += 1
    return chi2, df


def _chi2_quantile(df: int) -> float:
    """Wilson & Hilferty (1931)."""
    if df == 0:
        return float("inf")
    z = float(quantile(np.array(H.growth_confidence)))
    return float(df * (1 - 2 / (9 * df) + z * (2 / (9 * df)) ** 0.5) ** 3)


def _child(e: Estimates, leaf: str, heads: FloatArray, side: np.ndarray, n: int) -> dict[str, Any]:
    """A node for one half: its center is the parent's, moved in the leading dimensions to the half's mean."""
    node = e.taxonomy.nodes[e.taxonomy.index(leaf)]
    center = np.array(node.center)
    head = heads[side].mean(axis=0)
    size = min(len(head), len(center))
    scale = float(np.linalg.norm(center[:size])) or 1.0
    center[:size] = head[:size] / (float(np.linalg.norm(head[:size])) or 1.0) * scale
    name = f"{leaf}.{'ab'[n]}{e.taxonomy.version}"
    return {"id": name, "parent": leaf, "title": f"{node.title} ({'ab'[n]})", "description": "Grown from traffic.",
            "center": center.tolist(), "origin": "grown"}  # fmt: skip


def _merge(e: Estimates) -> dict[str, Any] | None:
    """Retire grown siblings whose models do not differ from each other, after enough evidence."""
    by_parent: dict[str, list[int]] = {}
    for j, node in enumerate(e.taxonomy.nodes):
        if node.origin == "grown" and not node.retired and node.parent is not None:
            by_parent.setdefault(node.parent, []).append(j)
    inner = {n.parent for n in e.taxonomy.nodes if not n.retired}
    for parent, nodes in sorted(by_parent.items()):
        if len(nodes) != 2 or any(e.taxonomy.nodes[j].id in inner for j in nodes):
            continue
        a, b = nodes
        if min(e.effects.evidence[j].sum() for j in nodes) < H.merge_evidence / 2:
            continue
        gap = e.effects.own[a] - e.effects.own[b] + e.effects.shared[a] - e.effects.shared[b]
        var = e.effects.own_var[a] + e.effects.own_var[b]
        if e.effects.results:
            foretold, foretold_var = e.effects.results.tables()
            gap, var = gap + foretold[a] - foretold[b], var + foretold_var[a] + foretold_var[b]
        z2 = gap**2 / var
        if float(z2.max()) < 1.0:
            retired = [to_builtins(replace(e.taxonomy.nodes[j], retired=True)) for j in nodes]
            return {"kind": "merge", "parent": parent, "nodes": retired,
                    "evidence": {"largest_z2": float(z2.max())}}  # fmt: skip
    return None
