"""Answers as `chat.completion`, and as its chunks."""

from __future__ import annotations

import time
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
from pointsman_service.http.answers import ALIVE, event
from pointsman_service.http.ours import COMPLETION, ours_of
from pointsman_service.http.streams import Begun

DONE = b"data: [DONE]\n\n"


def chat_completion(done: Completed, *, predictions: bool) -> dict[str, Any]:
    """A `chat.completion` object with the extension field."""
    choice = {
        "index": 0,
        "message": message_of(done),
        "finish_reason": finish_of(done.finish_reason),
        "logprobs": logprobs_of(done),
    }
    return {
        "id": COMPLETION + done.episode_id,
        "object": "chat.completion",
        "created": int(time.time()),
        "model": done.model,
        "choices": [choice],
        "usage": usage_of(done.steps[done.answer]),
        "pointsman": ours_of(done, predictions=predictions),
    }


def message_of(done: Completed) -> dict[str, Any]:
    """The assistant's message. content: null where there is none but calls or a refusal, as OpenAI has it."""
    message: dict[str, Any] = {"role": "assistant", "content": done.text, "refusal": done.refusal}
    if not done.text and (done.tool_calls or done.refusal):
        message["content"] = None
    if done.tool_calls:
        message["tool_calls"] = [dict(call) for call in done.tool_calls]
    if done.reasoning:
        message["reasoning_content"] = done.reasoning
    sounds = [part for part in done.parts if part.get("type") in {"input_audio", "audio"}]
    if sounds:
        held = sounds[0].get(str(sounds[0]["type"]))
        data = held.get("data", "") if isinstance(held, Mapping) else ""
        message["audio"] = {"id": f"audio-{done.episode_id}", "data": data, "transcript": done.text, "expires_at": 0}
    pictures = [dict(part) for part in done.parts if part.get("type") == "image_url"]
    if pictures:
        message["images"] = pictures  # as OpenRouter has them; OpenAI's chat has no word for them
    return message


def logprobs_of(done: Completed) -> dict[str, Any] | None:
    """The answer's tokens with their log-probabilities, None where nobody asked or the provider sent none."""
    return {"content": [dict(token) for token in done.tokens], "refusal": None} if done.tokens else None


def finish_of(reason: str) -> str:
    """As OpenAI says why an answer ended; "stop" where its words have none.

    >>> finish_of("length"), finish_of("other")
    ('length', 'stop')
    """
    return reason if reason in {"stop", "length", "tool_calls", "content_filter"} else "stop"


def usage_of(step: Step) -> dict[str, Any]:
    """Tokens of the answer that was taken; what all calls cost is in the extension field."""
    return {
        "prompt_tokens": step.input_tokens,
        "completion_tokens": step.output_tokens,
        "total_tokens": step.input_tokens + step.output_tokens,
        "prompt_tokens_details": {"cached_tokens": step.cached_input_tokens or 0, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": step.reasoning_tokens or 0, "audio_tokens": 0},
    }


async def chat_chunks(stream: Begun, *, usage: bool, predictions: bool) -> AsyncGenerator[bytes, None]:
    """`chat.completion.chunk` events, [DONE] last. usage: whether the tokens come before it."""
    chunks = _Chunks(stream, usage=usage)
    async for item in stream.told():
        match item:
            case Progress():
                yield ALIVE
            case AnswerEnded():
                pass
            case Completed():
                for chunk in chunks.end(item, predictions=predictions):
                    yield chunk
            case _:
                for chunk in chunks.piece(item):
                    yield chunk
    yield DONE


class _Chunks:
    """One stream's chunks, which all have one head."""

    def __init__(self, stream: Begun, *, usage: bool) -> None:
        self._stream, self._usage = stream, usage
        self._head: dict[str, Any] = {}

    def piece(self, piece: TextPiece | ReasoningPiece | ToolCallPiece) -> Iterator[bytes]:
        yield from self._begin(self._stream.models.get(piece.index, ""))
        match piece:
            case TextPiece():
                yield self._delta({"content": piece.text})
            case ReasoningPiece():
                yield self._delta({"reasoning_content": piece.text})
            case ToolCallPiece():
                yield self._delta({"tool_calls": [_tool_call(piece)]})

    def end(self, done: Completed, *, predictions: bool) -> Iterator[bytes]:
        yield from self._begin(done.model)
        if done.refusal:
            yield self._delta({"refusal": done.refusal})
        last = self._chunk({}, finish_of(done.finish_reason), logprobs_of(done))
        yield event({**last, "pointsman": ours_of(done, predictions=predictions)})
        if self._usage:
            yield event({**self._head, "choices": [], "usage": usage_of(done.steps[done.answer])})

    def _begin(self, model: str) -> Iterator[bytes]:
        if self._head:
            return
        self._head = {
            "id": COMPLETION + self._stream.episode_id,
            "object": "chat.completion.chunk",
            "created": int(time.time()),
            "model": model,
        }
        yield self._delta({"role": "assistant", "content": ""})

    def _delta(self, delta: Mapping[str, Any]) -> bytes:
        return event(self._chunk(delta, None))

    def _chunk(
        self, delta: Mapping[str, Any], finish: str | None, logprobs: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": logprobs}
        chunk = {**self._head, "choices": [choice]}
        if self._usage:
            chunk["usage"] = None
        return chunk


def _tool_call(piece: ToolCallPiece) -> dict[str, Any]:
    function = {"arguments": piece.arguments}
    if piece.function is not None:
        function["name"] = piece.function
    told: dict[str, Any] = {"index": piece.call, "function": function}
    if piece.id is not None:
        told |= {"id": piece.id, "type": "function"}
    return told
