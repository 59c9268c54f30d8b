"""The pool of connections to providers: long headers are read, and a connection that was closed is replaced at once."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass

import aiohttp

from pointsman_service.adapters.callers.answer_body import MAX_HEADER_BYTES
from pointsman_service.adapters.callers.connection_errors import NOTHING_CAME, SentTwice

MOST_CONNECTIONS = 4_096
"""Of one pool, all hosts together, where nobody says another number: a call beyond it waits for one that ends. A stream
has its connection for as long as the model writes, so that a worker has as many as it has calls under way."""
KEEPALIVE_S = 30.0
DNS_CACHE_S = 60


@dataclass(slots=True)
class _Connection:
    """What the call of this task goes over. used_before: it comes from the pool."""

    used_before: bool = False


_CONNECTION: ContextVar[_Connection | None] = ContextVar("connection", default=None)


def pooled_session(connections: int, *middlewares: aiohttp.ClientMiddlewareType) -> aiohttp.ClientSession:
    """A session with a pool of that many connections; it belongs to the event loop that runs now."""
    trace = aiohttp.TraceConfig()
    trace.on_connection_reuseconn.append(_reused)
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=connections, ttl_dns_cache=DNS_CACHE_S, keepalive_timeout=KEEPALIVE_S),
        cookie_jar=aiohttp.DummyCookieJar(),
        max_line_size=MAX_HEADER_BYTES,
        max_field_size=MAX_HEADER_BYTES,
        trace_configs=[trace],
        middlewares=(*middlewares, _again_where_it_was_closed),
    )


async def _reused(*_: object) -> None:
    connection = _CONNECTION.get()
    if connection is not None:
        connection.used_before = True


async def _again_where_it_was_closed(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Once more where it was a connection of the pool that ended before any byte came back.

    Most likely the provider, or a gateway between, had closed it, and the request was not read. Not more often: one
    that reads each request and then breaks would else get it once for each connection in the pool. What was sent twice
    so raises SentTwice.
    """
    connection = _Connection()
    token = _CONNECTION.set(connection)
    try:
        return await handler(request)
    except NOTHING_CAME:
        if not connection.used_before:
            raise
    finally:
        _CONNECTION.reset(token)
    try:
        return await handler(request)
    except NOTHING_CAME as e:
        raise SentTwice(str(e) or type(e).__name__) from e
