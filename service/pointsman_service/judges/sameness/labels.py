"""Options that are numbered, or labelled with Cyrillic letters, read as if they were A, B, C.

A number is a label only where the question asks to choose among options, and where no option is itself such a number.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from pointsman_service.judges.sameness.folded_text import folded

_NUMBERED = re.compile(r"(?:^|\n)[ \t]{0,8}(?:[-*][ \t]+)?\(?([1-9])[).:][ \t]+([^\n]{1,300})")
_CYRILLIC = re.compile(r"(?:^|\n|\s)[ \t]{0,8}\(?([АБВГДЕабвгде])[).:][ \t]*([^\n]{1,200}?)(?=\s+\(?[АБВГДЕ][).]|\n|$)")
_LETTERS = "АБВГДЕ"
_ASKS = re.compile(
    r"\b(?:which (?:of|one|option|answer|statement)|choose|select|pick|correct (?:option|answer|choice|statement)"
    r"|(?:option|answer|choice) number|of the following|best describes|multiple.choice)\b"
    r"|выбер|какой|какая|какое|какие|вариант|укажи",
    re.IGNORECASE,
)
_LEAD = (
    r"(?:(?:the\s+)?(?:correct\s+|right\s+|final\s+)?(?:answer|option|choice|statement|number|ответ|вариант)\s*"
    r"(?:number\s+)?(?:is|:|-|это)?\s*)"
)
_WHOLE = re.compile(
    rf"\W{{0,4}}{_LEAD}{{0,2}}\W{{0,4}}(?P<label>[1-9])(?P<rest>\W{{0,4}}|[).:*]{{1,4}}\s[^\n]{{0,120}}|\s*-\s[^\n]{{0,120}})",
    re.IGNORECASE,
)
_BOXED = re.compile(r"(?:boxed|text|fbox)\{\(?(?P<label>[1-9])\)?\}")
_NAMED = re.compile(
    r"\b(?P<lead>(?:option|choice|statement|answer(?:\s+is|:))\s*\(?)(?P<label>[1-9])\b(?![.,]?\d|\s?%)", re.IGNORECASE
)
_ALONE = re.compile(r"(?<![\w'])(?P<label>[А-Еа-е])(?![\w'])")


@dataclass(frozen=True, slots=True)
class Labelled:
    """choices: letter -> the option's words, as of options A, B, ...; labels: the label in the question -> letter."""

    choices: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)


def labelled(text: str) -> Labelled:
    r"""The options of a question that numbers them or letters them in Cyrillic; empty where it has none.

    >>> labelled("Pick one.\n1. red\n2. blue").labels, labelled("Do this:\n1. cut\n2. paste").labels
    ({'1': 'A', '2': 'B'}, {})
    """
    if not _ASKS.search(text):
        return Labelled()
    for pattern, order in ((_NUMBERED, "123456789"), (_CYRILLIC, _LETTERS)):
        found: dict[str, str] = {}
        for label, option in pattern.findall(text):
            if len(found) < len(order) and label.upper() == order[len(found)]:
                found[label.upper()] = folded(option)
        if len(found) > 1 and not set(found) & set(found.values()):
            letters = {label: chr(ord("A") + place) for place, label in enumerate(found)}
            return Labelled({letters[label]: option for label, option in found.items()}, letters)
    return Labelled()


def relabelled(text: str, labels: Mapping[str, str]) -> str:
    """The answer with such labels turned into letters; other numbers stay.

    >>> relabelled("Option 2", {"1": "A", "2": "B"}), relabelled("2) blue", {"1": "A", "2": "B"})
    ('B', 'B. blue')
    """
    if "1" not in labels:
        return _ALONE.sub(lambda m: labels.get(m["label"].upper(), m["label"]), text)
    whole = _WHOLE.fullmatch(text.strip())
    if whole and whole["label"] in labels:
        rest = whole["rest"].strip(" ).:*-")
        return f"{labels[whole['label']]}. {rest}" if rest else labels[whole["label"]]
    text = _BOXED.sub(lambda m: m[0].replace(m["label"], labels.get(m["label"], m["label"])), text)
    return _NAMED.sub(lambda m: m["lead"] + labels.get(m["label"], m["label"]), text)
