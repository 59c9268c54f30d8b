"""Calls OpenAI-compatible addresses directly: one pooled session, about 0.2 ms of CPU a call."""

from __future__ import annotations

import json
import os
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from types import SimpleNamespace

import aiohttp

from pointsman_service.adapters.addresses import chat_address, proxy_for
from pointsman_service.adapters.answer_body import CONNECTION_ERRORS, MAX_HEADER_BYTES, AnswerBody
from pointsman_service.adapters.connection_errors import BROKEN, NOTHING_CAME, connection_error
from pointsman_service.adapters.keys import authorization, key_of
from pointsman_service.chat.answer_reader import MAX_RESPONSE_BYTES, AnswerReader
from pointsman_service.chat.answers import answer_of
from pointsman_service.chat.call_errors import error_of_status, garbage
from pointsman_service.chat.provider_json import parse_json
from pointsman_service.chat.request import request_body
from pointsman_service.chat.unsaid_thinkers import UnsaidThinkers
from pointsman_service.domain import AnswerDelta, ModelAnswer, ModelConfig, Question
from pointsman_service.ports import PriceLookup

CONNECT_S = 5.0
"""Seconds for a connection. A host that is there takes it in a round trip, even where two SYNs are lost (RFC 6298: sent
again after 1 and 3 s)."""


class OpenAICaller:
    """The `ModelCaller` for every provider that speaks the OpenAI wire format at a base_url. Asks once a call."""

    def __init__(
        self,
        prices: PriceLookup,
        *,
        connections: int = 256,
        environ: Mapping[str, str] = os.environ,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """connections: the pool's size, all hosts together.

        environ: where API keys are looked up at each call, so that a rotated key needs no restart. clock: seconds.
        """
        self._prices, self._connections = prices, connections
        self._environ, self._clock = environ, clock
        self._pooled: aiohttp.ClientSession | None = None
        self._unpooled: aiohttp.ClientSession | None = None
        self._thinkers = UnsaidThinkers()

    async def call(self, model: ModelConfig, question: Question, timeout_s: float) -> ModelAnswer:
        """One answer. Raises ModelCallError."""
        started = self._clock()
        body = json.dumps(request_body(model, question)).encode()
        async with await self._post(model, body, timeout_s) as response:
            answer = self._body(response, model)
            try:
                await answer.read_whole()
            except CONNECTION_ERRORS as error:
                raise connection_error(model, error, begun=True) from error
        return await self._answer(answer, model, question, started)

    async def stream(
        self, model: ModelConfig, question: Question, timeout_s: float
    ) -> AsyncIterator[AnswerDelta | ModelAnswer]:
        """Pieces as they come, then the whole ModelAnswer. Raises as `call`."""
        started = self._clock()
        body = json.dumps(request_body(model, question, stream=True)).encode()
        response = await self._post(model, body, timeout_s)
        answer = self._body(response, model)
        try:
            async for delta in answer.deltas():
                yield delta
        except CONNECTION_ERRORS as error:
            raise connection_error(model, error, begun=True) from error
        finally:
            response.release()
        yield await self._answer(answer, model, question, started)

    async def close(self) -> None:
        """Close the pooled connections; calls under way fail."""
        for session in (self._pooled, self._unpooled):
            if session is not None:
                await session.close()
        self._pooled = self._unpooled = None

    def _body(self, response: aiohttp.ClientResponse, model: ModelConfig) -> AnswerBody:
        reader = AnswerReader(MAX_RESPONSE_BYTES, thinks_unsaid=model in self._thinkers)
        return AnswerBody(response.content, reader, headers=response.headers)

    async def _answer(self, body: AnswerBody, model: ModelConfig, question: Question, started: float) -> ModelAnswer:
        completion = await body.completion()
        if body.thought_unsaid:
            self._thinkers.remember(model)
        return answer_of(
            completion,
            model=model,
            question=question,
            prices=self._prices(model),
            latency_ms=(self._clock() - started) * 1e3,
        )

    async def _post(self, model: ModelConfig, body: bytes, left_s: float) -> aiohttp.ClientResponse:
        """A response of a good status, its body unread."""
        ends_at = self._clock() + left_s
        try:
            response = await self._send(model, body, ends_at)
        except BROKEN as error:
            raise connection_error(model, error) from error
        if 200 <= response.status < 300:
            return response
        try:
            async with response:
                raw = await _read_bounded(response)
        except BROKEN as error:
            raise connection_error(model, error, begun=True) from error
        raise error_of_status(response.status, _parsed_or_text(raw), response.headers)

    async def _send(self, model: ModelConfig, body: bytes, ends_at: float) -> aiohttp.ClientResponse:
        """A response, its body unread. Where a connection of the pool turns out to be closed, by one of its own."""
        used = _Connection()
        try:
            return await self._sent(self._pool(), model, body, ends_at, used)
        except NOTHING_CAME:
            if not used.before:
                raise
        return await self._sent(self._fresh(), model, body, ends_at, _Connection())

    async def _sent(
        self, session: aiohttp.ClientSession, model: ModelConfig, body: bytes, ends_at: float, used: _Connection
    ) -> aiohttp.ClientResponse:
        address, key = chat_address(model), key_of(model, self._environ)
        headers = {"Content-Type": "application/json"}
        if key is not None:
            headers["Authorization"] = authorization(key)
        connect_s = CONNECT_S if model.connect_timeout_s is None else model.connect_timeout_s
        return await session.post(
            address,
            data=body,
            headers=headers,
            timeout=aiohttp.ClientTimeout(total=max(0.001, ends_at - self._clock()), sock_connect=connect_s),
            allow_redirects=False,
            proxy=proxy_for(address, self._environ),
            trace_request_ctx=used,
        )

    def _pool(self) -> aiohttp.ClientSession:
        # Made at the first call: a session belongs to the event loop that runs then.
        if self._pooled is None:
            self._pooled = _session(
                aiohttp.TCPConnector(limit=self._connections, ttl_dns_cache=60, keepalive_timeout=30)
            )
        return self._pooled

    def _fresh(self) -> aiohttp.ClientSession:
        """Every call on a connection of its own: others of the pool may be closed, too."""
        if self._unpooled is None:
            self._unpooled = _session(aiohttp.TCPConnector(limit=self._connections, ttl_dns_cache=60, force_close=True))
        return self._unpooled


@dataclass(slots=True)
class _Connection:
    """What a call went over. before: it had been used before."""

    before: bool = False


def _session(connector: aiohttp.TCPConnector) -> aiohttp.ClientSession:
    async def reused(_session: aiohttp.ClientSession, context: SimpleNamespace, _: object) -> None:
        context.trace_request_ctx.before = True

    trace = aiohttp.TraceConfig()
    trace.on_connection_reuseconn.append(reused)
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        max_line_size=MAX_HEADER_BYTES,
        max_field_size=MAX_HEADER_BYTES,
        trace_configs=[trace],
    )


async def _read_bounded(response: aiohttp.ClientResponse) -> bytes:
    pieces, size = [], 0
    async for piece in response.content.iter_any():
        pieces.append(piece)
        size += len(piece)
        if size > MAX_RESPONSE_BYTES:
            raise garbage(f"the response is longer than {MAX_RESPONSE_BYTES} bytes", None)
    return b"".join(pieces)


def _parsed_or_text(raw: bytes) -> object:
    try:
        return parse_json(raw)
    except ValueError:
        return raw[:200].decode(errors="replace")
