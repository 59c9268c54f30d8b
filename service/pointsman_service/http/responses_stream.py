"""Answers as the events of a Responses stream."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Mapping
from typing import Any

from pointsman_service.domain.requests import (
    AnswerEnded,
    Completed,
    Progress,
    ReasoningPiece,
    TextPiece,
    ToolCallPiece,
)
from pointsman_service.http.answers import ALIVE, named_event
from pointsman_service.http.responses_write import (
    begun_object,
    call_item,
    message_item,
    reasoning_item,
    response_object,
    text_part,
)
from pointsman_service.http.streams import Begun

_Piece = TextPiece | ReasoningPiece | ToolCallPiece


async def response_events(stream: Begun, said: Mapping[str, Any], *, predictions: bool) -> AsyncGenerator[bytes, None]:
    """response.created first; response.completed or response.incomplete last."""
    events = _Events(stream, said)
    async for item in stream.told():
        match item:
            case Progress():
                yield ALIVE
            case AnswerEnded():
                pass
            case Completed():
                for told in events.end(item, predictions=predictions):
                    yield told
            case _:
                for told in events.piece(item):
                    yield told


class _Events:
    """One stream's events, numbered; the output item that is being written, if any."""

    def __init__(self, stream: Begun, said: Mapping[str, Any]) -> None:
        self._stream, self._said = stream, said
        self._number = self._index = 0
        self._key: tuple[str, int] | None = None
        self._item: dict[str, Any] = {}
        self._text: list[str] = []
        self._started = False
        self._output: list[dict[str, Any]] = []

    def piece(self, piece: _Piece) -> Iterator[bytes]:
        """Events of one piece; where it begins another item, those that end the one before."""
        yield from self._begin(self._stream.models.get(piece.index, ""))
        match piece:
            case TextPiece():
                yield from self._turn_to(("text", 0), piece)
                self._text.append(piece.text)
                yield self._of_part("response.output_text.delta", delta=piece.text, logprobs=[])
            case ReasoningPiece():
                yield from self._turn_to(("reasoning", 0), piece)
                self._text.append(piece.text)
                yield self._of_summary("response.reasoning_summary_text.delta", delta=piece.text)
            case ToolCallPiece():
                yield from self._turn_to(("call", piece.call), piece)
                self._text.append(piece.arguments)
                if piece.arguments:
                    yield self._of_item("response.function_call_arguments.delta", delta=piece.arguments)

    def end(self, done: Completed, *, predictions: bool) -> Iterator[bytes]:
        """Events that end the stream."""
        yield from self._begin(done.model)
        yield from self._close()
        if done.refusal and all(item["type"] != "message" for item in self._output):
            yield from self._refusal(done.refusal)
        whole = response_object(done, self._said, predictions=predictions)
        yield self._event(f"response.{whole['status']}", response=whole)

    def _begin(self, model: str) -> Iterator[bytes]:
        if self._started:
            return
        self._started = True
        begun = begun_object(self._stream.episode_id, model, self._said)
        yield self._event("response.created", response=begun)
        yield self._event("response.in_progress", response=begun)

    def _turn_to(self, key: tuple[str, int], piece: _Piece) -> Iterator[bytes]:
        if key == self._key:
            return
        yield from self._close()
        self._key, self._text = key, []
        episode_id = self._stream.episode_id
        if isinstance(piece, TextPiece):
            self._item = message_item(episode_id, [], "in_progress")
        elif isinstance(piece, ReasoningPiece):
            self._item = reasoning_item(episode_id, "")
        else:
            function = {"name": piece.function or "", "arguments": ""}
            self._item = call_item(episode_id, piece.call, piece.id or "", function, "in_progress")
        yield self._event("response.output_item.added", output_index=self._index, item=self._item)
        if isinstance(piece, TextPiece):
            yield self._of_part("response.content_part.added", part=text_part(""))
        elif isinstance(piece, ReasoningPiece):
            yield self._of_summary("response.reasoning_summary_part.added", part={"type": "summary_text", "text": ""})

    def _close(self) -> Iterator[bytes]:
        if self._key is None:
            return
        text = "".join(self._text)
        match self._key[0]:
            case "text":
                yield self._of_part("response.output_text.done", text=text, logprobs=[])
                part = text_part(text)
                yield self._of_part("response.content_part.done", part=part)
                self._item = {**self._item, "status": "completed", "content": [part]}
            case "reasoning":
                told = {"type": "summary_text", "text": text}
                yield self._of_summary("response.reasoning_summary_text.done", text=text)
                yield self._of_summary("response.reasoning_summary_part.done", part=told)
                self._item = {**self._item, "summary": [told]}
            case _:
                name = self._item["name"]
                yield self._of_item("response.function_call_arguments.done", arguments=text, name=name)
                self._item = {**self._item, "status": "completed", "arguments": text}
        yield self._event("response.output_item.done", output_index=self._index, item=self._item)
        self._output.append(self._item)
        self._key, self._index = None, self._index + 1

    def _refusal(self, refusal: str) -> Iterator[bytes]:
        self._item = message_item(self._stream.episode_id, [], "in_progress")
        yield self._event("response.output_item.added", output_index=self._index, item=self._item)
        part = {"type": "refusal", "refusal": ""}
        yield self._of_part("response.content_part.added", part=part)
        yield self._of_part("response.refusal.delta", delta=refusal)
        yield self._of_part("response.refusal.done", refusal=refusal)
        part = {"type": "refusal", "refusal": refusal}
        yield self._of_part("response.content_part.done", part=part)
        whole = {**self._item, "status": "completed", "content": [part]}
        yield self._event("response.output_item.done", output_index=self._index, item=whole)
        self._index += 1

    def _of_part(self, kind: str, **told: object) -> bytes:
        return self._of_item(kind, content_index=0, **told)

    def _of_summary(self, kind: str, **told: object) -> bytes:
        return self._of_item(kind, summary_index=0, **told)

    def _of_item(self, kind: str, **told: object) -> bytes:
        return self._event(kind, item_id=self._item["id"], output_index=self._index, **told)

    def _event(self, kind: str, **told: object) -> bytes:
        number, self._number = self._number, self._number + 1
        return named_event(kind, {"type": kind, "sequence_number": number, **told})
