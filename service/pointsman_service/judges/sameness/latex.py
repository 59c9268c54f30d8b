r"""LaTeX read as plain mathematics: `\frac{1}{2}` is `((1)/(2))`, `\sqrt{3}` is `sqrt(3)`, a matrix a list of rows."""

from __future__ import annotations

import re

_DEPTH = 24
"""Braces nested deeper than this are no formula that anyone wrote; the text is then left as it is."""
_COMMAND = re.compile(r"\\([A-Za-z]+|.)", re.DOTALL)
_MARKS = re.compile(r"\\|[\^_]\{")
_ENVIRONMENT = re.compile(
    r"\\begin\{([pbvBV]?matrix|array|cases|aligned?)\}(?:\{[clr|]*\})?(.*?)\\end\{\1\}", re.DOTALL
)
_REPEATING = re.compile(r"(?<![\d.])(\d{0,9})\.(\d{0,9})\\(?:overline|bar|dot)\s?\{(\d{1,9})\}")
_BEFORE_POWER = re.compile(r"\s{1,8}\^")
_DELIMITED = re.compile(r"\$(-?\d[\d.,]*|[^$\n]*[\\^_=<>{}+*/()][^$\n]*|[a-zA-Z])\$(?!\d)")
_LONGEST = 2_000
_FRACTIONS = frozenset(("frac", "dfrac", "tfrac", "cfrac"))
_WORDS = frozenset(
    ("text", "textbf", "textit", "mathrm", "mathbf", "mathit", "mbox", "operatorname", "mathbb", "boldsymbol", "textrm")
)
_NOTHING = frozenset((
    *("left", "right", "displaystyle", "limits", "big", "Big", "bigl", "bigr", "Bigl", "Bigr", "mathopen", "mathclose"),
    *(",", "!", ";", ":", ">"),
))  # fmt: skip
_SYMBOLS = {
    "cdot": "*", "times": "*", "div": "/", "pm": "±", "mp": "±", "infty": "inf", "le": "<=", "leq": "<=",
    "leqslant": "<=", "ge": ">=", "geq": ">=", "geqslant": ">=", "ne": "!=", "neq": "!=", "lt": "<", "gt": ">",
    "approx": "≈", "cup": "∪", "in": "∈", "circ": "°", "degree": "°", "quad": " ", "qquad": " ", " ": " ",
    "equiv": "≡", "lor": " or ", "vee": " or ", "land": " and ", "wedge": " and ", "emptyset": "∅", "varnothing": "∅",
    "{": "{", "}": "}", "%": "%", "$": "$", "&": "&", "#": "#", "_": "_", "\\": ", ", "bmod": " mod ", "mod": " mod ",
    "pmod": " mod ", "lvert": "|", "rvert": "|", "vert": ""
    "|", "langle": "<", "rangle": ">", "to": "->", "ldots": "...",
    "dots": "...", "cdots": "...", "colon": ":",
}  # fmt: skip


class _TooDeepError(Exception):
    """Braces nest deeper than a formula does."""


def plain_math(text: str) -> str:
    r"""The formula without LaTeX; a text that holds none is left alone.

    >>> plain_math(r"1\frac{1}{2}"), plain_math(r"\left( 3, \frac{\pi}{2} \right)"), plain_math(r"11,\! 111")
    ('1 1/2', '( 3, ((pi)/(2)) )', '11,111')
    >>> plain_math(r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}"), plain_math("x^{2}"), plain_math("{1, 2}")
    ('[[1, 2], [3, 4]]', 'x^(2)', '{1, 2}')
    """
    text = text.replace("{,}", ",")
    if len(text) > _LONGEST or not _MARKS.search(text):
        return text
    text = _REPEATING.sub(_repeating, text)
    text = _ENVIRONMENT.sub(_rows, text).replace("\\! ", "").replace("\\,", "")
    try:
        out = _converted(text, 0, latex="\\" in text)
    except _TooDeepError:
        return text
    out = _BEFORE_POWER.sub("^", out)
    return out.replace("^(°)", "°").replace("^ (°)", "°").replace("^°", "°").replace("**", "^").strip()


def _repeating(match: re.Match[str]) -> str:
    r"""`0.\overline{3}` as the fraction that it is."""
    whole, fixed, again = match[1] or "0", match[2], match[3]
    below = (10 ** len(again) - 1) * 10 ** len(fixed)
    above = int(whole + fixed + again) - int(whole + fixed)
    return f"\\frac{{{above}}}{{{below}}}"


def undelimited(text: str) -> str:
    """Without the dollar signs around formulas and numbers; those before amounts of money stay.

    >>> undelimited("He has $18$, and $x = 2$"), undelimited("$5 or $6")
    ('He has 18, and x = 2', '$5 or $6')
    """
    return _DELIMITED.sub(r"\1", text) if text.count("$") > 1 else text


def _rows(match: re.Match[str]) -> str:
    rows = [row for row in re.split(r"\\\\", match[2]) if row.strip()]
    if match[1] in ("cases", "aligned", "align"):
        return ", ".join(row.replace("&", "").strip().rstrip(",") for row in rows)
    written = ["[" + ", ".join(cell.strip() for cell in row.split("&")) + "]" for row in rows]
    return "[" + ", ".join(written) + "]"


def _converted(text: str, depth: int, *, latex: bool) -> str:
    if depth > _DEPTH:
        raise _TooDeepError
    out: list[str] = []
    at = 0
    while at < len(text):
        char = text[at]
        if char == "\\":
            piece, at = _command(text, at, depth, _last_char(out))
        elif char == "{" and (latex or (out and out[-1] in "^_")):
            inner, at = _group(text, at)
            piece = _converted(inner, depth + 1, latex=latex)
            piece = f"({piece})" if out and out[-1] in ("^", "_") else piece
        else:
            piece, at = char, at + 1
        out.append(piece)
    return "".join(out)


def _command(text: str, at: int, depth: int, before: str) -> tuple[str, int]:
    """(what the command at this place says, where the text goes on)."""
    match = _COMMAND.match(text, at)
    if match is None:
        return "", at + 1
    name, at = match[1], match.end()
    if name in _FRACTIONS:
        above, at = _argument(text, at, depth)
        below, at = _argument(text, at, depth)
        if above.isdigit() and below.isdigit() and before.isdigit():
            return f" {above}/{below}", at
        return f"(({above})/({below}))", at
    if name == "sqrt":
        return _root(text, at, depth)
    if name in _WORDS:
        inner, at = _argument(text, at, depth)
        return f" {inner} ", at
    return "" if name in _NOTHING else _SYMBOLS.get(name, f" {name} "), at


def _root(text: str, at: int, depth: int) -> tuple[str, int]:
    end = text.find("]", at, at + 12) if text[at : at + 1] == "[" else -1
    index = text[at + 1 : end] if end > 0 else ""
    inner, at = _argument(text, end + 1 if end > 0 else at, depth)
    return (f"(({inner})^(1/({index})))" if index else f"sqrt({inner})"), at


def _argument(text: str, at: int, depth: int) -> tuple[str, int]:
    r"""What a command takes: a group, one command, or one character (`\frac12`)."""
    while at < len(text) and text[at] == " ":
        at += 1
    if text[at : at + 1] == "{":
        inner, at = _group(text, at)
        return _converted(inner, depth + 1, latex=True).strip(), at
    if text[at : at + 1] == "\\":
        if depth > _DEPTH:
            raise _TooDeepError
        piece, at = _command(text, at, depth + 1, "")
        return piece.strip(), at
    return text[at : at + 1], at + 1


def _group(text: str, at: int) -> tuple[str, int]:
    """(content of the braces that open here, where the text goes on); what is not closed goes to the end."""
    depth = 0
    for i in range(at, len(text)):
        if text[i] in "{}" and (i == 0 or text[i - 1] != "\\"):
            depth += 1 if text[i] == "{" else -1
            if depth == 0:
                return text[at + 1 : i], i + 1
    return text[at + 1 :], len(text)


def _last_char(out: list[str]) -> str:
    for piece in reversed(out):
        stripped = piece.rstrip()
        if stripped:
            return stripped[-1]
    return ""
