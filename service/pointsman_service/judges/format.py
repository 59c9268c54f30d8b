"""The format judge: is the answer usable as it was asked for, whatever it says?

| score | finding |
| --- | --- |
| 0.0 | empty; JSON demanded by the response format and none given; tool calls that cannot be run |
| 0.1 | a refusal |
| 0.2 | cut off (token limit), or JSON that is malformed; JSON that does not fit the schema |
| 0.3 | JSON asked for in words and none given; no choice where choices were given; another script than the question's |
| 0.5 | a code fence that does not close |
| 0.7 | JSON demanded by the response format, wrapped in prose or a fence |
| 1.0 | none of these |

The worst finding counts. Free and deterministic. Not a judgement of content: most wrong answers are well formed. Where
the question can be read in two ways, nothing is found: a false alarm makes a good answer's cascade go on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pointsman_learner.context.query import script_shares
from pointsman_learner.types import Verdict

from pointsman_service.domain import AnswerUnderJudgement, ModelAnswer, Question
from pointsman_service.judges.choice_asked import choices_of, chooses
from pointsman_service.judges.fences import fence_left_open
from pointsman_service.judges.json_asked import asks_for_json
from pointsman_service.judges.json_checks import MOST_CHARS, parsed_json, schema_of, tool_calls_fit
from pointsman_service.judges.refusal import refuses
from pointsman_service.judges.schema_fit import matches_schema

_ASKS_LANGUAGE = re.compile(
    r"translat|language|pinyin|romaji|romani[sz]|transliterat|alphabet|script|characters?\b|letters\b|kanji|hiragana"
    r"|katakana"
    r"|hanzi|hangul|original|lyrics|anthem|verse|\bquote\b|how (?:do|would|can) (?:i|you|we) say|word for|called in"
    r"|pronounc"
    r"|\b(?:in|into|to|from|auf|en|em) (?:\w+ ){0,2}(?:english|chinese|mandarin|cantonese|japanese|korean|russian"
    r"|ukrainian|bulgarian|serbian"
    r"|arabic|hebrew|persian|farsi|urdu|hindi|bengali|tamil|telugu|marathi|punjabi|gujarati|thai|vietnamese|greek"
    r"|turkish"
    r"|french|german|spanish|portuguese|italian|dutch|polish|latin|sanskrit|georgian|armenian|mongolian|kazakh"
    r"|amharic|nepali"
    r"|englisch|deutsch|franz\u00f6sisch|anglais|chinois|japonais|ingl\u00e9s|ingl\u00eas|chino|japon\u00e9s)"
    r"|\u7ffb\u8bd1|\u7ffb\u8b6f|\u82f1\u6587|\u82f1\u8bed|\u82f1\u8a9e|\u4e2d\u6587|\u65e5\u8bed|\u65e5\u6587"
    r"|\u62fc\u97f3"
    r"|\u043f\u0435\u0440\u0435\u0432|\u043f\u043e-\u0430\u043d\u0433\u043b\u0438\u0439"
    r"|\u0430\u043d\u0433\u043b\u0438\u0439\u0441\u043a|\u8a33|\uc601\uc5b4|\ubc88\uc5ed",
    re.IGNORECASE,
)
_OWN_LANGUAGE = re.compile(  # said in the language itself, it is no other one that is asked for
    r"(?:\u7528|\u4ee5)(?:\u7b80\u4f53|\u7e41\u4f53)?\u4e2d\u6587|\u043f\u043e-\u0440\u0443\u0441\u0441\u043a\u0438"
    r"|\ud55c\uad6d\uc5b4\ub85c",
    re.IGNORECASE,
)
_OF_FENCES = re.compile(r"```|backtick|fence|markdown", re.IGNORECASE)
_CHECKED = 4000


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong with the form: the score that is left, and what it is."""

    score: float
    reason: str


_FLAWLESS = Finding(1.0, "")


class FormatJudge:
    """AnswerJudge of form alone."""

    def __init__(self, name: str = "format") -> None:
        self.name = name

    async def judge(self, subject: AnswerUnderJudgement, timeout_s: float) -> Verdict:  # noqa: ARG002 - never waits
        """The score of the worst finding, see the table above."""
        return Verdict(self.name, worst_finding(subject.question, subject.answer).score)


def worst_finding(question: Question, answer: ModelAnswer) -> Finding:
    """The worst of what is wrong with the form; score 1.0 and no reason where nothing is."""
    return min(findings(question, answer), key=lambda finding: finding.score, default=_FLAWLESS)


def findings(question: Question, answer: ModelAnswer) -> Iterator[Finding]:
    """Each thing that is wrong with the form."""
    if answer.tool_calls:
        if not tool_calls_fit(answer.tool_calls, question.tools):
            yield Finding(0.0, "a tool call that cannot be run")
        return
    text = answer.text.strip()
    if not text:
        # A picture or a sound may be all that was wanted; an answer without text is no JSON.
        yield from _json_findings(question, text) if answer.parts else [Finding(0.0, "empty")]
        return
    if answer.finish_reason == "length":
        yield Finding(0.2, "cut off at the token limit")
    if answer.refusal or refuses(question.text, text):
        yield Finding(0.1, "a refusal")
    if fence_left_open(text[-MOST_CHARS:]) and not _OF_FENCES.search(question.text[:_CHECKED]):
        yield Finding(0.5, "a code fence that does not close")
    yield from _json_findings(question, text)
    yield from _choice_findings(question, text)
    yield from _script_findings(question, text)


def _json_findings(question: Question, text: str) -> Iterator[Finding]:
    demanded = (question.response_format or {}).get("type") in ("json_object", "json_schema")
    if len(text) > MOST_CHARS or not (demanded or asks_for_json(question.text)):
        return
    try:
        value, clean = parsed_json(text)
    except ValueError:
        cut = _opens_json(text)
        yield Finding(0.0 if demanded else 0.2 if cut else 0.3, "malformed JSON, or cut off" if cut else "no JSON")
        return
    if demanded and not clean:
        yield Finding(0.7, "JSON wrapped in other text")
    schema = schema_of(question.response_format)
    if schema is not None and not matches_schema(value, schema):
        yield Finding(0.2, "JSON that does not fit the schema")


def _opens_json(text: str) -> bool:
    return text.startswith(("{", "[", "```json"))


def _choice_findings(question: Question, text: str) -> Iterator[Finding]:
    choices = choices_of(question.text)
    if choices and not chooses(text[-_CHECKED:], choices):
        yield Finding(0.3, "none of the choices that were given")


def _script_findings(question: Question, text: str) -> Iterator[Finding]:
    """Another writing system than the question's, unless a language was asked for or the answer is code or JSON."""
    asked = question.text
    few = len(text) < 40 and len(text.encode("utf-8", "replace")) < 60  # a Chinese character says as much as a syllable
    if few or "```" in text or _opens_json(text) or (asked.isascii() and text.isascii()):
        return
    if _ASKS_LANGUAGE.search(_OWN_LANGUAGE.sub("", asked[:_CHECKED])):
        return
    asked_shares, given_shares = script_shares(asked), script_shares(text)
    script = max(asked_shares, key=asked_shares.__getitem__)
    if asked_shares[script] > 0.8 and given_shares[script] < 0.1 and sum(given_shares.values()) > 0:
        yield Finding(0.3, "another script than the question's")
