"""The taxonomy: a tree of kinds of query, and how much a query belongs to each kind.

Nodes have a center in the embedding space. A query belongs softly to its nearest leaves, and to their ancestors as
the sum of what it belongs to below them. The tree changes by events only: an operator puts a node, a job splits or
merges one, and every change carries its evidence and raises `version`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from pointsman_learner.hyperparameters import H
from pointsman_learner.types import Context, FloatArray, Value

ROOT = "root"
_REMEMBERED = 256
"""Queries whose place a tree remembers."""


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


@dataclass(frozen=True, slots=True)
class Places:
    """Where several queries fall.

    weights: (B, J) of every node, 0 where a query does not belong; paths, similarities: of each query, as in `Place`.
    """

    weights: FloatArray
    paths: Sequence[tuple[str, ...]]
    similarities: Sequence[float]
    _each: dict[int, Place] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def joined(cls, several: Sequence[Self]) -> Self:
        """One after the other."""
        paths = [path for places in several for path in places.paths]
        similarities = [similarity for places in several for similarity in places.similarities]
        return cls(np.concatenate([places.weights for places in several]), paths, similarities)

    def rows(self, rows: Sequence[int]) -> Self:
        """Where these of them fall."""
        of = list(rows)
        return type(self)(self.weights[of], [self.paths[b] for b in of], [self.similarities[b] for b in of])

    def of(self, b: int) -> Place:
        """Where one of them falls."""
        if b not in self._each:
            weights = self.weights[b]
            nodes = weights.nonzero()[0]
            self._each[b] = Place(nodes, weights[nodes], self.paths[b], self.similarities[b])
        return self._each[b]


@dataclass(frozen=True, slots=True)
class _Compiled:
    """What placing a query takes, of one version of the tree.

    leaves: (L,) indices of the live leaves; centers: (L, d); on_path: (J, J) bool, which nodes are on the path from the
    root to each; paths: the same by their ids. placed: where queries fell lately, by the identity of their context,
    which is kept with it: one query is decided, learnt from, and spoken of.
    """

    leaves: np.ndarray
    centers: NDArray[np.float32]
    on_path: np.ndarray
    paths: Sequence[tuple[str, ...]]
    placed: dict[int, tuple[Context, Places]] = field(default_factory=dict)


@dataclass(slots=True)
class Taxonomy:
    """The tree. Index 0 is the root; a node keeps its index for ever, so that statistics stay aligned."""

    nodes: list[Node] = field(default_factory=lambda: [Node(ROOT, None, "Everything")])
    version: int = 0
    _index: dict[str, int] = field(default_factory=lambda: {ROOT: 0})
    _lookup: _Compiled | None = None

    def __len__(self) -> int:
        return len(self.nodes)

    def __getstate__(self) -> tuple[None, dict[str, Any]]:
        """For a checkpoint, without what the tree is compiled to: that may be otherwise in another version."""
        return None, {"nodes": self.nodes, "version": self.version, "_index": self._index}

    def __setstate__(self, state: tuple[None, dict[str, Any]]) -> None:
        """Of a checkpoint of this version or of 0.2.0."""
        _, told = state
        self.nodes, self.version, self._index = told["nodes"], told["version"], told["_index"]
        self._lookup = None

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
        self._lookup = None
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

    def places(self, contexts: Sequence[Context]) -> Places:
        """Where queries fall: softly by embedding, wholly where the caller's hint names a live node.

        Their embeddings are of one length.
        """
        compiled = self._compiled()
        if len(contexts) > 1:
            return self._placed(compiled, contexts)
        known = compiled.placed.get(id(contexts[0]))
        if known is None:
            if len(compiled.placed) >= _REMEMBERED:
                compiled.placed.clear()
            known = compiled.placed[id(contexts[0])] = contexts[0], self._placed(compiled, contexts)
        return known[1]

    def _placed(self, compiled: _Compiled, contexts: Sequence[Context]) -> Places:
        if compiled.centers.shape[1] == len(contexts[0].embedding) and len(compiled.leaves):
            cosine = np.array([compiled.centers @ c.embedding for c in contexts])
            near = np.argsort(-cosine, axis=1, kind="stable")[:, : H.leaves_a_query]
            close = cosine[np.arange(len(near))[:, None], near]
            soft = np.exp(H.taxonomy_sharpness * (close - close[:, :1]))
            soft /= soft.sum(axis=1, keepdims=True)
            weights = (soft[:, None, :].astype(float) @ compiled.on_path[compiled.leaves[near]])[:, 0]
            dominant, similarities = compiled.leaves[near[:, 0]].tolist(), close[:, 0].tolist()
        else:
            weights = np.zeros((len(contexts), len(self.nodes)))
            dominant, similarities = [0] * len(contexts), [0.0] * len(contexts)
        for b, context in enumerate(contexts):
            # A hint is certain; and what is like nothing at all, as an empty text is, is of no kind.
            hinted = self._hinted(context)
            if hinted or not similarities[b]:
                dominant[b], similarities[b], weights[b] = hinted, float(hinted > 0), compiled.on_path[hinted]
        return Places(weights, [compiled.paths[node] for node in dominant], similarities)

    def _hinted(self, context: Context) -> int:
        """The live node that the caller's hint names, 0 for none."""
        if context.hints:
            for hint in (context.hints.get("task"), context.hints.get("domain")):
                if hint is not None and (i := self._index.get(hint, 0)) and not self.nodes[i].retired:
                    return i
        return 0

    def _compiled(self) -> _Compiled:
        if self._lookup is None:
            J = len(self.nodes)
            ancestors = [self.ancestors(i) for i in range(J)]
            on_path = np.zeros((J, J), dtype=bool)
            for node, path in enumerate(ancestors):
                on_path[node, path] = True
            inner = {n.parent for n in self.nodes if not n.retired}
            live = [i for i, n in enumerate(self.nodes) if n.center and not n.retired and n.id not in inner]
            live = [i for i in live if i]
            size = max((len(self.nodes[i].center) for i in live), default=0)
            live = [i for i in live if len(self.nodes[i].center) == size]
            centers = np.array([self.nodes[i].center for i in live], dtype=np.float32).reshape(len(live), size)
            paths = [tuple(self.nodes[i].id for i in path) for path in ancestors]
            self._lookup = _Compiled(np.array(live, dtype=int), centers, on_path, paths)
        return self._lookup

    def copy(self) -> Taxonomy:
        """Another tree of the same nodes."""
        return Taxonomy(list(self.nodes), self.version, dict(self._index), self._compiled())
