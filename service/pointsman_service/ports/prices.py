"""What is known of models beforehand: prices, which whoever calls one needs for its cost, and what each can take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from pointsman_service.domain import Capabilities, ModelConfig, ModelPrices

PriceLookup = Callable[[ModelConfig], ModelPrices | None]
"""Prices in force for a model, None where nobody knows them."""


class ModelFacts(Protocol):
    """A map of the models that providers offer."""

    def __call__(self, model: ModelConfig) -> ModelPrices | None:
        """Prices in force: what is configured, else the map's, None where nobody knows them."""

    def capabilities(self, model: ModelConfig) -> Capabilities:
        """What the map says that it can take and do; what it does not say is None."""

    def context_window(self, model: ModelConfig) -> int | None:
        """Tokens that prompt and answer may have together, as the map says."""

    def max_output_tokens(self, model: ModelConfig) -> int | None:
        """Tokens of the longest answer that it can give, as the map says."""
