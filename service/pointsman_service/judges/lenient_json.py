"""JSON objects as models write them: in prose, with raw quotes in a text, single quotes, bare words, a comma too many.

What is strict JSON is read as that. For the rest one rule decides where a text ends: at a quote after which the object
goes on or ends. All work is bounded: objects that cannot be read are counted, depth and length are limited.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

MOST_CHARS = 40_000
"""Of a reply; a verdict has a few hundred, and thinking was taken off before."""
_MOST_UNREADABLE = 40
_DEEPEST = 6
_PAIRED = {'"': '"', "'": "'", "\u201c": "\u201d"}
_KEY = re.compile(r"\s*(?:\"([^\"\n]{1,80})\"|'([^'\n]{1,80})'|\u201c([^\u201d\n]{1,80})\u201d|(\w[\w-]{0,80}))\s*:\s*")
_NEXT_KEY = r"\s*(?:[\"'\u201c][^\"'\u201c\u201d\n]{1,80}[\"'\u201d]|\w[\w-]{0,80})\s*:"
_STRING_END = {
    quote: re.compile(rf"(?<!\\){quote}(?=\s*(?:[}}\]]|,\s*[}}\]]|,{_NEXT_KEY}|$))") for quote in _PAIRED.values()
}
_BARE_END = re.compile(rf"[}}\]\n]|,(?={_NEXT_KEY})|,(?=\s*[}}\]])")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_COMMENT = re.compile(r"//[^\n]*|/\*.{0,500}?\*/", re.DOTALL)
_WORDS: dict[str, object] = {"true": True, "false": False, "null": None, "none": None}


class Pairs(list[tuple[str, Any]]):
    """The fields of an object in their order, those that are said twice, too."""

    def named(self, name: str) -> list[Any]:
        """The values of every field of this name, whatever its case."""
        return [value for key, value in self if key.strip().lower() == name]


@dataclass(frozen=True, slots=True)
class FoundObject:
    """An object at text[start:end]. whole: False where the text ends before it does; strict: whether it is JSON."""

    start: int
    end: int
    fields: Pairs
    whole: bool = True
    strict: bool = True


def objects_in(text: str) -> Iterator[FoundObject]:
    r"""The outermost objects of a text, in their order.

    >>> [f.fields for f in objects_in("Mine: {'score': 8,} and {\"a\": \"say \"x\": 1\", \"b\": 2}")]
    [[('score', 8)], [('a', 'say "x": 1'), ('b', 2)]]
    """
    text = text[:MOST_CHARS]
    at, unreadable = text.find("{"), 0
    while at >= 0 and unreadable < _MOST_UNREADABLE:
        found = _strict(text, at) or _lenient(text, at)
        if found is not None and (found.whole or found.fields):
            yield found
            at = text.find("{", found.end)
        else:
            unreadable += 1
            at = text.find("{", at + 1)


def _strict(text: str, at: int) -> FoundObject | None:
    try:
        fields, end = _DECODER.raw_decode(text, at)
    except (ValueError, RecursionError):
        return None
    return FoundObject(at, end, fields)


_DECODER = json.JSONDecoder(strict=False, object_pairs_hook=Pairs)


def _lenient(text: str, at: int) -> FoundObject | None:
    reader = _Reader(text, at)
    fields = reader.fields(0)
    return None if fields is None else FoundObject(at, reader.at, fields, reader.whole, strict=False)


class _Reader:
    """Reads forward from `at`. `whole` is False once the text has ended within an object."""

    def __init__(self, text: str, at: int) -> None:
        self.text, self.at, self.whole = text, at, True

    def fields(self, depth: int) -> Pairs | None:
        """The object that opens here; None where it is none. A field that the text's end cuts off is left out."""
        fields = Pairs()
        self.at += 1
        while True:
            self._skip(", \t\r\n")
            if self._ends("}"):
                return fields
            key = _KEY.match(self.text, self.at)
            if key is None:
                self.whole = self.whole and self.at < len(self.text)
                return None if self.at < len(self.text) else fields
            self.at = key.end()
            value = self._value(depth + 1)
            if value is _UNREADABLE:
                return None
            if not self.whole:
                return fields
            fields.append((next(name for name in key.groups() if name), value))

    def _value(self, depth: int) -> object:
        char = self.text[self.at : self.at + 1]
        if depth > _DEEPEST:
            return _UNREADABLE
        if char == "{":
            fields = self.fields(depth)
            return _UNREADABLE if fields is None else fields
        if char == "[":
            return self._items(depth)
        return self._text(_PAIRED[char]) if char in _PAIRED else self._bare()

    def _items(self, depth: int) -> object:
        items: list[object] = []
        self.at += 1
        while self.whole:
            self._skip(", \t\r\n")
            if self._ends("]"):
                return items
            before = self.at
            items.append(self._value(depth + 1))
            if items[-1] is _UNREADABLE or self.at == before:
                return _UNREADABLE
        return items

    def _text(self, quote: str) -> object:
        end = _STRING_END[quote].search(self.text, self.at + 1)
        # A quote with nothing behind it closes nothing: the text was cut off, perhaps within a quotation.
        self.whole = end is not None and end.end() < len(self.text.rstrip())
        start, self.at = self.at + 1, end.end() if end else len(self.text)
        return self.text[start : end.start() if end else self.at].replace('\\"', '"')

    def _bare(self) -> object:
        end = _BARE_END.search(self.text, self.at)
        self.whole = end is not None
        start, self.at = self.at, end.start() if end else len(self.text)
        word = _COMMENT.sub("", self.text[start : self.at]).strip()
        if _NUMBER.fullmatch(word):
            return int(word) if word.lstrip("-").isdecimal() and len(word) < 16 else float(word)
        return _WORDS.get(word.lower(), word)

    def _skip(self, characters: str) -> None:
        while self.at < len(self.text):
            comment = _COMMENT.match(self.text, self.at)
            if comment is not None:
                self.at = comment.end()
            elif self.text[self.at] in characters:
                self.at += 1
            else:
                return

    def _ends(self, bracket: str) -> bool:
        ends = self.text[self.at : self.at + 1] == bracket
        self.at += ends
        return ends


_UNREADABLE = object()
