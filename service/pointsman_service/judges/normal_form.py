r"""One spelling for each final answer, so that equal answers compare equal as strings.

Numbers: `1,000`, `$1000.00`, `1000 eggs` and `x = 1000` are `1000`; `\frac{1}{2}`, `1/2` and `0.5` are `0.5`. A number
that is not whole is rounded to 2 decimals (3 significant digits below 1), because models round differently; whole
numbers are exact. A percent sign is a unit like any other, and units are dropped.
Text: LaTeX wrappers, markdown, quotes, outer punctuation, case and runs of white space go. A literal of Python or JSON
is written in one way (`[1,2]` is `[1, 2]`, `true` is `True`). `exact` keeps case and inner spaces, for program output.
"""

from __future__ import annotations

import ast
import json
import re
import warnings
from fractions import Fraction

_NUMBER = re.compile(
    r"(?P<sign>[-+\u2212]?)\s*(?:[$\u20ac\u00a3\u00a5\u20b9]|usd|rs\.?)?\s*(?P<sign2>-?)"
    r"(?:(?P<whole>\d{1,3}(?:,\d{3})+|\d+)(?P<decimals>\.\d*)?|(?P<bare>\.\d+))"
    r"(?:\s*/\s*(?P<below>\d+))?(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
# What may follow a number as its unit: words, degrees, percent, powers of a unit. No second number, no operator.
_UNIT = re.compile(
    r"\s*+(?:[%$\"\u20ac\u00a3]|\u00b0|\^\{?\\?circ\}?|\^\{?o\}?)?+\s*+"
    r"/?(?:[^\W\d_]++\.?+(?:[\s/,-]|\^?[23]\b|[\u00b2\u00b3])*+){0,5}+(?:\([^()]{0,60}\)\s*)?"
)
_ALGEBRA = re.compile(r"\s*(?:\d*(?![glmhswv]\b)[a-z]\b|pi\b|sqrt|x\b|or\b|and\b|to\b|[ap]\.?m\b)", re.IGNORECASE)
_TEXT_COMMAND = re.compile(r"\\(?:text|textbf|mathrm|mathbf|mbox|operatorname|textit)\s*\{([^{}]*)\}")
_FRACTION = re.compile(r"\\[dt]?frac\s*(?:\{([^{}]*)\}\s*\{([^{}]*)\}|(\d)\s*(\d))")
_ROOT = re.compile(r"\\sqrt\s*(?:\{([^{}]*)\}|(\d))")
_SPACING = re.compile(r"\\(?:left|right|displaystyle|[,!;:> ]|q?quad)")
_ESCAPES = re.compile(r"\\(?=[$%&#_{}])")
_PARSER_WARNS = re.compile(r"\d[A-Za-z_]|\\[^\s]|[)\]'\"]\s*[(\[]")
_ESCAPED = re.compile(r"\\([nrt\\'\"])")
_ESCAPED_AS = {"n": "\n", "r": "\r", "t": "\t"}
_SYMBOLS = (
    ("^{\\circ}", "\u00b0"),
    ("^\\circ", "\u00b0"),
    ("\\cdot", "*"),
    ("\\times", "*"),
    ("\\pi", "pi"),
    ("\\circ", "\u00b0"),
    ("\\infty", "inf"),
    ("**", "^"),
)
_QUOTES = {'"': '"', "'": "'", "\u201c": "\u201d", "\u2018": "\u2019", "`": "`"}
_WORDS = {"true": "True", "false": "False", "null": "None", "none": "None"}
_LONGEST_NUMBER = 200
_LITERAL_LIMIT = 2000
_LITERAL_START = frozenset("[({\"'TFNtfn")
_RADICAL = re.compile(r"\u221a\s*(?:\(([^()]*)\)|(\w+))")
_MATH = re.compile(r"sqrt|[\\^{}\u221a]|\d\s*[-+*/=]|[-+*/=]\s*\d")


def normal_form(answer: str, *, exact: bool = False) -> str:
    r"""The one spelling of a final answer; "" where nothing is left.

    >>> normal_form("$1,000.00"), normal_form("1000 dollars"), normal_form(r"\boxed{1000}"[7:-1])
    ('1000', '1000', '1000')
    >>> normal_form(r"\frac{1}{2}"), normal_form("0.50"), normal_form("x = 1/2")
    ('0.5', '0.5', '0.5')
    >>> normal_form("'Ab  c'"), normal_form("'Ab  c'", exact=True)
    ('ab c', 'Ab  c')
    >>> normal_form("[1,2]", exact=True) == normal_form("[1, 2]", exact=True)
    True
    """
    if exact:
        return _exact(answer)
    text = _unwrapped(answer)
    if not text:
        return ""
    number = _number(text)
    if number is not None:
        return number
    literal = _literal(text)
    if literal is not None:
        return _number(literal) or _folded(literal)
    return _expression(text) if _MATH.search(text) else _folded(text)


def _exact(answer: str) -> str:
    """Program output: case, spaces and punctuation count; only the way of writing a literal does not."""
    text = answer.strip()
    if len(text) > 2 and text[0] == text[-1] == "`":
        answer = text = text.strip("`")
    literal = _literal(text) if text else None
    return _unescaped(answer) if literal is None else literal


def _unwrapped(text: str) -> str:
    """Without markdown, math delimiters and a closing full stop."""
    text = text.strip()
    previous = None
    while text != previous:
        previous = text
        text = text.strip("*\n\t ")
        for opening, closing in (("$$", "$$"), ("\\(", "\\)"), ("\\[", "\\]"), ("`", "`")):
            if text.startswith(opening) and text.endswith(closing) and len(text) > len(opening) + len(closing):
                text = text[len(opening) : -len(closing)]
        if text.startswith("$") and text.endswith("$") and text.count("$") == 2 and len(text) > 2:
            text = text[1:-1]
        if text.endswith(".") and not text.endswith(".."):
            text = text[:-1]
    return text


def _literal(text: str) -> str | None:
    """Python's own spelling where the text is a literal of Python or JSON; a string's content without its quotes."""
    if len(text) > _LITERAL_LIMIT or text[0] not in _LITERAL_START:
        return None
    word = _WORDS.get(text.lower())
    if word is not None:
        return word
    try:
        value = _evaluated(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        return _json_literal(text)
    return value if isinstance(value, str) else _canonical(value)


def _evaluated(text: str) -> object:
    r"""`ast.literal_eval`, silent about `2px` and `\d`, which Python's parser would warn of on standard error."""
    if not _PARSER_WARNS.search(text):
        return ast.literal_eval(text)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.literal_eval(text)


def _canonical(value: object) -> str:
    """As `repr`, but for the order of a mapping or a set, which does not matter.

    >>> _canonical({"b": 1, "a": [2]})
    "{'a': [2], 'b': 1}"
    """
    if isinstance(value, dict):
        return "{" + ", ".join(sorted(f"{key!r}: {_canonical(item)}" for key, item in value.items())) + "}"
    if isinstance(value, set):
        return "{" + ", ".join(sorted(_canonical(item) for item in value)) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_canonical(item) for item in value) + "]"
    if isinstance(value, tuple):
        return "(" + ", ".join(_canonical(item) for item in value) + ("," if len(value) == 1 else "") + ")"
    return repr(value)


def _json_literal(text: str) -> str | None:
    """JSON that is not Python (true, null), and a quoted text with quotes inside."""
    if text[0] in "[{":
        try:
            return _canonical(json.loads(text))
        except (ValueError, RecursionError):
            return None
    inner = text[1:-1]
    return inner if text[0] in "\"'" and text[-1] == text[0] and len(text) > 1 and text[0] not in inner else None


def _number(text: str) -> str | None:
    """The number that the text is, with at most a unit after it or one assignment before it."""
    if "\\" in text or "{" in text:
        text = _plain_math(text)
    left, equals, right = text.rpartition("=")
    if equals and not left.endswith(("<", ">", "!", "=", ":")):
        text = right.strip()
    text = text.lstrip("\u2248~ ").rstrip(" .")
    match = _NUMBER.match(text)
    if match is None or match.start("rest") > _LONGEST_NUMBER:
        return None
    rest = match["rest"]
    if rest and (_ALGEBRA.match(rest) or not _UNIT.fullmatch(rest)):
        return None
    value = Fraction((match["whole"] or "").replace(",", "") + (match["decimals"] or match["bare"] or "").rstrip("."))
    if match["below"]:
        if int(match["below"]) == 0:
            return None
        value /= int(match["below"])
    negative = match["sign"] in ("-", "\u2212") or match["sign2"] == "-"
    return _written(-value if negative else value)


def _written(value: Fraction) -> str:
    """Whole numbers exactly, others rounded.

    >>> _written(Fraction(200, 3)), _written(Fraction(1, 3)), _written(Fraction(10**20))
    ('66.67', '0.333', '100000000000000000000')
    """
    if value.denominator == 1:
        return str(value.numerator)
    rounded = f"{float(value):.2f}".rstrip("0").rstrip(".") if abs(value) >= 1 else f"{float(value):.3g}"
    return "0" if rounded == "-0" else rounded


def _plain_math(text: str) -> str:
    """LaTeX written as plain text: fractions as a/b, roots as sqrt(x), no spacing commands."""
    text = _TEXT_COMMAND.sub(r" \1", text)
    text = _SPACING.sub("", text)
    text = _ESCAPES.sub("", text)
    text = _FRACTION.sub(lambda m: f"{_grouped(m[1] or m[3])}/{_grouped(m[2] or m[4])}", text)
    text = _ROOT.sub(lambda m: f"sqrt({m[1] or m[2]})", text)
    for latex, plain in _SYMBOLS:
        text = text.replace(latex, plain)
    return text.strip()


def _grouped(part: str) -> str:
    return part if part.isalnum() else f"({part})"


def _expression(text: str) -> str:
    r"""A formula without white space, LaTeX and case.

    >>> _expression(r"3\sqrt{2}"), _expression("3 sqrt(2)"), _expression("x^{2} + 1")
    ('3sqrt(2)', '3sqrt(2)', 'x^2+1')
    """
    text = re.sub(r"\^\{([^{}]*)\}", r"^\1", _plain_math(text))
    text = _RADICAL.sub(lambda m: f"sqrt({m[1] or m[2]})", text)
    return re.sub(r"\s+", "", text).lower().strip(".\"'`")


def _folded(text: str) -> str:
    """Text without case, outer punctuation, quotes and runs of white space."""
    text = " ".join(text.split()).casefold()
    while len(text) > 1 and _QUOTES.get(text[0]) == text[-1]:
        text = text[1:-1].strip()
    return text.rstrip(".!;:, ")


def _unescaped(text: str) -> str:
    """Program output with its escapes read, as a quoted literal would have them."""
    if "\\" not in text:
        return text
    return _ESCAPED.sub(lambda m: _ESCAPED_AS.get(m[1], m[1]), text)
