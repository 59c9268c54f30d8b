"""What form of answer a question asks for: a choice, a quantity and its unit, yes or no, an identifier, output."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from pointsman_service.judges.sameness.affirming import asked_words
from pointsman_service.judges.sameness.asked_unit import asked_unit, asking_part
from pointsman_service.judges.sameness.folded_text import folded, stem
from pointsman_service.judges.sameness.labels import Labelled, labelled
from pointsman_service.judges.sameness.spelling import ascii_spelling
from pointsman_service.judges.sameness.units import Unit
from pointsman_service.judges.sameness.verb_forms import with_forms
from pointsman_service.judges.sameness.wording import wording

_HEAD, _TAIL = 3000, 3000
_OPTION = re.compile(r"(?:^|\n)[ \t]*(?:[-*][ \t]+)?(?:\*\*)?\(?([A-J])[).:\uff0e\u3001](?:\*\*)?[ \t]*([^\n]{1,300})")
_LOWER_OPTION = re.compile(r"(?:^|\n)[ \t]*(?:[-*][ \t]+)?\(?([a-j])[).][ \t]+([^\n]{1,300})")
_INLINE_OPTION = re.compile(r"\(([A-J])\)\s*(.{1,120}?)(?=[\s,;]*\([A-J]\)|\n|$)")
_INLINE_LABEL = re.compile(r"(?<![\w.])([A-J])[):.]\s+(.{1,120}?)(?=[\s,;]+[A-J][):.]\s|\n|$)")
_QUANTITY = wording(
    r"how\s+(?:many|much|far|long|old|tall|big|high|fast|deep|wide|heavy|often)\b"
    r"|(?:calculate|compute|evaluate|determine|find|solve)\b"
    r"|what\s+(?:is|are|was|were|will be|would be|'s)\b[^?\n]{0,200}\b(?:value|sum|total|number|amount|product"
    r"|difference|average|mean|median|area|volume|perimeter|length|probability|percent\w*|ratio|remainder|cost|price"
    r"|distance|speed|age|population|dose|angle|radius|profit|\d)"
    r"|what\s+(?:percent\w*|fraction)\b|(?:in|by|at)\s+(?:what|how many)\b"
    r"|combien\b|calcule|cu[aá]nt|wie\s?viel|berechne|wie (?:lang|weit|alt)|quant[oaie]\b",
    r"\b(?:сколько\b|вычисл|найд|реши)|多少|几|計算|计算|求|いくつ|いくら|何[個人円本枚匹]",
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
    r"(?:^|[.?!\n])\s{0,8}(?:is|are|was(?!\s+(?:ist|sind|war|waren|wird|hat"
    r"|kostet|bedeutet|hei(?:ß|ss)t|macht|passiert|kann|muss|soll|versteht)\b)|were|do|does|did|can|could|should"
    r"|would|will|has|have|had)\s[^.?!\n]{3,300}\?$"
    r"|(?:^|[.?!\n])\s{0,8}(?:ist|sind|est-ce|war|kann|hat|является ли|верно ли|правда ли|es cierto|¿es"
    r"|¿son)\b[^?\n]{2,300}\?$"
    r"|(?:吗|嗎|ですか|ますか)\s?[?？]?$|\bли\b[^?\n]{0,200}\?$"
)
_INTERROGATIVE = re.compile("どこ|何|だれ|誰|どれ|どの|いつ|いくつ|いくら|なぜ|どう")
"""With these a question that ends as one for yes or no asks for something else."""
_EITHER = wording(r"(?:or|oder|ou)\b", r"\bили\b|还是")
_YES_NO_WORDS = ("yes or no", "true or false", "yes/no", "true/false")
_EXACT = wording(
    r"zip\b|postal code|postcode|phone\b|telephone"
    r"|(?:room|flight|serial|account|order|part|license|licence|plate|model|tracking|invoice|ticket|passport|bus"
    r"|gate|seat"
    r"|card|id|registration|isbn|case|article|section|lot|track)\s+(?:number|code|no\b|id)"
    r"|isbn\b|pin\b|password\b|version\b|release\b|ip address\b|port\b|ids?\b|identifier\b|code\b(?! (?:block|fence))"
    r"|command\b|file ?name\b|path\b|url\b|regex|hash\b|config|variable name"
    r"|which (?:room|flight|gate|seat|bus|platform|channel)\b|telefonnummer|postleitzahl|plz\b|número de tel"
    r"|code postal",
    r"номер|индекс|верси|电话|邮编|版本|房间号|電話|郵便番号",
)
_COUNTED = wording(r"how (?:many|much|long|far)\b")
_CASED = wording(r"(?:config|formula|symbol|command|password|path|file ?name|variable)\b|case[- ]sensitive")
_FORMULA = wording(r"(?:formula|symbol)\b")
_VALUE = wording(
    r"(?:value|compute|calculate|evaluate|expression|solve|find|how many|how much|what is|what's)\b",
    "计算|求|вычисл|найд|реши",
)
_UNORDERED = wording(
    r"find all\b|solve\b|roots?\b|factors\b|values of\b|solutions?\b|what are\b|which (?:are|of|numbers)\b"
    r"|list (?:all|the)\b"
    r"|name (?:the )?(?:two|three|four|five|all)\b|primes\b|divisors\b|who are\b|set of\b|which \w+s\b|colou?rs\b"
)
_ORDERED = wording(
    r"order(?:ed)?\b|sort|sequence\b|ascending\b|descending\b|respectively\b|coordinates?\b|point\b|pair\b"
    r"|first\b.{0,200}\bthen\b|[a-z] and [a-z]\b|vector\b|rank|next\b|steps\b|tuple\b|array\b"
)
_FACTORED = wording(r"factor(?:i[sz]e)?\b(?!s)|factored\b|partial fractions?\b|expand|simplif")
_SEVERAL = re.compile(r"(?<![\w'])[b-z]\$?(?:, \$?[b-z]\$?){0,3},? and \$?[b-z](?![\w'])")
_RATIO = wording(r"(?:ratio|odds)\b|proportion|verhältnis|rapport", "отношени|比")
_WHO = wording(r"(?:who|whose|author|wer|qui|quién)\b|name of the (?:person|author|president)", r"\bкто\b|谁|誰")
_SCORE = wording(r"score\b|result of the (?:match|game)\b", "счёт")
_COMMA = wording(
    r"(?:wie|was ist|der|die|das|ist|und|quel|quelle|combien|est|les|des|cuál|cuánto|qué|quanto|qual|quale"
    r"|wieviel|ile)\b",
    r"[а-яё]|[äöüß]|[àâçéèêîôùœ]|[áíóúñ¿]",
)
_SINGLE_LETTERS = re.compile(r"(?<![\w'])([a-z])(?![\w'])")
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class QuestionForm:
    """choices: option's letter -> its normalised text; empty where the question is not multiple choice.

    quantity: asks for a number; unit: in what unit, None where the question does not tell; yes_no: asks for yes or no;
    code: holds code, so that case and spaces of output count. exact: asks for an identifier, version or the like, where
    every digit counts; cased: capitals count. value: asks for the value of something, so that `x = 5` is 5. unordered:
    asks for several things in any order. factored: the way in which a formula is written counts.
    several: asks for `x and y`. ratio, score, who: asks for a ratio, a score, a person. comma: the language writes
    decimals after a comma. variables: letters that the question names. asking: as words, but of the sentences that ask.
    asked: what a question for yes or no asks about, in its order. labels: of options that have numbers
    or Cyrillic letters, to A, B, C. words: stems of its words and of other forms of its verbs, and its numbers.
    ascii: written in ASCII, so that marks on letters do not count.
    """

    choices: Mapping[str, str] = field(default_factory=dict)
    quantity: bool = False
    yes_no: bool = False
    code: bool = False
    unit: Unit | None = None
    exact: bool = False
    cased: bool = False
    value: bool = False
    unordered: bool = False
    factored: bool = False
    several: bool = False
    ratio: bool = False
    score: bool = False
    who: bool = False
    comma: bool = False
    either: bool = False
    variables: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    asked: tuple[str, ...] = ()
    asking: frozenset[str] = frozenset()
    labels: Mapping[str, str] = field(default_factory=dict)
    ascii: bool = True


def question_form(text: str) -> QuestionForm:
    """The form of answer asked for; of a long text its beginning and its end are read.

    >>> question_form("Which one? (A) red (B) blue").choices
    {'A': 'red', 'B': 'blue'}
    >>> question_form("How many are left?").quantity, question_form("What is the ZIP code?").exact
    (True, True)
    """
    if len(text) > _HEAD + _TAIL:
        text = text[:_HEAD] + "\n" + text[-_TAIL:]
    return _form(text)


@lru_cache(maxsize=512)
def _form(text: str) -> QuestionForm:
    spelled = ascii_spelling(text)
    low = spelled.strip().lower()
    if _is_code(low):
        return QuestionForm(choices=_choices(spelled), code=True)
    choices = _choices(spelled)
    numbered = Labelled() if choices else labelled(spelled)
    yes_no = any(words in low for words in _YES_NO_WORDS) or _asks_yes_or_no(low)
    return QuestionForm(
        choices=choices or numbered.choices,
        labels=numbered.labels,
        asked=asked_words(low) if yes_no else (),
        quantity=_QUANTITY(low),
        yes_no=yes_no,
        unit=asked_unit(low),
        exact=_EXACT(low) and not _COUNTED(low),
        cased=_CASED(low),
        value=_VALUE(low) and not _FORMULA(low),
        unordered=_UNORDERED(low) and not _ORDERED(low),
        factored=_FACTORED(low),
        several=_SEVERAL.search(asking_part(low)) is not None,
        ratio=_RATIO(low),
        score=_SCORE(low),
        who=_WHO(low),
        comma=_COMMA(low),
        either=_EITHER(low),
        variables=frozenset(_SINGLE_LETTERS.findall(low)) - {"a"},
        words=with_forms(stem(word) for word in set(_WORD.findall(low))),
        asking=with_forms(stem(word) for word in set(_WORD.findall(asking_part(low)))),
        ascii=text.isascii(),
    )


def _is_code(low: str) -> bool:
    return any(mark in low for mark in _CODE_MARKS) or (
        any(word in low for word in _CODE_WORDS) and _CODE.search(low) is not None
    )


def _asks_yes_or_no(low: str) -> bool:
    """Whether the text ends with a question that is to be affirmed or denied, and offers nothing else."""
    last = low[-400:].rstrip()
    if _INTERROGATIVE.search(last):
        return False
    return last.endswith(("?", "\uff1f", "吗", "嗎", "か")) and _YES_NO.search(last) is not None and not _EITHER(last)


def _choices(text: str) -> dict[str, str]:
    """Options A, B, ... in their order; fewer than two are none."""
    for pattern in (_OPTION, _INLINE_OPTION, _LOWER_OPTION, _INLINE_LABEL):
        found: dict[str, str] = {}
        for letter, option in pattern.findall(text):
            if letter.upper() == chr(ord("A") + len(found)):
                found[letter.upper()] = folded(option)
        if len(found) > 1:
            return found
    return {}
