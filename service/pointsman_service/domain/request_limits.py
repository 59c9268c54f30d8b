"""What a request may hold at most, through whichever door it comes."""

from __future__ import annotations

from dataclasses import dataclass

MAX_ID = 128
MAX_END_USER = 256
"""Callers often tell an end user by a mail address, which has up to 254 characters."""
MAX_COMMENT = 4_000
"""Characters beside a word of feedback: two pages, more than people write into a box under an answer."""
MAX_TAGS = 100
MOST_MS = 1e9
"""Milliseconds that one call can have taken: eleven days."""
LEAST_BYTES = 32 << 20
"""That a request may have: room for a full batch of corrections of some pages each, in any script."""
MOST_TOKENS = 1e8
"""Of one call: ten times the longest window that any model has (Llama 4 Scout, 10 million)."""
DEAREST_USD = 10_000.0
"""That one call can have cost: more is a typing error, and would be learnt from."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a request may hold at most; beyond it, it is refused. text_chars: of all message texts together.

    json_chars: of each JSON field; all_json_chars: of all tools, and of all tool calls, together. parts: of one
    message; all_parts: of all messages together, and likewise their tool calls; part_bytes: of each picture, sound or
    document; batch: feedback items in one call.
    """

    text_chars: int = 200_000
    json_chars: int = 200_000
    messages: int = 2_000
    parts: int = 256
    part_bytes: int = 20 << 20
    tools: int = 256
    models: int = 256
    labels: int = 64
    batch: int = 1_000
    all_parts: int = 2_000

    @property
    def all_json_chars(self) -> int:
        """Of all JSON fields of one kind together."""
        return 2 * self.json_chars

    @property
    def request_bytes(self) -> int:
        """Of a request as it comes over the wire, before anything is parsed.

        A character is up to 4 bytes of UTF-8; twice that, so that a text that is only somewhat too long is told by its
        own field. The largest part has room beside the largest text.
        """
        return max(LEAST_BYTES, 8 * (self.text_chars + self.json_chars) + self.part_bytes)
