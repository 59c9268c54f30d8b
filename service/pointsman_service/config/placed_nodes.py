"""Places declared taxonomy nodes among queries, by the embeddings of what they say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pointsman_service.config.priors.known import nearness
from pointsman_service.domain.taxonomy import TaxonomyEntry
from pointsman_service.ports import Embedder

MOST_KEPT = 10_000
"""Texts whose embeddings are kept, 1 kB each: a change of one node must not embed the others anew."""


class Placement:
    """Remembers the embeddings that it made. embedder: asked for once, when the first node is placed."""

    def __init__(self, embedder: Callable[[], Embedder]) -> None:
        self._embedder = cache(embedder)
        self._kept: dict[str, NDArray[np.float32]] = {}

    def placed(
        self, entries: Sequence[TaxonomyEntry], categories: Sequence[tuple[str, str]] = ()
    ) -> list[dict[str, Any]]:
        """Nodes as `TaxonomyNodePut` carries them: what the entry says, center and retired. Parents come first.

        categories: of public results, id and description, to each of which a node below the root gets its nearness.
        center: (d,) floats of unit length, the mean embedding of description and examples; of an inner node, the mean
        of its own and of its children's centers, so that a domain lies amid its tasks.
        """
        centers: dict[str, NDArray[np.float32]] = {}
        children: dict[str | None, list[str]] = {}
        for entry in reversed(entries):  # children before parents
            vectors = [centers[child] for child in reversed(children.get(entry.id, []))]
            if entry.parent is not None:
                vectors.insert(0, self._said(entry))
            centers[entry.id] = _unit(np.mean(vectors, axis=0)) if vectors else np.zeros(0, dtype=np.float32)
            children.setdefault(entry.parent, []).append(entry.id)
        put = [_put(entry, centers[entry.id]) for entry in entries]
        if categories:
            described = {name: self._embedded(description) for name, description in categories}
            put = [{**n, "nearness": nearness(np.array(n["center"]), described)} if n["parent"] else n for n in put]
        return put

    def _said(self, entry: TaxonomyEntry) -> NDArray[np.float32]:
        texts = [f"{entry.title}. {entry.description}", *entry.examples]
        mean: NDArray[np.float32] = np.mean([self._embedded(text) for text in texts], axis=0)
        return mean

    def _embedded(self, text: str) -> NDArray[np.float32]:
        if text not in self._kept:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            self._kept[text] = self._embedder().embed(text)
        return self._kept[text]


def _put(entry: TaxonomyEntry, center: NDArray[np.float32]) -> dict[str, Any]:
    return {
        "id": entry.id,
        "parent": entry.parent,
        "title": entry.title,
        "description": entry.description,
        "examples": list(entry.examples),
        "center": [round(float(x), 6) for x in center],
        "origin": entry.origin,
        "retired": not entry.enabled,
    }


def _unit(vector: NDArray[np.float32]) -> NDArray[np.float32]:
    length = float(np.linalg.norm(vector))
    return vector / np.float32(length) if length > 0 else vector
