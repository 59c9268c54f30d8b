r"""The final answer inside a model's text, and a key by which two answers agree.

The rules are of writing, not of any data set; the first that finds something speaks:
an answer-like field of a JSON object (fenced, malformed or cut off too), `\boxed{...}`, `#### X`, "the answer is X",
a lone letter where the question gives choices, yes or no where it asks for one, a short whole text, and the last number
where the question asks for a quantity. Long free prose has no final answer.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from pointsman_service.judges.normal_form import normal_form
from pointsman_service.judges.question_form import QuestionForm, question_form

SHORT = 80
PHRASE = 4
"""Words of a short whole text that can still be compared: two right sentences hardly ever read alike."""
_BOUND = 24_000
_STRICT = json.JSONDecoder(strict=False)
_ANSWER_FIELD = re.compile(r"""(?<!\\)["'](?:final|correct)?[ _-]?answer["']\s*:\s*""", re.IGNORECASE)
_OTHER_FIELD = re.compile(
    r"""(?<!\\)["'](?:solution|result|output|choice|prediction|label)["']\s*:\s*""", re.IGNORECASE
)
_REASONS = re.compile(r"reason|explan|thought|step|rationale|analy|justif|confiden|work|think|comment", re.IGNORECASE)
_STRING_END = re.compile(r"""["']\s*(?:\}|,\s*["'][^"'\n]{1,40}["']\s*:|```|$)""")
_BARE_END = re.compile(r"[\n}]|```|,\s*[\"'][^\"'\n]{1,40}[\"']\s*:")
_BOXED = re.compile(r"\\(?:boxed|fbox)\s*\{")
_HASHES = re.compile(r"^\s*####\s*(.+?)\s*$", re.MULTILINE)
_STATED = re.compile(
    r"\banswer(?:\s+(?:to|for)\s[^\n.:]{1,80}?)?\s*\**\s*(?:is|are|:|=|would be|should be|\*\*\s*\n)"
    r"[\s*:]*(?P<answer>[^\n]+)",
    re.IGNORECASE,
)
_STATED_CHINESE = re.compile(r"\u7b54\u6848\s*(?:\u662f|\u4e3a|\uff1a|:)[\s*:]*(?P<answer>[^\n]+)")
_SENTENCE_END = re.compile(r"(?<=[^\d\s])[.;!]\s|(?<=\d)\.\s+[A-Z]|,?\s(?:because|since|as)\s", re.IGNORECASE)
_ANY_NUMBER = re.compile(r"(?<![\w.])-?[$\u20ac\u00a3]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:/\d+)?(?![\w])")
_LETTER = re.compile(
    r"^\s*(?:(?:option|choice|answer)\s*:?\s*)?[(\[*]{0,3}([A-Ja-j])(?:[)\]*.:,]+(?:\s|$)|\s*$)", re.IGNORECASE
)
_LETTER_STATED = re.compile(r"\b(?:option|choice)\s*(?:is\s*)?:?\s*[(\[*]{0,3}([A-J])\b[)\]*]{0,3}", re.IGNORECASE)
_LETTER_ALONE = re.compile(r"\(([A-J])\)|(?:^|\n)\s*\**([A-J])\**[).]?\s*(?:$|\n)")
_WORD = re.compile(r"[^\W\d_]{2,}")
_YES_NO = re.compile(r"^\W*(yes|no|true|false)\b", re.IGNORECASE)
_FORMULA = re.compile(r"[=^+*:\\{}\u221a\u03c0]|\d[a-z(]|\b[a-z]\d")
_FENCED = re.compile(r"^```[\w+-]*\s*\n?(.*?)\n?```$", re.DOTALL)
_PLACEHOLDER = re.compile(r"^[_.\s?]*$")


def final_answer(question_text: str, answer_text: str) -> str | None:
    """The final answer as written (a choice as its letter), or None where the text is long free prose.

    >>> final_answer("How many eggs are left?", '{"reasoning": "16 - 7", "answer": "$1,009.0"}')
    '$1,009.0'
    >>> final_answer("Pick one. (A) red (B) blue", "The correct answer is (B), because the sky is blue.")
    'B'
    >>> final_answer("Write a poem", "Shall I compare thee " * 20) is None
    True
    """
    form = question_form(question_text)
    text = _bounded(answer_text).strip()
    found = _extracted(form, text) if text else None
    if found is None:
        return None
    if form.choices:
        return _letter(form, found) or found
    return found


def answer_key(question_text: str, answer_text: str) -> str | None:
    """A digest of the normalised final answer (16 hex digits); None where there is no final answer.

    >>> q = "How much does she make?"
    >>> answer_key(q, "She makes 9 * 2 = 18. The answer is $18.00.") == answer_key(q, '{"answer": "18 dollars"}')
    True
    """
    found = final_answer(question_text, answer_text)
    if found is None:
        return None
    form = question_form(question_text)
    normal = normal_form(found, exact=form.code)
    if not normal and not form.code:
        return None
    if form.quantity and not form.code:
        normal = _only_number(normal)
    return hashlib.blake2b(normal.encode("utf-8", "replace"), digest_size=8).hexdigest()


def _only_number(normal: str) -> str:
    """The one number in a sentence, where a quantity was asked for; else the text itself.

    >>> _only_number("the total trip took 6 hours"), _only_number("between 6 and 7")
    ('6', 'between 6 and 7')
    """
    if " " not in normal:
        return normal
    numbers = _ANY_NUMBER.findall(normal)
    return normal_form(numbers[0]) if len(numbers) == 1 and not _FORMULA.search(normal) else normal


def _bounded(text: str) -> str:
    """The end of a very long text: final answers stand there, and the work stays bounded."""
    return text if len(text) <= _BOUND else text[-_BOUND:]


def _extracted(form: QuestionForm, text: str) -> str | None:
    in_json = _from_json(text)
    if in_json is not None:
        return in_json if form.code or not _PLACEHOLDER.match(in_json) else None
    marked = _boxed(text) or _after_hashes(text) or _stated(form, text)
    if marked:
        return marked
    if text.startswith(("{", "```json")):
        return None  # an object cut off before its answer: the last number in it would be a step, not the answer
    return _from_prose(form, text)


def _from_json(text: str) -> str | None:
    """The answer-like field of a JSON object in the text, as text; containers as JSON."""
    field = _last_around(_ANSWER_FIELD, "nswer", text)
    if field is not None:
        return _value_at(text, field.end())
    start = text.find("{")
    if start < 0 or '"' not in text:
        return None
    try:
        value, _ = _STRICT.raw_decode(text, start)
    except (ValueError, RecursionError):
        field = _last(_OTHER_FIELD, text)
        return None if field is None else _value_at(text, field.end())
    short = start < SHORT and len(text) - start < _BOUND
    return _without_reasons(value) if short and isinstance(value, dict) and value else None


def _without_reasons(value: Mapping[str, Any]) -> str | None:
    """An object is its own final answer, but for the fields that explain it; a single field left is its value."""
    rest = {k: v for k, v in value.items() if not _REASONS.search(k)}
    if not rest:
        return None
    return _as_text(next(iter(rest.values())) if len(rest) == 1 else rest)


def _as_text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping | list):
        return json.dumps(value, ensure_ascii=False)
    return json.dumps(value)


def _last(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    match = None
    for match in pattern.finditer(text):  # noqa: B007 - the last one is wanted
        pass
    return match


def _last_around(pattern: re.Pattern[str], anchor: str, text: str) -> re.Match[str] | None:
    """As `_last`, for a pattern with `anchor` at most 14 characters after its start; fast where the anchor is rare."""
    end = len(text)
    for form in (anchor, anchor.upper()):
        at = text.rfind(form, 0, end)
        while at >= 0:
            for start in range(max(0, at - 14), at):
                match = pattern.match(text, start)
                if match and start + 14 >= at:
                    return match
            at = text.rfind(form, 0, at)
    return None


def _value_at(text: str, at: int) -> str:
    """The JSON value that starts here; where it is malformed or cut off, what was meant."""
    try:
        value, end = _STRICT.raw_decode(text, at)
    except (ValueError, RecursionError):
        return _tolerant_value(text, at)
    follows = text[end : end + 40].lstrip()
    if follows and follows[0] not in ",}]`":
        return _tolerant_value(text, at)
    return _as_text(value)


def _tolerant_value(text: str, at: int) -> str:
    if text[at : at + 1] in ('"', "'"):
        end = _STRING_END.search(text, at + 1)
        inner = text[at + 1 : end.start() if end else len(text)].rstrip("`} \n")
        return inner.replace('\\"', '"').replace("\\\\", "\\")
    end = _BARE_END.search(text, at)
    return text[at : end.start() if end else len(text)].strip().rstrip(",")


def _boxed(text: str) -> str | None:
    r"""The content of the last box, braces balanced.

    >>> _boxed(r"so \boxed{\frac{1}{2}}.")
    '\\frac{1}{2}'
    """
    start = max(text.rfind("\\boxed"), text.rfind("\\fbox"))
    match = _BOXED.match(text, start) if start >= 0 else None
    if match is None:
        return None
    depth, at = 1, match.end()
    for i in range(at, min(len(text), at + 2000)):
        depth += (text[i] == "{") - (text[i] == "}")
        if depth == 0:
            return text[at:i].strip() or None
    return None


def _after_hashes(text: str) -> str | None:
    match = _last(_HASHES, text) if "####" in text else None
    return match[1] if match and len(match[1]) <= SHORT and any(c.isdigit() for c in match[1]) else None


def _stated(form: QuestionForm, text: str) -> str | None:
    """What follows the last "answer is" or "Answer:" to the end of its sentence."""
    match = _last_around(_STATED, "nswer", text) or (_last(_STATED_CHINESE, text) if "\u7b54\u6848" in text else None)
    if match is None:
        return None
    stated = _SENTENCE_END.split(match["answer"], maxsplit=1)[0].strip().strip("*").rstrip(" .,*")
    if len(stated) <= SHORT:
        return stated or None
    if form.choices:
        return _letter(form, stated)
    number = _ANY_NUMBER.search(stated) if form.quantity else None
    return number[0] if number else None


def _from_prose(form: QuestionForm, text: str) -> str | None:
    fenced = _FENCED.match(text)
    whole = fenced[1].strip() if fenced else text
    if form.choices:
        letter = _letter(form, whole)
        if letter or len(whole) > SHORT:
            return letter
    yes_no = _YES_NO.match(whole) if form.yes_no else None
    if yes_no:
        return yes_no[1].lower()
    number = _last(_ANY_NUMBER, whole) if form.quantity and not form.code else None
    if len(whole) <= SHORT and "\n" not in whole:
        if number and " " in whole:
            return number[0]
        return None if len(_WORD.findall(whole)) > PHRASE else whole
    return number[0] if number else None


def _letter(form: QuestionForm, text: str) -> str | None:
    """The letter of the choice that the text names, by letter or by the option's own words."""
    match = _LETTER.match(text) or _last(_LETTER_STATED, text)
    if match:
        letter = match[1].upper()
        return letter if letter in form.choices else None
    words = normal_form(text)
    for letter, option in form.choices.items():
        if option and words == option:
            return letter
    alone = _last(_LETTER_ALONE, text)
    letter = (alone[1] or alone[2]) if alone else ""
    return letter if letter in form.choices else None
