"""The words that a sentence adds to the question: "The capital of Australia is Canberra." says Canberra."""

from __future__ import annotations

import re

from pointsman_service.judges.sameness.denial import DENIES, FUNCTION, denies, turns
from pointsman_service.judges.sameness.folded_text import stem
from pointsman_service.judges.sameness.question_form import QuestionForm
from pointsman_service.judges.sameness.spelling import ascii_spelling
from pointsman_service.judges.sameness.unspaced import said_without_spaces

_LONGEST = 400
_ALNUM = re.compile(r"[^\W_]+")
_COPULA = re.compile(r"\b(?:is|are|was|were|equals|ist|war|est|es|é|è|являетсь?я)\b|\s-\s", re.IGNORECASE)
_TO_PREPOSITION = re.compile(r"(?P<said>(?:[^\W\d_]+\s+){1,8}?)(?P<how>by|in|on|at)\s+(?P<rest>\S.*)", re.DOTALL)

_CLEFT = re.compile(r"(?P<said>[^,]{2,60}?),? (?:who|that|which) (?P<rest>\S.*)", re.DOTALL)
"""`It was Jane Austen who wrote Emma.`"""
_BY = frozenset(("by", "did", "whom"))
"""Words of questions for whom something was done to: there "by" names the other one."""
_EVENTS = frozenset(("happened", "occurred", "took", "place", "began", "started"))
_AUXILIARIES = frozenset(("a", "ont", "hat", "haben", "ha", "han", "tem"))
"""Of past tenses in other languages."""
_AGENTS = frozenset((
    *("author", "writer", "novelist", "poet", "playwright", "inventor", "discoverer", "painter", "artist", "composer"),
    *("director", "founder", "creator", "person", "man", "woman", "name"),
))  # fmt: skip


def words_said(text: str, form: QuestionForm) -> str | None:
    """What a sentence adds to the question's own words: `The capital of Australia is Canberra.` says `Canberra`.

    None where the rest of the sentence has a word that the question has not, or where nothing is added.

    >>> form = QuestionForm(words=frozenset({"what", "is", "the", "capital", "of", "australia"}))
    >>> words_said("The capital of Australia is Canberra.", form), words_said("The capital of Peru is Lima.", form)
    ('Canberra', None)
    """
    if len(text) > _LONGEST or (form.either and not form.yes_no):
        return None
    text = ascii_spelling(text).strip().rstrip(".!")
    said = said_without_spaces(text, form.words) if not text.isascii() else None
    return said or _said_of_it(text, form)


def _said_of_it(text: str, form: QuestionForm) -> str | None:
    """What stands on the other side of a copula from the question's words, or beside them."""
    for match in list(_COPULA.finditer(text))[:3]:
        before, after = text[: match.start()].strip(), text[match.end() :].strip()
        if after and _asked(before, form) and not denies(after):
            return _without_verb(after, form)
        if before and after and _asked(after, form) and not denies(before) and " by " not in f" {after} ":
            return before
    cleft = _CLEFT.fullmatch(text)
    if cleft and _asked(cleft["rest"], form) and not denies(cleft["said"]) and not _asked(cleft["said"], form):
        return str(cleft["said"])
    rest = _without_verb(text, form)
    if rest != text and not denies(text):
        return rest
    words = text.split()
    for end in range(1, min(len(words), 5)):
        verb = words[end + 1 : end + 2] if words[end].lower() in _AUXILIARIES else words[end : end + 1]
        if not verb or stem(verb[0].strip(".,")) not in form.words - FUNCTION:
            continue
        if _asked(" ".join(words[end:]), form):
            kept = " ".join(words[:end])
            turned = any(turns(word, form.words, form.asking) for word in _ALNUM.findall(" ".join(words[end:]).lower()))
            return None if turned or denies(kept) else kept
    return None


def _without_verb(text: str, form: QuestionForm) -> str:
    """Without the question's own words before a preposition: "fought in 1066", "the train leaves at 7:05 PM"."""
    match = _TO_PREPOSITION.match(text)
    if match is None or not _asked(match["said"], form) or (match["how"] == "by" and _BY & form.words):
        return text  # "Tom was hit by Ann" does not say whom Tom hit
    return str(match["rest"])


def _asked(part: str, form: QuestionForm) -> bool:
    """Whether a part of a sentence only repeats the question."""
    content = [w for w in _ALNUM.findall(part.lower()) if w not in FUNCTION]
    agents = _AGENTS if form.who else _EVENTS if "when" in form.words else frozenset[str]()
    return bool(content) and all((stem(w) in form.words or w in agents) and w not in DENIES for w in content)
