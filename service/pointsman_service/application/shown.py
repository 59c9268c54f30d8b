"""What of a cascade's answers its caller has been sent, and what may be sent while it is being written.

settled: an answer is sent once nothing can replace it, and stands. optimistic: from the first model's first piece;
where another is accepted in the end, what was sent is retracted before the first piece of the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pointsman_learner.types import Step

from pointsman_service.application.pieces import deltas_of, ended, piece_of
from pointsman_service.domain.chat import AnswerDelta, StartedAnew
from pointsman_service.domain.operator_words import for_callers
from pointsman_service.domain.requests import AnswerEnded, AnswerPiece, Completed, Retraction, StreamMode

Told = AnswerPiece | AnswerEnded | Retraction


@dataclass(slots=True)
class Shown:
    """mode: None where the caller gets the answer in one piece, at the end. index: whose pieces were sent, if any.

    broke: why the one that is shown will never be whole, None while it may be, or is.
    """

    mode: StreamMode | None
    index: int | None = None
    broke: str | None = None

    @property
    def stands(self) -> bool:
        """Whether the caller was promised that nothing is taken back."""
        return self.mode != "optimistic"

    def goes_live(self, *, settled: bool) -> bool:
        """Whether the next answer is sent as it is written. settled: nothing can replace it once it is there."""
        if self.mode is None:
            return False
        nothing_stands = self.index is None or self.broke is not None
        return settled or (self.mode == "optimistic" and nothing_stands)

    def tell(self, index: int, delta: AnswerDelta) -> Iterator[Told]:
        """A piece of step `index`, as it is written."""
        yield from self._turn_to(index, "another answer takes its place")
        if isinstance(delta, StartedAnew):
            yield Retraction(index, delta.why)
        else:
            yield piece_of(delta, index)

    def end(self, index: int, step: Step, finish_reason: str) -> Iterator[Told]:
        """That what is shown of step `index` is whole."""
        yield from self._turn_to(index, "another answer takes its place")
        yield ended(index, step, finish_reason)

    def breaks_off(self, index: int, step: Step) -> None:
        """What is shown, if it is of step `index`, will never be whole."""
        if self.index == index:
            self.broke = f"{step.model} broke off: {for_callers(step.error or '')}"

    def has_to_stand(self, index: int) -> bool:
        """Whether what is shown is of step `index`, and nothing may take its place."""
        return self.index == index and (self.broke is None or self.mode == "settled")

    def tell_whole(self, done: Completed) -> Iterator[Told]:
        """The accepted answer, unless it has been sent."""
        if self.index == done.answer and self.broke is None:
            return
        yield from self._turn_to(done.answer, f"the answer of {done.model} was accepted in its place")
        yield from whole(done)

    def _turn_to(self, index: int, why: str) -> Iterator[Retraction]:
        """What another step was shown with is void from now on."""
        if self.index == index:
            return
        if self.index is not None:
            yield Retraction(self.index, self.broke or why)
        self.index, self.broke = index, None


def whole(done: Completed) -> Iterator[Told]:
    """An answer in pieces, to its end."""
    yield from (piece_of(delta, done.answer) for delta in deltas_of(done))
    yield ended(done.answer, done.steps[done.answer], done.finish_reason)
