"""The policy where nothing is learnt yet, or nothing learnt can be read: price stands for quality."""

from __future__ import annotations

from collections.abc import Sequence

from pointsman_learner.estimates import Estimates
from pointsman_learner.snapshot import Snapshot
from pointsman_learner.types import Model


def static_snapshot(models: Sequence[Model]) -> Snapshot:
    """Of these models.

    >>> static_snapshot([Model("small", 1.0, 2.0)]).models
    ('small',)
    """
    estimates = Estimates()
    for model in models:
        estimates.add_model(model)
    return Snapshot.of(estimates.frozen())
