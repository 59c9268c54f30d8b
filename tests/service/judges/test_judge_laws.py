"""Laws that every judge keeps, built as the service builds it."""

import asyncio
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pointsman_learner.codec import from_json, to_json
from pointsman_learner.types import Verdict
from pointsman_service.adapters.embedder_wordllama import shared_embedder
from pointsman_service.domain import AnswerUnderJudgement, ChatMessage, JudgeConfig, ModelAnswer, ModelConfig, Question
from pointsman_service.errors import ModelCallError
from pointsman_service.judges.build import JudgeParts, build_judge
from pointsman_service.judges.contained import ContainedJudge
from pointsman_service.ports.rated_answers import RatedAnswer

MODEL = ModelConfig("small", "openai", "small", base_url="http://127.0.0.1:1")
DETERMINISTIC = ("format", "agreement", "logprob", "retrieval")
PAID = ("rubric", "pairwise", "consistency")
TEXT = st.text(alphabet=st.characters(), max_size=120) | st.sampled_from(
    ['{"answer": 1}', "A", "```json\n{", "I'm sorry, but I can't.", "the answer is 7", "\\boxed{1", "[" * 300]
)
JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5), lambda x: st.lists(x, max_size=3))
SCHEMAS = st.dictionaries(
    st.sampled_from(["type", "properties", "$ref", "required", "items", "anyOf"]), JSON, max_size=3
)
CALLS = st.lists(
    st.fixed_dictionaries(
        {}, optional={"function": JSON | st.fixed_dictionaries({"name": TEXT, "arguments": TEXT}), "id": TEXT}
    ),
    max_size=2,
)


class AnyReply:
    """A judging model that replies with whatever the law draws, or fails."""

    def __init__(self, reply):
        self.reply = reply

    async def call(self, model, question, timeout_s):
        if self.reply is None:
            raise ModelCallError("down", kind="unavailable")
        return ModelAnswer(self.reply, "stop", 1, 1, 0.001, 2.0)


@st.composite
def subjects(draw):
    """Any question with any answer and any others."""
    response_format = draw(
        st.sampled_from([None, {"type": "json_object"}, {"type": "json_schema"}])
        | SCHEMAS.map(lambda schema: {"type": "json_schema", "json_schema": {"schema": schema}})
    )
    tools = draw(st.sampled_from([(), ({"function": {"name": "f", "parameters": {"type": "object"}}},), ({},)]))
    question = Question((ChatMessage("user", draw(TEXT)),), tools=tools, response_format=response_format)

    def answer():
        return ModelAnswer(
            draw(TEXT),
            draw(st.sampled_from(["stop", "length", "tool_calls", ""])),
            1,
            1,
            0.0,
            1.0,
            tool_calls=tuple(draw(CALLS)),
            mean_logprob=draw(st.none() | st.floats()),
        )

    others = tuple(answer() for _ in range(draw(st.integers(0, 2))))
    return AnswerUnderJudgement(question, answer(), draw(st.just("small") | TEXT), others)


class Liked:
    """A log with two answers that were liked."""

    async def rated(self, tenant, least, limit):
        return [RatedAnswer(1, "How many cows?", "The answer is 7.", 1.0), RatedAnswer(2, "", "A", 0.9)]


def judge_of(kind, reply=None):
    """A judge of a kind, as the service builds it."""
    config = JudgeConfig(kind, kind, model="small" if kind in ("rubric", "pairwise") else None)
    more = {"rated": Liked(), "embedder": shared_embedder()}
    parts = JudgeParts({"small": MODEL}, lambda _: AnyReply(reply), np.random.default_rng(0), **more)
    return build_judge(config, parts)


@pytest.mark.parametrize("kind", [*DETERMINISTIC, *PAID])
@given(
    subject=subjects(),
    reply=st.none() | TEXT | st.sampled_from(['{"score": 3}', "the answer is 7", '{"winner": "tie"}', "1e999"]),
)
@settings(max_examples=60, deadline=None)
def test_a_judge_never_raises_and_its_verdict_is_well_formed(kind, subject, reply):
    """A score is None or in [0, 1], cost and latency are not negative, no score has a reason, and it can be logged."""
    verdict = asyncio.run(judge_of(kind, reply).judge(subject, 5.0))
    assert verdict.judge == kind
    assert verdict.score is None or 0.0 <= verdict.score <= 1.0
    assert verdict.cost_usd >= 0
    assert verdict.latency_ms >= 0
    assert math.isfinite(verdict.cost_usd + verdict.latency_ms)
    assert from_json(to_json(verdict), Verdict) == verdict
    assert verdict.score is not None or verdict.error is not None or kind == "agreement"
    assert verdict.score is None or verdict.error is None


async def test_half_of_a_character_in_what_a_judge_says_is_no_trouble_for_the_log():
    """A model's name may have come with one, or a plug-in's key."""

    class Says:
        async def judge(self, subject, timeout_s):
            return Verdict("any", None, key="\ud800", error="not_offered: \udfff")

    verdict = await ContainedJudge(Says(), "any").judge(None, 5.0)
    assert (verdict.key, verdict.error) == ("?", "not_offered: ?")
    assert from_json(to_json(verdict), Verdict) == verdict


@pytest.mark.parametrize("kind", DETERMINISTIC)
@given(subject=subjects())
@settings(max_examples=40, deadline=None)
def test_a_free_judge_is_deterministic_and_free(kind, subject):
    """The same answer gets the same score and key, at no cost, from any instance."""
    one = asyncio.run(judge_of(kind).judge(subject, 5.0))
    two = asyncio.run(judge_of(kind).judge(subject, 5.0))
    assert (one.score, one.key, one.error, one.cost_usd) == (two.score, two.key, two.error, 0.0)


@given(subject=subjects())
@settings(max_examples=60, deadline=None)
def test_agreement_is_symmetric(subject):
    """If A agrees with B, B agrees with A."""
    if not subject.others:
        return
    other = subject.others[0]
    one = AnswerUnderJudgement(subject.question, subject.answer, "a", (other,))
    two = AnswerUnderJudgement(subject.question, other, "b", (subject.answer,))
    judge = judge_of("agreement")
    first, second = asyncio.run(judge.judge(one, 1.0)), asyncio.run(judge.judge(two, 1.0))
    assert (first.score == 1.0) == (second.score == 1.0)
    assert first.error is None
