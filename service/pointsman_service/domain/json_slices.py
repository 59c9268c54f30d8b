"""JSON of what may hold texts of many megabytes, in slices: no step takes the interpreter for more than a millisecond.

A thread does not help by itself: `json.dumps` of a picture of 20 MB keeps the interpreter's lock, and so every other
thread, the event loop's too, from its first character to its last (180 ms). Between two slices others go on.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from typing import Any

LONG = 4_096
"""Characters of a text that is put in by itself: below, finding its place costs more."""

SLICE = 1 << 18
"""Characters at a time: the encoder takes a millisecond for them, a copy a tenth of that."""


def json_slices(
    value: Any,  # noqa: ANN401 - JSON, and what `default` makes JSON of
    *,
    default: Callable[[Any], Any] | None = None,
    sort_keys: bool = False,
) -> list[bytes]:
    """What `json.dumps` gives for it, to the byte, in pieces; a long text's are of SLICE characters at most.

    default: as of `json.dumps`, for what is not JSON.

    >>> b"".join(json_slices({"model": "m", "messages": [{"role": "user", "content": "hi"}]}))
    b'{"model": "m", "messages": [{"role": "user", "content": "hi"}]}'
    """
    long: list[str] = []
    mark = f"text-{secrets.token_hex(16)}-"  # nobody who wrote the rest can know it
    short = json.dumps(_marked(value, mark, long, default), sort_keys=sort_keys)
    first, *rest = short.split(mark)
    pieces = [first.encode()]
    for piece in rest:
        number, _, after = piece.partition(".")
        pieces += [*_escaped(long[int(number)]), after.encode()]
    return pieces


def slices(text: str) -> Iterator[str]:
    """The text, SLICE characters at a time."""
    return (text[at : at + SLICE] for at in range(0, len(text), SLICE))


def is_printable(text: str) -> bool:
    """`str.isprintable`, a slice at a time."""
    return all(piece.isprintable() for piece in slices(text))


def _marked(value: Any, mark: str, long: list[str], default: Callable[[Any], Any] | None) -> Any:  # noqa: ANN401
    """The same with a mark for each long text, which are gathered."""
    match value:
        case str():
            if len(value) <= LONG:
                return value
            long.append(value)
            return f"{mark}{len(long) - 1}."
        case Mapping():
            return {name: _marked(held, mark, long, default) for name, held in value.items()}
        case list() | tuple():
            return [_marked(held, mark, long, default) for held in value]
        case None | bool() | int() | float():
            return value
        case _:
            return value if default is None else _marked(default(value), mark, long, default)


def _escaped(text: str) -> Iterator[bytes]:
    """As JSON has it between its quotes."""
    for piece in slices(text):
        yield piece.encode("ascii") if _is_plain(piece) else json.dumps(piece)[1:-1].encode()


def _is_plain(text: str) -> bool:
    """Whether JSON has each character as it is."""
    return text.isascii() and text.isprintable() and '"' not in text and "\\" not in text
