"""Lists of the service, page by page."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from google.protobuf.message import Message

LARGEST_PAGE = 1000
"""What the service gives in one page at most."""


class Asked(Protocol):
    """What answers the contract's requests: a service, or a storage folder on this machine."""

    def call(self, request: Any, /) -> Any:  # noqa: ANN401 - the method's messages
        """The response."""


def every(service: Asked, request: Message, items: str, limit: int | None = None) -> list[Any]:
    """The list that a request asks for, whole, or its first `limit`. items: the response's field that has them."""
    found = (item for page in pages(service, request, limit) for item in getattr(page, items))
    return list(islice(found, limit))


def pages(service: Asked, request: Any, limit: int | None = None) -> Iterator[Any]:  # noqa: ANN401 - any List request
    """The responses, each a page; no page is larger than the limit. The request is left as it is."""
    asked = type(request)()
    asked.CopyFrom(request)
    asked.page_size = min(LARGEST_PAGE, limit or LARGEST_PAGE)
    while True:
        page = service.call(asked)
        yield page
        if not page.next_page_token:
            return
        asked.page_token = page.next_page_token
