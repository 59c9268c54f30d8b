"""A provider's answer is foreign data: it can be logged and given again, or it is a step that failed."""

import json
import traceback
from contextlib import AsyncExitStack

import pytest
import structlog
from aiohttp import web
from pointsman_service.adapters.callers.openai_caller import OpenAICaller
from pointsman_service.domain import ModelConfig
from pointsman_service.domain.chat import ReasoningDelta, StartedAnew, TextDelta
from pointsman_service.domain.requests import ReasoningPiece, Retraction, TextPiece
from pointsman_service.errors import EveryModelFailed

from tests.local_server import chat_provider


def message(content: object, finish_reason: str = "stop", **more) -> dict:
    """A completion with this message."""
    return {"choices": [{"message": {"content": content, **more}, "finish_reason": finish_reason}]}


ODD = {
    "text": message("a\ud83db \x00 \u202e"),
    "reasoning": message("42", reasoning_content="\ude00"),
    "tool-arguments": message(
        None, "tool_calls", tool_calls=[{"id": 7, "function": {"name": "f\ud83d", "arguments": {"a": "\ud83d"}}}]
    ),
    "picture": message("", images=[{"type": "image_url", "image_url": {"url": "data:\ud83d", "\ud83d": "x"}}]),
    "refusal": message("42", refusal="\ud83d"),
    "counts": {**message("42"), "usage": {"prompt_tokens": 10**30, "completion_tokens": -1, "cost": 1e400}},
}


@pytest.fixture
async def direct():
    """The adapter for OpenAI-compatible addresses."""
    caller = OpenAICaller(lambda _: None)
    yield caller
    await caller.close()


@pytest.fixture
async def serve():
    """Starts a server that answers with this JSON, and returns its base_url and what it was asked."""

    async def start(answer):
        asked = []

        async def handler(request):
            asked.append(await request.json())
            return web.Response(text=json.dumps(answer), content_type="application/json")

        return await servers.enter_async_context(chat_provider(handler)), asked

    async with AsyncExitStack() as servers:
        yield start


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD.keys())
async def test_an_odd_answer_is_logged_and_given_again(build, ask, direct, serve, odd):
    """The same request_id has the same answer, from memory and from the log; nothing is called twice."""
    base_url, asked = await serve(odd)
    h = build(models=[ModelConfig("small", "openai", "m-1", base_url)], caller=direct)
    first = await h.router.complete(ask(request_id="r"), h.me)
    again = await h.router.complete(ask(request_id="r"), h.me)
    assert len(asked) == 1
    assert again.replayed
    told = [(a.text, a.reasoning, a.refusal, a.parts, a.tool_calls, a.finish_reason) for a in (first, again)]
    assert told[0] == told[1]
    (step,) = [row.event for row in h.storage.log.read(0)][-1].steps
    assert 0 <= step.input_tokens < 2**31
    assert 0 <= step.output_tokens < 2**31


async def test_trouble_that_nobody_foresaw_is_that_steps_failure(build, ask):
    """Another model answers; the step names an incident, under which the log of the process has the cause."""
    h = build()
    h.caller.answers["small"] = RuntimeError("the sky fell")
    with structlog.testing.capture_logs() as lines:
        answer = await h.router.complete(ask(), h.me)
    assert answer.text == "medium says hello"
    (line,) = [line for line in lines if line["event"] == "model_call_defect"]
    step = answer.steps[0]
    assert (step.failure_kind, line["model"]) == ("garbage", "small")
    assert line["incident_id"] in step.error
    assert "the sky fell" not in step.error
    assert "the sky fell" in "".join(traceback.format_exception(line["exc_info"]))


async def test_where_every_model_is_in_such_trouble_the_caller_hears_that_they_failed(build, ask):
    """And not that the service has a defect."""
    h = build()
    h.caller.answers = dict.fromkeys(("small", "medium", "large"), RecursionError("too deep"))
    with pytest.raises(EveryModelFailed, match="incident"):
        await h.router.complete(ask(), h.me)


async def test_what_was_sent_as_text_and_was_thought_is_retracted(build, ask):
    """Where the caller was told that pieces may be; those after the retraction are the answer's."""
    h = build(models=build_one())
    h.caller.stream = thinking_aloud
    got = [i async for i in h.router.stream_complete(ask(), h.me, "optimistic")]
    assert [i for i in got if isinstance(i, TextPiece | ReasoningPiece | Retraction)] == [
        TextPiece("6 times 7", 0),
        Retraction(0, "it was thought"),
        ReasoningPiece("6 times 7.", 0),
        TextPiece("42", 0),
    ]
    assert (got[-1].text, got[-1].reasoning) == ("42", "6 times 7.")


async def test_what_was_sent_to_stand_stays_text(build, ask):
    """Then the answer is all that was sent, as whoever has read it says."""
    h = build(models=build_one())
    h.caller.stream = thinking_aloud
    got = [i async for i in h.router.stream_complete(ask(), h.me, "settled")]
    assert not [i for i in got if isinstance(i, ReasoningPiece | Retraction)]
    assert "".join(i.text for i in got if isinstance(i, TextPiece)) == got[-1].text == "6 times 7.\n\n42"
    assert got[-1].reasoning is None


def build_one():
    """One model, so that its answer is shown as it comes."""
    return [ModelConfig("small", "openai", "small", "http://unused/v1", None, 1.0, 1.0)]


async def thinking_aloud(model, question, timeout_s):
    """A stream that finds out what it was."""
    from .conftest import ScriptedCaller

    yield TextDelta("6 times 7")
    yield StartedAnew("it was thought")
    yield ReasoningDelta("6 times 7.")
    yield TextDelta("42")
    yield ScriptedCaller.answer("42", reasoning="6 times 7.")
