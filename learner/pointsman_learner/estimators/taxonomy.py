"""The taxonomy: a tree of kinds of query, and how much a query belongs to each kind.

Nodes have a center in the embedding space. A query belongs softly to its nearest leaves, and to their ancestors as
the sum of what it belongs to below them. The tree changes by events only: an operator puts a node, a job splits or
merges one, and every change carries its evidence and raises `version`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from pointsman_learner.hyperparameters import H
from pointsman_learner.types import Context, FloatArray, Value

ROOT = "root"


class Node(Value, frozen=True, omit_defaults=False):
    """One kind of query. center: (d,) unit vector; origin: "file", "operator" or "grown" (by a job, from traffic).

    A retired node keeps its statistics but gets no more queries. In a snapshot every field of it is written, so that
    equal states have equal bytes.
    """

    id: str
    parent: str | None = None
    title: str = ""
    description: str = ""
    center: tuple[float, ...] = ()
    origin: str = "file"
    retired: bool = False
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a query falls.

    nodes: indices from the root down; weights: (nodes,) in (0, 1], 1 at the root;
    path: ids of the dominant leaf's path; similarity: cosine with the nearest leaf.
    """

    nodes: np.ndarray
    weights: FloatArray
    path: tuple[str, ...]
    similarity: float

    @property
    def leaf(self) -> str:
        """The dominant leaf."""
        return self.path[-1]


ROOT_PLACE = Place(np.zeros(1, dtype=int), np.ones(1), (ROOT,), 0.0)
"""Where every query belongs."""


@dataclass(slots=True)
class Taxonomy:
    """The tree. Index 0 is the root; a node keeps its index for ever, so that statistics stay aligned."""

    nodes: list[Node] = field(default_factory=lambda: [Node(ROOT, None, "Everything")])
    version: int = 0
    _index: dict[str, int] = field(default_factory=lambda: {ROOT: 0})
    _leaves: np.ndarray | None = None
    _centers: NDArray[np.float32] | None = None
    _paths: list[list[int]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.nodes)

    @property
    def ids(self) -> Collection[str]:
        """Of all nodes, retired ones too."""
        return self._index.keys()

    def index(self, node_id: str) -> int:
        """Raises KeyError for an unknown id."""
        return self._index[node_id]

    def depth(self, index: int) -> int:
        """0 at the root."""
        return len(self.ancestors(index)) - 1

    def ancestors(self, index: int) -> list[int]:
        """From the root to the node itself. Raises ValueError where a parent is missing."""
        path: list[int] = []
        node: Node | None = self.nodes[index]
        while node is not None:
            path.append(self._index[node.id])
            if len(path) > len(self.nodes):
                raise ValueError(f"{node.id} is its own ancestor")
            node = self.nodes[self._index[node.parent]] if node.parent is not None else None
        return path[::-1]

    def put(self, node: Node) -> int:
        """Add or replace a node; its index. A parent that is unknown, or below the node itself, counts as the root."""
        parent = node.parent if node.parent in self._index and not self._below(node.parent, node.id) else ROOT
        node = replace(node, parent=None if node.id == ROOT else parent)
        if node.id in self._index:
            self.nodes[self._index[node.id]] = node
        else:
            self._index[node.id] = len(self.nodes)
            self.nodes.append(node)
        self.version += 1
        self._leaves = None
        return self._index[node.id]

    def _below(self, node_id: str, above: str) -> bool:
        return above in (self.nodes[i].id for i in self.ancestors(self._index[node_id]))

    def put_dict(self, d: Mapping[str, Any]) -> int:
        """Put a node as it stands in an event: id, parent, title, description, center, origin, retired, examples."""
        center = np.asarray(d.get("center") or (), dtype=float)
        norm = float(np.linalg.norm(center)) if center.size else 0.0
        return self.put(
            Node(
                id=str(d["id"]),
                parent=d.get("parent") or None,
                title=str(d.get("title", "")),
                description=str(d.get("description", "")),
                center=tuple((center / norm).tolist()) if norm else (),
                origin=str(d.get("origin", "file")),
                retired=bool(d.get("retired", False)),
                examples=tuple(d.get("examples") or ()),
            )
        )

    def place(self, context: Context) -> Place:
        """Where a query falls: softly by embedding, wholly where the caller's hint names a live node."""
        for hint in (context.hints.get("task"), context.hints.get("domain")):
            if hint is not None and (i := self._index.get(hint, 0)) and not self.nodes[i].retired:
                return self._place_at([i], np.ones(1), 1.0)
        leaves, centers = self._compiled()
        e = context.embedding
        if not len(leaves) or centers.shape[1] != len(e) or not e.any():
            return ROOT_PLACE
        cosine = centers @ e
        near = np.argpartition(-cosine, min(H.leaves_a_query, len(cosine)) - 1)[: H.leaves_a_query]
        near = near[np.argsort(-cosine[near], kind="stable")]
        weight = np.exp(H.taxonomy_sharpness * (cosine[near] - cosine[near[0]]))
        return self._place_at(leaves[near].tolist(), weight / weight.sum(), float(cosine[near[0]]))

    def _place_at(self, leaves: Sequence[int], weight: FloatArray, similarity: float) -> Place:
        self._compiled()
        total: dict[int, float] = {}
        for leaf, w in zip(leaves, weight.tolist(), strict=True):
            for i in self._paths[leaf]:
                total[i] = total.get(i, 0.0) + w
        path = tuple(self.nodes[i].id for i in self._paths[leaves[0]])
        return Place(np.array(list(total)), np.array(list(total.values())), path, similarity)

    def _compiled(self) -> tuple[np.ndarray, NDArray[np.float32]]:
        if self._leaves is None or self._centers is None:
            self._paths = [self.ancestors(i) for i in range(len(self.nodes))]
            inner = {n.parent for n in self.nodes if not n.retired}
            live = [i for i, n in enumerate(self.nodes) if n.center and not n.retired and n.id not in inner]
            live = [i for i in live if i]
            size = max((len(self.nodes[i].center) for i in live), default=0)
            live = [i for i in live if len(self.nodes[i].center) == size]
            self._leaves = np.array(live, dtype=int)
            self._centers = np.array([self.nodes[i].center for i in live], dtype=np.float32).reshape(len(live), size)
        return self._leaves, self._centers

    def copy(self) -> Taxonomy:
        """Another tree of the same nodes."""
        self._compiled()
        return Taxonomy(list(self.nodes), self.version, dict(self._index), self._leaves, self._centers, self._paths)
