r"""Final answers that are marked as such: in a box, after `####`, after "the answer is", in code after "prints"."""

from __future__ import annotations

import re

from pointsman_service.judges.sameness.json_answer import last_match
from pointsman_service.judges.sameness.question_form import QuestionForm
from pointsman_service.judges.sameness.sentence import number_said

_SHORT = 120
_BOX = re.compile(r"\\(?:boxed|fbox)\s{0,4}\{")
_BOX_LENGTH = 2_000
_BOXES = 6
_HASHES = re.compile(r"^[ \t]{0,8}####[ \t]{0,8}(\S[^\n]{0,119})$", re.MULTILINE)
_FILL = r"(?:[\s*_:\uff1a#]|(?<=\n)>){0,12}"
_STATED = re.compile(
    r"answer(?:\s(?:to|for|of)\s[^\n.:=]{1,80}?)?[\s*_]{0,4}(?:is|are|:|=|would be|should be|must be|\*\*[ ]?\n)"
    rf"(?:\s?(?:therefore|thus|then|simply|just))?{_FILL}(?P<answer>[^\s*_:\uff1a][^\n]*)",
    re.IGNORECASE,
)
_FOREIGN = re.compile(
    r"(?:答案(?:是|为|應該是|应该是|：|:)|答え?(?:は|：|:)|正解(?:は|：|:)|정답(?:은|:)|답(?:은|:)"
    r"|\b(?:ответ|відповідь)\s?(?:[:\u2014-]|это|будет|такой:)|\b(?:die |meine )?antwort\s?(?::|ist|lautet)"
    r"|\bergebnis\s?(?::|ist|lautet)"
    r"|\b(?:la )?r[eé]ponse\s?(?::|est)|\b(?:la )?respuesta\s?(?:final )?(?::|es)|\b(?:la )?risposta\s?(?::|è)"
    r"|\b(?:a )?resposta\s?(?::|é)|\bodpowiedź\s?(?::|to)|\bantwoord\s?(?::|is)|الإجابة\s?(?:هي|:)|उत्तर\s?:)"
    rf"{_FILL}(?P<answer>[^\s*_:\uff1a][^\n]*)",
    re.IGNORECASE,
)
_FOREIGN_MARKS = (
    *(
        "\u7b54",
        "正解",
        "정답",
        "답",
        "твет",
        "ntwort",
        "повідь",
        "rgebnis",
        "éponse",
        "eponse",
        "espuesta",
        "isposta",
        "esposta",
    ),
    *("powied", "ntwoord", "الإجابة", "उत्तर"),
)
"""What every foreign form holds: looked for first, since most texts hold none."""
_SENTENCE_END = re.compile(
    r"(?<=[^\d\s])(?<!\d!)[.;!](?:\s|$)(?!\s*\d)|(?<=\d)\.\s+(?=[A-Z\"'*(])|\u3002|,?\s(?:because|since|as|weil|потому)\s"
    r"|[*_]{2}(?:\s|$|[.,])",
    re.IGNORECASE,
)
_POLITE = re.compile(r"(?:です|でした|である|입니다|이다)$")
_ABBREVIATED = re.compile(
    r"\b(?:a|p)\.m\.|\b[A-Z]\.\s|\b(?:Dr|Mr|Mrs|Ms|St|No|vs|approx|ca|Jr|Sr)\.\s|[BA]\.[CD]\.", re.IGNORECASE
)
_LEAD = re.compile(
    r"^(?:(?:so|therefore|thus|hence|then|finally|well|sure|ok|okay|yes|also|probably|most likely"
    r"|i think|i believe|we get|we have"
    r"|we find|this gives"
    r"|it is|it's|it was|they are|that is|that's|that would be|this is|these are|there are|there is|the (?:result"
    r"|solution|value|output)s? (?:is|are)"
    r"|(?:result|solution|value|output|total"
    r"|sum|total cost|total price)s?(?=\s?:)|it follows that|and|that|это|это был[аио]?|es ist|es war"
    r"|das ist|c'est|c'était|es|是)\b[\s,:]*(?!$))+",
    re.IGNORECASE,
)
_SHOWN = re.compile(
    r"\b(?:output|prints?|printed|returns?|returned|result|displays?|gives|evaluates to|answer"
    r"|value)\b[^`\n]{0,60}?(?<!`)`(?!`)([^`\n]{1,400})`(?!`)",
    re.IGNORECASE,
)
_SHOWN_BLOCK = re.compile(
    r"\b(?:output|prints?|returns?|result|displays?|answer)\b[^`\n]{0,60}\n{1,2}```[\w+-]*\n(.{0,2000}?)\n?```",
    re.DOTALL | re.IGNORECASE,
)
_SHOWN_BARE = re.compile(
    r"^(?:the |its |this )?(?:final )?(?:output|result|answer|(?:code|program|function|snippet|it"
    r"|this)(?: will)? (?:print|return|output)s?)(?: is| will be)?[: ]\s*"
    r"(?:the (?:list|value|string|number|integer|tuple|dictionary|dict|set)\s)?(\S[^\n]{0,200}?)"
    r"(?:,?\s(?:because|since)\s[^\n]{1,200})?\.?$",
    re.IGNORECASE,
)
_BLOCK = re.compile(r"```[\w+-]*\n(.{0,2000}?)\n?```", re.DOTALL)


def boxed(text: str) -> str | None:
    r"""The content of the last box, braces balanced; of several in its line, all of them.

    >>> boxed(r"so \boxed{\frac{1}{2}}."), boxed(r"so \boxed{2} and \boxed{3}")
    ('\\frac{1}{2}', '2, 3')
    """
    start = max(text.rfind("\\boxed"), text.rfind("\\fbox"))
    if start < 0:
        return None
    line = text.rfind("\n", 0, start) + 1
    found = [
        content for match in list(_BOX.finditer(text, line))[-_BOXES:] if (content := _balanced(text, match.end()))
    ]
    if not found or _BOX.match(text, start) is None or _balanced(text, _end_of(text, start)) is None:
        return None
    distinct = list(dict.fromkeys(found))
    return ", ".join(distinct) if len(distinct) > 1 and not any("\\boxed" in f for f in distinct) else found[-1]


def _end_of(text: str, start: int) -> int:
    match = _BOX.match(text, start)
    return match.end() if match else start


def _balanced(text: str, at: int) -> str | None:
    depth = 1
    for i in range(at, min(len(text), at + _BOX_LENGTH)):
        depth += (text[i] == "{") - (text[i] == "}")
        if depth == 0:
            return text[at:i].strip() or None
    return None


def after_hashes(text: str) -> str | None:
    """What follows the last `####`, where it is no heading: it holds a digit."""
    match = last_match(_HASHES, text) if "####" in text else None
    return match[1].strip() if match and any(c.isdigit() for c in match[1]) else None


def stated(form: QuestionForm, text: str) -> str | None:
    """What follows the last "answer is" or "Answer:" to the end of its sentence, in one of several languages.

    >>> form = QuestionForm(quantity=True)
    >>> stated(form, "The answer is 18 cows. Each has 4 legs."), stated(form, "Ответ: 5"), stated(form, "答案是巴黎。")
    ('18 cows', '5', '巴黎')
    """
    match = _last_stated(text) or (last_match(_FOREIGN, text) if any(word in text for word in _FOREIGN_MARKS) else None)
    if match is None or (_denied(text, match.start())):
        return None
    said = _first_sentence(match["answer"])
    if len(said) <= _SHORT:
        return said or None
    return number_said(said, form) if form.quantity else None


def _last_stated(text: str) -> re.Match[str] | None:
    """The last "answer is"; found from its end, since the word is rare and texts are long."""
    end = len(text)
    low = text.lower() if len(text.lower()) == len(text) else text
    while (at := low.rfind("answer", 0, end)) >= 0:
        match = _STATED.match(text, at) if at == 0 or not text[at - 1].isalnum() else None
        if match:
            return match
        end = at
    return None


def _denied(text: str, at: int) -> bool:
    """Whether what stands before says that this is not the answer, or that it is somebody's."""
    return (
        re.search(r"\b(?:not|wrong|incorrect|if)\s+(?:the|an?|my)?\s*$", text[max(0, at - 30) : at], re.IGNORECASE)
        is not None
    )


def _first_sentence(text: str) -> str:
    """To the end of the sentence, past the full stops of abbreviations and decimals."""
    text = text[:2_000]
    for end in _SENTENCE_END.finditer(text):
        if end[0][:1] != "." or not _abbreviated(text, end.start()):
            text = text[: end.start()]
            break
    text = _POLITE.sub("", text.strip().strip("*_")).strip()
    return text if _ABBREVIATED.search(text[-5:]) else text.rstrip(" .,*")


def _abbreviated(text: str, at: int) -> bool:
    return _ABBREVIATED.search(text[max(0, at - 4) : at + 2]) is not None


def without_lead(text: str) -> str:
    """Without the words that lead up to an answer: "So we have x = 2" is x = 2.

    >>> without_lead("Therefore x = 2 and y = 1."), without_lead("Soap")
    ('x = 2 and y = 1.', 'Soap')
    """
    text = text.strip().strip("*_")
    match = _LEAD.match(text[:200])
    rest = text[match.end() :] if match else text
    return rest if rest.strip(" .") else text


def shown(text: str) -> str | None:
    """Program output that a sentence shows in code marks, or the only block of the text; None where none is."""
    blocks = _SHOWN_BLOCK.findall(text)
    if blocks:
        return str(blocks[-1])
    spans = _SHOWN.findall(text)
    if spans and len(set(spans)) == 1:
        return str(spans[0])
    if len(blocks := _BLOCK.findall(text)) == 1 and text.rstrip().endswith("```"):
        return str(blocks[0])
    bare = _SHOWN_BARE.match(text)
    return bare[1] if bare and "\n" not in text else None
