"""Places declared taxonomy nodes among queries, by the embeddings of what they say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pointsman_service.domain.taxonomy import TaxonomyEntry
from pointsman_service.ports import Embedder


def placed_nodes(entries: Sequence[TaxonomyEntry], embedder: Embedder) -> list[dict[str, Any]]:
    """Nodes as `TaxonomyNodePut` carries them: id, parent, title, description, examples, center.

    center: (d,) floats of unit length, the mean embedding of description and examples; of an inner node, the mean of
    its own and of its children's centers, so that a domain lies amid its tasks.
    """
    centers: dict[str, NDArray[np.float32]] = {}
    for entry in reversed(entries):  # children before parents
        texts = [f"{entry.title}. {entry.description}", *entry.examples]
        vectors = [np.mean([embedder.embed(text) for text in texts], axis=0)] if entry.parent is not None else []
        vectors += [centers[child.id] for child in entries if child.parent == entry.id]
        centers[entry.id] = _unit(np.mean(vectors, axis=0))
    return [
        {
            "id": entry.id,
            "parent": entry.parent,
            "title": entry.title,
            "description": entry.description,
            "examples": list(entry.examples),
            "center": [round(float(x), 6) for x in centers[entry.id]],
        }
        for entry in entries
    ]


def _unit(vector: NDArray[np.float32]) -> NDArray[np.float32]:
    length = float(np.linalg.norm(vector))
    return vector / np.float32(length) if length > 0 else vector
