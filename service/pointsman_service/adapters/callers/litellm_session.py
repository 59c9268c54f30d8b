"""The session that litellm sends with, which lets a call hear what the provider answered, before litellm reads it.

litellm invents what was not said: a stream that was cut becomes one that ended well, an error within it is passed over,
and words of its own stand for what it cannot read. Where a provider speaks OpenAI's format, its bytes are read here as
those of any other address are, and litellm's reading of them is left aside.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import aiohttp

from pointsman_service.adapters.callers.answer_body import AnswerBody, Overheard
from pointsman_service.adapters.callers.pooled_session import pooled_session
from pointsman_service.adapters.callers.refused_response import is_refusal, refusal
from pointsman_service.chat.answer_reader import AnswerReader

OPENAI_PATH = "/chat/completions"
"""How the addresses end at which OpenAI's format is spoken."""


@dataclass(slots=True)
class Hearing:
    """What one call heard: nothing (None) where the provider speaks another format, or refused.

    session: what it is sent with. thinks_unsaid: whether its model is known to think before a mark that it closes and
    never opens.
    """

    session: aiohttp.ClientSession
    thinks_unsaid: bool = False
    body: AnswerBody | None = None
    response: aiohttp.ClientResponse | None = None

    def release(self) -> None:
        """Give the connection back."""
        if self.response is not None:
            self.response.release()


_MAKES = "create_aiohttp_transport"
_LENDS = "lends_the_session_of_the_call"

_CALL: ContextVar[Hearing | None] = ContextVar("litellm_call", default=None)


@contextmanager
def hearing(session: aiohttp.ClientSession, *, thinks_unsaid: bool = False) -> Iterator[Hearing]:
    """What is sent within is heard. session: of `litellm_session`."""
    heard = Hearing(session, thinks_unsaid)
    token = _CALL.set(heard)
    try:
        yield heard
    finally:
        _CALL.reset(token)


def litellm_session(connections: int) -> aiohttp.ClientSession:
    """A session for litellm; it belongs to the event loop that runs now."""
    return pooled_session(connections, _overhear)


def lend_sessions(litellm: ModuleType) -> None:
    """Have litellm send with the session of the call, where it would make one of its own.

    It takes a `shared_session`, but hands it on neither for most streams nor for Azure; all it sends with is made in
    one function, which is given the session here.
    """
    handler = importlib.import_module(f"{litellm.__name__}.llms.custom_httpx.http_handler").AsyncHTTPHandler
    make = getattr(handler, _MAKES, None)
    if make is None or getattr(make, _LENDS, False):
        return

    @functools.wraps(make)
    def lending(*args: Any, shared_session: aiohttp.ClientSession | None = None, **options: Any) -> Any:  # noqa: ANN401
        call = _CALL.get()
        return make(*args, shared_session=shared_session or (call and call.session), **options)

    setattr(lending, _LENDS, True)
    setattr(handler, _MAKES, staticmethod(lending))


async def _overhear(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    response = await handler(request)
    call = _CALL.get()
    if call is None:
        return response
    encoding, is_openai = response.headers.get("Content-Encoding", ""), request.url.path.endswith(OPENAI_PATH)
    if is_refusal(response.status) and (is_openai or response.status < 400):
        # It comes out of litellm as the cause of what litellm makes of it. No redirect is followed, with the key.
        raise await refusal(response, encoding=encoding)
    if is_openai and not is_refusal(response.status):
        call.body = AnswerBody(response.content, AnswerReader(thinks_unsaid=call.thinks_unsaid), encoding=encoding)
        call.response = response
        response.content = Overheard(call.body, response.content)  # type: ignore[assignment]
    return response
