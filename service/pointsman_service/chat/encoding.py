"""A request's body as bytes, without holding the event loop over what is large in it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from pointsman_service.domain.json_slices import json_slices

LARGE = 1 << 16
"""Characters of a message: below, the whole body is JSON within a millisecond."""


async def encoded_apart(body: Mapping[str, Any]) -> list[bytes]:
    """`encoded`, in a thread where the body may be large."""
    return await asyncio.to_thread(encoded, body) if is_large(body) else encoded(body)


def encoded(body: Mapping[str, Any]) -> list[bytes]:
    """The JSON of a body of `request_body`, in pieces of a size that nobody waits for.

    >>> encoded({"model": "m", "messages": [{"role": "user", "content": "hi"}]})
    [b'{"model": "m", "messages": [{"role": "user", "content": "hi"}]}']
    """
    return json_slices(body) if is_large(body) else [json.dumps(body).encode()]


def is_large(body: Mapping[str, Any]) -> bool:
    """Whether it has parts, which may be pictures, or a long text."""
    contents = [message.get("content") for message in body.get("messages", ())]
    return sum(len(text) for text in contents if isinstance(text, str)) > LARGE or any(
        content and not isinstance(content, str) for content in contents
    )
