r"""The final answer inside a model's text, and a key by which two answers agree.

The rules are of writing, not of any data set; the first that finds something speaks, on the text without its reasoning:
an answer-like field of a JSON object (fenced, malformed or cut off too), `\boxed{...}`, `#### X`, "the answer is X" (in
several languages), a choice where the question gives some, yes or no where it asks for one, a short whole text, and the
one number of a plain sentence where the question asks for a quantity. Long free prose has no final answer, nor has an
answer that gives up. What is found is read to one spelling in `sameness/`; the key is a digest of that.
"""

from __future__ import annotations

import hashlib
import re

from pointsman_service.judges.sameness.affirming import affirmed
from pointsman_service.judges.sameness.canonical import canonical
from pointsman_service.judges.sameness.choice import chosen
from pointsman_service.judges.sameness.expression import value_key
from pointsman_service.judges.sameness.giving_up import says_nothing, unsure
from pointsman_service.judges.sameness.json_answer import from_json
from pointsman_service.judges.sameness.labels import relabelled
from pointsman_service.judges.sameness.marked_answer import after_hashes, boxed, shown, stated, without_lead
from pointsman_service.judges.sameness.question_form import QuestionForm, question_form
from pointsman_service.judges.sameness.sentence import explains, number_said
from pointsman_service.judges.sameness.spelling import ascii_spelling
from pointsman_service.judges.sameness.words_said import words_said
from pointsman_service.judges.sameness.yes_no import yes_or_no
from pointsman_service.judges.thinking import without_thinking

SHORT = 80
PHRASE = 4
"""Words of a short whole text that can still be compared: two right sentences hardly ever read alike."""
_BOUND = 24_000
_WORD = re.compile(r"[^\W\d_]{2,}")
_SMALL = "the a an of to in on at by for and de la le les des du der die das el los"
_SMALL_WORDS = frozenset(_SMALL.split())
_FENCED = re.compile(r"^```[\w+-]{0,30}[ \t]{0,8}\n?(.*?)\n?```$", re.DOTALL)
_PLACEHOLDER = re.compile(r"^[_.\s?]*$")
_ASIDE = re.compile(r"(?P<answer>[^()]{1,60}?)\s*\((?P<aside>[^()]{1,80})\)\.?")
_NO_OPTION = re.compile(r"\W*(?:(?P<digit>\d)|[A-Z])\W*")
_UNFILLED = frozenset(("x", "y", "z", "n", "xx", "number"))
_DIGITS = re.compile(r"\d+")
_BLANKS = re.compile(r"\s{4,}")
_SENTENCE_STOP = re.compile(r"\b(?!(?:Prof|Capt|Gen|Sen|Gov|Rev|Mrs|Col)\.)[^\W\d_]{3,}[.!?]\s+\S")


def final_answer(question_text: str, answer_text: str) -> str | None:
    """The final answer as written (a choice as its letter), or None where the text has none that could be told.

    >>> final_answer("How many eggs are left?", '{"reasoning": "16 - 7", "answer": "$1,009.0"}')
    '$1,009.0'
    >>> final_answer("Pick one. (A) red (B) blue", "The correct answer is (B), because the sky is blue.")
    'B'
    >>> final_answer("Write a poem", "Shall I compare thee " * 20) is None
    True
    """
    form = question_form(question_text)
    text = without_thinking(_bounded(answer_text)).strip()
    text = text if form.code else _BLANKS.sub(_shortened, text)
    text = relabelled(text, form.labels) if form.labels else text
    found = _extracted(form, text) if text else None
    if found is None or (not form.code and (says_nothing(found) or _unfilled(found, form))):
        return None
    if form.choices:
        return chosen(form.choices, found) or (None if unsure(found) or _no_option(found, form) else found)
    return found


def answer_key(question_text: str, answer_text: str) -> str | None:
    """A digest of the final answer's one spelling (16 hex digits); None where there is no answer that could be told.

    Two answers to one question say the same exactly where both have a key and the keys are equal. Pure, and bounded by
    the length of the texts, of which at most 6,000 and 24,000 characters are looked at.

    >>> q = "How much does she make?"
    >>> answer_key(q, "She makes 9 * 2 = 18. The answer is 18.") == answer_key(q, '{"answer": "18.0"}')
    True
    >>> answer_key(q, "I don't know.") is None
    True
    """
    found = final_answer(question_text, answer_text)
    if found is None:
        return None
    form = question_form(question_text)
    spelled = f"choice:{found}" if found in form.choices else _spelled(found, form)
    if not spelled and not form.code:
        return None
    return hashlib.blake2b(spelled.encode("utf-8", "replace"), digest_size=8).hexdigest()


def _spelled(found: str, form: QuestionForm) -> str:
    """The answer's one spelling; of a sentence, that of what it adds to the question."""
    if form.code:
        return canonical(found, form)
    aside = _ASIDE.fullmatch(found.strip()) if form.quantity and " (" in found else None
    if aside and value_key(ascii_spelling(aside["aside"])) == canonical(aside["answer"], form):
        return canonical(aside["answer"], form)  # 42 (78 - 36) is worked out, not multiplied
    whole = canonical(without_lead(found), form)
    if not whole.startswith("t:"):
        return whole
    said = number_said(found, form) or _without_aside(found, form) if form.quantity else None
    said = said or words_said(without_lead(found), form)
    if form.yes_no and said and not yes_or_no(said):
        return whole  # what is so of x may not be so of y: the rest of the sentence counts, too
    spelled = canonical(said, form) if said else whole
    return "" if form.quantity and _tells_of_numbers(spelled) else spelled


def _no_option(found: str, form: QuestionForm) -> bool:
    """Whether a label is none of the options'."""
    match = _NO_OPTION.fullmatch(found)
    return match is not None and (match["digit"] is None or bool(form.labels))


def _unfilled(found: str, form: QuestionForm) -> bool:
    """Whether a word stands where an answer should: "None" who wrote it, `X` of an amount in a unit."""
    bare = found.strip("*_`\"'$. ").lower()
    if bare == "none":
        return not (form.quantity or form.choices or form.yes_no or form.unordered)
    return form.unit is not None and bare in _UNFILLED and bare not in form.variables


def _without_aside(found: str, form: QuestionForm) -> str | None:
    """`72 (48 + 24)` without what explains it, where that turns nothing."""
    match = _ASIDE.fullmatch(found.strip())
    if match is None:
        return None
    if not explains(match["aside"], form) and canonical(match["aside"], form) != canonical(match["answer"], form):
        return None
    return match["answer"] if canonical(match["answer"], form)[:2] in ("n:", "q:") else None


def _tells_of_numbers(whole: str) -> bool:
    """Whether a text that nobody could read is a clause with numbers in it: not what was asked for, to the word."""
    numbers = len(_DIGITS.findall(whole))
    return whole.startswith("t:") and len(whole.split()) > 2 and numbers > (0 if whole[2:3].isalpha() else 1)


def _bounded(text: str) -> str:
    """The end of a very long text: final answers stand there, and the work stays bounded."""
    return text if len(text) <= _BOUND else text[-_BOUND:]


def _shortened(blanks: re.Match[str]) -> str:
    """A long run of blanks says no more than a short one, and patterns that look for either would go over it again."""
    return "\n\n" if blanks[0].count("\n") > 1 else "\n" if "\n" in blanks[0] else "  "


def _extracted(form: QuestionForm, text: str) -> str | None:
    in_json = from_json(text, field_only=form.code)
    if in_json is not None:
        return in_json if form.code or not _PLACEHOLDER.match(in_json) else None
    if form.code:
        return boxed(text) or _output(text)
    if form.choices:
        return _choice(form, text)
    marked = boxed(text) or after_hashes(text) or stated(form, text)
    if marked:
        return marked
    if text.startswith(("{", "```json")) and '"' in text:
        return None  # an object cut off before its answer: the last number in it would be a step, not the answer
    return _from_prose(form, text)


def _choice(form: QuestionForm, text: str) -> str | None:
    """The letter, from the marked answer before the text around it; a short text that chooses none as it is."""
    for marked in (boxed(text), stated(form, text)):
        letter = chosen(form.choices, marked) if marked else None
        if letter:
            return letter
    whole = _unfenced(text)
    return chosen(form.choices, whole) or (whole if len(whole) <= SHORT and "\n" not in whole else None)


def _output(text: str) -> str | None:
    """What a program prints: fenced, in a sentence that shows it, or the short whole text."""
    found = shown(text)
    if found is not None:
        return found
    whole = _unfenced(text)
    if len(whole) > SHORT or "\n" in whole:
        return None if "\n" in whole and whole == text else whole
    return None if len(_WORD.findall(whole)) > PHRASE and whole[:1] not in "\"'[({" else whole


def _from_prose(form: QuestionForm, text: str) -> str | None:
    whole = _unfenced(text)
    if form.yes_no and (yes_no := yes_or_no(whole) or affirmed(whole, form.asked)):
        return yes_no
    if len(whole) <= SHORT and "\n" not in whole and not _SENTENCE_STOP.search(whole):
        if _is_phrase(without_lead(whole)) or canonical(without_lead(whole), form)[:2] not in ("t:", ""):
            return whole
        if words_said(without_lead(whole), form):
            return whole
    return number_said(whole, form) if form.quantity else None


def _is_phrase(text: str) -> bool:
    return len([w for w in _WORD.findall(text) if w.lower() not in _SMALL_WORDS]) <= PHRASE


def _unfenced(text: str) -> str:
    fenced = _FENCED.match(text)
    return fenced[1].strip() if fenced else text
