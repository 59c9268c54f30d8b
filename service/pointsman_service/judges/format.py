"""The format judge: is the answer usable as it was asked for, whatever it says?

| score | finding |
| --- | --- |
| 0.0 | empty; JSON demanded by the response format and none given; tool calls that cannot be run |
| 0.1 | a refusal |
| 0.2 | cut off (token limit, JSON that does not close); JSON that does not fit the schema |
| 0.3 | JSON asked for in words and none given; no choice where choices were given; another script than the question's |
| 0.5 | a code fence that does not close |
| 0.7 | JSON demanded by the response format, wrapped in prose or a fence |
| 1.0 | none of these |

The worst finding counts. Free and deterministic. Not a judgement of content: most wrong answers are well formed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pointsman_learner.context import script_shares
from pointsman_learner.words import Verdict

from pointsman_service.domain import AnswerUnderJudgement, ModelAnswer, Question
from pointsman_service.judges.final_answer import final_answer
from pointsman_service.judges.json_checks import matches_schema, parsed_json, schema_of, tool_calls_fit
from pointsman_service.judges.question_form import question_form

_REFUSAL = re.compile(
    r"\W*(?:(?:i'?m|i am) (?:very |really |so )?sorry,? but"
    r"|(?:sorry|apologies),? (?:but )?i (?:can(?:no|')t|am (?:not able|unable))"
    r"|i (?:can(?:no|')t|won't|am (?:unable|not able) to|'m (?:unable|not able) to) "
    r"(?:help|assist|comply|provide|answer|do that|fulfil|create|generate|discuss|support)"
    r"|i'm (?:unable|not able) to (?:help|assist|comply|provide|answer|fulfil|create|generate|discuss)"
    r"|as an ai(?: language model)?,? i (?:can(?:no|')t|do not|don't|am unable))",
    re.IGNORECASE,
)
_ASKS_JSON = re.compile(
    r"\b(?:in|as|valid|following|return|output|respond with|reply with|only|into)\b[^.\n]{0,40}\bjson\b|```json"
)
_ASKS_LANGUAGE = re.compile(
    r"translat|\bin (?:english|chinese|japanese|korean|russian|arabic|french|german|spanish|latin)\b"
    r"|language|pinyin|romaji"
    r"|\u7ffb\u8bd1|\u7ffb\u8b6f|\u82f1\u6587|\u82f1\u8bed|\u4e2d\u6587|\u043f\u0435\u0440\u0435\u0432|\u8a33",
    re.IGNORECASE,
)
_CURLY = str.maketrans("\u2018\u2019", "''")
_CHECKED = 4000


class FormatJudge:
    """AnswerJudge of form alone."""

    def __init__(self, name: str = "format") -> None:
        self.name = name

    async def judge(self, subject: AnswerUnderJudgement, timeout_s: float) -> Verdict:  # noqa: ARG002 - never waits
        """The score of the worst finding, see the table above."""
        return Verdict(self.name, min(findings(subject.question, subject.answer), default=1.0))


def findings(question: Question, answer: ModelAnswer) -> Iterator[float]:
    """The score of each thing that is wrong with the form."""
    if answer.tool_calls:
        if not tool_calls_fit(answer.tool_calls, question.tools):
            yield 0.0
        return
    text = answer.text.strip()
    if not text:
        # A picture or a sound may be all that was wanted; an answer without text is no JSON.
        yield from _json_findings(question, text) if answer.parts else [0.0]
        return
    if answer.finish_reason == "length":
        yield 0.2
    if answer.refusal or _REFUSAL.match(text[:200].translate(_CURLY)):
        yield 0.1
    if text.count("```") % 2:
        yield 0.5
    yield from _json_findings(question, text)
    yield from _choice_findings(question, text)
    yield from _script_findings(question, text)


def _json_findings(question: Question, text: str) -> Iterator[float]:
    demanded = (question.response_format or {}).get("type") in ("json_object", "json_schema")
    if not demanded and not _asks_json(question.text[-_CHECKED:].lower()):
        return
    try:
        value, clean = parsed_json(text)
    except ValueError:
        yield 0.0 if demanded else 0.2 if _opens_json(text) else 0.3
        return
    if demanded and not clean:
        yield 0.7
    schema = schema_of(question.response_format)
    if schema is not None and not matches_schema(value, schema):
        yield 0.2


def _asks_json(low: str) -> bool:
    return "json" in low and _ASKS_JSON.search(low) is not None


def _opens_json(text: str) -> bool:
    return text.startswith(("{", "[", "```json"))


def _choice_findings(question: Question, text: str) -> Iterator[float]:
    choices = question_form(question.text).choices
    if choices and final_answer(question.text, text) not in choices:
        yield 0.3


def _script_findings(question: Question, text: str) -> Iterator[float]:
    """Another writing system than the question's, unless a language was asked for or the answer is code or JSON."""
    asked = question.text
    if len(text) < 40 or "```" in text or _opens_json(text) or _ASKS_LANGUAGE.search(asked[:_CHECKED]):
        return
    if asked.isascii() and text.isascii():
        return
    asked_shares, given_shares = script_shares(asked), script_shares(text)
    script = max(asked_shares, key=asked_shares.__getitem__)
    if asked_shares[script] > 0.8 and given_shares[script] < 0.1 and sum(given_shares.values()) > 0:
        yield 0.3
