"""An outcome table as a prior: what is known of models before anybody asks the service.

The prior has a stated effective sample size: all that a table says of one model counts as so many outcomes, however
many it holds. So what is lived outweighs it after about as many.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from pointsman_learner.types import KnownOutcome

from pointsman_service.replay.outcome_table import OutcomeTable

DEFAULT_SIZE = 100.0
"""Outcomes a model that a table counts as."""
DRAWN = 10
"""Outcomes of a model that are drawn of a larger table, as a multiple of the size: more would only be weighed less."""


def known_outcomes(table: OutcomeTable, size: float, seed: int = 0) -> Iterator[tuple[int, tuple[KnownOutcome, ...]]]:
    """Rows of the table in random order, each with its outcomes; the weights of a model's sum to `size`.

    To less where the table has fewer outcomes of it. A pair that was never run says nothing, and a row of such none.
    Raises ValueError where `size` is not above 0.
    """
    if not size > 0.0:
        raise ValueError(f"the effective sample size must be above 0; it is {size:g}")
    rows = np.random.default_rng(seed).permutation(len(table))
    there = np.isfinite(table.scores[rows])
    drawn = there & (there.cumsum(axis=0) <= max(1.0, DRAWN * size))
    weights = np.minimum(1.0, size / np.maximum(drawn.sum(axis=0), 1))
    for row, of_row in zip(rows.tolist(), drawn, strict=True):
        if not of_row.any():
            continue
        yield (
            row,
            tuple(
                KnownOutcome(
                    name,
                    float(table.scores[row, m]),
                    float(weights[m]),
                    _where_recorded(table.costs_usd[row, m]),
                    _where_recorded(table.latency_ms[row, m]),
                    {judge: float(s[row, m]) for judge, s in table.verdicts.items() if np.isfinite(s[row, m])},
                )
                for m, name in enumerate(table.model_names)
                if of_row[m]
            ),
        )


def _where_recorded(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
