"""Calls each model through the adapter that its configuration names."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

from pointsman_service.domain import AnswerDelta, ModelAnswer, ModelConfig, Question
from pointsman_service.errors import ModelCallError
from pointsman_service.ports import ModelCaller


class CallerChoice:
    """A `ModelCaller` over others, by `ModelConfig.adapter`."""

    def __init__(self, callers: Mapping[str, ModelCaller]) -> None:
        """callers: by the adapter's name, "openai" and "litellm"."""
        self._callers = dict(callers)

    async def call(self, model: ModelConfig, question: Question, timeout_s: float) -> ModelAnswer:
        """One answer. Raises ModelCallError; "unknown_model" where no adapter has this name."""
        return await self._caller(model).call(model, question, timeout_s)

    def stream(
        self, model: ModelConfig, question: Question, timeout_s: float
    ) -> AsyncIterator[AnswerDelta | ModelAnswer]:
        """Pieces as they come, then the whole ModelAnswer. Raises as `call`."""
        return self._caller(model).stream(model, question, timeout_s)

    async def close(self) -> None:
        """Close all of them."""
        for caller in self._callers.values():
            await caller.close()

    def _caller(self, model: ModelConfig) -> ModelCaller:
        caller = self._callers.get(model.adapter)
        if caller is None:
            known = ", ".join(sorted(self._callers))
            raise ModelCallError(
                f"the model {model.name} has the adapter {model.adapter!r}; known: {known}", kind="unknown_model"
            )
        return caller
