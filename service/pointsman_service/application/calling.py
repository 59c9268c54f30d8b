"""Calls under way in one cascade: one, two that are made at once, or one more where the first is overdue.

A call that is overdue is not cut off while the deadline lasts: it may be about to answer. The other one begins when it
must, to be done in time, or when a tenant wants its slow calls hedged; the first good answer ends both. Of two that are
made at once both are wanted: the later is waited for as a second opinion is.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from msgspec.structs import replace
from pointsman_learner.actions import CallModel

from pointsman_service.application.cascade import Cascade
from pointsman_service.application.model_call import CallResult, ModelCall
from pointsman_service.application.paid_call import PaidCall
from pointsman_service.application.spending import Hold
from pointsman_service.domain import ModelConfig
from pointsman_service.ports import ModelCaller


@dataclass(slots=True)
class Calling:
    """One call: what the policy did, what is held for it, and what came of it.

    paid: what is sent, and what it may cost; timeout_s, first_s: seconds, as in `ModelCall`; at_once: it was made with
    the one before it, whose answer it does not wait for.
    """

    action: CallModel
    hold: Hold
    paid: PaidCall
    caller: ModelCaller
    timeout_s: float
    first_s: float | None = None
    at_once: bool = False
    result: CallResult | None = None
    call: ModelCall | None = None
    task: asyncio.Task[CallResult] | None = field(default=None, repr=False)

    @property
    def model(self) -> ModelConfig:
        """Whom it calls."""
        return self.paid.model

    @property
    def is_done(self) -> bool:
        """Whether something has come of it."""
        return self.task is not None and self.task.done()

    @property
    def is_good(self) -> bool:
        """Whether that is an answer."""
        return self.result is not None and self.result.answer is not None

    def begun(self) -> ModelCall:
        """The call, which begins now; from here on it may cost what it may cost at most."""
        self.hold.spent_usd = self.hold.held_usd
        self.call = ModelCall.now(self.caller, self.model, self.paid.question, self.timeout_s, self.first_s)
        return self.call

    def start(self) -> asyncio.Task[CallResult]:
        """Begin it in a task of its own."""
        self.task = asyncio.create_task(self.begun().result())
        return self.task

    def end(self, run: Cascade, *, overtaken: bool = False) -> None:
        """Make it a step of the run, whatever came of it. overtaken: another answered first."""
        if self.call is None:  # the caller went away before it began
            return
        result = self.result or (self.call.overtaken() if overtaken else self.call.broken_off())
        self.hold.spent_usd = self.paid.usd(result, self.hold.held_usd)
        step = result.step_of(self.action)
        index = run.took(replace(step, at_once=True) if self.at_once else step, result.answer)
        if result.again_after_s is not None:
            run.again[index] = run.task.deadline.clock() + result.again_after_s
        if self.first_s is not None and result.step.failure_kind == "timeout":
            run.task.reach.overtaken(result.step)  # it did not begin in time, for which nobody else holds it to account

    async def remember(self) -> None:
        """Remember what it tells of the model's limits: before the hold is settled, for which others wait."""
        if self.result is not None:
            await self.paid.remember(self.result, self.hold.spent_usd)


async def first_good(callings: Sequence[Calling]) -> None:
    """Wait until one of them has an answer, or all have failed; `result` is set of those that ended."""
    waiting = {c.task: c for c in callings if c.task is not None}
    while waiting:
        done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            calling = waiting.pop(task)
            calling.result = task.result()
        if any(c.is_good for c in callings):
            return


async def overdue(callings: Sequence[Calling], patience_s: float | None) -> bool:
    """Wait so long; whether some of them is still under way then, and none has answered."""
    with suppress(TimeoutError):
        async with asyncio.timeout(patience_s):
            await first_good(callings)
    return any(not c.is_done for c in callings) and not any(c.is_good for c in callings)


async def second_opinion(run: Cascade, pair: Sequence[Calling]) -> None:
    """Wait for the later of two that were made at once, as long as it is worth beside the answer of the other."""
    for calling in pair:
        if calling.result is None and calling.task is not None and calling.call is not None:
            since_s = time.perf_counter() - calling.call.started_at
            left_s = run.task.deadline.for_opinion(run.expected_ms(calling.model.name)) - since_s
            done, _ = await asyncio.wait({calling.task}, timeout=max(0.0, left_s))
            if done:
                calling.result = calling.task.result()


async def end_all(run: Cascade, callings: Sequence[Calling]) -> None:
    """Cancel those under way, which closes their connections, and make all of them steps, in their order."""
    tasks = [c.task for c in callings if c.task is not None]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    overtaken = any(c.is_good for c in callings)
    for calling in callings:
        calling.end(run, overtaken=overtaken)
        await calling.remember()
        if calling.result is None and overtaken:
            run.task.reach.overtaken(run.steps[-1])
