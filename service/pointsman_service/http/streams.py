"""A stream's beginning: until something is to be told, a failure can still be told by the response's status."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, field

from pointsman_service.domain.requests import (
    AnswerEnded,
    AnswerPiece,
    Completed,
    Progress,
    ReasoningPiece,
    Retraction,
    StepStarted,
    StreamBegun,
    StreamItem,
    TextPiece,
    ToolCallPiece,
)
from pointsman_service.errors import EveryModelFailed

Told = TextPiece | ReasoningPiece | ToolCallPiece | AnswerEnded | Progress | Completed


@dataclass(slots=True)
class Begun:
    """A stream of which something can be told. models: by step, as they were called."""

    items: AsyncGenerator[StreamItem, None]
    episode_id: str = ""
    models: dict[int, str] = field(default_factory=dict)
    first: Told | None = None
    _said: bool = False

    @property
    def headers(self) -> dict[str, str]:
        """Of the response: who answers is known by its pieces alone."""
        return {"x-pointsman-episode-id": self.episode_id}

    async def told(self) -> AsyncIterator[Told]:
        """What clients are told, from the first on. Raises what the stream raises."""
        if self.first is not None:
            self._said = self._said or isinstance(self.first, AnswerPiece)
            yield self.first
        async for item in self.items:
            if (said := self._took(item)) is not None:
                self._said = self._said or isinstance(said, AnswerPiece)
                yield said

    async def begin(self) -> None:
        """Read up to the first that is told. What it raises is the answer."""
        try:
            async for item in self.items:
                self.first = self._took(item)
                if self.first is not None:
                    return
        except BaseException:
            await self.items.aclose()
            raise

    def _took(self, item: StreamItem) -> Told | None:
        match item:
            case StreamBegun():
                self.episode_id = item.episode_id
            case StepStarted():
                self.models[item.index] = item.model
            case Retraction():
                # It happens to a model that is first met to think without saying so; the next time it is known.
                if self._said:
                    why = f"what was sent so far is void ({item.reason}), and this address cannot say so; ask again"
                    raise EveryModelFailed(why, errors=item.reason, episode_id=self.episode_id)
            case TextPiece() | ReasoningPiece() | ToolCallPiece() | AnswerEnded() | Progress() | Completed():
                return item
        return None


async def begun(items: AsyncGenerator[StreamItem, None]) -> Begun:
    """The stream once it tells something. Raises what it raises before."""
    stream = Begun(items)
    await stream.begin()
    return stream
