"""What operators change while the service runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from pointsman_service.domain import ModelConfig


class Changes(Protocol):
    """What operators changed."""

    @property
    def models(self) -> Mapping[str, ModelConfig]:
        """Put or disabled."""

    @property
    def budgets(self) -> Mapping[str, float | None]:
        """Dollars per 1,000 queries by tenant."""


class ChangeStore(Protocol):
    """Keeps what operators change, for every worker and for the next start."""

    def read(self) -> Changes:
        """The changes in force; cheap."""

    def put_model(self, model: ModelConfig) -> Changes:
        """Remember a model."""

    def put_budget(self, tenant: str, usd_per_1k: float | None) -> Changes:
        """Remember a paced budget."""
