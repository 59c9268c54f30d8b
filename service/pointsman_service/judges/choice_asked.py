"""Whether a question asks to choose among lettered options, and whether an answer chooses.

Lettered lists are also sections to summarise, tasks to rewrite and steps to explain: a list is one of choices where the
question before or after it asks to choose, and asks nothing else of the list.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_READ = 8_000
_ON_LINES = re.compile(
    r"(?:^|\n)[ \t]{0,8}(?:[-*][ \t]{1,4})?(?:\*\*)?\(?([A-J])[).:\uff0e\u3001\uff1a\uff09](?:\*\*)?[ "
    r"\t]{0,8}([^\n]{1,300})"
)
_IN_A_LINE = re.compile(r"\(([A-J])\)[ \t]{0,8}([^(\n]{1,120})")
_NEAR = 600
_CHOOSES = re.compile(
    r"\b(?:which|choose|select|pick|correct|incorrect|best describes|most likely|least likely|options?|choices?"
    r"|alternatives?"
    r"|letter|of the following|true|false|right answer|multiple.choice|answer with|is closest)\b|_{3,}"
    r"|\b(?:welche[rsn]?|w\u00e4hle|richtig|antwortm\u00f6glichkeit|quel(?:le)?s?|choisis(?:sez)?|cu\u00e1l(?:es)?"
    r"|elige|selecciona|qual|quais|escolha|quale|scegli)\b"
    r"|\u043a\u0430\u043a(?:\u043e\u0439|\u0430\u044f|\u043e\u0435|\u0438\u0435)|\u0432\u044b\u0431\u0435\u0440"
    r"|\u54ea|\u9009\u62e9|\u9078\u629e|\u9078\u64c7|\u9009\u51fa|\u6b63\u786e|\u6b63\u3057\u3044|\u3069\u308c"
    r"|\u9078\u3073|\u9078\u3093|\uc5b4\ub290|\uace0\ub974|\uc120\ud0dd|\uc62c\ubc14\ub978",
    re.IGNORECASE,
)
_ASKS_A_FACT = re.compile(
    r"(?:^|[.\n])\s*(?:in |on |at |by |from )?(?:what|who|whom|whose|when|where|how (?:many|much|long|far|old|high"
    r"|tall)|is|are|was|were|does|do|did)\b"
    r"[^?\n]{3,300}\?\s*$",
    re.IGNORECASE,
)
_OF_YOU_OR_ME = re.compile(
    r"\b(?:you|your|we|my|our|i|me|us)\b|what(?:'s| is) (?:wrong|missing|the difference|the order)|differ|between",
    re.IGNORECASE,
)
_OTHERWISE = re.compile(
    r"\b(?:summari[sz]\w*|rewrite|rephrase|reword|translate|proofread|edit|format|convert|sort|order|rank|expand"
    r"|outline|write|draft|turn"
    r"|improve|shorten|explain|describe|discuss|compare|contrast|elaborate|review|critique|comment on|complete"
    r"|fill in|add|merge|combine"
    r"|arrange|group|plan|schedule|estimate|each|these|those|every one|all of (?:them|these|the following)|for both"
    r"|answer (?:all|both|the following questions|these questions)"
    r"|fasse|schreib\w*|\u00fcbersetz\w*|r\u00e9sume[rz]?|tradui\w*|r\u00e9dige\w*|resume|traduce|redacta|escribe)\b"
    r"|\u603b\u7ed3|\u7ffb\u8bd1|\u6539\u5199|\u5206\u522b|\u89e3\u91ca|\u8981\u7d04|\u7ffb\u8a33"
    r"|\u043f\u0435\u0440\u0435\u0432\u0435\u0434|\u043f\u0435\u0440\u0435\u043f\u0438\u0448"
    r"|\u0441\u043e\u043a\u0440\u0430\u0442",
    re.IGNORECASE,
)
_FIRM = re.compile(
    r"\b(?:which (?:of|one|option|answer|statement|choice)|choose|select|pick|correct (?:answer|option|choice"
    r"|letter)|answer with|of the following\b[^\n]{0,60}\?"
    r"|multiple.choice|best describes|single letter|the letter)|\u9009\u62e9|\u4e0b\u5217(?:\u54ea|\u9009\u9879"
    r"|\u8bf4\u6cd5|\u5404)|\u4ee5\u4e0b\u54ea"
    r"|\u0432\u044b\u0431\u0435\u0440\u0438\u0442\u0435",
    re.IGNORECASE,
)
# Beside a letter no other letter may stand, but in Chinese, Japanese and Korean, which write no spaces, their own may.
_BESIDE = r"[^\W\u3040-\u9fff\uac00-\ud7af]|['\u2019]"
_LETTER = re.compile(rf"(?<!{_BESIDE})([A-J])(?!{_BESIDE})")
_CYRILLIC = str.maketrans("\u0410\u0412\u0421\u0415\u041d", "ABCEH")
_LABELLED = re.compile(r"\b(?:option|choice|answer|letter)(?:\s+is)?\s*:?\s*\(?([a-j])\b(?!\s[a-z])|\(([a-j])\)")
_BY_PLACE = re.compile(
    r"\b(?:first|second|third|fourth|fifth|last|former|latter)\b[^.\n]{0,20}\b(?:option|choice|answer|one|statement)\b",
    re.IGNORECASE,
)
_AS_A_WORD = re.compile(r"\s+[a-z]")
_NONE_OR_ALL = re.compile(
    r"\b(?:none|neither|all|both|any|either)\b[^.\n]{0,12}\b(?:above|options?|choices?|answers?|statements?|correct"
    r"|true)\b"
    r"|^\W{0,8}(?:none|neither|both|all)\b|\b(?:keine|alle|aucun|toutes|ninguna|todas)\b[^.\n]{0,30}$|\u90fd|\u5168",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]+(?:[.,/'][^\W_]+)*")
_MATH = re.compile(r"\\(?:text|mathrm|mathbf|textbf|mbox)\s?\{([^{}]{0,40})\}")


@dataclass(frozen=True, slots=True)
class Options:
    """Lettered options: letter to words, in their order, and what stands near before and after them."""

    choices: Mapping[str, str]
    before: str
    after: str


def options_in(question: str) -> Options | None:
    """The options A, B, ... of a question; None where there are fewer than two."""
    text = question if len(question) <= _READ else question[: _READ // 2] + "\n" + question[-_READ // 2 :]
    for pattern in (_ON_LINES, _IN_A_LINE):
        found: list[re.Match[str]] = []
        for match in pattern.finditer(text):
            if match[1] == chr(ord("A") + len(found)):
                found.append(match)
        if len(found) > 1:
            before, after = text[: found[0].start()], text[found[-1].end() :]
            return Options({m[1]: _words(m[2]) for m in found}, before[-_NEAR:], after[:_NEAR])
    return None


def _words(text: str) -> str:
    """Lower-case words and numbers alone, so that punctuation and dress do not count."""
    return " ".join(_WORD.findall(text.lower()))


def choices_of(question: str) -> Mapping[str, str] | None:
    r"""The options that a question asks to choose among, letter to words; None where it does not.

    >>> choices_of("Which gas?\nA. Oxygen\nB. Nitrogen"), choices_of("Summarise:\nA. Start\nB. End")
    ({'A': 'oxygen', 'B': 'nitrogen'}, None)
    """
    options = options_in(question)
    if options is None:
        return None
    around = f"{options.before}\n{options.after}"
    if _FIRM.search(around):
        return options.choices
    if _OTHERWISE.search(around):
        return None
    return options.choices if _CHOOSES.search(around) or _is_fact_question(options.before) else None


def _is_fact_question(before: str) -> bool:
    """Whether what leads to the options is a question of the world, not of the reader: that has one right option."""
    fact = _ASKS_A_FACT.search(before.rstrip())
    return fact is not None and _OF_YOU_OR_ME.search(fact[0]) is None


def chooses(answer: str, choices: Mapping[str, str]) -> bool:
    r"""Whether an answer names one of the options: its letter, or its words. choices: letter to its words.

    >>> chooses("It is \\boxed{\\text{B}}", {"A": "red", "B": "blue"}), chooses("A matter of taste", {"A": "red"})
    (True, False)
    """
    text = _MATH.sub(r"\1", answer).translate(_CYRILLIC)
    if any(m[1] in choices and not _is_a_word(text, m) for m in _LETTER.finditer(text)):
        return True
    if text.strip().strip("().*`\"' ").upper() in choices or _NONE_OR_ALL.search(text):
        return True
    if any((m[1] or m[2]).upper() in choices for m in _LABELLED.finditer(text)) or _BY_PLACE.search(text):
        return True
    said = f" {_words(text)} "
    return any(
        option and (f" {option} " in said or (not option.isascii() and option in said)) for option in choices.values()
    )


def _is_a_word(text: str, match: re.Match[str]) -> bool:
    """Whether the letter is the article "A" or the pronoun "I", as its place tells."""
    if match[1] not in "AI":
        return False
    if match[1] == "I" and _AS_A_WORD.match(text, match.end()):
        return True
    opens = not text[: match.start()].strip() or text[: match.start()].rstrip()[-1:] in ".!?:"
    return opens and _AS_A_WORD.match(text, match.end()) is not None
