"""Calls a model at the deployment of it that is most likely to answer, at the next where that one fails, and again.

A deployment is a place where a model is called: an address, a key, a region with limits of its own. Deployments of one
model share its quality, which is the model's wherever it answers, and its configured prices. Each has an availability
of its own, which is learnt from its calls, forgotten within minutes, and never reaches the learner.

| what happens at a deployment | what follows |
| --- | --- |
| timeout, garbage, rate_limited, unavailable, auth, unknown_model | it counts against it; on to the next at once |
| refused, empty, invalid | the call's failure: another deployment of the same model would say the same |
| its minute is full, by its configured limits | it is passed over |
| every one failed, which is retryable | all once more, after the pause that the provider names |

What is counted, is counted in this process: with several workers, each has the configured limits to itself. A model
without deployments is one place, of which nothing is counted.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from pointsman_service.adapters.deployment_failures import HELD_AGAINST_IT, MAY_CHARGE, together
from pointsman_service.adapters.deployment_places import Places, Visit
from pointsman_service.chat.call_errors import garbage
from pointsman_service.chat.retry import with_retries
from pointsman_service.domain import AnswerDelta, ModelAnswer, ModelConfig, Question
from pointsman_service.errors import ModelCallError
from pointsman_service.ports import ModelCaller

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Reached(Generic[T]):
    """What the deployment that answered gave. visit: None where the model has one place only."""

    result: T
    visit: Visit | None
    began_at: float
    bill_known: bool = True


class DeploymentsCaller:
    """A `ModelCaller` over one that asks once, at one place."""

    def __init__(self, caller: ModelCaller, *, tries: int = 2, clock: Callable[[], float] = time.perf_counter) -> None:
        """tries: of all deployments, where trying again is safe. clock: seconds, monotonic."""
        self._caller, self._tries, self._clock = caller, tries, clock
        self._places = Places()

    def availability(self, model: ModelConfig) -> Mapping[str, float]:
        """P(a call succeeds now) by deployment, in (0, 1]; empty for a model that has one place only."""
        return self._places.availability(model, self._clock())

    async def call(self, model: ModelConfig, question: Question, timeout_s: float) -> ModelAnswer:
        """One answer; its latency is from here on. Raises ModelCallError, that of all deployments where all failed."""
        started = self._clock()
        reached = await self._reach(model, question, timeout_s, self._caller.call)
        return self._ended(reached, reached.result, started)

    async def stream(
        self, model: ModelConfig, question: Question, timeout_s: float
    ) -> AsyncIterator[AnswerDelta | ModelAnswer]:
        """Pieces as they come, then the whole ModelAnswer; no other try after the first piece. Raises as `call`."""
        started = self._clock()
        reached = await self._reach(model, question, timeout_s, self._opened)
        try:
            async with aclosing(reached.result) as pieces:
                async for piece in pieces:
                    yield self._ended(reached, piece, started) if isinstance(piece, ModelAnswer) else piece
        except ModelCallError as error:
            if reached.visit is not None:
                self._failed(reached.visit, error)
            raise

    async def close(self) -> None:
        """Close what it calls with."""
        await self._caller.close()

    async def _opened(
        self, model: ModelConfig, question: Question, left_s: float
    ) -> AsyncGenerator[AnswerDelta | ModelAnswer, None]:
        """A stream whose first piece has come: from then on, it is this deployment's."""
        pieces = self._caller.stream(model, question, left_s)
        first = await anext(pieces, None)
        if first is None:
            raise garbage(f"the stream of {model.name} had nothing in it", None)
        return _chained(first, pieces)

    async def _reach(
        self,
        model: ModelConfig,
        question: Question,
        timeout_s: float,
        one: Callable[[ModelConfig, Question, float], Awaitable[T]],
    ) -> _Reached[T]:
        return await with_retries(
            lambda left: self._round(model, question, left, one),
            tries=self._tries,
            time_limit_s=timeout_s,
            clock=self._clock,
        )

    async def _round(
        self,
        model: ModelConfig,
        question: Question,
        left_s: float,
        one: Callable[[ModelConfig, Question, float], Awaitable[T]],
    ) -> _Reached[T]:
        """Each deployment once, best first, until one answers."""
        began_at = self._clock()
        if not model.deployments:
            return _Reached(await one(model, question, left_s), None, began_at)
        ends_at = began_at + left_s
        failures: list[ModelCallError] = []
        for place in self._places.with_room(model, began_at):
            now = self._clock()
            if failures and now >= ends_at:
                break
            # Others may have filled it while this call was failing elsewhere.
            if failures and not place.has_room(now):
                continue
            visit = place.begin(question, now)
            try:
                result = await one(place.model, question, ends_at - now)
            except ModelCallError as error:
                self._failed(visit, error)
                if error.kind not in HELD_AGAINST_IT:
                    raise
                failures.append(error)
            else:
                return _Reached(result, visit, now, bill_known=not any(f.kind in MAY_CHARGE for f in failures))
        raise together(failures)

    def _ended(self, reached: _Reached[T], answer: ModelAnswer, started: float) -> ModelAnswer:
        waited_ms = (reached.began_at - started) * 1e3
        if reached.visit is None:
            return replace(answer, latency_ms=answer.latency_ms + waited_ms)
        reached.visit.succeeded(self._clock(), answer)
        return replace(
            answer,
            latency_ms=answer.latency_ms + waited_ms,
            deployment=reached.visit.deployment,
            bill_known=reached.bill_known,
        )

    def _failed(self, visit: Visit, error: ModelCallError) -> None:
        visit.failed(self._clock(), held_against_it=error.kind in HELD_AGAINST_IT)
        error.deployment = visit.deployment


async def _chained(
    first: AnswerDelta | ModelAnswer, rest: AsyncIterator[AnswerDelta | ModelAnswer]
) -> AsyncGenerator[AnswerDelta | ModelAnswer, None]:
    try:
        yield first
        async for piece in rest:
            yield piece
    finally:
        if isinstance(rest, AsyncGenerator):
            await rest.aclose()
