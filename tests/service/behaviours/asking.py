"""Asks a model at an upstream as the service does, and holds what came of it against what a row expects."""

from __future__ import annotations

import time
from dataclasses import dataclass

import msgspec
from pointsman_service.adapters.callers.choice import CallerChoice
from pointsman_service.adapters.callers.deployments import DeploymentsCaller
from pointsman_service.adapters.callers.litellm_caller import LiteLLMCaller
from pointsman_service.adapters.callers.openai_caller import OpenAICaller
from pointsman_service.adapters.prices.book import PriceBook
from pointsman_service.application.model_call import CallResult, ModelCall
from pointsman_service.domain import ChatMessage, ModelAnswer, ModelConfig, Question, TextDelta, ToolCallDelta
from pointsman_service.domain.chat import ReasoningDelta

from .upstream import Expected, Row, Upstream

ADAPTERS = {"openai": OpenAICaller, "litellm": LiteLLMCaller}
ENVIRON = {"A_KEY": "sk-live-0123456789abcdef"}
WHAT = Question((ChatMessage("user", "What is 6 times 7?"),))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a call: its result, the text that was shown while it came, and how long it took."""

    result: CallResult
    shown: str
    seconds: float


async def asked(row: Row, adapter: str) -> Outcome:
    """One model call by a caller of its own."""
    async with Upstream(row.scripts) as upstream:
        caller = DeploymentsCaller(CallerChoice({adapter: ADAPTERS[adapter](PriceBook(), environ=ENVIRON)}))
        try:
            return await _called(caller, _model(adapter, upstream.base_url, row), row)
        finally:
            await caller.close()


async def _called(caller: DeploymentsCaller, model: ModelConfig, row: Row) -> Outcome:
    question = Question(WHAT.messages, **row.question)
    started, shown, result = time.perf_counter(), "", None
    async for piece in ModelCall.now(caller, model, question, row.seconds).pieces(live=row.streamed, stands=False):
        if isinstance(piece, CallResult):
            result = piece
        elif isinstance(piece, TextDelta):
            shown += piece.text
        elif not isinstance(piece, ReasoningDelta | ToolCallDelta):
            shown = ""  # what came so far is void
        piece_is_clean(piece)
    assert result is not None
    return Outcome(result, shown, time.perf_counter() - started)


def _model(adapter: str, base_url: str, row: Row) -> ModelConfig:
    name = row.provider_model or ("openai/m-1" if adapter == "litellm" else "m-1")
    fields = {"base_url": base_url, "api_key_env": "A_KEY", **row.model}
    return ModelConfig("m", adapter, name, input_usd_per_million=1.0, output_usd_per_million=2.0, **fields)


def piece_is_clean(piece: object) -> None:
    """Whatever leaves a call can be logged and sent: it is JSON of well-formed texts. Raises else."""
    msgspec.json.encode(piece)
    if isinstance(piece, CallResult):
        msgspec.json.encode(piece.step)
        msgspec.json.encode(piece.answer)


def holds(row: Row, outcome: Outcome) -> None:
    """What came is what the row expects. Raises AssertionError else."""
    expected, step, answer = row.expected, outcome.result.step, outcome.result.answer
    assert outcome.seconds <= expected.within_s, f"took {outcome.seconds:.2f} s"
    if expected.fails:
        _failed(expected, outcome)
        return
    assert answer is not None, f"failed: {step.failure_kind}: {step.error}"
    _answered(expected, answer)
    if row.streamed:
        assert outcome.shown == answer.text, "what was shown is not the answer"


def _failed(expected: Expected, outcome: Outcome) -> None:
    step = outcome.result.step
    assert outcome.result.answer is None, f"accepted: {outcome.result.answer!r}"
    assert step.failure_kind in expected.fails, f"{step.failure_kind}: {step.error}"
    error = step.error or ""
    assert error.strip(), "a failure without words"
    for words in expected.says:
        assert words in error, error
    for words in expected.hides:
        assert words not in error, error


def _answered(expected: Expected, answer: ModelAnswer) -> None:
    tokens = (answer.input_tokens, answer.output_tokens)
    for name, want, got in (
        ("text", expected.text, answer.text),
        ("finish_reason", expected.finish, answer.finish_reason),
        ("reasoning", expected.reasoning, answer.reasoning or ""),
        ("refusal", expected.refusal, answer.refusal),
        ("calls", expected.calls, _calls(answer)),
        ("tokens", expected.tokens, tokens),
        ("cached", expected.cached, answer.cached_input_tokens),
        ("estimated", expected.estimated, answer.tokens_estimated),
        ("mean_logprob", expected.mean_logprob, answer.mean_logprob),
    ):
        assert want is None or got == want, f"{name}: {got!r}, not {want!r}"


def _calls(answer: ModelAnswer) -> tuple[tuple[str | None, str, str], ...]:
    return tuple((c.get("id"), c["function"]["name"], c["function"]["arguments"]) for c in answer.tool_calls)
