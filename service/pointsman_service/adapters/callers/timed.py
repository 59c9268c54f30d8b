"""Holds calls to the times that the model's configuration allows: for the first piece of a stream, and in all.

The time for a connection is the adapters' own, since only they know when they have one. How much of a caller's deadline
a call gets is decided by whoever calls; the configured times are limits within that.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator

from pointsman_service.domain import AnswerDelta, ModelAnswer, ModelConfig, Question
from pointsman_service.errors import ModelCallError
from pointsman_service.ports import ModelCaller

SLACK_S = 0.05
"""An adapter that keeps its own limit says more of what happened than this does, so it comes first."""


class TimedCaller:
    """A `ModelCaller` over another."""

    def __init__(self, caller: ModelCaller) -> None:
        self._caller = caller

    async def call(self, model: ModelConfig, question: Question, timeout_s: float) -> ModelAnswer:
        """One answer within the model's own time, too. Raises as the caller it is over, and ModelCallError(timeout)."""
        allowed_s = _allowed(model, timeout_s)
        try:
            async with asyncio.timeout(allowed_s + SLACK_S):
                return await self._caller.call(model, question, allowed_s)
        except TimeoutError as error:
            raise _too_late(model, allowed_s) from error

    async def stream(
        self, model: ModelConfig, question: Question, timeout_s: float
    ) -> AsyncIterator[AnswerDelta | ModelAnswer]:
        """Pieces as they come, then the whole ModelAnswer. Raises as `call`."""
        allowed_s = _allowed(model, timeout_s)
        stream = self._caller.stream(model, question, allowed_s)
        try:
            piece = await self._first(stream, model, allowed_s)
            while piece is not None:
                yield piece
                piece = await anext(stream, None)
        finally:
            if isinstance(stream, AsyncGenerator):
                await stream.aclose()

    async def close(self) -> None:
        """Close what it calls with."""
        await self._caller.close()

    @staticmethod
    async def _first(
        stream: AsyncIterator[AnswerDelta | ModelAnswer], model: ModelConfig, allowed_s: float
    ) -> AnswerDelta | ModelAnswer | None:
        limit_s = model.first_token_timeout_s
        if limit_s is None or limit_s >= allowed_s:
            return await anext(stream, None)
        try:
            async with asyncio.timeout(limit_s):
                return await anext(stream, None)
        except TimeoutError as error:
            raise ModelCallError(f"{model.name} sent nothing within {limit_s:g} s", kind="timeout") from error


def _allowed(model: ModelConfig, timeout_s: float) -> float:
    return timeout_s if model.answer_timeout_s is None else min(timeout_s, model.answer_timeout_s)


def _too_late(model: ModelConfig, allowed_s: float) -> ModelCallError:
    return ModelCallError(f"{model.name} did not answer within {allowed_s:.3g} s", kind="timeout")
