"""Asks models for log-probabilities, for the judge that reads them; made only where such a judge is configured.

Not every model gives them, and some refuse the very parameter: then the call is made again without it, and the model at
that address is not asked for them any more in this process.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import replace

from pointsman_service.domain import AnswerDelta, ModelAnswer, ModelConfig, Question
from pointsman_service.errors import ModelCallError
from pointsman_service.ports import ModelCaller

PARAMETER = "logprobs"
MOST_REMEMBERED = 10_000
"""Models that are remembered to refuse; beyond them all are forgotten, and each costs one refused call again."""

_Place = tuple[str, str, str | None]


class LogprobsCaller:
    """A `ModelCaller` over another, which closes it. What a query or a model says of `logprobs` itself holds."""

    def __init__(self, caller: ModelCaller) -> None:
        self._caller = caller
        self._refusing: set[_Place] = set()

    async def call(self, model: ModelConfig, question: Question, timeout_s: float) -> ModelAnswer:
        """One answer, with `mean_logprob` where the provider sends it. Raises as the caller it is over."""
        if not self._asks(model, question):
            return await self._caller.call(model, question, timeout_s)
        try:
            return await self._caller.call(model, _asking(question), timeout_s)
        except ModelCallError as error:
            self._learn(model, error)
        # A refusal comes at once and is not charged, so the time it took is not taken off.
        return await self._caller.call(model, question, timeout_s)

    async def stream(
        self, model: ModelConfig, question: Question, timeout_s: float
    ) -> AsyncIterator[AnswerDelta | ModelAnswer]:
        """Pieces as they come, then the whole ModelAnswer. Raises as `call`; what has begun is not asked again."""
        if self._asks(model, question):
            begun = False
            try:
                async for piece in _pieces(self._caller, model, _asking(question), timeout_s):
                    begun = True
                    yield piece
            except ModelCallError as error:
                if begun:
                    raise
                self._learn(model, error)
            else:
                return
        async for piece in _pieces(self._caller, model, question, timeout_s):
            yield piece

    async def close(self) -> None:
        """Close what it calls with."""
        await self._caller.close()

    def _asks(self, model: ModelConfig, question: Question) -> bool:
        said = PARAMETER in question.params or PARAMETER in model.params
        return not said and _place(model) not in self._refusing

    def _learn(self, model: ModelConfig, error: ModelCallError) -> None:
        """Remember that the model refuses the parameter; raises the error again where it is another one."""
        # OpenAI says it of models that think as a matter of rights (403): "You are not allowed to request logprobs".
        if error.kind not in {"invalid", "auth"} or "logprob" not in str(error).lower():
            raise error
        if len(self._refusing) >= MOST_REMEMBERED:
            self._refusing.clear()
        self._refusing.add(_place(model))


def _asking(question: Question) -> Question:
    return replace(question, params={**question.params, PARAMETER: True})


def _place(model: ModelConfig) -> _Place:
    return model.adapter, model.provider_model, model.base_url


async def _pieces(
    caller: ModelCaller, model: ModelConfig, question: Question, timeout_s: float
) -> AsyncGenerator[AnswerDelta | ModelAnswer, None]:
    stream = caller.stream(model, question, timeout_s)
    if not isinstance(stream, AsyncGenerator):
        async for piece in stream:
            yield piece
        return
    async with aclosing(stream):
        async for piece in stream:
            yield piece
