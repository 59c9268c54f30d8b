"""One model call as the cascade sees it: pieces as they come, then what came of it. A failure is a result, no raise."""

from __future__ import annotations

import asyncio
import dataclasses
import time
import uuid
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

import structlog
from msgspec.structs import replace
from pointsman_learner.actions import CallModel
from pointsman_learner.types import Step

from pointsman_service.application.pieces import deltas_of
from pointsman_service.application.standing import standing
from pointsman_service.domain import ModelAnswer, ModelConfig, Question
from pointsman_service.domain.chat import AnswerDelta
from pointsman_service.domain.well_formed import well_formed
from pointsman_service.errors import ModelCallError
from pointsman_service.ports import ModelCaller

_log: structlog.stdlib.BoundLogger = structlog.get_logger("pointsman")
FIRST_PAUSE_S = 0.2
"""Before a call is tried again where the provider does not say how long: a server that sheds load needs a moment."""
SLACK_S = 0.1  # an adapter that keeps its own limit ends before ours cuts it off
SLACK_SHARE = 0.1  # of a short limit, likewise


@dataclass(frozen=True, slots=True)
class CallResult:
    """answer, or None where the step failed. bill_known: whether step.cost_usd is what the provider will charge.

    again_after_s: after how long the same call may succeed, None where that is no use, or it may be charged twice.
    """

    step: Step
    answer: ModelAnswer | None
    bill_known: bool
    again_after_s: float | None = None

    def step_of(self, action: CallModel) -> Step:
        """The step as it is logged, with the propensity that chose it."""
        return replace(self.step, propensity=action.propensity)


@dataclass(frozen=True, slots=True)
class ModelCall:
    """A call with the seconds it may take, from started_at on, by time.perf_counter().

    first_s: those that the first piece of a stream may take, None for as long as the whole.
    """

    caller: ModelCaller
    model: ModelConfig
    question: Question
    timeout_s: float
    started_at: float
    first_s: float | None = None

    @classmethod
    def now(
        cls,
        caller: ModelCaller,
        model: ModelConfig,
        question: Question,
        timeout_s: float,
        first_s: float | None = None,
    ) -> ModelCall:
        """One that starts now."""
        return cls(caller, model, question, timeout_s, time.perf_counter(), first_s)

    @property
    def _limit_s(self) -> float:
        return self.timeout_s + min(SLACK_S, SLACK_SHARE * self.timeout_s)

    async def result(self) -> CallResult:
        """What comes of it, where nobody watches its pieces."""
        async with aclosing(self.pieces(live=False)) as pieces:
            async for piece in pieces:
                if isinstance(piece, CallResult):
                    return piece
        raise AssertionError("a call always ends with its result")

    async def pieces(self, *, live: bool, stands: bool = True) -> AsyncGenerator[AnswerDelta | CallResult, None]:
        """Pieces where `live`, all at once of a model that cannot stream, then exactly one CallResult.

        stands: whether no piece may be taken back; else a `StartedAnew` voids those before it.
        """
        answer: ModelAnswer | None = None
        try:
            if live and self.model.capabilities.streaming is not False:
                async with aclosing(standing(self._stream()) if stands else self._stream()) as stream:
                    async for piece in stream:
                        if isinstance(piece, ModelAnswer):
                            answer = piece
                        else:
                            yield piece
            else:
                async with asyncio.timeout(self._limit_s):
                    answer = await self.caller.call(self.model, self.question, self.timeout_s)
                if live:
                    for delta in deltas_of(answer):
                        yield delta
        except ModelCallError as e:
            result = self.failed(e)
            yield result if not e.retryable else dataclasses.replace(result, again_after_s=_pause_s(e))
        except TimeoutError:
            why = f"no answer within {time.perf_counter() - self.started_at:.1f} s"
            yield self.failed(ModelCallError(why, kind="timeout"))
        except Exception as e:  # noqa: BLE001 - a provider's answer is foreign data: its trouble is this step's
            yield self._defect(e)
        else:
            early = ModelCallError("the stream ended early", kind="garbage")
            yield self._answered(answer) if answer else self.failed(early)

    async def _stream(self) -> AsyncGenerator[AnswerDelta | ModelAnswer, None]:
        """The provider's stream under one time limit. Raises TimeoutError, ModelCallError."""
        began_at = asyncio.get_running_loop().time()
        ends_at = began_at + self._limit_s
        until = ends_at if self.first_s is None else min(ends_at, began_at + self.first_s)
        stream = self.caller.stream(self.model, self.question, self.timeout_s)
        try:
            while True:
                # The limit is around the wait alone: around the yield it would cancel whoever reads us.
                async with asyncio.timeout_at(until):
                    piece = await anext(stream, None)
                until = ends_at  # it has begun, and is not cut off for being long
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
            latency_ms=answer.latency_ms,
            input_tokens=answer.input_tokens,
            output_tokens=answer.output_tokens,
            cached_input_tokens=answer.cached_input_tokens,
            reasoning_tokens=answer.reasoning_tokens,
            deployment=answer.deployment,
            finish_reason=answer.finish_reason,
            cost_known=answer.bill_known and answer.cost_source != "unknown",
        )
        return CallResult(step, answer, bill_known=True)

    def failed(self, error: ModelCallError) -> CallResult:
        """That the call brought no answer, for any reason."""
        elapsed_ms = (time.perf_counter() - self.started_at) * 1e3
        bill_known = not error.may_be_billed
        step = Step(
            model=self.model.name,
            cost_usd=error.cost_usd,
            latency_ms=elapsed_ms,
            error=well_formed(str(error)),
            failure_kind=error.kind,
            deployment=error.deployment,
            cost_known=bill_known,
        )
        return CallResult(step, None, bill_known)

    def _defect(self, error: Exception) -> CallResult:
        """That reading the answer failed in a way that nobody foresaw: the log has the cause, the step its id."""
        incident_id = uuid.uuid4().hex
        _log.error("model_call_defect", model=self.model.name, incident_id=incident_id, exc_info=error)
        why = (
            f"what came could not be read ({type(error).__name__}); the log has the cause under incident {incident_id}"
        )
        return self.failed(ModelCallError(why, kind="garbage"))

    def overtaken(self) -> CallResult:
        """That another model, called beside it, answered first. What it will cost is not known."""
        elapsed_s = time.perf_counter() - self.started_at
        why = f"no answer within {elapsed_s:.1f} s, when another model had one"
        return self.failed(ModelCallError(why, kind="timeout"))

    def broken_off(self) -> CallResult:
        """That it was given up while it was under way, since the caller has gone. What it will cost is not known."""
        return self.failed(ModelCallError("given up while it was under way", kind="cancelled"))


def _pause_s(error: ModelCallError) -> float:
    return FIRST_PAUSE_S if error.retry_after_s is None else error.retry_after_s
