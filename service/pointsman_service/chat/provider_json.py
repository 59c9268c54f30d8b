"""JSON as providers send it."""

from __future__ import annotations

import json
from typing import Final

MOST_DIGITS: Final = 4_300
"""Digits of an integer that Python reads (sys.int_info.default_max_str_digits); what is longer counts nothing."""


def parse_json(raw: bytes | str) -> object:
    r"""JSON as providers send it: after a byte order mark too, with bytes that are no UTF-8 as U+FFFD.

    Raises ValueError: not JSON, or nested deeper than Python's parser goes (some hundred levels).

    >>> parse_json(b'\xef\xbb\xbf{"a": [1]}')
    {'a': [1]}
    """
    text = raw if isinstance(raw, str) else raw.decode(json.detect_encoding(raw), "replace")
    text = text.removeprefix("\ufeff")
    try:
        return _parsed(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        raise
    except ValueError:  # an integer of thousands of digits
        return json.loads(text, parse_int=_bounded)


def _bounded(digits: str) -> int | float:
    return int(digits) if len(digits) <= MOST_DIGITS else float(digits)
