"""List prices as arrays: what a call is listed for, before anything is known of what it costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from pointsman_learner.hyperparameters import H
from pointsman_learner.types import FloatArray, Model


@dataclass(frozen=True, slots=True)
class PriceList:
    """List prices as arrays: per_token, fixed: (M,) dollars a prompt token, and a typical answer."""

    per_token: FloatArray
    fixed: FloatArray

    @classmethod
    def of(cls, models: Sequence[Model]) -> PriceList:
        """Where there is no price, the dearest of the others': what might be dear is not preferred for being cheap."""
        return _listed(tuple(models))

    def cost(self, input_tokens: int | np.ndarray) -> FloatArray:
        """(M,) dollars for a prompt of so many tokens and a typical answer; (B, M) for prompts, (B, 1)."""
        return np.maximum(1e-9, self.per_token * input_tokens + self.fixed)


@lru_cache(maxsize=64)
def _listed(models: tuple[Model, ...]) -> PriceList:
    known = [(m.input_usd_per_million, m.output_usd_per_million) for m in models]
    each = [None if i is None or o is None else (i / 1e6, o * H.typical_output_tokens / 1e6) for i, o in known]
    priced = [prices for prices in each if prices is not None]
    dearest = (max(i for i, _ in priced), max(o for _, o in priced)) if priced else (0.0, H.unknown_cost)
    filled = [dearest if prices is None else prices for prices in each]
    return PriceList(np.array([i for i, _ in filled]), np.array([o for _, o in filled]))


def listed_price(model: Model) -> float | None:
    """Dollars for a million tokens in and a million out, None where either is unknown."""
    if model.input_usd_per_million is None or model.output_usd_per_million is None:
        return None
    return max(1e-3, model.input_usd_per_million + model.output_usd_per_million)
