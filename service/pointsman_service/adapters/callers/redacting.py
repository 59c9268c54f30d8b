"""Takes API keys out of everything that a provider sends, where it enters: failures, answers, pieces of streams."""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from dataclasses import replace

from pointsman_service.adapters.callers.keys import bare, implied_variable
from pointsman_service.domain import (
    AnswerDelta,
    ModelAnswer,
    ModelConfig,
    Question,
    ReasoningDelta,
    TextDelta,
    ToolCallDelta,
)
from pointsman_service.domain.chat import StartedAnew
from pointsman_service.domain.redaction import Redactor
from pointsman_service.errors import ModelCallError
from pointsman_service.ports import ModelCaller


class RedactingCaller:
    """A `ModelCaller` over another. What is behind it never sees a key, whatever the provider echoed."""

    def __init__(self, caller: ModelCaller, redactor: Redactor, *, environ: Mapping[str, str] = os.environ) -> None:
        """redactor: shared with the log, which then knows each key that was ever used. environ: as the caller's."""
        self._caller, self._redactor, self._environ = caller, redactor, environ

    async def call(self, model: ModelConfig, question: Question, timeout_s: float) -> ModelAnswer:
        """One answer. Raises as the caller it is over."""
        self._learn(model)
        try:
            return self._answer(await self._caller.call(model, question, timeout_s))
        except ModelCallError as error:
            self._clean(error)
            raise

    async def stream(
        self, model: ModelConfig, question: Question, timeout_s: float
    ) -> AsyncIterator[AnswerDelta | ModelAnswer]:
        """Pieces as they come, but for an end that may be a key's beginning, which waits for the next one."""
        self._learn(model)
        held = _Held(self._redactor)
        stream = self._caller.stream(model, question, timeout_s)
        try:
            async for piece in stream:
                if isinstance(piece, ModelAnswer):
                    for rest in held.all():
                        yield rest
                    yield self._answer(piece)
                else:
                    for ready in held.add(piece):
                        yield ready
        except ModelCallError as error:
            self._clean(error)
            raise
        finally:
            if isinstance(stream, AsyncGenerator):
                await stream.aclose()

    async def close(self) -> None:
        """Close what it calls with."""
        await self._caller.close()

    def _learn(self, model: ModelConfig) -> None:
        variable = model.api_key_env or implied_variable(model)
        value = self._environ.get(variable, "").strip() if variable else ""
        if not value:
            return
        self._redactor.knows(bare(value))
        scheme, _, credentials = value.partition(" ")
        if scheme.lower() == "basic":
            self._redactor.knows(credentials)
            self._redactor.knows(_password_in(credentials))

    def _clean(self, error: ModelCallError) -> None:
        error.args = tuple(self._redactor.value(argument) for argument in error.args)
        error.facts = {name: self._redactor.text(fact) for name, fact in error.facts.items()}

    def _answer(self, answer: ModelAnswer) -> ModelAnswer:
        clean = self._redactor
        return replace(
            answer,
            text=clean.text(answer.text),
            tool_calls=clean.value(answer.tool_calls),
            parts=clean.value(answer.parts),
            reasoning=clean.value(answer.reasoning),
            refusal=clean.value(answer.refusal),
        )


_Said = TextDelta | ReasoningDelta | ToolCallDelta


class _Held:
    """The ends of what was streamed that may be the beginning of a key, of one kind of text at a time."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._last: _Said | None = None

    def add(self, piece: AnswerDelta) -> Iterator[AnswerDelta]:
        """What may be shown now."""
        if self._last is not None and not _continues(self._last, piece):
            yield from self.all()
        if isinstance(piece, StartedAnew):
            yield piece
            return
        held, self._last = "" if self._last is None else _said(self._last), None
        whole = held + _said(piece)
        split = len(whole) - self._redactor.held_back(whole)
        if split < len(whole):
            self._last = _rest_of(piece, whole[split:])
        if split or not isinstance(piece, TextDelta | ReasoningDelta):
            yield _saying(piece, self._redactor.text(whole[:split]))

    def all(self) -> Iterator[AnswerDelta]:
        """What is left: the text has ended, or another begins."""
        last, self._last = self._last, None
        if last is not None:
            yield _saying(last, self._redactor.text(_said(last)))


def _continues(last: _Said, piece: AnswerDelta) -> bool:
    if isinstance(last, ToolCallDelta) and isinstance(piece, ToolCallDelta):
        return last.index == piece.index
    return type(last) is type(piece)


def _said(piece: _Said) -> str:
    return piece.arguments if isinstance(piece, ToolCallDelta) else piece.text


def _saying(piece: _Said, text: str) -> _Said:
    return replace(piece, arguments=text) if isinstance(piece, ToolCallDelta) else replace(piece, text=text)


def _rest_of(piece: _Said, text: str) -> _Said:
    """A later piece of the same text; a tool call's id and name were said with the first."""
    return ToolCallDelta(piece.index, text) if isinstance(piece, ToolCallDelta) else replace(piece, text=text)


def _password_in(credentials: str) -> str:
    try:
        return base64.b64decode(credentials, validate=True).decode(errors="replace").partition(":")[2]
    except (binascii.Error, ValueError):
        return ""
