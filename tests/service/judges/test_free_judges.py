"""The judges that cost nothing: format, agreement, log-probability."""

import json
import math

import pytest
from pointsman_service.domain import AnswerUnderJudgement, ChatMessage, ModelAnswer, Question
from pointsman_service.judges.agreement import AgreementJudge
from pointsman_service.judges.format import FormatJudge
from pointsman_service.judges.logprob import LogprobJudge

SCHEMA = {
    "type": "object",
    "properties": {"name": {"type": "string", "pattern": "(a+)+$"}, "age": {"type": "integer", "minimum": 0}},
    "required": ["name", "age"],
    "additionalProperties": False,
}
JSON_OBJECT = {"type": "json_object"}
JSON_SCHEMA = {"type": "json_schema", "json_schema": {"name": "person", "schema": SCHEMA}}
WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
PICTURE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}
CHINESE = "请用三句话介绍一下北京的历史和文化。"


def asked(text="Tell me about the sea.", **more):
    """A question of one user message."""
    return Question((ChatMessage("user", text),), **more)


def answered(text="", finish_reason="stop", **more):
    """A model's answer."""
    return ModelAnswer(text, finish_reason, 1, 1, 0.0, 1.0, **more)


def called(name, arguments):
    """An answer that calls a tool."""
    call = {"id": "1", "type": "function", "function": {"name": name, "arguments": arguments}}
    return answered(tool_calls=(call,), finish_reason="tool_calls")


async def opinion(judge, question, answer, *others):
    """The verdict of a judge, and that it is a free one."""
    verdict = await judge.judge(AnswerUnderJudgement(question, answer, "m", others), 1.0)
    assert verdict.cost_usd == 0
    return verdict


@pytest.mark.parametrize(
    ("question", "answer", "score"),
    [
        (asked(), answered("The sea is wide."), 1.0),
        (asked(), answered("  \n"), 0.0),
        (asked(), answered(parts=(PICTURE,)), 1.0),
        (asked(response_format={"type": "json_object"}), answered(parts=(PICTURE,)), 0.0),
        (asked(), answered("The sea is wide.", refusal="not this"), 0.1),
        (asked(), answered("I'm sorry, but I can't help with that."), 0.1),
        (asked(), answered("I\u2019m unable to provide that information."), 0.1),
        (asked(), answered("As an AI language model, I cannot have opinions."), 0.1),
        (asked(), answered("Sorry for the long answer! The sea is wide."), 1.0),
        (asked(), answered("I can't wait to tell you: the sea is wide."), 1.0),
        (asked(), answered("The sea is wi", "length"), 0.2),
        (asked(), answered("```python\nprint(1)"), 0.5),
        (asked(response_format=JSON_OBJECT), answered('{"a": 1}'), 1.0),
        (asked(response_format=JSON_OBJECT), answered('```json\n{"a": 1}\n```'), 0.7),
        (asked(response_format=JSON_OBJECT), answered("It is wide."), 0.0),
        (asked(response_format=JSON_SCHEMA), answered('{"name": "Ada", "age": 36}'), 1.0),
        (asked(response_format=JSON_SCHEMA), answered('{"name": "Ada"}'), 0.2),
        (asked(response_format=JSON_SCHEMA), answered('{"name": "Ada", "age": -1}'), 0.2),
        (asked("Give the facts as JSON."), answered('Here: {"a": 1}'), 1.0),
        (asked("Give the facts as JSON."), answered("None that I know of."), 0.3),
        (asked("Give the facts as JSON."), answered('{"a": 1, "b": "never clos'), 0.2),
        (asked("Which? (A) red (B) blue"), answered("B"), 1.0),
        (asked("Which? (A) red (B) blue"), answered("Colours are a matter of taste, and " * 5), 0.3),
        (
            asked(CHINESE),
            answered("北京是中国的首都。有三千多年的历史。故宫和长城是它最著名的文化遗产。欢迎你来。" * 2),
            1.0,
        ),
        (asked(CHINESE), answered("Beijing is the capital of China and has a long history and a rich culture."), 0.3),
        (
            asked("把这段话翻译成英文。" + CHINESE),
            answered("Please introduce Beijing's history in three sentences."),
            1.0,
        ),
        (asked(tools=(WEATHER,)), called("weather", '{"city": "Oslo"}'), 1.0),
        (asked(tools=(WEATHER,)), called("weather", '{"town": "Oslo"}'), 0.0),
        (asked(tools=(WEATHER,)), called("weather", '{"city": "Os'), 0.0),
        (asked(tools=(WEATHER,)), called("weather", "[1]"), 0.0),
        (asked(tools=(WEATHER,)), called("wether", '{"city": "Oslo"}'), 0.0),
        (asked(tools=(WEATHER,)), answered("No tool is needed."), 1.0),
        (asked(), answered(tool_calls=({"id": "1"},)), 0.0),
    ],
)
async def test_the_worst_finding_of_form_is_the_score(question, answer, score):
    """Each row of the judge's table, and what must not be mistaken for it."""
    assert (await opinion(FormatJudge(), question, answer)).score == score


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "no such type"},
        {"$ref": "http://127.0.0.1:9/never-fetched.json"},
        {"$ref": "#/definitions/missing"},
        {"properties": 7},
        {"$ref": "#"},
    ],
)
async def test_an_unusable_schema_is_not_the_answers_fault(schema):
    """It is the caller's; and a reference to an address is never followed."""
    question = asked(response_format={"type": "json_schema", "json_schema": {"schema": schema}})
    assert (await opinion(FormatJudge(), question, answered('{"a": 1}'))).score == 1.0


async def test_a_pattern_in_a_schema_cannot_stall_the_judge():
    """Exponential backtracking in a caller's pattern would block every other request."""
    answer = answered(json.dumps({"name": "a" * 60 + "!", "age": 1}))
    assert (await opinion(FormatJudge(), asked(response_format=JSON_SCHEMA), answer)).score == 1.0


async def test_agreement_scores_against_the_other_answers_and_always_gives_the_key():
    """1 where another answer says the same, 0 where none does, nothing where there is none to compare with."""
    question = asked("How many cows are there?")
    judge = AgreementJudge()
    alone = await opinion(judge, question, answered("The answer is 18."))
    agreed = await opinion(judge, question, answered("#### 18"), answered("17"), answered('{"answer": "18 cows"}'))
    opposed = await opinion(judge, question, answered("18"), answered("17"))
    assert (alone.score, agreed.score, opposed.score) == (None, 1.0, 0.0)
    assert alone.key == agreed.key == opposed.key is not None


async def test_agreement_has_nothing_to_say_of_prose():
    """Free prose has no final answer, so it neither agrees nor disagrees."""
    verdict = await opinion(AgreementJudge(), asked(), answered("The sea is wide. " * 20), answered("Blue. " * 30))
    assert (verdict.score, verdict.key) == (None, None)


async def test_another_answer_without_a_final_answer_does_not_agree():
    """An answer that could be read and one that could not are not the same."""
    question = asked("How many cows are there?")
    assert (await opinion(AgreementJudge(), question, answered("18"), answered(""))).score == 0.0


async def test_tool_calls_agree_by_function_and_arguments():
    """However the JSON is spelled; another argument is another call."""
    question = asked(tools=(WEATHER,))
    one, same = called("weather", '{"city": "Oslo", "day": 1}'), called("weather", '{ "day":1, "city":"Oslo" }')
    assert (await opinion(AgreementJudge(), question, one, same)).score == 1.0
    assert (await opinion(AgreementJudge(), question, one, called("weather", '{"city": "Rome"}'))).score == 0.0
    assert (await opinion(AgreementJudge(), question, called("weather", "broken {"), one)).score == 0.0
    assert (await opinion(AgreementJudge(), question, answered(tool_calls=({"id": "1"},)), one)).score == 0.0


@pytest.mark.parametrize(("mean", "score"), [(0.0, 1.0), (-0.5, math.exp(-0.5)), (-1e6, 0.0)])
async def test_the_logprob_score_is_the_geometric_mean_probability(mean, score):
    """Of the answer's tokens, as the provider sent it."""
    assert (await opinion(LogprobJudge(), asked(), answered("x", mean_logprob=mean))).score == pytest.approx(score)


@pytest.mark.parametrize("mean", [None, 0.1, math.nan, -math.inf])
async def test_no_or_impossible_log_probabilities_are_no_score(mean):
    """The verdict says which."""
    verdict = await opinion(LogprobJudge(), asked(), answered("x", mean_logprob=mean))
    assert verdict.score is None
    assert "log-probabilit" in verdict.error
