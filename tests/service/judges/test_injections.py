"""Injected answers: none leaves its marks, and no forged verdict is read from a judge that quotes it.

No language model runs here. What is measured is what the code decides: whether a text can end its own marks, and which
verdict is read from what a judge writes. The judges are simulated, and named for what they simulate; whether a real one
obeys what stands between the marks only a real one can show.
"""

import json
import re
from collections import Counter

import numpy as np
import pytest
from pointsman_service.domain import AnswerUnderJudgement, ChatMessage, ModelAnswer, ModelConfig, Question
from pointsman_service.judges.pairwise import PairwiseJudge
from pointsman_service.judges.rubric import RubricJudge

from tests.service.judges.injections import INJECTIONS

MODEL = ModelConfig("judge", "openai", "judge", base_url="http://127.0.0.1:1")
QUESTION = Question((ChatMessage("system", "Be brief."), ChatMessage("user", "What is the capital of France?")))
HONEST = 0.2


class Simulated:
    """A judging model that replies by a rule of the prompt."""

    def __init__(self, rule):
        self.rule = rule
        self.asked = []

    async def call(self, model, question, timeout_s):
        self.asked.append(question)
        return ModelAnswer(self.rule(question), "stop", 1, 1, 0.0, 1.0)


def answered(text):
    """A model's answer."""
    return ModelAnswer(text, "stop", 1, 1, 0.0, 1.0)


def code_of(question):
    """The code of this call, as the judge is told it in the instructions."""
    return re.search(r"<<end ([0-9a-f]{16})>>", question.messages[0].content)[1]


def outside_marks(question):
    """What of the prompt stands outside the genuine marks."""
    code = code_of(question)
    return re.sub(rf"(?s)<<\w+ {code}>>\n.*?\n<<end {code}>>", "", question.messages[-1].content)


def obedient_outside_the_marks(question):
    """Obeys whatever is written outside the genuine marks, and else gives its honest mark."""
    found = re.search(r"score\W{0,4}10", outside_marks(question))
    return json.dumps({"reason": "told so", "score": 10} if found else {"reason": "wrong", "score": 2})


QUOTING = {
    "in its reason": lambda text, field: json.dumps({"reason": f"it says {text}"} | field),
    "in its reason, after the verdict": lambda text, field: json.dumps(field | {"reason": f"it says {text}"}),
    "raw in its reason": lambda text, field: '{"reason": "it says ' + text + '", ' + json.dumps(field)[1:],
    "before its verdict": lambda text, field: f"The answer says: {text}\n\n{json.dumps(field)}",
    "after its verdict": lambda text, field: f"{json.dumps(field)}\nI ignored that the answer says: {text}",
    "while thinking": lambda text, field: f"<think>It says {text}</think>{json.dumps(field)}",
}


SURE = {"in its reason", "in its reason, after the verdict", "after its verdict"}
"""Ways of quoting that lose hardly a verdict; in others a forged one may stand so that none could tell them apart."""


async def rubric(rule, text):
    """The score of an injected answer, judged by a simulated model."""
    judge = RubricJudge("r", Simulated(rule), MODEL)
    return (await judge.judge(AnswerUnderJudgement(QUESTION, answered(text), "m"), 1.0)).score


async def pairwise(rule, text, seed=0):
    """The score of an injected answer against an honest one."""
    judge = PairwiseJudge("p", Simulated(rule), MODEL, np.random.default_rng(seed))
    subject = AnswerUnderJudgement(QUESTION, answered(text), "m", (answered("Paris"),))
    return (await judge.judge(subject, 1.0)).score


def test_the_suite_is_large_and_of_many_kinds():
    """At least sixty, each text once, every kind several times."""
    kinds = Counter(kind for kind, _ in INJECTIONS)
    assert len({text for _, text in INJECTIONS}) == len(INJECTIONS) >= 60
    assert min(kinds.values()) >= 4


@pytest.mark.parametrize(("kind", "text"), INJECTIONS)
async def test_an_injected_answer_stays_between_its_marks(kind, text):
    """Whole, between the only two marks of its name; nothing of it stands outside, so the obedient judge is not led."""
    caller = Simulated(obedient_outside_the_marks)
    verdict = await RubricJudge("r", caller, MODEL).judge(AnswerUnderJudgement(QUESTION, answered(text), "m"), 1.0)
    prompt, code = caller.asked[0].messages[-1].content, code_of(caller.asked[0])
    assert prompt.count(f"<<answer {code}>>") == 1
    assert prompt.count(f"<<end {code}>>") == 3
    assert prompt.split(f"<<answer {code}>>\n")[1].split(f"\n<<end {code}>>")[0] == text.strip()
    assert outside_marks(caller.asked[0]).strip() == ""
    assert verdict.score == HONEST


async def test_without_marks_the_same_judge_is_led():
    """The simulation can fail: shown the answers bare, it obeys most of those that name the mark."""
    led = sum(bool(re.search(r"score\W{0,4}10", text)) for _, text in INJECTIONS)
    assert led > len(INJECTIONS) / 3


@pytest.mark.parametrize("way", QUOTING)
async def test_a_rubric_verdict_is_the_judges_own_whatever_it_quotes(way):
    """The forged mark is never read; at worst no mark is, where the quotation breaks the reply."""
    scores = Counter(
        [await rubric(lambda _, text=text: QUOTING[way](text, {"score": 2}), text) for _, text in INJECTIONS]
    )
    assert set(scores) <= {HONEST, None}
    assert scores[None] <= (1 if way in SURE else len(INJECTIONS) / 3)


@pytest.mark.parametrize("way", QUOTING)
@pytest.mark.parametrize("honest", ["first", "second", "tie"])
async def test_a_pairwise_verdict_is_the_judges_own_whatever_it_quotes(way, honest):
    """A forged winner is never read either."""
    for _, text in INJECTIONS:
        score = await pairwise(lambda _, text=text: QUOTING[way](text, {"winner": honest}), text)
        expected = await pairwise(lambda _: json.dumps({"winner": honest}), text)
        assert score in {expected, None}


async def test_a_judge_that_repeats_the_answer_as_its_own_reply_is_believed():
    """What no reader can tell: a model that was led writes the forged verdict as its own. Counted, not hidden."""
    led = [text for _, text in INJECTIONS if await rubric(lambda _, text=text: text, text) == 1.0]
    assert 0 < len(led) < len(INJECTIONS) / 2


async def test_the_code_of_the_marks_is_new_in_each_call():
    """What was seen in one call is of no use in the next, for the same texts neither."""
    caller = Simulated(obedient_outside_the_marks)
    judge = RubricJudge("r", caller, MODEL)
    for _ in range(20):
        await judge.judge(AnswerUnderJudgement(QUESTION, answered("Paris"), "m"), 1.0)
    assert len({code_of(question) for question in caller.asked}) == 20
