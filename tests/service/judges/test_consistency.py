"""The consistency judge: asked again in other words, the same model says the same, or not."""

import pytest
from pointsman_service.domain import AnswerUnderJudgement, ChatMessage, JudgeConfig, ModelAnswer, ModelConfig, Question
from pointsman_service.errors import ConfigurationError, ModelCallError
from pointsman_service.judges.build import JudgeParts, build_judge
from pointsman_service.judges.consistency import LEAD

SMALL = ModelConfig("small", "openai", "small", base_url="http://127.0.0.1:1")
LARGE = ModelConfig("large", "openai", "large", base_url="http://127.0.0.1:1")
HOW_MANY = Question((ChatMessage("system", "Be brief."), ChatMessage("user", "How many?")), params={"seed": 1})


class Scripted:
    """A ModelCaller that answers as the test says, and keeps what it was asked."""

    def __init__(self, reply):
        self.reply, self.asked = reply, []

    async def call(self, model, question, timeout_s):
        self.asked.append((model, question))
        if isinstance(self.reply, Exception):
            raise self.reply
        return ModelAnswer(self.reply, "stop", 10, 5, 0.002, 30.0)


def answered(text):
    """A model's answer."""
    return ModelAnswer(text, "stop", 1, 1, 0.0, 1.0)


async def verdict_on(text, second, *, model="small", question=HOW_MANY, **options):
    """(verdict, what was asked) on an answer, where the second one is as told."""
    caller = Scripted(second)
    parts = JudgeParts({"small": SMALL, "large": LARGE}, lambda _: caller, None)
    judge = build_judge(JudgeConfig("again", "consistency", options=options), parts)
    return await judge.judge(AnswerUnderJudgement(question, answered(text), model), 1.0), caller.asked


@pytest.mark.parametrize(("second", "score"), [("The answer is 7.", 1.0), ("The answer is 8.", 0.0)])
async def test_the_same_final_answer_is_consistent_and_the_call_is_paid(second, score):
    """Compared as the agreement judge does; the cost and latency are the second call's."""
    verdict, _ = await verdict_on("7", second)
    assert (verdict.score, verdict.cost_usd, verdict.latency_ms, verdict.error) == (score, 0.002, 30.0, None)


async def test_the_model_that_answered_is_asked_the_same_in_other_words():
    """With the conversation, its parameters and pictures; only words before the question are new."""
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}
    shown = Question((ChatMessage("user", "How many?", ({"type": "text", "text": "How many?"}, picture)),))
    _, [(model, again)] = await verdict_on("7", "7", model="large")
    assert model is LARGE
    assert [m.content for m in again.messages] == ["Be brief.", f"{LEAD}\n\nHow many?"]
    assert again.params == {"seed": 1}
    _, [(_, seen)] = await verdict_on("7", "7", question=shown)
    assert seen.messages[0].parts == ({"type": "text", "text": LEAD}, *shown.messages[0].parts)


@pytest.mark.parametrize(
    ("text", "model", "options", "why"),
    [
        ("It is a long story, and who knows? " * 9, "small", {}, "nothing_to_compare"),
        ("7", "gone", {}, "not_offered"),
        ("7", "large", {"models": ["small"]}, "not_offered"),
    ],
)
async def test_what_cannot_be_compared_or_is_not_wanted_costs_nothing(text, model, options, why):
    """No call, and the reason in a word."""
    verdict, asked = await verdict_on(text, "7", model=model, **options)
    assert (verdict.score, verdict.cost_usd, asked) == (None, 0.0, [])
    assert verdict.error.startswith(f"{why}: ")


async def test_a_second_call_that_fails_or_says_nothing_is_no_score_with_its_cost():
    """Its failure says nothing of the first answer."""
    failed, _ = await verdict_on("7", ModelCallError("slow", kind="rate_limited", cost_usd=0.001))
    assert (failed.score, failed.cost_usd) == (None, 0.001)
    assert failed.error == "rate_limited: the model small, asked again: slow"
    vague, _ = await verdict_on("7", "It is a long story, and who knows? " * 9)
    assert (vague.score, vague.cost_usd) == (None, 0.002)


async def test_an_option_that_nobody_knows_stops_the_start():
    """With the judge's name."""
    with pytest.raises(ConfigurationError, match="again"):
        await verdict_on("7", "7", model_names=["small"])
    with pytest.raises(ConfigurationError, match="list of names"):
        await verdict_on("7", "7", models="small")
