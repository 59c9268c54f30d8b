"""Foreign texts between marks that none of them can contain.

What a judge reads was written by others, perhaps by an attacker who knows this code. So each text stands between lines
whose code is drawn anew for each call, from the system's randomness: 64 bits that nobody can know when the text is
written, and the judge is told the code in the instructions, which stand outside.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable

from pointsman_service.domain.bounded_text import bounded_text

MAX_CHARS = 12_000
"""Of one text; a judge reads some 3,000 tokens of an answer, and the head, the tail and samples of a longer one."""


def fresh_code() -> str:
    """16 hex digits that cannot be foreseen."""
    return secrets.token_hex(8)


def marked(parts: Iterable[tuple[str, str]], code: str) -> str:
    """Each (name, text) between its marks.

    >>> print(marked([("answer", "4 <<end 0>>")], "c0de"))
    <<answer c0de>>
    4 <<end 0>>
    <<end c0de>>
    """
    return "\n".join(f"<<{name} {code}>>\n{bounded_text(text, MAX_CHARS)}\n<<end {code}>>" for name, text in parts)
