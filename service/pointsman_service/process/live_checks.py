"""What `pointsman doctor --live` finds: each model called at each of its places, each judge asked once."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from pointsman_service.adapters.callers.deployment_places import as_called_at
from pointsman_service.adapters.callers.litellm_caller import LiteLLMCaller
from pointsman_service.adapters.prices.book import PriceBook
from pointsman_service.config import Settings
from pointsman_service.config.in_force import known
from pointsman_service.domain import (
    AnswerUnderJudgement,
    ChatMessage,
    JudgeConfig,
    ModelAnswer,
    ModelConfig,
    Question,
)
from pointsman_service.domain.redaction import Redactor
from pointsman_service.errors import ModelCallError
from pointsman_service.judges.build import JudgeParts, build_judge
from pointsman_service.ports import ModelCaller
from pointsman_service.process.calling import caller_at_one_place
from pointsman_service.process.start_checks import Finding

WAIT_S = 60.0
"""Seconds that any one call may take: reasoning models think that long about nothing."""

FEW_TOKENS = 16
AT_ONCE = 8  # places that are called at the same time: latencies are to be those of a quiet service

_READY = Question((ChatMessage("user", "Reply with the one word: ready"),))
_TOOL = {
    "type": "function",
    "function": {
        "name": "get_time",
        "description": "Tells the time of a city.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
_SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}
_PROBES: Mapping[str, Question] = {
    "tools": Question((ChatMessage("user", "What time is it in Oslo? Call the tool."),), tools=(_TOOL,)),
    "json_schema": Question(
        (ChatMessage("user", "Which city is the capital of Norway? Answer as JSON."),),
        response_format={
            "type": "json_schema",
            "json_schema": {"name": "capital", "strict": True, "schema": _SCHEMA},
        },
    ),
    "logprobs": replace(_READY, params={"logprobs": True}),
}


async def live_findings(settings: Settings) -> list[Finding]:
    """One finding for each place of each enabled model, and for each judge that calls a model or a service."""
    prices = PriceBook()
    models = [known(m, prices) for m in settings.model_configs() if m.enabled]
    if not models:
        return [Finding("live", good=True, text="no model is configured: recorded answers stand in")]
    caller = caller_at_one_place(prices, litellm := LiteLLMCaller(prices), Redactor(os.environ))
    try:
        if any(m.adapter == "litellm" for m in models):
            await litellm.preload()
        judges = [judge for judge in settings.judge_configs() if judge.is_asked]
        asked_of = {"logprobs"} if any(j.kind == "logprob" for j in judges) else set()
        few = asyncio.Semaphore(AT_ONCE)
        places = [(m, place) for m in models for place in _places(m)]
        found = await asyncio.gather(*(_place(caller, m, place, asked_of, few) for m, place in places))
        by_name = {m.name: m for m in models}
        return [*found, *[await _judged(j, by_name, caller) for j in judges]]
    finally:
        await caller.close()


def _places(model: ModelConfig) -> Sequence[tuple[str | None, ModelConfig]]:
    return [(d.name, as_called_at(model, d)) for d in model.deployments] or [(None, model)]


@dataclass(slots=True)
class _Seen:
    """What came of the calls to one place."""

    latency_ms: float | None = None
    first_token_ms: float | None = None
    cost_usd: float = 0.0
    cannot: list[str] = field(default_factory=list)
    wrong: str | None = None
    cost_known: bool = True

    def paid(self, answer: ModelAnswer) -> None:
        self.cost_usd += answer.cost_usd
        self.cost_known = self.cost_known and answer.cost_source != "unknown"

    def text(self) -> str:
        if self.wrong is not None:
            return self.wrong
        cost = f"${self.cost_usd:.6f}" if self.cost_known else "at no known price"
        first = "" if self.first_token_ms is None else f", first token after {self.first_token_ms:.0f} ms"
        cannot = f"; cannot: {'; '.join(self.cannot)}" if self.cannot else ""
        return f"answered in {self.latency_ms or 0.0:.0f} ms{first}, {cost}{cannot}"


async def _place(
    caller: ModelCaller,
    model: ModelConfig,
    place: tuple[str | None, ModelConfig],
    asked_of: set[str],
    few: asyncio.Semaphore,
) -> Finding:
    name, here = place
    where = model.name if name is None else f"{model.name} at {name}"
    seen = _Seen()
    async with few:
        try:
            await _plainly(caller, here, seen)
        except ModelCallError as error:
            seen.wrong = f"{error.kind}: {error}"
        else:
            await _streamed(caller, here, seen)
            await _abilities(caller, here, seen, asked_of)
    facts = {
        "model": model.name,
        "deployment": name,
        "latency_ms": seen.latency_ms,
        "first_token_ms": seen.first_token_ms,
        "cost_usd": seen.cost_usd if seen.cost_known else None,
        "cannot": seen.cannot,
    }
    return Finding("live", good=seen.wrong is None, text=f"{where}: {seen.text()}", facts=facts)


async def _plainly(caller: ModelCaller, model: ModelConfig, seen: _Seen) -> None:
    started = time.perf_counter()
    answer = await _few(caller, model, _READY, seen)
    seen.latency_ms = (time.perf_counter() - started) * 1e3 if answer is None else answer.latency_ms


async def _few(caller: ModelCaller, model: ModelConfig, question: Question, seen: _Seen) -> ModelAnswer | None:
    """The answer, in few tokens by the limit's name that the model takes; None where nothing fitted into them."""
    for name in ("max_tokens", "max_completion_tokens"):
        try:
            answer = await caller.call(model, _limited(question, name), WAIT_S)
        except ModelCallError as error:
            seen.cost_usd += error.cost_usd
            if error.kind == "empty":  # a reasoning model that was still thinking: it was reached
                return None
            if error.kind != "invalid" or name not in str(error) or name == "max_completion_tokens":
                raise
        else:
            seen.paid(answer)
            return answer
    return None


async def _streamed(caller: ModelCaller, model: ModelConfig, seen: _Seen) -> None:
    """A model that is not said to be unable to stream is streamed from, so a failure here is one of the service's."""
    if model.capabilities.streaming is False:
        seen.cannot.append("streaming (as configured)")
        return
    started = time.perf_counter()
    try:
        async for piece in _pieces(caller, model, seen):
            if seen.first_token_ms is None:
                seen.first_token_ms = (time.perf_counter() - started) * 1e3
            if isinstance(piece, ModelAnswer):
                seen.paid(piece)
    except ModelCallError as error:
        seen.cost_usd += error.cost_usd
        if error.kind != "empty":
            seen.cannot.append("streaming")
            seen.wrong = f"answers, but does not stream: {error}; set capabilities.streaming = false if it cannot"


async def _pieces(caller: ModelCaller, model: ModelConfig, seen: _Seen) -> AsyncIterator[object]:
    begun = False
    try:
        async for piece in caller.stream(model, _limited(_READY, "max_tokens"), WAIT_S):
            begun = True
            yield piece
    except ModelCallError as error:
        if begun or error.kind != "invalid" or "max_tokens" not in str(error):
            raise
        seen.cost_usd += error.cost_usd
    else:
        return
    async for piece in caller.stream(model, _limited(_READY, "max_completion_tokens"), WAIT_S):
        yield piece


async def _abilities(caller: ModelCaller, model: ModelConfig, seen: _Seen, asked_of: set[str]) -> None:
    """Those that are declared, or that a judge needs."""
    declared = {name for name in ("tools", "json_schema") if getattr(model.capabilities, name)}
    for ability in sorted(declared | asked_of):
        try:
            answer = await caller.call(model, _PROBES[ability], WAIT_S)
        except ModelCallError as error:
            seen.cost_usd += error.cost_usd
            seen.cannot.append(f"{ability} ({error.kind})")
            continue
        seen.paid(answer)
        if not _did(ability, answer):
            seen.cannot.append(ability)


def _did(ability: str, answer: ModelAnswer) -> bool:
    if ability == "tools":
        return bool(answer.tool_calls)
    if ability == "logprobs":
        return answer.mean_logprob is not None
    return answer.text.strip().startswith("{")


def _limited(question: Question, name: str) -> Question:
    params: dict[str, Any] = {**question.params, name: FEW_TOKENS}
    return replace(question, params=params)


async def _judged(judge: JudgeConfig, models: Mapping[str, ModelConfig], caller: ModelCaller) -> Finding:
    """Its verdict on an answer that is right, beside one that is not."""
    question = Question((ChatMessage("user", "What is 2 + 2?"),))
    right, wrong = (ModelAnswer(text, "stop", 8, 2, 0.0, 1.0) for text in ("2 + 2 = 4.", "2 + 2 = 5."))
    made = build_judge(judge, JudgeParts(models, lambda _model: caller, np.random.default_rng(0)))
    try:
        verdict = await made.judge(AnswerUnderJudgement(question, right, "doctor", (wrong,)), WAIT_S)
    finally:
        await made.close()
    said = verdict.error if verdict.score is None else f"scored a right answer {verdict.score:g}"
    # A judge that calls nobody may have nothing to say of one answer; one that does should have a verdict.
    good = verdict.score is not None or judge.model is None
    facts = {
        "judge": judge.name,
        "latency_ms": verdict.latency_ms,
        "cost_usd": verdict.cost_usd,
        "score": verdict.score,
    }
    text = f"judge {judge.name}: {said or 'nothing to say of one answer'}, in {verdict.latency_ms or 0.0:.0f} ms"
    return Finding("live", good=good, text=f"{text}, ${verdict.cost_usd or 0.0:.6f}", facts=facts)
