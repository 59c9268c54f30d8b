"""Other routers on the same stream, with the same features, feedback and budget; and bounds of hindsight."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from pointsman_learner.words import FloatArray

from pointsman_service.bench.conditions import Conditions
from pointsman_service.bench.players import Player
from pointsman_service.bench.stream import Stream
from pointsman_service.errors import ConfigurationError

HINDSIGHT = ("static-category", "oracle")
"""See what no router sees: true category labels and every outcome, or every outcome of the very query."""
PEERS = ("paretobandit", "linucb", "knn", *HINDSIGHT)
COMPONENTS = 25
"""Dimensions of the linear peers' features, as in ParetoBandit's paper."""


def peer(policy: str, stream: Stream, conditions: Conditions, absent: frozenset[str], measured_from: int) -> Player:
    """A fresh peer. Raises ConfigurationError where its package is not installed or the name is unknown."""
    try:
        if policy == "paretobandit":
            from pointsman_service.bench.peers_paretobandit import ParetoBanditPlayer  # noqa: PLC0415

            return ParetoBanditPlayer(stream, conditions, absent)
        if policy == "linucb":
            from pointsman_service.bench.peers_linucb import LinUCBPlayer  # noqa: PLC0415

            return LinUCBPlayer(stream, conditions, absent)
        if policy == "knn":
            from pointsman_service.bench.peers_knn import NearestPlayer  # noqa: PLC0415

            return NearestPlayer(stream, conditions, absent)
    except ImportError as missing:
        raise ConfigurationError(f"--peers: {missing.name} is missing: pip install 'pointsman[bench]'") from missing
    if policy in HINDSIGHT:
        from pointsman_service.bench.peers_hindsight import HindsightPlayer  # noqa: PLC0415

        return HindsightPlayer(policy, stream, conditions, measured_from)
    raise ConfigurationError(f"{policy!r} is not a policy")


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
