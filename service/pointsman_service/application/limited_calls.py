"""Calls whose limit on the answer is said in the word that the model takes.

Some models take `max_tokens`, some only `max_completion_tokens`, some neither. A provider that refuses one says so, and
is asked again in the other's word, or without any; one that finds the limit too long, within what it says it can do.
What it refused is remembered for as long as the process lives.
"""

from __future__ import annotations

import re
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace

from pointsman_service.domain import AnswerDelta, ModelAnswer, ModelConfig, Question
from pointsman_service.domain.answer_limits import LIMIT_NAMES, limit_of, without_limits
from pointsman_service.errors import ModelCallError
from pointsman_service.ports import ModelCaller

_REFUSES = re.compile(
    r"unsupported|not supported|n't support|unrecogni[sz]ed|unknown|unexpected|not permitted|not allowed|no longer"
    r"|extra (inputs|fields?)|deprecated|invalid (parameter|argument|field)|not (valid|accept)"
    r"|cannot be (used|set|specified)",
    re.IGNORECASE,
)
_TOO_LONG = re.compile(
    r"too (large|long|high|big)|at most|maximum|exceed|less than|greater than|<=|upper limit", re.IGNORECASE
)
_NUMBER = re.compile(r"(?<![\w.-])\d{1,9}(?![\w.-]*\w)")


_Place = tuple[str, str, str | None]


@dataclass(frozen=True, slots=True)
class _Asked:
    """A call in the model's word. name: of its limit, None where it has none, or several; limit: its tokens."""

    model: ModelConfig
    question: Question
    name: str | None
    limit: int | None


class LimitedCaller:
    """A `ModelCaller` over another one. clock: seconds, monotonic."""

    def __init__(self, caller: ModelCaller, clock: Callable[[], float] = time.monotonic) -> None:
        self._caller, self._clock = caller, clock
        self._refused: dict[_Place, frozenset[str]] = {}
        self._longest: dict[_Place, int] = {}

    async def call(self, model: ModelConfig, question: Question, timeout_s: float) -> ModelAnswer:
        """One answer. Raises ModelCallError."""
        ends_at, asked = self._clock() + timeout_s, self._in_its_words(model, question)
        while True:
            try:
                return await self._caller.call(asked.model, asked.question, ends_at - self._clock())
            except ModelCallError as e:
                if not self._learns(model, asked, e):
                    raise
                asked = self._in_its_words(model, question)

    async def stream(
        self, model: ModelConfig, question: Question, timeout_s: float
    ) -> AsyncIterator[AnswerDelta | ModelAnswer]:
        """Pieces as they come, then the whole ModelAnswer. Raises as `call`."""
        ends_at, asked = self._clock() + timeout_s, self._in_its_words(model, question)
        while True:
            began = False
            pieces = self._caller.stream(asked.model, asked.question, ends_at - self._clock())
            try:
                async with aclosing(_generator(pieces)) as stream:
                    async for piece in stream:
                        began = True
                        yield piece
            except ModelCallError as e:
                if began or not self._learns(model, asked, e):
                    raise
                asked = self._in_its_words(model, question)
            else:
                return

    async def close(self) -> None:
        """Close what it calls with."""
        await self._caller.close()

    def _in_its_words(self, model: ModelConfig, question: Question) -> _Asked:
        refused, longest = self._refused.get(_place(model), frozenset()), self._longest.get(_place(model))
        said = {**model.params, **question.params}
        names, limit = [name for name in LIMIT_NAMES if said.get(name) is not None], limit_of(said)
        if longest is not None and limit is not None:
            limit = min(limit, longest)
        if limit is None or (not refused & set(names) and limit == limit_of(said)):
            return _Asked(model, question, names[0] if len(names) == 1 else None, limit)
        name = next((n for n in (*names, *LIMIT_NAMES) if n not in refused), None)
        params = without_limits(question.params) | ({} if name is None else {name: limit})
        bare = replace(model, params=without_limits(model.params))
        return _Asked(bare, replace(question, params=params), name, limit)

    def _learns(self, model: ModelConfig, asked: _Asked, error: ModelCallError) -> bool:
        """Whether the provider refused the word, or found the limit too long, so that another may do."""
        place, message = _place(model), str(error)
        if asked.name is None or asked.limit is None or error.kind != "invalid":
            return False
        if refuses(message, asked.name):
            self._refused[place] = self._refused.get(place, frozenset()) | {asked.name}
            return True
        longest = longest_said(message, asked.name, asked.limit)
        if longest is None:
            return False
        self._longest[place] = longest
        return True


def refuses(message: str, name: str) -> bool:
    """Whether a provider says that it does not take a parameter, rather than its value.

    >>> refuses("Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.", "max_tokens")
    True
    >>> refuses("max_tokens is too large: 99999. This model supports at most 16384 tokens", "max_tokens")
    False
    """
    return _names(message, name) and bool(_REFUSES.search(message)) and not _TOO_LONG.search(message)


def longest_said(message: str, name: str, limit: int) -> int | None:
    """The longest answer that a provider says it can give, where it refused a longer limit.

    >>> longest_said("max_tokens is too large: 4096. This model supports at most 2048 tokens", "max_tokens", 4096)
    2048
    """
    if not (_names(message, name) and _TOO_LONG.search(message)):
        return None
    return max((n for n in map(int, _NUMBER.findall(message)) if 1 <= n < limit), default=None)


def _names(message: str, name: str) -> bool:
    return re.search(rf"(?<![A-Za-z_]){re.escape(name)}(?![A-Za-z_])", message) is not None


def _place(model: ModelConfig) -> _Place:
    return model.name, model.provider_model, model.base_url


async def _generator(
    pieces: AsyncIterator[AnswerDelta | ModelAnswer],
) -> AsyncGenerator[AnswerDelta | ModelAnswer, None]:
    try:
        async for piece in pieces:
            yield piece
    finally:
        if isinstance(pieces, AsyncGenerator):
            await pieces.aclose()
