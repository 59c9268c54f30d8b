"""One model call as the cascade sees it: text as it comes, then what came of it. A failure is a result, not a raise."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from msgspec.structs import replace
from pointsman_learner.actions import CallModel
from pointsman_learner.words import Step

from pointsman_service.domain import ModelAnswer, ModelConfig, Question
from pointsman_service.errors import ModelCallError
from pointsman_service.ports import ModelCaller

SLACK_S = 0.1  # an adapter that keeps its own limit ends before ours cuts it off
UNBILLED = frozenset({"refused", "rate_limited", "unavailable", "auth", "unknown_model", "invalid"})
"""Kinds of failure for which no provider charges. After the others (timeout, garbage) the bill may be unknown."""


@dataclass(frozen=True, slots=True)
class CallResult:
    """answer, or None where the step failed. bill_known: whether step.cost_usd is what the provider will charge."""

    step: Step
    answer: ModelAnswer | None
    bill_known: bool

    def step_of(self, action: CallModel) -> Step:
        """The step as it is logged, with the propensity that chose it."""
        return replace(self.step, propensity=action.propensity)


@dataclass(frozen=True, slots=True)
class ModelCall:
    """A call that is about to be made, with the seconds it may take."""

    caller: ModelCaller
    model: ModelConfig
    question: Question
    timeout_s: float

    async def pieces(self, *, live: bool) -> AsyncGenerator[str | CallResult, None]:
        """Text chunks where `live`, then exactly one CallResult."""
        started = time.perf_counter()
        answer: ModelAnswer | None = None
        try:
            if live:
                async with aclosing(self._stream()) as stream:
                    async for piece in stream:
                        if isinstance(piece, str):
                            yield piece
                        else:
                            answer = piece
            else:
                async with asyncio.timeout(self.timeout_s + SLACK_S):
                    answer = await self.caller.call(self.model, self.question, self.timeout_s)
        except ModelCallError as e:
            yield self._failed(e.kind, str(e), started, e.cost_usd)
        except TimeoutError:
            yield self._failed("timeout", f"no answer within {self.timeout_s:.1f} s", started)
        else:
            yield self._answered(answer) if answer else self._failed("garbage", "the stream ended early", started)

    async def _stream(self) -> AsyncGenerator[str | ModelAnswer, None]:
        """The provider's stream under one time limit. Raises TimeoutError, ModelCallError."""
        ends_at = asyncio.get_running_loop().time() + self.timeout_s + SLACK_S
        stream = self.caller.stream(self.model, self.question, self.timeout_s)
        try:
            while True:
                # The limit is around the wait alone: around the yield it would cancel whoever reads us.
                async with asyncio.timeout_at(ends_at):
                    piece = await anext(stream, None)
                if piece is None:
                    return
                yield piece
        finally:
            if isinstance(stream, AsyncGenerator):
                await stream.aclose()

    def _answered(self, answer: ModelAnswer) -> CallResult:
        step = Step(
            model=self.model.name,
            cost_usd=answer.cost_usd,
            latency_ms=round(answer.latency_ms, 3),
            input_tokens=answer.input_tokens,
            output_tokens=answer.output_tokens,
            cached_input_tokens=answer.cached_input_tokens,
            reasoning_tokens=answer.reasoning_tokens,
            finish_reason=answer.finish_reason,
        )
        return CallResult(step, answer, bill_known=True)

    def _failed(self, kind: str, message: str, started: float, cost_usd: float = 0.0) -> CallResult:
        elapsed_ms = round((time.perf_counter() - started) * 1e3, 3)
        step = Step(self.model.name, cost_usd, elapsed_ms, error=message, failure_kind=kind)
        return CallResult(step, None, bill_known=kind in UNBILLED or cost_usd > 0.0)
