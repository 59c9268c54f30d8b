"""Tells what a model thought from what it answered, where both come in one text.

Models of reasoning write `<think>…</think>` before their answer; some templates put the opening mark into the prompt,
so that only the closing one is written. A text that tells of such marks, amid other words, is not cut.

The marks are those of `domain.thinking_marks`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from enum import Enum, auto

from pointsman_service.domain.chat import AnswerDelta, ReasoningDelta, StartedAnew, TextDelta
from pointsman_service.domain.thinking_marks import HARMONY, MARKS

_BETWEEN = {HARMONY: ("<|end|><|start|>assistant" + HARMONY, HARMONY)}
"""Longer forms of what closes: messages of Harmony are ended and begun."""
_LAST = {HARMONY: ("<|return|>", "<|end|>")}
"""What may follow the answer, and is no word of it."""

_MAY_BEGIN = re.compile("[" + re.escape("".join({close[0] for close in MARKS.values()})) + "]")
_LONGEST = max(map(len, (*MARKS.values(), *(close for closes in _BETWEEN.values() for close in closes)))) - 1
_SENTENCE_ENDS = ".!?\u2026\u3002\uff01\uff1f)]}*$"
_CLOSES = re.compile("|".join(re.escape(close) for close in MARKS.values()))


class _Where(Enum):
    OPENING = auto()  # nothing but white space has come, or what may become a mark
    THINKING = auto()
    CLOSED = auto()  # between the closing mark and the answer
    ANSWERING = auto()


class ThinkSplitter:
    r"""Takes a text in pieces and gives them as reasoning or as text, as soon as it is clear which they are.

    Where a mark is closed that was never opened, what was given as text before was thought: the pieces start anew.
    thinks_unsaid: of models that do so; what comes first of them is given as reasoning, and anew where it was none.

    >>> splitter = ThinkSplitter()
    >>> [*splitter.add("<thi"), *splitter.add("nk>6 times 7</think>\n"), *splitter.add("\n42"), *splitter.end()]
    [ReasoningDelta(text='6 times 7'), TextDelta(text='42')]
    >>> splitter = ThinkSplitter()
    >>> [*splitter.add("6 times 7"), *splitter.add("\n</think>\n42"), *splitter.end()]
    ... # doctest: +NORMALIZE_WHITESPACE
    [TextDelta(text='6 times 7'), StartedAnew(why='what was taken for the answer was thought'),
     ReasoningDelta(text='6 times 7\n'), TextDelta(text='42')]
    """

    def __init__(self, *, thinks_unsaid: bool = False) -> None:
        self._supposed = thinks_unsaid
        self._where = _Where.OPENING
        self._held = ""
        self._close = ""
        self._thought = False
        self._given: list[str] = []
        self.unsaid = False
        """Whether it was thought before a mark that was never opened."""

    def thought_elsewhere(self) -> None:
        """What was thought is told in a field of its own: marks that are closed are the text's."""
        if not self._given:
            self._supposed, self._thought = False, True

    def add(self, piece: str) -> Iterator[AnswerDelta]:
        """What the piece makes clear."""
        self._held += piece
        yield from self._take(last=False)

    def end(self) -> Iterator[AnswerDelta]:
        """What was held until it would be clear."""
        yield from self._take(last=True)

    def _take(self, *, last: bool) -> Iterator[AnswerDelta]:
        before = None
        # Each pass holds less or stands elsewhere, so that this ends.
        while before != (self._where, len(self._held)):
            before = (self._where, len(self._held))
            match self._where:
                case _Where.OPENING:
                    self._open(last=last)
                case _Where.THINKING:
                    yield from self._think(last=last)
                case _Where.CLOSED:
                    self._held = self._held.lstrip()
                    self._where = _Where.OPENING if self._held else _Where.CLOSED
                case _Where.ANSWERING:
                    yield from self._answer(last=last)

    def _open(self, *, last: bool) -> None:
        text = self._held.lstrip()
        for opening, close in MARKS.items():
            if text.startswith(opening):
                self._where, self._close, self._thought, self._supposed = _Where.THINKING, close, True, False
                self._held = text[len(opening) :]
                return
        if last or not any(opening.startswith(text) for opening in MARKS):
            self._where = _Where.ANSWERING

    def _think(self, *, last: bool) -> Iterator[AnswerDelta]:
        closes = _BETWEEN.get(self._close, (self._close,))
        found = [(at, len(close)) for close in closes if (at := self._held.find(close)) >= 0]
        thought = self._held
        if found:
            at, length = min(found)
            thought, self._held, self._where = thought[:at], thought[at + length :], _Where.CLOSED
        else:
            held = 0 if last else _begun(thought, closes)
            thought, self._held = thought[: len(thought) - held], thought[len(thought) - held :]
        if thought:
            yield ReasoningDelta(thought)

    def _answer(self, *, last: bool) -> Iterator[AnswerDelta]:
        if self._thought:
            ends = _LAST.get(self._close, ())
            if last and self._held in ends:
                self._held = ""
            yield from self._give(len(self._held) - (0 if last else _begun_or_whole(self._held, ends)))
            return
        found = _CLOSES.search(self._held)
        if found is None and not last:
            yield from self._give(len(self._held) - _begun(self._held, MARKS.values()))
            return
        if found is not None and _ends_thought("".join(self._given) + self._held[: found.start()]):
            yield from self._was_thought(found)
            return
        if self._supposed:
            # It ends without a mark, or tells of them.
            yield from self._was_answer()
        yield from self._give(len(self._held) if found is None else found.end())

    def _was_thought(self, found: re.Match[str]) -> Iterator[AnswerDelta]:
        rest = self._held[: found.start()]
        if self._given and not self._supposed:
            yield StartedAnew("what was taken for the answer was thought")
            rest = "".join(self._given) + rest
        if rest:
            yield ReasoningDelta(rest)
        self._given.clear()
        self._held = self._held[found.end() :]
        self._where, self._thought, self._supposed, self.unsaid = _Where.CLOSED, True, False, True

    def _was_answer(self) -> Iterator[AnswerDelta]:
        self._supposed = False
        if self._given:
            yield StartedAnew("what was taken for thinking was the answer")
            yield TextDelta("".join(self._given))

    def _give(self, size: int) -> Iterator[AnswerDelta]:
        text, self._held = self._held[:size], self._held[size:]
        if text:
            if not self._thought:
                self._given.append(text)
            yield ReasoningDelta(text) if self._supposed else TextDelta(text)


def _ends_thought(before: str) -> bool:
    """Whether a closing mark after this text ends it, as templates have it; else the text tells of the mark.

    It does at the start of a line, and after a word or a sentence; not amid a sentence, quoted, or once one was opened.
    """
    if before.count("`") % 2 or any(opening in before for opening in MARKS):
        return False
    line = before.rpartition("\n")[2]
    return not line.strip() or line[-1].isalnum() or line.rstrip()[-1] in _SENTENCE_ENDS


def _begun_or_whole(text: str, marks: Iterable[str]) -> int:
    """As `_begun`; of a whole mark, too, that the text ends with."""
    marks = tuple(marks)
    return next((len(mark) for mark in marks if text.endswith(mark)), 0) or _begun(text, marks)


def _begun(text: str, marks: Iterable[str]) -> int:
    """The length of the longest end of the text that one of the marks begins with."""
    for found in _MAY_BEGIN.finditer(text, max(0, len(text) - _LONGEST)):
        if any(mark.startswith(text[found.start() :]) for mark in marks):
            return len(text) - found.start()
    return 0
