"""The texts of an answer, from their pieces: well-formed, and what was thought told apart from what was answered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pointsman_service.chat.message import Said
from pointsman_service.chat.thinking import ThinkSplitter
from pointsman_service.domain.chat import AnswerDelta, ReasoningDelta, StartedAnew, TextDelta
from pointsman_service.domain.well_formed import TextJoiner


class SpokenPieces:
    """Folds what the chunks of a stream say. After `end`: the text, reasoning, refusal and parts of the whole."""

    def __init__(self, *, thinks_unsaid: bool = False) -> None:
        self._texts, self._thoughts, self._refusals = TextJoiner(), TextJoiner(), TextJoiner()
        self._splitter = ThinkSplitter(thinks_unsaid=thinks_unsaid)
        self._text: list[str] = []
        self._reasoning: list[str] = []
        self._marked: list[str] = []
        self._refusal: list[str] = []
        self.parts: tuple[Mapping[str, Any], ...] = ()

    @property
    def thought_unsaid(self) -> bool:
        """Whether the model thought before a mark that was never opened."""
        return self._splitter.unsaid

    @property
    def text(self) -> str:
        """What was answered."""
        return "".join(self._text)

    @property
    def reasoning(self) -> str:
        """What was thought; told in a field of its own and between marks in the text, it counts once."""
        told, marked = "".join(self._reasoning), "".join(self._marked).strip()
        return told if not marked or marked == told.strip() else "\n\n".join(each for each in (told, marked) if each)

    @property
    def refusal(self) -> str:
        """What was refused."""
        return "".join(self._refusal)

    def add(self, said: Said) -> Iterator[AnswerDelta]:
        """Take in what a chunk says and return what it adds."""
        self.parts += said.parts
        self._refusal.append(self._refusals.add(said.refusal))
        yield from self._thought(self._thoughts.add(said.reasoning))
        if said.text:
            # What is thought ends where the answer begins.
            yield from self._thought(self._thoughts.end())
            yield from self._split(self._splitter.add(self._texts.add(said.text)))

    def end(self) -> Iterator[AnswerDelta]:
        """What was held until more would come."""
        self._refusal.append(self._refusals.end())
        yield from self._thought(self._thoughts.end())
        yield from self._split(self._splitter.add(self._texts.end()))
        yield from self._split(self._splitter.end())

    def _thought(self, piece: str) -> Iterator[AnswerDelta]:
        if piece:
            self._splitter.thought_elsewhere()
            self._reasoning.append(piece)
            yield ReasoningDelta(piece)

    def _split(self, deltas: Iterable[AnswerDelta]) -> Iterator[AnswerDelta]:
        for delta in deltas:
            match delta:
                case TextDelta(text):
                    self._text.append(text)
                case ReasoningDelta(text):
                    self._marked.append(text)
                case StartedAnew():
                    self._text.clear()
                    self._marked.clear()
            yield delta
