"""The taxonomy grows and prunes itself: a leaf splits where its halves prefer different models, else it merges.

Evidence is a bounded buffer of recent lessons: where a query fell, its embedding, and by how much a model did better or
worse than expected there. Leaves with enough of them are parted in two by River's KMeans; the split is proposed if the
residuals differ between the halves by more than chance would (chi-squared over models). A proposal is a change that
carries its evidence; applied, it becomes part of the log, and a later one can undo it by retiring the node.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from msgspec.structs import replace
from river.cluster import KMeans

from pointsman_learner.codec import to_builtins
from pointsman_learner.gaussian import quantile
from pointsman_learner.words import FloatArray

if TYPE_CHECKING:
    from pointsman_learner.knowledge import Expectation, Knowledge

BUFFER = 1500
ENOUGH = 40
CONFIDENCE = 0.999
MERGE_AFTER = 400.0
DIMENSIONS = 64


@dataclass(slots=True)
class Evidence:
    """lessons: (leaf id, embedding head, model index, residual, weight), newest last."""

    lessons: deque[tuple[str, FloatArray, int, float, float]] = field(default_factory=lambda: deque(maxlen=BUFFER))

    def add(self, expected: Expectation, model: int, residual: float, weight: float) -> None:
        """One lesson, where it weighs enough."""
        if weight >= 0.5 and len(expected.raw):
            head = np.asarray(expected.raw[-DIMENSIONS:], dtype=np.float32).astype(float)
            self.lessons.append((expected.place.leaf, head, model, residual, weight))

    def to_bytes(self) -> bytes:
        """For the digest."""
        return b"".join(
            leaf.encode() + head.tobytes() + np.array([m, r, w], dtype=float).tobytes()
            for leaf, head, m, r, w in self.lessons
        )


def propose(evidence: Evidence, known: Knowledge) -> dict[str, Any] | None:
    """The most convincing split, else a merge, else None."""
    leaves = {lesson[0] for lesson in evidence.lessons}
    splits = [s for leaf in sorted(leaves) if (s := _split(evidence, known, leaf)) is not None]
    if splits:
        return max(splits, key=lambda s: s["surplus"])
    return _merge(known)


def apply(change: Mapping[str, Any], known: Knowledge) -> None:
    """Make the change. New nodes' statistics start at their priors, so a leaf that splits keeps saying what it said."""
    for node in change["nodes"]:
        known.taxonomy.put_dict(node)
    known.make_room()


def _split(evidence: Evidence, known: Knowledge, leaf: str) -> dict[str, Any] | None:
    lessons = [x for x in evidence.lessons if x[0] == leaf]
    node = known.taxonomy.nodes[known.taxonomy.index(leaf)]
    if len(lessons) < ENOUGH or not node.center or node.retired:
        return None
    heads = np.array([x[1] for x in lessons])
    side = _two_means(heads)
    if min(side.sum(), (~side).sum()) < ENOUGH / 4:
        return None
    chi2, df = _difference(lessons, side, len(known.models))
    surplus = chi2 - _chi2_quantile(df)
    if df == 0 or surplus <= 0:
        return None
    return {
        "kind": "split",
        "leaf": leaf,
        "nodes": [_child(known, node.id, heads, s, n) for n, s in enumerate((side, ~side))],
        "surplus": float(surplus),
        "evidence": {"lessons": len(lessons), "halves": [int(side.sum()), int((~side).sum())], "chi2": float(chi2),
                     "degrees": df, "threshold": float(chi2 - surplus)},
    }  # fmt: skip


def _two_means(heads: FloatArray) -> np.ndarray:
    """(n,) bool: the side of each, by River's KMeans seeded with the pair that is furthest apart, run over twice."""
    clusters: Any = KMeans(n_clusters=2, halflife=0.3, seed=1)
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


def _difference(lessons: list[tuple[str, FloatArray, int, float, float]], side: np.ndarray, models: int
                ) -> tuple[float, int]:  # fmt: skip
    """Chi-squared of the difference in mean residual between the halves, and how many models it is over."""
    chi2, df = 0.0, 0
    model = np.array([x[2] for x in lessons])
    residual = np.array([x[3] for x in lessons])
    for m in range(models):
        a, b = residual[side & (model == m)], residual[~side & (model == m)]
        if min(len(a), len(b)) >= 3:
            var = max(float(np.var(residual[model == m])), 0.05)
            chi2 += float((a.mean() - b.mean()) ** 2 / (var / len(a) + var / len(b)))
            df += 1
    return chi2, df


def _chi2_quantile(df: int) -> float:
    """Wilson & Hilferty (1931)."""
    if df == 0:
        return float("inf")
    z = float(quantile(np.array(CONFIDENCE)))
    return float(df * (1 - 2 / (9 * df) + z * (2 / (9 * df)) ** 0.5) ** 3)


def _child(known: Knowledge, leaf: str, heads: FloatArray, side: np.ndarray, n: int) -> dict[str, Any]:
    """A node for one half: its center is the parent's, moved in the leading dimensions to the half's mean."""
    node = known.taxonomy.nodes[known.taxonomy.index(leaf)]
    center = np.array(node.center)
    head = heads[side].mean(axis=0)
    size = min(len(head), len(center))
    scale = float(np.linalg.norm(center[:size])) or 1.0
    center[:size] = head[:size] / (float(np.linalg.norm(head[:size])) or 1.0) * scale
    name = f"{leaf}.{'ab'[n]}{known.taxonomy.version}"
    return {"id": name, "parent": leaf, "title": f"{node.title} ({'ab'[n]})", "description": "Grown from traffic.",
            "center": center.tolist(), "origin": "grown"}  # fmt: skip


def _merge(known: Knowledge) -> dict[str, Any] | None:
    """Retire grown siblings whose models do not differ from each other, after enough evidence."""
    by_parent: dict[str, list[int]] = {}
    for j, node in enumerate(known.taxonomy.nodes):
        if node.origin == "grown" and not node.retired and node.parent is not None:
            by_parent.setdefault(node.parent, []).append(j)
    inner = {n.parent for n in known.taxonomy.nodes if not n.retired}
    for parent, nodes in sorted(by_parent.items()):
        if len(nodes) != 2 or any(known.taxonomy.nodes[j].id in inner for j in nodes):
            continue
        a, b = nodes
        if min(known.effects.evidence[j].sum() for j in nodes) < MERGE_AFTER / 2:
            continue
        gap = known.effects.own[a] - known.effects.own[b] + known.effects.shared[a] - known.effects.shared[b]
        var = known.effects.own_var[a] + known.effects.own_var[b]
        z2 = gap**2 / var
        if float(z2.max()) < 1.0:
            retired = [to_builtins(replace(known.taxonomy.nodes[j], retired=True)) for j in nodes]
            return {"kind": "merge", "parent": parent, "nodes": retired,
                    "evidence": {"largest_z2": float(z2.max())}}  # fmt: skip
    return None
