"""What form of answer a question asks for: a choice, a quantity, yes or no, the output of a program."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from pointsman_service.judges.normal_form import normal_form

_HEAD, _TAIL = 3000, 3000
_OPTION = re.compile(r"(?:^|\n)[ \t]*(?:[-*][ \t]+)?(?:\*\*)?\(?([A-J])[).:](?:\*\*)?[ \t]+([^\n]{1,300})")
_INLINE_OPTION = re.compile(r"\(([A-J])\)\s*(.{1,120}?)(?=\s*\([A-J]\)|\n|$)")
_QUANTITY = re.compile(
    r"\bhow\s+(?:many|much|far|long|old|tall|big|high|fast|deep|wide|heavy|often)\b"
    r"|\b(?:calculate|compute|evaluate|determine|find)\b"
    r"|\bwhat\s+(?:is|are|was|were|will be|would be|'s)\b[^?\n]{0,200}\b(?:value|sum|total|number|amount|product"
    r"|difference|average|mean|median|area|volume|perimeter|length|probability|percent\w*|ratio|remainder|cost|price"
    r"|distance|speed|age"
    r"|angle|radius|profit|\d)"
    r"|\b(?:in|by|at)\s+(?:what|how many)\b|\bsolve\b"
)
_LANGUAGES = (
    "python",
    "py",
    "js",
    "javascript",
    "typescript",
    "ts",
    "java",
    "c",
    "cpp",
    "rust",
    "go",
    "ruby",
    "bash",
    "sql",
)
_CODE_MARKS = (
    *("[python]", "#include", "public static", "console.log", "print("),
    *(f"```{language}\n" for language in _LANGUAGES),
)
_CODE_WORDS = ("def ", "assert ", "function ")
_CODE = re.compile(r"\bdef \w+\(|\bassert \w+\(|\bfunction \w*\(")
_YES_NO = re.compile(
    r"(?:^|[.?!\n])\s*(?:is|are|was|were|do|does|did|can|could|should|would|will|has|have|had)\s[^.?!\n]{3,300}\?$"
)
_YES_NO_WORDS = ("yes or no", "true or false", "yes/no", "true/false")


@dataclass(frozen=True, slots=True)
class QuestionForm:
    """choices: option's letter -> its normalised text; empty where the question is not multiple choice.

    quantity: asks for a number; yes_no: asks for yes or no; code: holds code, so that case and spaces of output count.
    """

    choices: Mapping[str, str] = field(default_factory=dict)
    quantity: bool = False
    yes_no: bool = False
    code: bool = False


def question_form(text: str) -> QuestionForm:
    """The form of answer asked for; of a long text its beginning and its end are read.

    >>> question_form("Which one? (A) red (B) blue").choices
    {'A': 'red', 'B': 'blue'}
    >>> question_form("How many are left?").quantity
    True
    """
    if len(text) > _HEAD + _TAIL:
        text = text[:_HEAD] + "\n" + text[-_TAIL:]
    return _form(text)


@lru_cache(maxsize=512)
def _form(text: str) -> QuestionForm:
    low = text.strip().lower()
    return QuestionForm(
        choices=_choices(text),
        quantity=bool(_QUANTITY.search(low)),
        yes_no=any(words in low for words in _YES_NO_WORDS) or (low.endswith("?") and bool(_YES_NO.search(low))),
        code=any(mark in low for mark in _CODE_MARKS)
        or (any(word in low for word in _CODE_WORDS) and bool(_CODE.search(low))),
    )


def _choices(text: str) -> dict[str, str]:
    """Options A, B, ... in their order; fewer than two are none."""
    for pattern in (_OPTION, _INLINE_OPTION):
        found: dict[str, str] = {}
        for letter, option in pattern.findall(text):
            if letter == chr(ord("A") + len(found)):
                found[letter] = normal_form(option)
        if len(found) > 1:
            return found
    return {}
