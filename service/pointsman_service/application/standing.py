"""Pieces of an answer to somebody who was promised that they stand."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from dataclasses import replace

from pointsman_service.domain import ModelAnswer
from pointsman_service.domain.chat import AnswerDelta, ReasoningDelta, StartedAnew, TextDelta


async def standing(
    stream: AsyncGenerator[AnswerDelta | ModelAnswer, None],
) -> AsyncGenerator[AnswerDelta | ModelAnswer, None]:
    """The stream, without what would take pieces back."""
    told = Standing()
    async with aclosing(stream) as pieces:
        async for piece in pieces:
            if isinstance(piece, ModelAnswer):
                yield told.answer(piece)
            else:
                for each in told.pieces(piece):
                    yield each


class Standing:
    r"""Lets a text that turns out to have been thought stay a text: the answer is then what was told, all of it.

    >>> told = Standing()
    >>> came = [TextDelta("6 times"), StartedAnew("it was thought"), ReasoningDelta("6 times 7"), TextDelta("42")]
    >>> "".join(piece.text for delta in came for piece in told.pieces(delta))
    '6 times 7\n\n42'
    """

    def __init__(self) -> None:
        self._text: list[str] = []
        self._anew = self._differs = False

    def pieces(self, delta: AnswerDelta) -> Iterator[AnswerDelta]:
        """What to tell of it."""
        match delta:
            case StartedAnew():
                self._anew = True
            case ReasoningDelta(thought) if self._anew and self._text:
                # All that was thought so far, of which the beginning has been told.
                self._anew, self._differs = False, True
                yield from self._tell(thought.removeprefix("".join(self._text)) + "\n\n")
            case TextDelta(text):
                self._anew = False
                yield from self._tell(text)
            case _:
                yield delta

    def answer(self, answer: ModelAnswer) -> ModelAnswer:
        """The answer that was told."""
        return replace(answer, text="".join(self._text), reasoning=None) if self._differs else answer

    def _tell(self, text: str) -> Iterator[AnswerDelta]:
        self._text.append(text)
        yield TextDelta(text)
