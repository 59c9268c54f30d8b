"""Program output: what a program prints or returns is exact, but a literal has several spellings."""

from __future__ import annotations

import ast
import json
import re
import warnings

_PARSER_WARNS = re.compile(r"\d[A-Za-z_]|\\[^\s]|[)\]'\"]\s*[(\[]")
_ESCAPED = re.compile(r"\\([nrt\\'\"])")
_ESCAPED_AS = {"n": "\n", "r": "\r", "t": "\t"}
_WORDS = {"true": "True", "false": "False", "null": "None", "none": "None"}
_NUMBER = re.compile(r"[-+]?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?")
_LIMIT = 2_000
_START = frozenset("[({\"'TFNtfn")


def output_key(answer: str) -> str:
    r"""Case, spaces and punctuation count; only the way of writing a literal does not.

    >>> output_key("[1,2]") == output_key("`[1, 2]`"), output_key("'Ab'") == output_key("'ab'"), output_key("'a  b'")
    (True, False, 'a  b')
    >>> output_key("'1'") == output_key("1"), output_key("'1'") == output_key('"1"')
    (False, True)
    """
    text = answer.strip()
    if len(text) > 2 and text[0] == text[-1] == "`":
        answer = text = text.strip("`")
    literal = literal_of(text) if text else None
    return _unescaped(answer) if literal is None else literal


def literal_of(text: str) -> str | None:
    """Python's own spelling where the text is a literal of Python or JSON.

    A string goes without its quotes, as people quote output, but for one that would be a number without them.
    """
    if len(text) > _LIMIT or not text or text[0] not in _START:
        return None
    word = _WORDS.get(text.lower())
    if word is not None:
        return word
    try:
        value = _evaluated(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        return _json_literal(text)
    return _without_quotes(value) if isinstance(value, str) else _canonical(value)


def _without_quotes(value: str) -> str:
    return repr(value) if _NUMBER.fullmatch(value) else value


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


def _unescaped(text: str) -> str:
    """Program output with its escapes read, as a quoted literal would have them."""
    if "\\" not in text:
        return text
    return _ESCAPED.sub(lambda m: _ESCAPED_AS.get(m[1], m[1]), text)
