"""Calls of configured models."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol

from pointsman_service.domain import ModelAnswer, ModelConfig, Question


class ModelCaller(Protocol):
    """Calls one configured model. Both adapters (litellm, direct aiohttp) pass one contract suite."""

    async def call(self, model: ModelConfig, question: Question, timeout_s: float) -> ModelAnswer:
        """One answer. Raises ModelCallError, whose docstring lists the kinds of failure."""

    def stream(self, model: ModelConfig, question: Question, timeout_s: float) -> AsyncIterator[str | ModelAnswer]:
        """Text chunks as they come, then the whole ModelAnswer last. Raises as `call`."""

    async def close(self) -> None:
        """Close connections."""
