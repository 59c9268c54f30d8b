"""Asks again without what the service added by itself, where a provider refuses it, and remembers that."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import replace

from pointsman_service.chat.request import OPTIONAL
from pointsman_service.domain import AnswerDelta, ModelAnswer, ModelConfig, Question
from pointsman_service.errors import ModelCallError
from pointsman_service.ports import ModelCaller

MOST_PLACES = 10_000
"""Places that are remembered; beyond them all are forgotten, and each costs one refused call again."""

_Place = tuple[str, str, str | None]


class RefusalsLearntCaller:
    """A `ModelCaller` over another. What was refused is remembered for that model at that address, in this process."""

    def __init__(self, caller: ModelCaller) -> None:
        self._caller = caller
        self._refused: dict[_Place, frozenset[str]] = {}

    async def call(self, model: ModelConfig, question: Question, timeout_s: float) -> ModelAnswer:
        """One answer. Raises as the caller it is over: a plain call has nothing that is ours to leave off."""
        return await self._caller.call(model, question, timeout_s)

    async def stream(
        self, model: ModelConfig, question: Question, timeout_s: float
    ) -> AsyncIterator[AnswerDelta | ModelAnswer]:
        """Pieces as they come, then the whole ModelAnswer. Raises as the caller it is over."""
        sent, begun = self._without_refused(model), False
        try:
            async for piece in _pieces(self._caller, sent, question, timeout_s):
                begun = True
                yield piece
        except ModelCallError as error:
            refused = frozenset() if begun or error.kind != "invalid" else _named(error, sent)
            if not refused:
                raise
            self._remember(model, refused)
        else:
            return
        # A refusal comes at once and is not charged, so the time it took is not taken off.
        async for piece in _pieces(self._caller, self._without_refused(model), question, timeout_s):
            yield piece

    async def close(self) -> None:
        """Close what it calls with."""
        await self._caller.close()

    def _without_refused(self, model: ModelConfig) -> ModelConfig:
        refused = self._refused.get(_place(model))
        return replace(model, without_params=(*model.without_params, *sorted(refused))) if refused else model

    def _remember(self, model: ModelConfig, refused: frozenset[str]) -> None:
        if len(self._refused) >= MOST_PLACES:
            self._refused.clear()
        place = _place(model)
        self._refused[place] = self._refused.get(place, frozenset()) | refused


def _place(model: ModelConfig) -> _Place:
    return model.adapter, model.provider_model, model.base_url


def _named(error: ModelCallError, sent: ModelConfig) -> frozenset[str]:
    """What was sent, could be left off, and is named in the error."""
    return frozenset(name for name in OPTIONAL - set(sent.without_params) if name in str(error))


async def _pieces(
    caller: ModelCaller, model: ModelConfig, question: Question, timeout_s: float
) -> AsyncGenerator[AnswerDelta | ModelAnswer, None]:
    stream = caller.stream(model, question, timeout_s)
    try:
        async for piece in stream:
            yield piece
    finally:
        if isinstance(stream, AsyncGenerator):
            await stream.aclose()
