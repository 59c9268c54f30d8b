"""Answers as Anthropic's `message`, and as the events of its stream."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Iterator, Mapping
from typing import Any

from pointsman_learner.types import Step

from pointsman_service.domain.requests import (
    AnswerEnded,
    Completed,
    Progress,
    ReasoningPiece,
    TextPiece,
    ToolCallPiece,
)
from pointsman_service.http.answers import named_event
from pointsman_service.http.ours import MESSAGE, ours_of
from pointsman_service.http.streams import Begun

_STOPS = {"length": "max_tokens", "tool_calls": "tool_use", "content_filter": "refusal"}
_PING = named_event("ping", {"type": "ping"})
_Piece = TextPiece | ReasoningPiece | ToolCallPiece


def message_object(done: Completed, *, predictions: bool) -> dict[str, Any]:
    """A message with the extension field."""
    blocks: list[dict[str, Any]] = []
    if done.reasoning:
        blocks.append({"type": "thinking", "thinking": done.reasoning, "signature": ""})
    if done.text or done.refusal:
        blocks.append({"type": "text", "text": done.text or done.refusal, "citations": None})
    for call in done.tool_calls:
        function = call.get("function") or {}
        arguments = input_of(str(function.get("arguments") or ""))
        blocks.append({"type": "tool_use", "id": call.get("id"), "name": function.get("name"), "input": arguments})
    return {
        **_begun(done.episode_id, done.model),
        "content": blocks,
        "stop_reason": stop_of(done),
        "usage": usage_of(done.steps[done.answer]),
        "pointsman": ours_of(done, predictions=predictions),
    }


def input_of(arguments: str) -> Mapping[str, Any]:
    """What a call is made with; a model that writes no JSON object is told as it wrote.

    >>> input_of('{"a": 1}'), input_of("no JSON")
    ({'a': 1}, {'arguments': 'no JSON'})
    """
    try:
        read = json.loads(arguments or "{}")
    except (ValueError, RecursionError):
        read = None
    return read if isinstance(read, dict) else {"arguments": arguments}


def stop_of(done: Completed) -> str:
    """As Anthropic says why an answer ended."""
    if done.refusal and not done.text and not done.tool_calls:
        return "refusal"
    return _STOPS.get(done.finish_reason, "end_turn")


def usage_of(step: Step) -> dict[str, Any]:
    """Tokens of the answer that was taken; those that were cached are apart here."""
    cached = min(step.cached_input_tokens or 0, step.input_tokens)
    return {
        "input_tokens": step.input_tokens - cached,
        "cache_read_input_tokens": cached,
        "cache_creation_input_tokens": 0,
        "output_tokens": step.output_tokens,
    }


def _begun(episode_id: str, model: str) -> dict[str, Any]:
    return {
        "id": MESSAGE + episode_id,
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": 0, "output_tokens": 0},
    }


async def message_events(stream: Begun, *, predictions: bool) -> AsyncGenerator[bytes, None]:
    """message_start first, message_stop last; a ping while nothing is to be said."""
    events = _Events(stream)
    async for item in stream.told():
        match item:
            case Progress():
                yield _PING
            case AnswerEnded():
                pass
            case Completed():
                for told in events.end(item, predictions=predictions):
                    yield told
            case _:
                for told in events.piece(item):
                    yield told


class _Events:
    """One stream's events; the block that is being written, if any."""

    def __init__(self, stream: Begun) -> None:
        self._stream = stream
        self._key: tuple[str, int] | None = None
        self._index = -1
        self._started = False

    def piece(self, piece: _Piece) -> Iterator[bytes]:
        """Events of one piece; where it begins another block, one that ends the block before."""
        yield from self._begin(self._stream.models.get(piece.index, ""))
        match piece:
            case TextPiece():
                yield from self._turn_to(("text", 0), {"type": "text", "text": ""})
                yield self._delta({"type": "text_delta", "text": piece.text})
            case ReasoningPiece():
                yield from self._turn_to(("thinking", 0), {"type": "thinking", "thinking": "", "signature": ""})
                yield self._delta({"type": "thinking_delta", "thinking": piece.text})
            case ToolCallPiece():
                block = {"type": "tool_use", "id": piece.id or "", "name": piece.function or "", "input": {}}
                yield from self._turn_to(("call", piece.call), block)
                if piece.arguments:
                    yield self._delta({"type": "input_json_delta", "partial_json": piece.arguments})

    def end(self, done: Completed, *, predictions: bool) -> Iterator[bytes]:
        """Events that end the stream."""
        yield from self._begin(done.model)
        if done.refusal and not done.text:
            yield from self._turn_to(("text", 1), {"type": "text", "text": ""})
            yield self._delta({"type": "text_delta", "text": done.refusal})
        yield from self._close()
        yield named_event(
            "message_delta",
            {
                "type": "message_delta",
                "delta": {"stop_reason": stop_of(done), "stop_sequence": None},
                "usage": usage_of(done.steps[done.answer]),
                "pointsman": ours_of(done, predictions=predictions),
            },
        )
        yield named_event("message_stop", {"type": "message_stop"})

    def _begin(self, model: str) -> Iterator[bytes]:
        if not self._started:
            self._started = True
            message = _begun(self._stream.episode_id, model)
            yield named_event("message_start", {"type": "message_start", "message": message})

    def _turn_to(self, key: tuple[str, int], block: Mapping[str, Any]) -> Iterator[bytes]:
        if key == self._key:
            return
        yield from self._close()
        self._key, self._index = key, self._index + 1
        told = {"type": "content_block_start", "index": self._index, "content_block": block}
        yield named_event("content_block_start", told)

    def _close(self) -> Iterator[bytes]:
        if self._key is not None:
            self._key = None
            yield named_event("content_block_stop", {"type": "content_block_stop", "index": self._index})

    def _delta(self, delta: Mapping[str, Any]) -> bytes:
        told = {"type": "content_block_delta", "index": self._index, "delta": delta}
        return named_event("content_block_delta", told)
