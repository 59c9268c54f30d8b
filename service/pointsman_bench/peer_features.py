"""What the linear peers see of a stream: compressed embeddings, and prices by the token."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from pointsman_learner.types import FloatArray

from pointsman_bench.stream import Stream

COMPONENTS = 25
"""Dimensions of the features, as in ParetoBandit's paper."""


def compressed(stream: Stream) -> FloatArray:
    """(n, COMPONENTS + 1) whitened principal components of the embeddings, then 1.

    Fitted on all prompts of the stream, which is kinder than a live service could be to a peer: no labels are seen, but
    the future's prompts are.
    """
    x = np.stack([c.embedding for c in stream.contexts]).astype(float)
    x -= x.mean(axis=0)
    k = min(COMPONENTS, *x.shape)
    u = np.linalg.svd(x, full_matrices=False)[0][:, :k] * np.sqrt(len(x) / k)
    return np.hstack([u, np.ones((len(x), 1))])


def listed_prices(stream: Stream) -> list[tuple[float, float]]:
    """Dollars per million input and output tokens; where the table lists none, what the mean call would come to."""
    means: Sequence[float] = np.nanmean(stream.table.costs_usd, axis=0).tolist()
    return [
        (m.input_usd_per_million, m.output_usd_per_million)
        if m.input_usd_per_million is not None and m.output_usd_per_million is not None
        else (mean * 1e6 / 1000.0, mean * 1e6 / 1000.0)
        for m, mean in zip(stream.table.models, means, strict=True)
    ]
