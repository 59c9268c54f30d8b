"""The model that a judge asks: foreign texts between marks that they cannot contain, in the form its provider takes.

Providers differ: some keep to a JSON schema, some refuse the very field; models that think refuse a temperature, want
their limit under another name, and need room to think. What was refused is left off and the call made again, and what
worked is remembered, so that it is found out once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pointsman_learner.types import Verdict

from pointsman_service.domain import ChatMessage, ModelAnswer, ModelConfig, Question
from pointsman_service.domain.verdict_errors import Unreadable, Why, error_text
from pointsman_service.errors import ModelCallError
from pointsman_service.judges.marks import fresh_code, marked
from pointsman_service.ports import ModelCaller

ROOM = 400
"""Tokens for a verdict: a sentence or two of reason, and the mark."""
ROOM_TO_THINK = 4_000
"""Tokens for a model that thinks first; what it does not use costs nothing."""
_MOST_CALLS = 3
_LIMITS = ("max_tokens", "max_completion_tokens")


@dataclass(frozen=True, slots=True)
class _Form:
    """How the call is made: with a schema for the reply or without, and the parameters sent."""

    structured: bool
    params: Mapping[str, Any]

    def without(self, refused: str) -> _Form | None:
        """The form without what the provider's words name; without the schema where they name nothing."""
        said = refused.lower()
        # The longer name first: it contains the other.
        for name in sorted(self.params, key=len, reverse=True):
            if name.lower() in said:
                return replace(self, params=self._renamed() if name == "max_tokens" else self._but(name))
        return replace(self, structured=False) if self.structured else None

    def _renamed(self) -> dict[str, Any]:
        """Models that think take their limit under its new name only."""
        return self._but("max_tokens") | {"max_completion_tokens": self.params["max_tokens"]}

    def _but(self, name: str) -> dict[str, Any]:
        return {key: value for key, value in self.params.items() if key != name}

    def roomier(self) -> _Form | None:
        """With room to think; None where there is no less than that."""
        limit = next((name for name in _LIMITS if name in self.params), None)
        if limit is None or self.params[limit] != ROOM:
            return None
        return replace(self, params={**self.params, limit: ROOM_TO_THINK})


@dataclass(slots=True)
class _Bill:
    """What one verdict took so far, and the moment by which it must be there."""

    ends_at: float
    calls: int = 0
    cost_usd: float = 0.0


class JudgingModel:
    """Asks one model for verdicts of one form.

    instructions: with {code} where the marks' code goes, and the names of `words`; schema: of the reply; params: sent
    over the defaults; without: names of parameters that are not sent; code: draws the marks'. clock: in seconds.
    """

    def __init__(
        self,
        caller: ModelCaller,
        model: ModelConfig,
        instructions: str,
        schema: Mapping[str, Any],
        *,
        words: Mapping[str, str] | None = None,
        params: Mapping[str, Any] | None = None,
        without: Iterable[str] = (),
        code: Callable[[], str] = fresh_code,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._instructions, self._words, self._code = instructions, words or {}, code
        # What the operator wrote for the judge is no caller's.
        own = tuple(dict.fromkeys((*model.allow_params, *(params or {}))))
        self._caller, self._model, self._clock = caller, replace(model, allow_params=own), clock
        self._response_format = {
            "type": "json_schema",
            "json_schema": {"name": "verdict", "strict": True, "schema": dict(schema)},
        }
        if isinstance(without, str):
            raise TypeError(f"without must be a list of parameters' names, not the text {without!r}")
        thinks = model.capabilities.reasoning is True
        default = {"max_tokens": ROOM_TO_THINK} if thinks else {"temperature": 0, "max_tokens": ROOM}
        sent = {**default, **(params or {})}
        left_off = set(without)
        self._form = _Form(
            model.capabilities.json_schema is not False and "response_format" not in left_off,
            {name: value for name, value in sent.items() if name not in left_off},
        )

    async def verdict(
        self, name: str, parts: Iterable[tuple[str, str]], timeout_s: float, read: Callable[[str], float]
    ) -> Verdict:
        """The verdict that `read` finds in the reply; without a score, but with its cost, where something fails.

        parts: (name, text) of what is to be judged, written by others; read: raises Unreadable where the reply holds
        none.
        """
        messages = self._messages(parts)
        started = self._clock()
        bill = _Bill(started + timeout_s)
        try:
            score, error = await self._read(messages, bill, read), None
        except ModelCallError as failed:
            score, error = None, error_text(failed.kind, f"the judging model {self._model.name}: {failed}")
        except Unreadable as wrong:
            score, error = None, error_text(wrong.why, str(wrong))
        took_ms = (self._clock() - started) * 1e3
        return Verdict(name, score, cost_usd=bill.cost_usd, latency_ms=took_ms, error=error)

    def _messages(self, parts: Iterable[tuple[str, str]]) -> tuple[ChatMessage, ...]:
        code = self._code()
        told = self._instructions.format(code=code, **self._words)
        return (ChatMessage("system", told), ChatMessage("user", marked(parts, code)))

    async def _read(self, messages: tuple[ChatMessage, ...], bill: _Bill, read: Callable[[str], float]) -> float:
        """The score of the first reply; of a second with more room, where the first had too little."""
        answer = await self._answered(messages, bill)
        try:
            return read(_reply(answer))
        except Unreadable:
            roomier = self._form.roomier() if answer.truncated else None
            if roomier is None or bill.calls >= _MOST_CALLS:
                raise
        self._form = roomier
        return read(_reply(await self._answered(messages, bill)))

    async def _answered(self, messages: tuple[ChatMessage, ...], bill: _Bill) -> ModelAnswer:
        """The answer; the form that it was given in is the one from now on."""
        form = self._form
        while True:
            try:
                answer = await self._ask(form, messages, bill)
            except ModelCallError as error:
                bill.cost_usd += error.cost_usd
                other = form.without(str(error)) if error.kind == "invalid" else None
                if other is None or bill.calls >= _MOST_CALLS or self._clock() >= bill.ends_at:
                    raise
                form = other
            else:
                bill.cost_usd += answer.cost_usd
                self._form = form
                return answer

    async def _ask(self, form: _Form, messages: tuple[ChatMessage, ...], bill: _Bill) -> ModelAnswer:
        bill.calls += 1
        wanted = self._response_format if form.structured else None
        question = Question(messages, response_format=wanted, params=form.params)
        return await self._caller.call(self._model, question, bill.ends_at - self._clock())


def _reply(answer: ModelAnswer) -> str:
    if answer.text.strip():
        return answer.text
    if answer.refusal:
        raise Unreadable(Why.NO_VERDICT, f"the judge refuses: {answer.refusal[:120]!r}")
    if answer.truncated:
        raise Unreadable(Why.EMPTY, "the judge used all its tokens for thinking: set a higher max_tokens in its params")
    raise Unreadable(Why.EMPTY, "the judge replied nothing")
