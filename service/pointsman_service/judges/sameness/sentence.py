"""The one number, with its unit, that a sentence or two give as the answer.

A sentence with several numbers answers by the one after a word that concludes, or by the only one that the question
has not; else there is no answer to tell. Denials, comparisons and directions that the question does not have make it
no plain answer.
"""

from __future__ import annotations

import re

from pointsman_service.judges.sameness.denial import DENIES, FUNCTION, TURNS, WORD, turns
from pointsman_service.judges.sameness.folded_text import stem
from pointsman_service.judges.sameness.latex import undelimited
from pointsman_service.judges.sameness.number_words import SCALES, is_number_word, numbers_in_digits
from pointsman_service.judges.sameness.numerals import NUMBER
from pointsman_service.judges.sameness.quantity import rate_asked
from pointsman_service.judges.sameness.question_form import QuestionForm
from pointsman_service.judges.sameness.spelling import ascii_spelling
from pointsman_service.judges.sameness.units import unit_of

_TAIL = 1_500
_CURRENCY = r"(?:US\$|[$\u20ac\u00a3\u00a5\u20b9])"
_NUMBER = re.compile(
    rf"(?<![\w.,:/])(?P<number>[-]?{_CURRENCY}?\s?-?(?:\d{{1,6}} \d{{1,4}}/\d{{1,4}}|\d{{1,9}}/\d{{1,9}}"
    rf"|{NUMBER}))(?![\w]*\d|[:/^]\s?\d|\.\d)"
    rf"(?P<letters>[A-Za-z%\u00b0\u20ac]{{0,4}}(?:\^\d)?)"
)
_DIGIT = re.compile(r"\d")
_WORKED_OUT = re.compile(r"[+*/=\u00d7]|\d\s*x\s*\d|\d\s+-\s+\d")
_ALNUM = re.compile(r"[^\W_]+")
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"'*$\\(\d])|(?<=\u3002)\s*|\n+")
_ASIDE = re.compile(r"\([^()]{0,300}\)")
_CONCLUDES = re.compile(
    r"^\W*(?:so|therefore|thus|hence|in total|altogether|overall|in conclusion|finally|consequently|as a result"
    r"|in all"
    r"|that (?:is|means|gives|leaves|makes))\b|\b(?:altogether|in total|in all|a total of)\b",
    re.IGNORECASE,
)
_SO = re.compile(
    r"(?:^|[,;:]\s*|\band\s+)(?:so|therefore|thus|hence|which (?:is|means|gives|makes|leaves)|leaving|making)\b",
    re.IGNORECASE,
)
_EQUALS = re.compile(r"=\s*(?P<right>[^=\n]{1,40}?)\s*(?:[.;!]?\s*$|[.;]\s)")
_BOLD = re.compile(r"\*\*([^*\n]{1,80})\*\*")
_REASON = re.compile(r",?\s(?:since|because)\s|,\s(?:after )?having\s", re.IGNORECASE)
_LEFT = frozenset(map(stem, ("left", "remain", "remaining")))
_WENT = frozenset(map(stem, (
    *("ate", "eat", "eats", "eaten", "read", "reads", "used", "uses", "spent", "spends", "sold", "sells", "gave"),
    *("gives", "given", "lost", "took", "takes", "taken", "drank", "removed", "finished", "broke", "broken", "bought"),
)))  # fmt: skip
"""Verbs after which less is there than before."""
_RATE = re.compile(r"\b(?:per|each|every)\s+([^\W\d_]+)")
_PRICE_SHOUTED = re.compile(r"([$\u20ac\u00a3]\d[\d,.]*)!")
_SLANTED = re.compile(r"(?<![\w*\d])\*([^*\s]{1,20})\*(?![\w*])")
_NO_SUCH = re.compile(
    r"(?:there (?:are|is|were|was|will be)|(?:he|she|they|it|we|[A-Z][a-z]+) (?:has|have|had)) no ([^\W\d_]+)"
    r"(?: (?:left|remaining|at all))?[.!]?",
    re.IGNORECASE,
)
_RATES = frozenset(map(stem, ("hourly", "daily", "weekly", "monthly", "yearly", "rate", "wage", "salary")))
_COMPOUND = re.compile(
    r"(?:[$\u20ac\u00a3]\s?)?\d[\d,.]{0,12} (?P<unit>[^\W\d_]{1,12})(?:,? and|,) "
    r"\d[\d,.]{0,12} (?P<part>[^\W\d_]{1,12})"
)
_SUBJECTS = frozenset(map(stem, ("he", "she", "they", "it", "we", "you")))


def number_said(text: str, form: QuestionForm) -> str | None:
    """The number, with its unit, that a sentence or two give as the answer to a question for a quantity.

    >>> form = QuestionForm(quantity=True)
    >>> number_said("She earned 10 dollars in the end.", form), number_said("She has 5 or 6.", form)
    ('10 dollars', None)
    >>> number_said("There are 40 pages left. (Julie read 12 yesterday.)", form)
    '40'
    """
    text = _ASIDE.sub("", ascii_spelling(undelimited(text[-_TAIL:]))).strip()
    text = text if _DIGIT.search(text) else numbers_in_digits(text)
    text = _SLANTED.sub(r"\1", _PRICE_SHOUTED.sub(r"\1.", text))
    if (none := _none_of_it(text, form)) is not None:
        return none
    sentences = [s for s in _SENTENCE.split(text) if s.strip()]
    with_number = [s for s in sentences if _NUMBER.search(s)]
    if not with_number:
        return None
    last = _without_reason(with_number[-1].strip())
    if _tells_something_else(last, form):
        return None
    if len(WORD.findall(last)) < 2:
        return None
    concluding = _CONCLUDES.search(last) is not None
    if len(with_number) > 1 and not concluding and not _BOLD.search(last):
        return None
    return _in_sentence(last, form)


def _none_of_it(text: str, form: QuestionForm) -> str | None:
    """`0` where a sentence says that there is nothing of what was to be counted."""
    match = _NO_SUCH.fullmatch(text)
    return "0" if match and stem(match[1].lower()) in form.asking else None


def _without_reason(sentence: str) -> str:
    """Without a clause that gives the reason of what stands before it."""
    before = _REASON.split(sentence, maxsplit=1)[0]
    return before if _NUMBER.search(before) else sentence


def _tells_something_else(sentence: str, form: QuestionForm) -> bool:
    """Whether a sentence only repeats what the question gives, or tells what went where what is left was asked for."""
    stems = {stem(word) for word in _ALNUM.findall(sentence.lower())}
    if _LEFT & form.asking and not _LEFT & stems and _WENT & stems:
        return True
    if _RATES & stems and not _RATES & form.asking:
        return True
    numbers = {word for word in stems if word.isdecimal()}
    content = stems - numbers - FUNCTION
    given = content - form.asking - _SUBJECTS
    return bool(numbers and given) and numbers <= form.words and given <= form.words


def _in_sentence(sentence: str, form: QuestionForm) -> str | None:
    bold = [b for b in _BOLD.findall(sentence) if _NUMBER.search(b)]
    if len(bold) == 1 and _plain(_BOLD.sub(" ", sentence), form):
        return str(bold[0])
    sentence = sentence.replace("**", "").replace("\\$", "$")
    found = list(_NUMBER.finditer(sentence))
    if len(found) == 1:
        return _with_unit(sentence, found[0], form)
    if len(found) == 2 and (compound := _compound(sentence, form)):
        return compound
    equals = _EQUALS.search(sentence)
    if equals and not _EQUALS.search(sentence, equals.end()) and _plain(sentence, form):
        return str(equals["right"])
    parts = _SO.split(sentence)
    inside = list(_NUMBER.finditer(parts[-1])) if len(parts) > 1 else []
    if len(inside) == 1:
        return _with_unit(parts[-1], inside[0], form)
    added = [number for number in found if not _repeats(sentence, number, form)]
    return _with_unit(sentence, added[0], form) if len(added) == 1 else None


def _compound(sentence: str, form: QuestionForm) -> str | None:
    """`10 dollars and 5 cents`, where nothing else is said of it."""
    match = _COMPOUND.search(sentence)
    if match is None or not _plain(sentence[: match.start()] + sentence[match.end() :], form):
        return None
    unit, part = unit_of(match["unit"]), unit_of(match["part"])
    same = unit is not None and part is not None and unit.measures == part.measures and part.factor < unit.factor
    return match[0] if same else None


def _repeats(sentence: str, number: re.Match[str], form: QuestionForm) -> bool:
    """Whether a number stands in the question, too, and counts the same there: "in 50 minutes"."""
    digits = number["number"].strip("-$\u20ac\u00a3\u00a5\u20b9 ")
    after = [w for w in _ALNUM.findall(number["letters"] + sentence[number.end() :][:40]) if w not in FUNCTION][:1]
    return digits in form.words and bool(after) and stem(after[0]) in form.words


def _with_unit(sentence: str, number: re.Match[str], form: QuestionForm) -> str | None:
    """The number with what follows it up to where the question's own words go on; None where a word turns it."""
    before, after = sentence[: number.start()], sentence[number.end() :]
    if not _plain(before, form) or not _plain(after, form):
        return None
    if re.search(r"[-+*/^=<>\u00b1\u221a]\s*$", before.rstrip("= ")) or re.match(
        r"\s*[-+*^=<>!\u00b1\u221a(\\]|\s*/(?![A-Za-z])", after
    ):
        return None
    unit = _unit_words(number["letters"] + after if number["letters"] else after)
    joined = "" if number["letters"] else " "
    return f"{number['number'].strip()}{joined}{unit}".strip()


def _unit_words(after: str) -> str:
    """The longest unit at the beginning of what follows, with a scale before it; else the first words."""
    words = re.findall(r"\S+", re.split(r"[.,;:!?](?:\s|$)", after, maxsplit=1)[0])
    scale = words[:1] if words and words[0].lower() in SCALES else []
    rest = words[len(scale) :]
    for end in range(min(5, len(rest)), 0, -1):
        if unit_of(" ".join(rest[:end])) is not None and not (end == 1 < len(rest) and rest[0].lower() == "in"):
            return " ".join(scale + rest[:end])
    return " ".join(scale)


def _plain(part: str, form: QuestionForm) -> bool:
    """Whether no word denies, compares or turns what the number says, nor counts beside it."""
    for word in WORD.findall(_RATE.sub(lambda m: "" if rate_asked(m[1], form) else m[0], part.lower())):
        if word in DENIES or word.endswith("n't"):
            return False
        if turns(word, form.words, form.asking) or (word in TURNS and form.either):
            return False
        if is_number_word(word) and word not in SCALES:
            return False
    return True


def explains(aside: str, form: QuestionForm) -> bool:
    """Whether words in brackets only work out what stands before them: no denial, no turn, no unit.

    >>> explains("48 + 24", QuestionForm()), explains("per day", QuestionForm()), explains("not 5", QuestionForm())
    (True, False, False)
    """
    aside = ascii_spelling(aside)
    return _WORKED_OUT.search(aside) is not None and _plain(aside, form)
