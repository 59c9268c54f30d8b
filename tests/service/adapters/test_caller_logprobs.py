"""Log-probabilities reach the judge on both adapters, and are asked for no more where a provider refuses them."""

import json
import math

import pytest
from aiohttp import web
from pointsman_service.adapters.callers.choice import CallerChoice
from pointsman_service.adapters.callers.litellm_caller import LiteLLMCaller
from pointsman_service.adapters.callers.logprobs import LogprobsCaller
from pointsman_service.adapters.callers.openai_caller import OpenAICaller
from pointsman_service.adapters.prices.book import PriceBook
from pointsman_service.domain import AnswerUnderJudgement, ChatMessage, ModelAnswer, ModelConfig, Question
from pointsman_service.errors import ModelCallError
from pointsman_service.judges.logprob import LogprobJudge

from tests.local_server import chat_provider

QUESTION = Question((ChatMessage("user", "Yes or no?"),))
ADAPTERS = {"openai": OpenAICaller, "litellm": LiteLLMCaller}
TOLD = {"content": [{"token": "Y", "logprob": -0.1, "bytes": None, "top_logprobs": []}] * 2}


@pytest.fixture
async def provider():
    """A provider that keeps what it was sent. `refuses`: what it says to the parameter, None where it takes it."""

    class Provider:
        def __init__(self):
            self.refuses, self.status, self.sent = None, 400, []

        async def answer(self, request):
            body = await request.json()
            self.sent.append(body)
            if "logprobs" in body and self.refuses:
                return web.json_response({"error": {"message": self.refuses, "code": "bad"}}, status=self.status)
            told = TOLD if body.get("logprobs") else None
            if body.get("stream"):
                return await self.events(request, told)
            choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Yes"}}
            return web.json_response({"id": "1", "model": "m", "choices": [choice | {"logprobs": told}]} | USAGE)

        async def events(self, request, told):
            response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
            await response.prepare(request)
            for delta, finish in (({"role": "assistant", "content": "Yes"}, None), ({}, "stop")):
                choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None if finish else told}
                await response.write(f"data: {json.dumps({'id': '1', 'model': 'm', 'choices': [choice]})}\n\n".encode())
            await response.write(b"data: [DONE]\n\n")
            return response

    made = Provider()
    async with chat_provider(made.answer) as made.base_url:
        yield made


USAGE = {"usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}}


@pytest.fixture(params=sorted(ADAPTERS))
async def asking(request, provider):
    """(caller, model): each adapter under the one that asks."""
    name = "openai/m" if request.param == "litellm" else "m"
    caller = LogprobsCaller(CallerChoice({request.param: ADAPTERS[request.param](PriceBook(), environ={})}))
    yield caller, ModelConfig("m", request.param, name, base_url=provider.base_url)
    await caller.close()


async def last_of(pieces):
    """The whole answer, which a stream ends with."""
    last = None
    async for piece in pieces:
        last = piece
    return last


async def test_the_judge_reads_what_the_provider_sent_whole_and_streamed(asking, provider):
    """The geometric mean of the tokens' probabilities, the same on both ways."""
    caller, model = asking
    whole = await caller.call(model, QUESTION, 20.0)
    streamed = await last_of(caller.stream(model, QUESTION, 20.0))
    for answer in (whole, streamed):
        verdict = await LogprobJudge().judge(AnswerUnderJudgement(QUESTION, answer, "m"), 1.0)
        assert verdict.score == pytest.approx(math.exp(-0.1))
    assert [body["logprobs"] for body in provider.sent] == [True, True]


@pytest.mark.parametrize("status", [400, 403, 422])
async def test_a_provider_that_refuses_them_answers_without_and_is_asked_no_more(asking, provider, status):
    """One refused call for the model, then none; the judge says why it has no score."""
    caller, model = asking
    provider.refuses, provider.status = "This model does not support 'logprobs'.", status
    answer = await caller.call(model, QUESTION, 20.0)
    await last_of(caller.stream(model, QUESTION, 20.0))
    assert ["logprobs" in body for body in provider.sent] == [True, False, False]
    verdict = await LogprobJudge().judge(AnswerUnderJudgement(QUESTION, answer, "m"), 1.0)
    assert verdict.error == "not_offered: the provider sent no log-probabilities"


async def test_a_refusal_of_a_stream_is_answered_without_them_too(asking, provider):
    """It comes before the first piece."""
    caller, model = asking
    provider.refuses = "Unknown parameter: logprobs"
    answer = await last_of(caller.stream(model, QUESTION, 20.0))
    assert isinstance(answer, ModelAnswer)
    assert answer.text == "Yes"


@pytest.mark.parametrize(
    ("model_params", "asked_params", "sent"),
    [({"logprobs": False}, {}, False), ({}, {"logprobs": False}, False), ({"logprobs": True}, {}, True)],
)
async def test_what_a_model_or_a_query_says_of_it_holds(provider, model_params, asked_params, sent):
    """The service adds the parameter only where nobody spoke of it."""
    caller = LogprobsCaller(CallerChoice({"openai": OpenAICaller(PriceBook(), environ={})}))
    model = ModelConfig("m", "openai", "m", base_url=provider.base_url, params=model_params)
    await caller.call(model, Question(QUESTION.messages, params=asked_params), 5.0)
    await caller.close()
    assert provider.sent[0]["logprobs"] is sent


async def test_another_refusal_is_not_asked_again(provider):
    """Only what names the parameter is about it."""
    provider.refuses = "The prompt is too long."
    caller = LogprobsCaller(CallerChoice({"openai": OpenAICaller(PriceBook(), environ={})}))
    with pytest.raises(ModelCallError, match="too long"):
        await caller.call(ModelConfig("m", "openai", "m", base_url=provider.base_url), QUESTION, 5.0)
    await caller.close()
    assert len(provider.sent) == 1
