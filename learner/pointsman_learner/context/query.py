"""The context of one query: its embedding, and surface features that an embedding of words does not carry.

Surface features cost microseconds, are bounded (of a long text the first and last `WINDOW` characters are read; only
the length counts all of it) and lie in [0, 1]. They know nothing of the answer. The numbers that scale them are part of
what `SURFACE_VERSION` names, and so stand here: with another one, estimators start anew.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from pointsman_learner.types import Context
from pointsman_learner.vectors import logged

WINDOW = 4000
_SCRIPT_SAMPLE = 64
_LONGEST = math.log1p(100_000)
_MOST_LINES = math.log1p(1000)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TOPICS: Mapping[str, frozenset[str]] = {
    "code_words": _words("def return import class function assert print python javascript code sql select const bug"),
    "asks_quantity": _words("many much calculate compute total sum value evaluate percent average cost remainder area"),
    "asks_knowledge": _words(
        "following who when where define according best known describes refers capital discovered"
    ),
    "asks_reasoning": _words("prove proof reason reasoning logic clues clue puzzle therefore derive deduce exactly if"),
    "asks_prediction": _words("output outputs returns result literal executing prints evaluates complete"),
    "asks_translation": _words("translate translation english french german spanish chinese japanese italian into"),
    "asks_condensing": _words("summarize summarise summary tldr key shorten abstract extract bullet highlights main"),
    "asks_creative": _words("story poem essay lyrics blog email letter slogan write tone character tagline speech"),
    "chat_words": _words("hello hi hey thanks thank please i my me you feel today lol"),
    "data_words": _words("json schema yaml xml csv table column fields key rows"),
}
"""Telling words of each kind of query; two different ones in a text make the feature 1, one makes it a half."""

_QUESTION_WORDS = _words("what why how who when where which whose is are was do does did can could")
_IMPERATIVES = _words(
    "write translate summarize summarise explain list create generate fix rewrite convert classify extract implement "
    "describe compare give find solve compute calculate prove make draft analyze analyse complete answer design "
    "refactor debug suggest please"
)
_ITEM = re.compile(r"(?:\d{1,2}[.)]|[-*\u2022])\s")
_CHOICE = re.compile(r"(?:[-*]\s*)?(?:\*\*)?\(?[a-jA-J][).:]\s")
_LATEX = ("\\frac", "\\sqrt", "\\(", "$", "^{", "\\sum", "\\angle", "\\le")
_WORD_BYTES = bytes(c if 97 <= c <= 122 or c >= 128 else c + 32 if 65 <= c <= 90 else 32 for c in range(256))
_TOPIC_SETS = {name: frozenset(word.encode() for word in words) for name, words in _TOPICS.items()}
_LINES = 64
_MARK = frozenset("-*(\u20220123456789")

_FeatureValues = dict[str, float]


def make_context(  # noqa: PLR0917 - the caller names those that are optional
    text: str,
    hints: Mapping[str, str],
    embedding: NDArray[np.float32],
    feature_version: str,
    wants_json: bool = False,
    wants_tools: bool = False,
    input_tokens: int | None = None,
) -> Context:
    """The context of a query.

    text: the last user message. embedding: of it, by the embedder that `feature_version` names; the version of the
    surface features is appended, since a change of either starts new estimators. wants_json, wants_tools: the request
    carries a response format or tools. input_tokens: of the whole prompt where known, else estimated from the text.
    Both arrays are as the log will have them: what decides is what is learnt from.

    >>> context = make_context("How many eggs are 3 * 4 eggs?", {"task": "math"}, np.ones(2, np.float32), "e1")
    >>> context.feature_version, context.input_tokens, context.surface.shape == (len(SURFACE_FEATURES),)
    ('e1+s1', 8, True)
    >>> dict(zip(SURFACE_FEATURES, context.surface.round(2).tolist()))["ends_as_question"]
    1.0
    """
    return Context(
        feature_version=f"{feature_version}+{SURFACE_VERSION}",
        embedding=logged(embedding),
        surface=logged(surface_features(text, wants_json=wants_json, wants_tools=wants_tools)),
        input_tokens=estimated_tokens(text) if input_tokens is None else input_tokens,
        hints=dict(hints),
    )


def surface_features(text: str, *, wants_json: bool = False, wants_tools: bool = False) -> NDArray[np.float32]:
    """(k,) float32, each in [0, 1], in the order of SURFACE_FEATURES."""
    window = text if len(text) <= 2 * WINDOW else f"{text[:WINDOW]}\n{text[-WINDOW:]}"
    data = window.encode("utf-8", "replace")
    values = _size(text, data) | _characters(data) | _topics(data) | _shape(window) | script_shares(text)
    values["wants_json"] = float(wants_json)
    values["wants_tools"] = float(wants_tools)
    return np.array([values[name] for name in SURFACE_FEATURES], dtype=np.float32)


def estimated_tokens(text: str) -> int:
    """Tokens of a text without a tokenizer: 4 characters each in ASCII, 1.5 beyond it, at least 1.

    >>> estimated_tokens("a" * 400), estimated_tokens("")
    (100, 1)
    """
    if text.isascii():
        return max(1, math.ceil(len(text) / 4))
    wide = (len(text.encode("utf-8", "replace")) - len(text)) / 2  # about the number of characters beyond ASCII
    wide = min(wide, len(text))
    return max(1, math.ceil((len(text) - wide) / 4 + wide / 1.5))


def _size(text: str, data: bytes) -> _FeatureValues:
    words = data.count(b" ") + 1
    return {
        "log_length": min(1.0, math.log1p(len(text)) / _LONGEST),
        "log_lines": min(1.0, math.log1p(text.count("\n")) / _MOST_LINES),
        "word_length": min(1.0, len(data) / words / 12),
    }


def _characters(data: bytes) -> _FeatureValues:
    """Shares of kinds of characters, scaled so that much is 1. Deleting bytes is the fastest way to count them."""
    size = max(1, len(data))

    def share(delete: bytes, scale: float) -> float:
        return min(1.0, scale * (len(data) - len(data.translate(None, delete))) / size)

    return {
        "digit_share": share(b"0123456789", 4),
        "upper_share": share(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ", 4),
        "math_share": share(b"+*/=^<>\\$%", 8),
        "code_share": share(b"{}();_[]=`", 6),
        "quote_share": share(b"\"'", 10),
    }


def _topics(data: bytes) -> _FeatureValues:
    """Half of each for one telling word, all of it for two."""
    words = set(data.translate(_WORD_BYTES).split())
    return {name: min(1.0, 0.5 * len(telling & words)) for name, telling in _TOPIC_SETS.items()}


def _shape(window: str) -> _FeatureValues:
    choices = items = rows = 0
    for line in window.split("\n", _LINES)[:_LINES]:
        head = line[:24].lstrip()
        if head and (head[0] in _MARK or head[1:2] in ").:"):
            choices += _CHOICE.match(head) is not None
            items += _ITEM.match(head) is not None
        elif head and "|" in line:
            rows += line.count("|") > 1
    start = window[:200].split(None, 1)
    first = start[0].lower().strip(",.:;!?#*") if start else ""
    return {
        "ends_as_question": float(window[-40:].rstrip().endswith("?")),
        "question_word": float(first in _QUESTION_WORDS),
        "imperative": float(first in _IMPERATIVES),
        "multiple_choice": float(choices >= 2 or ("(A)" in window and "(B)" in window)),
        "listed": min(1.0, items / 10),
        "tabular": min(1.0, rows / 5),
        "latex": min(1.0, 0.5 * sum([mark in window for mark in _LATEX])),
        "fenced": float("```" in window),
        "url": float("://" in window),
    }


def script_shares(text: str) -> dict[str, float]:
    r"""Shares of writing systems among the letters of a sample from both ends; all 0 without letters beyond ASCII's.

    >>> {name: share for name, share in script_shares("\u4f60\u597d ab").items() if share}
    {'script_latin': 0.5, 'script_cjk': 0.5}
    """
    sample = text if len(text) <= 2 * _SCRIPT_SAMPLE else text[:_SCRIPT_SAMPLE] + text[-_SCRIPT_SAMPLE:]
    if sample.isascii():
        return {"script_latin": float(bool(sample)), **dict.fromkeys(_SCRIPTS, 0.0)}
    counts = dict.fromkeys(("script_latin", *_SCRIPTS), 0)
    for char in sample:
        if char.isalpha():
            counts[_script_of(ord(char))] += 1
    letters = max(1, sum(counts.values()))
    return {name: count / letters for name, count in counts.items()}


_SCRIPTS = ("script_cjk", "script_cyrillic", "script_arabic", "script_other")
_RANGES: tuple[tuple[int, int, str], ...] = (
    (0x0000, 0x024F, "script_latin"),
    (0x1E00, 0x1EFF, "script_latin"),
    (0x0400, 0x052F, "script_cyrillic"),
    (0x0600, 0x077F, "script_arabic"),
    (0x08A0, 0x08FF, "script_arabic"),
    (0xFB50, 0xFEFF, "script_arabic"),
    (0x3040, 0x30FF, "script_cjk"),
    (0x3400, 0x9FFF, "script_cjk"),
    (0xAC00, 0xD7AF, "script_cjk"),
    (0x20000, 0x3FFFF, "script_cjk"),
)


def _script_of(code: int) -> str:
    return next((name for low, high, name in _RANGES if low <= code <= high), "script_other")


SURFACE_VERSION = "s1"
"""Changes whenever a surface feature does."""

SURFACE_FEATURES: tuple[str, ...] = (
    *_size("", b""),
    *_characters(b""),
    *_topics(b""),
    *_shape(""),
    *script_shares(""),
    "wants_json",
    "wants_tools",
)
"""Names of the surface features, in the order of `Context.surface`."""
