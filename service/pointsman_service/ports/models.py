"""Calls of configured models."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class ModelReach:
    """What this process knows of calling a model now, wherever it is called.

    chance: P(a call succeeds), 0 while it is left alone. answer_ms, failure_ms: means of late, until the whole answer,
    until a failure; None where nothing is known. at_least_ms: what an answer of a model takes that was given up before
    it had ever answered.
    """

    chance: float = 1.0
    answer_ms: float | None = None
    failure_ms: float | None = None
    at_least_ms: float = 0.0


ReachLookup = Callable[[ModelConfig], ModelReach]
"""What is known of calling a model now."""

Blame = Callable[[ModelConfig, str | None, str], None]
"""Hold a failure of this kind at this deployment against the model, since another model answered the question."""

BreakerStates = Callable[[ModelConfig], Mapping[str, str]]
"""The state of each deployment's breaker ("closed", "open", "half_open"), "" for the one place of a model without."""

AvailabilityLookup = Callable[[ModelConfig], Mapping[str, float]]
"""P(a call succeeds now) of each of a model's deployments, in [0, 1], as this process sees it."""
