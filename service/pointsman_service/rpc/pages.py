"""Pages of lists: how many, from where on. A token goes on with the request that it was made for, and with no other."""

from __future__ import annotations

import base64
import binascii
from hashlib import blake2b

from google.protobuf.message import Message

from pointsman_service.domain.operations import PageRequest
from pointsman_service.errors import Fault
from pointsman_service.rpc.presence import told
from pointsman_service.rpc.validation import Violations

DEFAULT_SIZE = 100
LARGEST_SIZE = 1_000
_LONGEST_TOKEN = 4_096
_DIGEST_BYTES = 8


def read_page(request: Message, wrong: Violations, default: int = DEFAULT_SIZE) -> PageRequest:
    """The page that a list's request asks for, with the cursor that the application made."""
    size = told(request, "page_size")
    if size is not None:
        wrong.between("page_size", size, 1, LARGEST_SIZE)
    return PageRequest(default if size is None else size, _cursor_of(request, wrong))


def next_token(request: Message, cursor: str) -> str:
    """The token for the page after this one; "" where there is none.

    >>> from pointsman import v1
    >>> token = next_token(v1.ListModelsRequest(page_size=2), "small")
    >>> read_page(v1.ListModelsRequest(page_token=token), Violations()).token
    'small'
    """
    if not cursor:
        return ""
    held = f"{_list_of(request)}\n{_digest(request)}\n{cursor}"
    return base64.urlsafe_b64encode(held.encode()).decode("ascii").rstrip("=")


def _cursor_of(request: Message, wrong: Violations) -> str:
    token: str = getattr(request, "page_token")  # noqa: B009 - every list has one, which no base class says
    if not token:
        return ""
    made_for, _, held = _unpacked(token).partition("\n")
    digest, _, cursor = held.partition("\n")
    if not cursor:
        wrong.add("page_token", "must be the next_page_token of the page before, as it came", Fault.MALFORMED)
    elif made_for != _list_of(request):
        wrong.add("page_token", f"is of {made_for}; this is {_list_of(request)}", Fault.CONFLICTING)
    elif digest != _digest(request):
        wrong.add(
            "page_token",
            "was made for other fields of the request; send those, or begin with the first page",
            Fault.CONFLICTING,
        )
    return cursor


def _unpacked(token: str) -> str:
    if len(token) > _LONGEST_TOKEN:
        return ""
    try:
        return base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        return ""


def _list_of(request: Message) -> str:
    return str(request.DESCRIPTOR.name).removesuffix("Request")


def _digest(request: Message) -> str:
    """Of all that the request asks besides the page; its size may change from page to page."""
    asked = type(request)()
    asked.CopyFrom(request)
    asked.ClearField("page_token")
    asked.ClearField("page_size")
    return blake2b(asked.SerializeToString(deterministic=True), digest_size=_DIGEST_BYTES).hexdigest()
