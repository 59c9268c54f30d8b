"""Calls a model at the deployment of it that is most likely to answer, at the next where that one fails.

A deployment is a place where a model is called: an address, a key, a region with limits of its own. Deployments of one
model share its quality, which is the model's wherever it answers, and its configured prices. Each has an availability
of its own, which is learnt from its calls, forgotten within minutes, and never reaches the learner; and a breaker (see
`domain.breaker`). A model without deployments is one place, its own.

| what happens at a deployment | what follows |
| --- | --- |
| timeout, garbage, rate_limited, unavailable, auth, unknown_model | it counts against it; on to the next at once |
| refused, empty, invalid | the call's failure: another deployment of the same model would say the same |
| its minute is full, by its configured limits | it is passed over |
| its breaker is open | it is passed over, while another can take the call |
| every one failed | the call's failure: who asked knows what else could answer, and whether to wait |

A call that gets here is made: whether a model should be asked at all while it does not answer is for who asks to
decide, by `reach`. What is counted, is counted in this process: with several workers, each has the configured limits to
itself, and finds out by itself who does not answer.
"""

from __future__ import annotations

import random
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from pointsman_service.adapters.callers.deployment_failures import HELD_AGAINST_IT, together
from pointsman_service.adapters.callers.deployment_places import Changed, Place, Places, Visit
from pointsman_service.chat.call_errors import garbage
from pointsman_service.domain import AnswerDelta, ModelAnswer, ModelConfig, Question
from pointsman_service.errors import ModelCallError
from pointsman_service.ports import ModelCaller, ModelReach

T = TypeVar("T")


PROBE_SHARE = 0.5
"""Of the time that is left, what a probe may take while another deployment could be called after it."""
PROBE_FACTOR = 3.0
"""Times what its answers took before it failed, likewise: a probe that takes longer has failed."""


@dataclass(frozen=True, slots=True)
class _Reached(Generic[T]):
    """What the deployment that answered gave."""

    result: T
    visit: Visit
    began_at: float
    bill_known: bool = True


def _unheard(_model: str, _deployment: str | None, _is_open: bool, _why: str) -> None:
    """Nobody listens."""


class DeploymentsCaller:
    """A `ModelCaller` over one that asks once, at one place."""

    def __init__(
        self,
        caller: ModelCaller,
        *,
        clock: Callable[[], float] = time.perf_counter,
        rng: Callable[[], float] = random.random,
        changed: Changed = _unheard,
    ) -> None:
        """clock: seconds, monotonic. rng: uniform in [0, 1), for jitter. changed: told of breakers' changes."""
        self._caller, self._clock = caller, clock
        self._places = Places(rng, changed)

    def availability(self, model: ModelConfig) -> Mapping[str, float]:
        """P(a call succeeds now) by deployment, in (0, 1]; empty for a model that has one place only."""
        return self._places.availability(model, self._clock())

    def states(self, model: ModelConfig) -> Mapping[str, str]:
        """What each deployment's breaker is, "" for the one place of a model without any."""
        return self._places.states(model, self._clock())

    def reach(self, model: ModelConfig) -> ModelReach:
        """What is known of calling it now."""
        return self._places.reach(model, self._clock())

    def blame(self, model: ModelConfig, deployment: str | None, kind: str) -> None:
        """Hold a failure against it that seemed the question's: another model answered that."""
        self._places.blame(model, deployment, kind, self._clock())

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
        ended = False
        try:
            async with aclosing(reached.result) as pieces:
                async for piece in pieces:
                    if isinstance(piece, ModelAnswer):
                        ended = True
                        yield self._ended(reached, piece, started)
                    else:
                        yield piece
        except ModelCallError as error:
            ended = True
            self._failed(reached.visit, error)
            raise
        finally:
            if not ended:
                reached.visit.left()

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
        """Each deployment once, best first, until one answers."""
        ends_at = self._clock() + timeout_s
        failures: list[ModelCallError] = []
        places = self._places.in_order(model, self._clock())
        for n, place in enumerate(places):
            now = self._clock()
            if failures and now >= ends_at:
                break
            # Others may have filled it while this call was failing elsewhere.
            if failures and not place.has_room(now):
                continue
            visit = place.begin(question, now, self._time_for(place, now, ends_at, last=n + 1 == len(places)))
            try:
                result = await one(place.model, question, visit.time_s)
            except ModelCallError as error:
                self._failed(visit, error)
                if error.kind not in HELD_AGAINST_IT:
                    raise
                failures.append(error)
            except Exception as error:
                # A provider's answer that nobody could read, which whoever asked makes a failed step.
                self._failed(visit, garbage(f"{type(error).__name__}", None))
                raise
            except BaseException:
                visit.left()
                raise
            else:
                return _Reached(result, visit, now, bill_known=not any(f.may_be_billed for f in failures))
        raise together(failures)

    @staticmethod
    def _time_for(place: Place, now: float, ends_at: float, *, last: bool) -> float:
        if last or not place.record.breaker.is_open:
            return ends_at - now
        usual_ms, share_s = place.record.pace.answer.at(now), (ends_at - now) * PROBE_SHARE
        return share_s if usual_ms is None else min(share_s, PROBE_FACTOR * usual_ms / 1e3)

    def _ended(self, reached: _Reached[T], answer: ModelAnswer, started: float) -> ModelAnswer:
        reached.visit.succeeded(self._clock(), answer)
        waited_ms = (reached.began_at - started) * 1e3
        return replace(
            answer,
            latency_ms=answer.latency_ms + waited_ms,
            deployment=reached.visit.deployment,
            bill_known=answer.bill_known and reached.bill_known,
        )

    def _failed(self, visit: Visit, error: ModelCallError) -> None:
        visit.failed(self._clock(), error)
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
