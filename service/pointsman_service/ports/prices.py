"""Prices in force, which whoever calls a model needs for its cost."""

from __future__ import annotations

from collections.abc import Callable

from pointsman_service.domain import ModelConfig, ModelPrices

PriceLookup = Callable[[ModelConfig], ModelPrices | None]
"""Prices in force for a model, None where nobody knows them."""
