"""The recorded judge against the real replay provider, and against servers that misbehave."""

import asyncio
from contextlib import asynccontextmanager

import numpy as np
import pytest
from aiohttp import web
from pointsman_service.domain import AnswerUnderJudgement, ChatMessage, ModelAnswer, Question
from pointsman_service.judges.recorded import RecordedJudge
from pointsman_service.replay.outcome_table import OutcomeTable, RecordedModel, Responses
from pointsman_service.replay.provider import ReplayProvider

from tests.local_server import listening

NAN = np.nan


def subject(prompt="Say hi", model="one"):
    """An answer of a recorded model."""
    return AnswerUnderJudgement(
        Question((ChatMessage("user", prompt),)), ModelAnswer("hi", "stop", 1, 1, 0.0, 1.0), model
    )


@pytest.fixture
async def provider():
    """A replay provider with one query, two models and one recorded judge."""
    table = OutcomeTable(
        name="small",
        query_ids=("q1",),
        prompts=("Say hi",),
        categories=("",),
        references=(None,),
        models=(RecordedModel("one"), RecordedModel("two")),
        scores=np.array([[1.0, 0.5]]),
        costs_usd=np.array([[0.001, 0.002]]),
        input_tokens=np.array([[5, 5]]),
        output_tokens=np.array([[2, 2]]),
        latency_ms=np.array([[NAN, NAN]]),
        responses=Responses.pack(1, 2, [(0, 0, "hi"), (0, 1, "hello")]),
        verdicts={"stern": np.array([[0.75, NAN]])},
    )
    async with ReplayProvider(table) as running:
        yield running


@asynccontextmanager
async def serving(handler):
    """A local server whose POST /judge is the handler."""
    app = web.Application()
    app.router.add_post("/judge", handler)
    async with listening(app, handler_cancellation=True) as address:
        yield address


@asynccontextmanager
async def judging(url, judge=None, **options):
    """A recorded judge, closed at the end."""
    recorded = RecordedJudge("recorded", url, judge, **options)
    try:
        yield recorded
    finally:
        await recorded.close()


@pytest.mark.parametrize(("judge", "score"), [("stern", 0.75), (None, 1.0)])
async def test_the_recorded_score_is_the_verdict_at_its_listed_cost(provider, judge, score):
    """A named judge's, or the table's own."""
    async with judging(provider.url, judge, cost_usd=0.002) as recorded:
        verdict = await recorded.judge(subject(), 5.0)
    assert (verdict.score, verdict.cost_usd, verdict.error) == (score, 0.002, None)


@pytest.mark.parametrize(
    ("asked", "judge", "says"),
    [
        (subject(model="two"), "stern", "no verdict was recorded"),
        (subject(prompt="Never seen"), "stern", "no verdict was recorded"),
        (subject(model="three"), "stern", "404"),
        (subject(), "mild", "404"),
    ],
)
async def test_what_was_not_recorded_is_no_score(provider, asked, judge, says):
    """And the verdict says why."""
    async with judging(provider.url, judge) as recorded:
        verdict = await recorded.judge(asked, 5.0)
    assert verdict.score is None
    assert says in verdict.error


@pytest.mark.parametrize("body", ['{"score": 7}', '{"score": "1"}', '{"score": true}', "{}", "[]", "prose", ""])
async def test_nonsense_from_the_provider_is_no_score(body):
    """A score of 7, another type, no score, no JSON."""

    async def handler(_):
        return web.Response(text=body)

    async with serving(handler) as url, judging(url) as recorded:
        verdict = await recorded.judge(subject(), 5.0)
    assert verdict.score is None
    assert "score" in verdict.error


async def test_a_provider_that_does_not_answer_in_time_is_no_score():
    """The judge keeps its own limit."""
    never = asyncio.Event()

    async def handler(_):
        await never.wait()

    async with serving(handler) as url, judging(url) as recorded:
        verdict = await recorded.judge(subject(), 0.05)
    assert verdict.error == "timeout: no verdict within 0.05 s"


async def test_a_provider_that_is_not_there_is_no_score():
    """The error names the address."""

    async def handler(_):
        return web.Response()

    async with serving(handler) as url:
        gone = url
    async with judging(gone) as recorded:
        verdict = await recorded.judge(subject(), 5.0)
    assert verdict.score is None
    assert gone in verdict.error
