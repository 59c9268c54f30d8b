"""Pages of lists that are at hand whole: from one entry on, and where the next page goes on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from pointsman_service.domain.operations import Page, PageRequest
from pointsman_service.errors import Fault, InvalidRequest

T = TypeVar("T")


def page_of(items: Sequence[T], page: PageRequest, name_of: Callable[[T], str]) -> Page[T]:
    """The page after the entry that the token names; where that one is gone, what took its place.

    Raises InvalidRequest for a token that is none.

    >>> first = page_of(["a", "b", "c"], PageRequest(2), str)
    >>> first.items, page_of(["a", "b", "c"], PageRequest(2, first.next_token), str)
    (['a', 'b'], Page(items=['c'], next_token=''))
    """
    start = _start(items, page.token, name_of)
    end = start + page.size
    more = end < len(items)
    return Page(items[start:end], f"{end}:{name_of(items[end - 1])}" if more else "")


def _start(items: Sequence[T], token: str, name_of: Callable[[T], str]) -> int:
    if not token:
        return 0
    place, colon, last = token.partition(":")
    if not (place.isdecimal() and colon):
        raise InvalidRequest(
            [("page_token", "must be the next_page_token of the page before, as it came")], Fault.MALFORMED
        )
    return next((i + 1 for i, item in enumerate(items) if name_of(item) == last), max(int(place) - 1, 0))
