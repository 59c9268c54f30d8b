"""Answers with every part real: the learner's policy, judges, the log, and providers over HTTP."""

import asyncio
import json
from contextlib import aclosing, asynccontextmanager

import numpy as np
import pytest
from aiohttp import web
from pointsman_learner.static import static_snapshot
from pointsman_service.adapters.callers.openai_caller import OpenAICaller
from pointsman_service.adapters.embedder_wordllama import shared_embedder
from pointsman_service.domain import JudgeConfig, ModelConfig
from pointsman_service.domain.requests import (
    AnswerEnded,
    Completed,
    ReasoningPiece,
    Retraction,
    StreamBegun,
    TextPiece,
    ToolCallPiece,
)
from pointsman_service.errors import EveryModelFailed
from pointsman_service.judges.build import JudgeParts, build_judges
from pointsman_service.replay.failures import FailureRates
from pointsman_service.replay.provider import ReplayBehaviour, ReplayProvider
from pointsman_service.replay.sources import open_table

from tests.local_server import chat_provider

FREE = [JudgeConfig("format", "format"), JudgeConfig("agreement", "agreement")]
QUERIES = 12


@asynccontextmanager
async def direct_caller():
    """The adapter for OpenAI-compatible addresses."""
    caller = OpenAICaller(lambda _: None)
    try:
        yield caller
    finally:
        await caller.close()


@pytest.fixture
async def replayed(build):
    """The application on recorded answers, a fifth of them failing; with its prompts."""
    table = open_table("starter")
    behaviour = ReplayBehaviour(failures=FailureRates.parse("unavailable=0.2"))
    async with ReplayProvider(table, behaviour) as provider, direct_caller() as caller:
        models = provider.model_configs()
        judges = build_judges(FREE, JudgeParts({}, lambda _: caller, np.random.default_rng(0)))
        policy = static_snapshot([m.as_learner_model() for m in models])
        h = build(models=models, judges=list(judges.values()), caller=caller, policy=policy, embedder=shared_embedder())
        yield h, table.prompts[:QUERIES]


@pytest.mark.parametrize("mode", ["settled", "optimistic"])
async def test_what_a_stream_shows_in_the_end_is_the_answer(replayed, ask, mode):
    """Retractions obeyed, in either mode, on every query; and Complete tells the same of the episode as the log."""
    h, prompts = replayed
    retracted = 0
    for prompt in prompts:
        text, got = "", [i async for i in h.router.stream_complete(ask(prompt), h.me, mode)]
        for item in got:
            text = "" if isinstance(item, Retraction) else text + (item.text if isinstance(item, TextPiece) else "")
            retracted += isinstance(item, Retraction)
        done = got[-1]
        assert isinstance(got[0], StreamBegun)
        assert isinstance(done, Completed)
        assert text == done.text
        assert [i.index for i in got if isinstance(i, AnswerEnded)][-1] == done.answer
        stored = await h.router.get_episode(done.episode_id, h.me)
        assert (stored.episode.steps, stored.episode.answer) == (done.steps, done.answer)
    assert (retracted > 0) == (mode == "optimistic")


async def test_an_answer_that_is_streamed_live_ends_as_the_same_answer_in_one_piece_does(replayed, ask):
    """Where one model is allowed: for the same reason, believed alike."""
    h, prompts = replayed
    for prompt in prompts[:4]:
        only = ask(prompt, models=("starter-large",))
        try:
            whole = await h.router.complete(only, h.me)
        except EveryModelFailed:
            continue
        got = [i async for i in h.router.stream_complete(only, h.me)]
        streamed = got[-1]
        assert (streamed.text, streamed.stop, streamed.believed) == (whole.text, whole.stop, whole.believed)
        assert len([i for i in got if isinstance(i, TextPiece)]) > 1


async def test_every_action_of_a_cascade_is_logged_with_the_chances_of_the_others(replayed, ask):
    """As many calls as steps, the acceptance last; probabilities that sum to 1 where there was a choice."""
    h, prompts = replayed
    for prompt in prompts:
        await h.router.complete(ask(prompt), h.me)
    for row in h.storage.log.read(0):
        event = row.event
        assert [a.model for a in event.actions if a.kind == "call"] == [s.model for s in event.steps]
        assert (event.actions[-1].kind, event.actions[-1].step) == ("accept", event.answer)
        for action in event.actions[1:]:
            assert sum(a.probability for a in action.alternatives) == pytest.approx(1.0)


async def test_what_the_verdicts_moved_ends_at_what_was_believed(replayed, ask):
    """The explanation is of the belief that accepted the answer; the log keeps features to three digits."""
    h, prompts = replayed
    for prompt in prompts:
        done = await h.router.complete(ask(prompt), h.me)
        explanation = await h.router.explain_episode(done.episode_id, h.me)
        moves = explanation.moves
        answered = [i for i, s in enumerate(done.steps) if not s.failed]
        assert [(m.index, m.judge) for m in moves] == [(i, j.name) for i in answered for j in FREE]
        if moves[-1].index == done.answer:
            assert moves[-1].after == pytest.approx(done.believed, abs=0.01)
        assert done.model in explanation.summary


def chunk(delta, finish_reason=None):
    """A server-sent event of a streamed chat completion."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    return f"data: {json.dumps({'choices': [choice]})}\n\n".encode()


@asynccontextmanager
async def upstream(chunks):
    """A provider that streams these chunks, and then nothing more; its model, and whether its caller has gone."""
    gone = asyncio.Event()

    async def answer(request):
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        try:
            for piece in chunks:
                await response.write(piece)
            if chunks[-1] != b"data: [DONE]\n\n":
                await asyncio.Event().wait()
        except asyncio.CancelledError:
            gone.set()
            raise
        return response

    async with chat_provider(answer, handler_cancellation=True) as base_url:
        yield ModelConfig("far", "openai", "far", base_url, input_usd_per_million=1.0, output_usd_per_million=1.0), gone


async def test_a_caller_who_goes_in_the_middle_of_an_answer_ends_the_call_at_the_provider(build, ask):
    """Nobody pays for what nobody reads; the log has the call as cancelled."""
    async with upstream([chunk({"content": "It is"})]) as (model, gone), direct_caller() as caller:
        h = build(models=(model,), caller=caller)
        async with aclosing(h.router.stream_complete(ask(), h.me)) as items:
            async for item in items:
                if isinstance(item, TextPiece):
                    break
        await asyncio.wait_for(gone.wait(), 5.0)
    (step,) = h.storage.log.read(0)[0].event.steps
    assert (item.text, step.failure_kind) == ("It is", "cancelled")


async def test_a_providers_pieces_reach_the_caller_as_they_are(build, ask):
    """Reasoning, text and tool calls, with finish reason and usage at the end."""
    function = {"name": "weather", "arguments": '{"in":'}
    usage = {
        "prompt_tokens": 9,
        "completion_tokens": 7,
        "prompt_tokens_details": {"cached_tokens": 4},
        "completion_tokens_details": {"reasoning_tokens": 2},
    }
    chunks = [
        chunk({"role": "assistant", "reasoning_content": "Where?"}),
        chunk({"content": "Let me look."}),
        chunk({"tool_calls": [{"index": 0, "id": "c", "type": "function", "function": function}]}),
        chunk({"tool_calls": [{"index": 0, "function": {"arguments": '"Oslo"}'}}]}, "tool_calls"),
        f"data: {json.dumps({'choices': [], 'usage': usage})}\n\n".encode(),
        b"data: [DONE]\n\n",
    ]
    async with upstream(chunks) as (model, _), direct_caller() as caller:
        h = build(models=(model,), caller=caller)
        got = [i async for i in h.router.stream_complete(ask(), h.me)]
    pieces = [i for i in got if isinstance(i, (ReasoningPiece, TextPiece, ToolCallPiece))]
    assert pieces == [
        ReasoningPiece("Where?", 0),
        TextPiece("Let me look.", 0),
        ToolCallPiece(0, '{"in":', 0, "c", "weather"),
        ToolCallPiece(0, '"Oslo"}', 0),
    ]
    (ended,) = [i for i in got if isinstance(i, AnswerEnded)]
    assert (ended.finish_reason, ended.usage.cached_input_tokens, ended.usage.reasoning_tokens) == ("tool_calls", 4, 2)
    assert got[-1].reasoning == "Where?"
    assert got[-1].tool_calls[0]["function"]["arguments"] == '{"in":"Oslo"}'
