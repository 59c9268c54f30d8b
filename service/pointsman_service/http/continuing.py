"""What a request says of its body before it: that the client waits to be told to go on, and how it is packed."""

from __future__ import annotations

from aiohttp.hdrs import CONTENT_ENCODING, EXPECT
from aiohttp.web import BaseRequest

from pointsman_service.errors import Fault, InvalidRequest
from pointsman_service.http.body import too_long

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


def go_on(request: BaseRequest, most_bytes: int) -> None:
    """Tell a client that waits for it to send the body (curl, above 1 MiB). Raises InvalidRequest.

    Called once the request may begin, so that what is refused is not even sent.
    """
    packed = request.headers.get(CONTENT_ENCODING, "identity").strip().lower()
    if packed not in {"", "identity"}:
        # A few bytes can unpack to gigabytes.
        raise InvalidRequest(
            [("header content-encoding", "must be left out: packed bodies are not taken")], Fault.NOT_ALLOWED
        )
    expects = request.headers.get(EXPECT)
    if expects is None:
        return
    if expects.strip().lower() != "100-continue":
        raise InvalidRequest([("header expect", 'can be "100-continue" only')], Fault.UNKNOWN_VALUE)
    if request.content_length is not None and request.content_length > most_bytes:
        raise too_long(request.content_length, most_bytes)
    if request.transport is not None and not request.content.at_eof():
        request.transport.write(CONTINUE)
