"""Sentences of Chinese and Japanese, which write no spaces: what is said of the subject that the question named."""

from __future__ import annotations

import re
from collections.abc import Collection

_SAID = re.compile(
    r"^(?P<subject>[^\s,.?!]{1,40}?)(?:\u7b49\u4e8e|\u662f|\u4e3a|\u53eb|\u306f)\s?(?P<answer>[^,]{1,40})$"
)
_POLITE = re.compile(r"(?<=.)(?:\u3067\u3059|\u3067\u3042\u308b|\uc785\ub2c8\ub2e4|\uc774\ub2e4)$")


def said_without_spaces(text: str, words: Collection[str]) -> str | None:
    """What such a sentence answers; None where its subject is not the question's.

    words: of the question; a run of characters without spaces is one of them.

    >>> said_without_spaces("法国的首都是巴黎", ["法国的首都是什么"])
    '巴黎'
    """
    bare = re.sub(r"^\u662f(?=.{2})", "", _POLITE.sub("", text.strip(" .\u3002")))
    match = _SAID.match(bare)
    if match and any(match["subject"] in word for word in words):
        return match["answer"]
    return bare if bare != text.strip(" .\u3002") and not match else None
