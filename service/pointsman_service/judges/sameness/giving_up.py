"""Answers that answer nothing: give-ups, refusals, placeholders, errors. Two of them do not agree on anything."""

from __future__ import annotations

import re

from pointsman_service.judges.sameness.spelling import ascii_spelling

_GIVES_UP = re.compile(
    r"^\W*(?:(?:as of [^,.]{1,40}|well|hmm+|honestly|sorry|unfortunately|apologies|i apologi[sz]e|i'?m sorry"
    r"|i am sorry)\b[\W]*(?:but\b)?\W*)*"
    r"(?:i|we)?\W*(?:really |just |simply |honestly )?(?:do not|don'?t|did not|didn'?t|can ?not|can'?t|could not"
    r"|couldn'?t"
    r"|won'?t|will not|am (?:not able|unable)|'?m (?:not able|unable)|was (?:not able|unable)|have no|'ve no)\b\s*"
    r"(?:to )?(?:know|say|tell|determine|answer|help|assist|provide|find|be (?:sure|certain)|figure|solve|recall"
    r"|remember"
    r"|comply|give|access|idea|do that|do this|discuss|fulfil|generate|create|see|open|clue|information|continue"
    r"|disclose"
    r"|share|engage|support)\b",
    re.IGNORECASE,
)
_SAYS_NOTHING = re.compile(
    r"^\W*(?:(?:it|that|this)(?:'s| is| was| remains)\s+)?"
    r"(?:(?:information|data|answer|result|name|context)s? (?:is |are )?not"
    r" (?:found|available|provided|given|known)|(?:that'?s|what)"
    r" an? (?:great|good|interesting) question|no idea|no clue|unclear|not clear|ambiguous"
    r"|no answer|not sure|(?:i'?m|i am) not (?:sure|certain)|unsure|unknown|uncertain"
    r"|n\s*/\s*a|n\.a\."
    r"|idk|dunno|not (?:known|available|applicable|given|provided|specified|enough (?:information|data|context))"
    r"|tbd|tba|todo"
    r"|to be determined|undetermined|indeterminable|insufficient (?:information|data)|no (?:information|data"
    r"|response|output"
    r" available|result found)|cannot be (?:determined|answered|known|found)|can'?t be (?:determined|answered"
    r"|known)|unanswerable"
    r""
    r"|unable to (?:determine|answer|say|tell|find|know|help|verify)(?: (?:it|this|that|the \w+))?"
    r"|no \w{3,15} (?:was |is |are |were |could be )?(?:found|given|provided|stated|specified|mentioned)"
    r"|(?:well|hmm+)?\W*(?:impossible|hard|difficult|tough) to (?:say|tell|know|determine)(?: for sure)?"
    r"|it depends|maybe|perhaps|possibly|null|nil|nan|error|none given"
    r"|(?:the |its |his |her )?[a-z]{2,20}(?: of [a-z ]{2,40})? (?:is|are|was|remains) (?:still )?(?:unknown|unclear"
    r"|uncertain|not known|not clear|undetermined|not specified|not stated|disputed)"
    r"|we (?:do not|don'?t) know|who knows|(?:nobody|no one) knows"
    r"|не знаю|неизвестно|не могу (?:ответить|сказать|помочь)[^.]*|нет данных|нет ответа|недостаточно данных"
    r"|je ne sais pas|inconnu|aucune idée|no (?:lo )?s[eé]|desconocido|ni idea|(?:ich )?wei[sß]s? (?:ich |es )?nicht"
    r"|ich wei[sß]s? (?:es )?nicht|unbekannt|keine ahnung|keine angabe|não sei|desconhecido|non (?:lo )?so"
    r"|sconosciuto"
    r"|我?不知道|不清楚|未知|无法(?:回答|确定|判断)|無法[^.]*|不明|分かりません|わかりません|知りません|モル|모르겠습니다|모름)\W*$",
    re.IGNORECASE,
)
_FOREIGN_REFUSAL = re.compile(
    r"^\W*(?:(?:к сожалению|извините|désolé|lo siento|tut mir leid|es tut mir leid|抱歉|很抱歉|对不起|申し訳)|"
    r"je ne (?:peux|sais) pas|no puedo|ich kann (?:ihnen |dir )?(?:dabei |das |diese)?[^.]{0,30}nicht|我(?:无法|不能)"
    r"|я не (?:могу|знаю))",
    re.IGNORECASE,
)
_APOLOGY = re.compile(
    r"^\W*(?:i'?m|i am|we'?re|we are)?\s*(?:very |so |really |terribly )?(?:sorry"
    r"|afraid)\b[^.!?]{0,60}\b(?:can'?t|cannot|can not|unable|not able|don'?t"
    r"|do not|won'?t)\b|^\W*as an ai\b|^\W*i (?:must|have to) (?:decline|refuse)|^\W*this (?:request|content"
    r"|question) (?:cannot|can't|violates)"
    r"|^\W*(?:i|we)(?:'d| would)?\s+(?:need|require)\s+(?:some |a bit )?(?:more|additional|further)\s"
    r"(?:context|information|info|details?|data)\b|^\W*(?:more|additional|further) (?:context|information|details?)"
    r" (?:is|are) (?:needed|required)\b|^\W*(?:please|could you|can you)\s+(?:please )?"
    r"(?:provide|clarify|specify|share)\b"
    r"|^\W*(?:error|exception|traceback|warning)\s*[:(]|^\W*(?:internal server error|rate limit"
    r"|service unavailable|bad gateway"
    r"|(?:request |connection )?timed? ?out\W*$|context length exceeded)",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(
    r"^[^\w\u221e\u2205]*$|^[^\W\d_]{2,20}\s*:\s*$|^[$\u20ac]?[\[<{(]+[^\]>})\d\":]{0,40}\b(?:answer|your|insert|placeholder|blank|empty|redacted|result|value|here|final|response|text"
    r"|number|name|amount"
    r"|letter|option|choice|solution|fill|x{2,}|todo|ответ|antwort|réponse"
    r"|respuesta)\b[^\]>})\d\":]{0,40}[\]>})]+\W*$"
    r"|^(?:your|insert|put|enter|write|the|my|final)\W+(?:\w+\W+){0,2}(?:answer|response|solution)(?:\W+(?:here"
    r"|goes here))?\W*$"
    r"|^(?:(?:so|therefore|thus)\W+)?(?:(?:the|my|our|your)\s+)?(?:final |correct )?(?:answer|result|solution)"
    r"\s*(?:is|are|:|=)[\W_]*$"
    r"|^[$#]?\{{1,3}[^{}\d\"':,]{2,60}\}{2,3}$|^[\[<(]?(?-i:[A-J](?:\s?[/|]\s?[A-J])+)[\]>)]?$"
    r"|^(?:answer|response|solution|placeholder|lorem ipsum.*|x{3,}|\?+|\.{2,}|_{2,}|-{2,}|\u2026)\W*$"
    r"|^\[?(?:[\u7b54\u6848\u6b64\u5904\u586b\u5199\u4f60\u7684]{2,8})\]?$",
    re.IGNORECASE,
)
_LOOKED_AT = 300


def says_nothing(text: str) -> bool:
    """Whether a final answer gives up, refuses, or was never filled in.

    >>> [says_nothing(t) for t in ("I don't know.", "N/A", "[your answer]", "Не знаю", "I can't help with that.")]
    [True, True, True, True, True]
    >>> [says_nothing(t) for t in ("5", "No", "None of the above", "(3, 4)", "I", "x", "The Unknown Soldier")]
    [False, False, False, False, False, False, False]
    """
    head = ascii_spelling(text[:_LOOKED_AT]).strip()
    bare = head.strip("*_`\"'# ")
    return any(
        pattern.search(bare) for pattern in (_PLACEHOLDER, _SAYS_NOTHING, _GIVES_UP, _APOLOGY, _FOREIGN_REFUSAL)
    ) and not any(c.isdigit() for c in _number_only(bare))


def _number_only(text: str) -> str:
    """The text where it is a negative number or an operator before one, which no rule above is meant for."""
    return text if re.fullmatch(r"[-+(\[{<]?[\d.,/]+[)\]}>]?", text) else ""


def unsure(text: str) -> bool:
    """Whether a short text says of itself that it may be wrong: "A or B, I am not sure".

    >>> unsure("A or B, I am not sure"), unsure("I am sure it is B")
    (True, False)
    """
    low = ascii_spelling(text[:_LOOKED_AT]).lower()
    return bool(_UNSURE.search(low))


_UNSURE = re.compile(
    r"\bnot (?:entirely |really |quite |100% )?(?:sure|certain)\b|\bunsure\b|\buncertain\b|\bno idea\b"
    r"|\bcould be (?:either|any)\b"
    r"|\bmight be\b|\bcan'?t decide\b|\beither\b.*\bor\b|\b(?:just )?a? ?(?:wild )?guess(?:ing)?\b"
    r"|\bdon'?t know\b|\bне уверен"
)
