"""The chosen one of several options: by letter or by words, and not the last one that a text happens to name."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pointsman_service.judges.sameness.folded_text import folded
from pointsman_service.judges.sameness.giving_up import says_nothing, unsure
from pointsman_service.judges.sameness.latex import plain_math
from pointsman_service.judges.sameness.spelling import ascii_spelling

_HEAD, _TAIL = 600, 1_500
_MARKED = r"[(\[*_`\"']{0,4}"
_CLOSED = r"[)\]*_`\"']{0,4}"
_LETTER = r"(?-i:[A-J])"
_ALONE = re.compile(rf"^\W*(?:(?:option|choice|answer)\W{{0,3}})?{_MARKED}([A-Ja-j]){_CLOSED}\W*$", re.IGNORECASE)
_FIRST = re.compile(
    rf"^\W{{0,4}}(?:(?:option|choice|answer|letter)\W{{1,3}})?{_MARKED}({_LETTER})(?:[)\]]+[*_.:,]*|[*_`]+[.:,)]*"
    rf"|[.:)](?=\s|\*|$)|\s*[-:](?=\s)"
    rf"|,(?=\s)|\s*\n|(?=\s(?:because|since)\s))",
    re.IGNORECASE,
)
_LOWER_FIRST = re.compile(r"^\W{0,4}([a-j])[).](?:\s|$)")
_STATED = re.compile(
    rf"\b(?:answer|choice|option|letter)s?\s*(?:(?:is|are|would be|must be|should be)\b|[:=])\s*(?:(?:therefore"
    rf"|clearly|thus|option|choice|letter)\s*:?\s*)*"
    rf"{_MARKED}({_LETTER})\b"
    rf"|\b(?:choose|chose|pick|picked|select|selected|go with|going with|opt for|say"
    rf"|prefer)\s+(?:(?:the\s+)?(?:option|choice|answer|letter)\s*)?{_MARKED}({_LETTER})(?![\w'])"
    rf"|\b(?:option|choice|answer|letter)\s*{_MARKED}({_LETTER}){_CLOSED}\s+(?:is|would be"
    rf"|must be)\s+(?:the\s+)?(?:clearly\s+|definitely\s+|only\s+|most\s+|most likely\s+)?"
    rf"(?:correct|right|best|true|answer|one|accurate|my choice|appropriate)"
    rf"|(?<![\w']){_MARKED}({_LETTER}){_CLOSED}\s+is\s+(?:the\s+)?(?:correct|right|best|better|answer)"
    rf"|\b(?:it is|it's|it must be|it has to be)\s+{_MARKED}({_LETTER}){_CLOSED}(?=[.!,;:]|\s*$)"
    rf"|\bcorrect\s+(?:answer|option|choice|one)\W{{0,3}}{_MARKED}({_LETTER})\b"
    rf"|答案(?:是|为|：|:)?\s*{_MARKED}({_LETTER})|选(?:择|项)?\s*{_MARKED}({_LETTER})|正解は\s*{_MARKED}({_LETTER})|答え(?:は"
    rf"|：|:)\s*{_MARKED}({_LETTER})"
    rf"|(?:ответ|antwort|lösung|réponse|respuesta|risposta|resposta|вариант|opción|opzione)\W{{0,3}}(?:is|ist|est"
    rf"|es|è|é|lautet)?\s*:?\s*{_MARKED}({_LETTER})\b",
    re.IGNORECASE,
)
_LAST = re.compile(
    rf"(?:[:\n]|(?<!\b[DM][rs]\.)(?<=\w[.!?])\s"
    rf"|\b(?:(?i:so|thus|therefore|hence|leaving|leaves|which leaves|only|remains)\b,?"
    rf"|(?i:wait|no|actually),)"
    rf"(?:\s(?i:it is|it's|only|(?:the )?(?:option|choice|answer)(?: is)?))?)"
    rf"\s*{_MARKED}({_LETTER}){_CLOSED}[.!]?\s*$"
)
_LIKELY = re.compile(
    r"^\W*(?:(?:most |very )?(?:probably|likely)|i (?:think|believe|guess|would say)(?: that)?"
    r"|it(?:'s| is) (?:probably"
    r"|likely)|in my (?:humble )?(?:opinion|view),?|i'?d (?:say|guess),?)\s+(?:it(?:'s| is)\s+)?",
    re.IGNORECASE,
)
_NOT_BUT = re.compile(r"\bnot\s+[^.,;]{1,40}?,?\s+but(?:\s+rather)?\s+", re.IGNORECASE)
_NOT_ANOTHER = re.compile(r"(?<=\w),?\s+(?:and\s+not|not|rather than|instead of)\s[^.;]{1,60}\.?$", re.IGNORECASE)
_BRACKETED = re.compile(r"[(\[]([A-J])[)\]]")
_NAMED = re.compile(r"\b(?:option|choice)\s*\(?([A-J])\b", re.IGNORECASE)
_BEFORE_REJECTS = re.compile(
    r"(?:\bnot|n't|\bnever|\bnor|\bneither|\bisn't|\brather than|\binstead of|\bexcept|\bunlike"
    r"|\bthan)\s*(?:\w+\s+){0,2}\W*$",
    re.IGNORECASE,
)
_AFTER_REJECTS = re.compile(
    r"^\W{0,4}(?:(?:is|are|was|would be|seems|looks)\W{1,2}not|(?:is|are|was|seems|looks)?\W{0,2}(?:isn't|wrong"
    r"|incorrect|false|inaccurate"
    r"|ruled out|eliminated))\b"
    r"|^\W{0,4}\.{2,3}|^\W{0,4}(?:\.{3}|\u2026|-)?\s*(?:no\b|wait\b|or\b|actually\b)",
    re.IGNORECASE,
)
_SEVERAL = re.compile(
    rf"^\W*(?:options?\s+|choices?\s+|both\s+)?{_MARKED}([A-J]){_CLOSED}(?:\s*(?:,|and|&"
    rf"|,\s*and)\s*{_MARKED}[A-J]{_CLOSED})+\W*$"
)
_DOUBT = re.compile(rf"^\W*(?:either\s+)?{_MARKED}[A-J]{_CLOSED}\s*(?:or|/)\s*{_MARKED}[A-J]\b", re.IGNORECASE)
_BRACKETS = re.compile(r"\s*\([^()]{0,80}\)")
_NEGATION = re.compile(
    r"\bnot\b|n't\b|\bno\b|\bneither\b|\bnever\b|\bexcept\b|\bunlike\b|\bwrong\b|\bincorrect\b|不是|\bне\b|\bnicht\b",
    re.IGNORECASE,
)
_ASIDE = re.compile(rf"{_MARKED}({_LETTER}){_CLOSED}\s\((?P<aside>[^()]{{1,60}})\)\W*")
_NO_ASIDE = re.compile(r"\b(?:[A-J]|or|maybe|perhaps|but|if|possibly|guess)\b|\?", re.IGNORECASE)
_BARE_LEAD = re.compile(
    r"\W*(?:it|this|that|the (?:correct )?(?:answer|option|choice))?\W*(?:is|was)?\W*", re.IGNORECASE
)
_WORDS_AT_MOST = 200


def chosen(choices: Mapping[str, str], text: str) -> str | None:
    """The letter that a text chooses, several as `A,C`; None where it chooses none, or hesitates between two.

    >>> options = {"A": "oxygen", "B": "carbon dioxide", "C": "nitrogen"}
    >>> chosen(options, "The correct option is B. Option A is wrong."), chosen(options, "carbon dioxide (CO2)")
    ('B', 'B')
    >>> chosen(options, "A or B, I am not sure"), chosen(options, "None of the above"), chosen(options, "I don't know")
    (None, None, None)
    """
    text = ascii_spelling(plain_math(text.strip())).strip()
    if not text or says_nothing(text) or (len(text) <= _WORDS_AT_MOST and (unsure(text) or _DOUBT.match(text))):
        return None
    if _SEVERAL.match(text):
        letters = sorted(set(re.findall(r"\b[A-J]\b", text)))
        return ",".join(letters) if all(letter in choices for letter in letters) else None
    text = _plainly(text)
    return (
        _by_letter(choices, text)
        or _by_words(choices, text)
        or _with_aside(choices, text)
        or _only_named(choices, text)
    )


def _plainly(text: str) -> str:
    """A short text without what it only sets apart: `B, not A`, `not A but B`, `probably B`."""
    if len(text) > _WORDS_AT_MOST:
        return text
    text = _NOT_BUT.sub("", _LIKELY.sub("", text))
    cut = _NOT_ANOTHER.sub("", text)
    return text if _NEGATION.search(cut) or not cut.strip() or _BARE_LEAD.fullmatch(cut) else cut


def _by_letter(choices: Mapping[str, str], text: str) -> str | None:
    alone = _ALONE.match(text)
    if alone:
        return _known(choices, alone[1])
    first = _FIRST.match(text) or _LOWER_FIRST.match(text)
    if first and not _is_word(first, text) and not _AFTER_REJECTS.match(text[first.end() :]):
        return _known(choices, first[1])
    head = text if len(text) <= _HEAD + _TAIL else text[:_HEAD] + "\n" + text[-_TAIL:]
    stated = [m for m in _STATED.finditer(head) if not _rejected(head, m)]
    found = [letter for m in stated if (letter := _known(choices, next(g for g in m.groups() if g)))]
    if found:
        return found[-1]
    last = _LAST.search(head)
    return _known(choices, last[1]) if last and not _rejected(head, last) else None


def _is_word(first: re.Match[str], text: str) -> bool:
    """Whether the first letter is the word "I" or "A": before a comma, it is no label."""
    after = text[first.end(1) :]
    return first[1] in "AI" and after[:1] in (",", " ") and not after.startswith((" because", " since"))


def _rejected(text: str, match: re.Match[str]) -> bool:
    """Whether the text around says that this one is not it."""
    group = next(i for i, g in enumerate(match.groups(), start=1) if g)
    before = text[max(0, match.start() - 30) : match.start()]
    between = text[match.start() : match.start(group)]
    after = text[match.end(group) : match.end(group) + 30]
    return bool(
        _BEFORE_REJECTS.search(before)
        or re.search(r"\bnot\b|n't", between)
        or _AFTER_REJECTS.match(after.lstrip(")]*_`\"'"))
    )


def _known(choices: Mapping[str, str], letter: str) -> str | None:
    letter = letter.upper()
    return letter if letter in choices else None


def _by_words(choices: Mapping[str, str], text: str) -> str | None:
    """The option whose words the text says: alone, with something in brackets, or as the only option in a sentence."""
    words = folded(text)
    bare = folded(_BRACKETS.sub("", text))
    for said in (words, bare):
        exact = [
            letter
            for letter, option in choices.items()
            if option and said in (option, folded(_BRACKETS.sub("", option)))
        ]
        if len(exact) == 1:
            return exact[0]
    if len(text) > _WORDS_AT_MOST or _NEGATION.search(text):
        return None
    held = [letter for letter, option in choices.items() if len(option) > 2 and _holds(words, option)]
    longest = [a for a in held if not any(a != b and _holds(choices[b], choices[a]) for b in held)]
    return longest[0] if len(longest) == 1 and not _other_letter(choices, text, longest[0]) else None


def _holds(text: str, option: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(option)}(?!\w)", text) is not None


def _other_letter(choices: Mapping[str, str], text: str, letter: str) -> bool:
    named = set(_BRACKETED.findall(text)) | {n.upper() for n in _NAMED.findall(text)}
    return any(name in choices and name != letter for name in named)


def _with_aside(choices: Mapping[str, str], text: str) -> str | None:
    """`B (CO2)`, where what stands in brackets denies nothing and names no other option."""
    match = _ASIDE.fullmatch(text)
    if match is None or unsure(match["aside"]) or _NEGATION.search(text) or _NO_ASIDE.search(match["aside"]):
        return None
    return _known(choices, match[1])


def _only_named(choices: Mapping[str, str], text: str) -> str | None:
    """The only option that a text names at all, where nothing is denied."""
    tail = text[-_TAIL:]
    named = {n for n in _BRACKETED.findall(tail) if n in choices} | {
        n.upper() for n in _NAMED.findall(tail) if n.upper() in choices
    }
    return named.pop() if len(named) == 1 and not _NEGATION.search(tail) else None
