"""Calls of configured models."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Protocol

from pointsman_service.domain import AnswerDelta, ModelAnswer, ModelConfig, Question


class ModelCaller(Protocol):
    """Calls one configured model. What calls at all (litellm, direct aiohttp) passes one contract suite."""

    async def call(self, model: ModelConfig, question: Question, timeout_s: float) -> ModelAnswer:
        """One answer. Raises ModelCallError, whose docstring lists the kinds of failure."""

    def stream(
        self, model: ModelConfig, question: Question, timeout_s: float
    ) -> AsyncIterator[AnswerDelta | ModelAnswer]:
        """Text, reasoning and pieces of tool calls as they come, then the whole ModelAnswer last. Raises as `call`."""

    async def close(self) -> None:
        """Close connections."""


AvailabilityLookup = Callable[[ModelConfig], Mapping[str, float]]
"""P(a call succeeds now) of each of a model's deployments, in [0, 1], as this process sees it."""
