"""Words as they are compared: names without their titles, things without a note that says them again."""

from __future__ import annotations

import re

from pointsman_service.judges.sameness.folded_text import folded, stem
from pointsman_service.judges.sameness.ordinals import ordinals_as_digits
from pointsman_service.judges.sameness.question_form import QuestionForm
from pointsman_service.judges.sameness.spelling import without_accents

_INVERTED = re.compile(r"([^\W\d_][\w'.-]*(?: [^\W\d_][\w'.-]*)?), ((?:[^\W\d_][\w'.-]*\s?){1,3})")
_TITLE = re.compile(
    r"(?:(?:sir|dame|lord|lady|mr|ms|miss|dr|prof|professor|president|captain|general|colonel|herr|monsieur|señor)"
    r"\.?\s+)+(?=\S+\s+\S)",
    re.IGNORECASE,
)
"""Left off where two more words name the person: `Dr. Watson` may not be `Watson`, and Mrs. is a husband's name."""
_NOTE = re.compile(r"(?P<name>[^()]{2,80}?)\s*\((?P<note>[^()]{1,40})\)")
_YEARS = re.compile(r"(?:born |b\. ?|c\. ?|died |d\. ?)?\d{3,4}(?:\s*-\s*(?:\d{2,4}|present)?)?")
_FORMULA = re.compile(r"(?:[A-Z][a-z]?\d{0,2}){1,8}[+-]?")
_SYMBOLS = (
    "H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr Rb Sr Y Zr"
    " Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Nd Eu Gd Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi Po At Rn Fr"
    " Ra Ac Th Pa U Np Pu Am Cm"
)
_ELEMENTS = frozenset(_SYMBOLS.split())
_CHEMISTRY = frozenset(
    map(stem, ("metal", "element", "gas", "chemical", "symbol", "compound", "acid", "molecule", "substance", "mineral"))
)
_APPOSITION = re.compile(r"(?<=\w), (?:the|an?|who|whose|born|author of)\s[^,]{3,80}$")
_AT = re.compile(r"^(?:in|on|at|during)\s+(?=\S)", re.IGNORECASE)
_WHEN_WHERE = frozenset(map(stem, ("when", "where", "wo", "wann")))
_CLASSES = (
    "river|lake|mount|mountain|ocean|sea|island|desert|king|queen|emperor|pope|president|planet|city|country|company"
    "|song|film|movie|book|novel|team"
)
_CLASS_BEFORE = re.compile(rf"(?:the )?(?P<name>{_CLASSES}) (?P<rest>\S.*)", re.IGNORECASE)
_CLASS_AFTER = re.compile(r"(?:the )?(?P<rest>\S.*) (?P<name>river|ocean|sea|desert|lake)", re.IGNORECASE)
_STATE = re.compile(r"(?<=[a-z]{2}),(?= (?:[A-Z]\.? ?){2}$)")
_BRITISH = re.compile(
    r"\b(?:grey|colour|flavour|honour|labour|neighbour|favour|harbour|humour|rumour|armour|behaviour|centre|theatre"
    r"|metre|litre|fibre|calibre|aluminium|sulphur|mould|plough|catalogue|dialogue|defence|offence|licence|tyre"
    r"|pyjamas|cheque|programme|jewellery|analyse|travelled|traveller)(?=s?\b)"
)
_AMERICAN = {
    "grey": "gray", "aluminium": "aluminum", "sulphur": "sulfur", "mould": "mold", "plough": "plow",
    "catalogue": "catalog", "dialogue": "dialog", "defence": "defense", "offence": "offense", "licence": "license",
    "tyre": "tire", "pyjamas": "pajamas", "cheque": "check", "programme": "program", "jewellery": "jewelry",
    "analyse": "analyze", "travelled": "traveled", "traveller": "traveler",
}  # fmt: skip
_FORMULA_SIGNS = re.compile(r"[=+*/^_<>|\\]")
_LONG_WORD = re.compile(r"[^\W\d_]{4,}")
_WORD = re.compile(r"[^\W\d_]+")


def text_key(text: str, form: QuestionForm) -> str:
    """The folded text after `t:`; a name given last name first is turned where a person was asked for.

    >>> text_key("Sir Isaac Newton (1642-1727)", QuestionForm(who=True)), text_key("Grey.", QuestionForm())
    ('t:isaac newton', 't:gray')
    >>> text_key("Paris (Texas)", QuestionForm()), text_key("gold (Au)", QuestionForm(words=frozenset({"metal"})))
    ('t:paris (texas)', 't:gold')
    """
    text = _without_class(_without_place_word(_without_note(text, form), form), form)
    if form.who:
        text = _person(text)
    words = folded(_STATE.sub("", text), cased=form.cased)
    if _FORMULA_SIGNS.search(words) and not _LONG_WORD.search(words):
        words = words.replace(" ", "")
    if not form.cased:
        words = ordinals_as_digits(_BRITISH.sub(_as_american, words))
    words = without_accents(words) if form.ascii else words
    return f"t:{words}" if words else ""


def _without_place_word(text: str, form: QuestionForm) -> str:
    """`in Paris` and `on Monday`, where a place or a time was asked for."""
    return _AT.sub("", text) if form.words & _WHEN_WHERE else text


def _without_class(text: str, form: QuestionForm) -> str:
    """`the river Nile` and `King Charles III` without what the question already says that it is."""
    for pattern in (_CLASS_BEFORE, _CLASS_AFTER):
        match = pattern.fullmatch(text)
        if match and stem(match["name"].lower()) in form.words:
            return match["rest"]
    return text


def is_set_off(text: str, form: QuestionForm) -> bool:
    """Whether a comma sets off what is said of a person: "Jane Austen, the English novelist"."""
    return form.who and _APPOSITION.search(text) is not None


def is_inverted(text: str, form: QuestionForm) -> bool:
    """Whether a person that was asked for is named last name first."""
    return form.who and _INVERTED.fullmatch(text) is not None


def is_place_with_state(text: str) -> bool:
    """Whether the comma only sets off a state, as in `Washington, D.C.`."""
    return _STATE.search(text) is not None and text.count(",") == 1


def _person(text: str) -> str:
    text = _APPOSITION.sub("", text).removeprefix("by ").removeprefix("By ")
    turned = _INVERTED.fullmatch(text)
    text = f"{turned[2].strip()} {turned[1]}" if turned else text
    title = _TITLE.match(text)
    return text[title.end() :] if title else text


def _without_note(text: str, form: QuestionForm) -> str:
    """Without a note that tells no more than the name: years of a life, a symbol, initials, the question's words."""
    match = _NOTE.fullmatch(text.rstrip(". "))
    if match is None:
        return text
    name, note = match["name"], match["note"].strip()
    return name if _repeats(name, note, form) else text


def _repeats(name: str, note: str, form: QuestionForm) -> bool:
    if form.who and _YEARS.fullmatch(note):
        return True
    initials = "".join(word[0] for word in _WORD.findall(name) if word[0].isupper())
    if len(note) > 1 and note.replace(".", "") == initials:
        return True
    if note in _ELEMENTS and form.words & _CHEMISTRY:
        return True
    if any(c.isdigit() for c in note) and _FORMULA.fullmatch(note) and not name[:1].isdigit():
        return True
    asked = [stem(word) for word in _WORD.findall(note)]
    return bool(asked) and note.islower() and all(len(w) > 2 and w in form.words for w in asked)


def _as_american(match: re.Match[str]) -> str:
    word = match[0]
    known = _AMERICAN.get(word)
    if known is not None:
        return known
    return word[:-2] + "er" if word.endswith("re") else word.replace("our", "or")
