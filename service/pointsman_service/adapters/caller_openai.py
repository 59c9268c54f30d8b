"""Calls OpenAI-compatible addresses directly: one pooled session, about 0.2 ms of CPU a call."""

from __future__ import annotations

import json
import os
import time
from collections.abc import AsyncIterator, Callable, Mapping

import aiohttp

from pointsman_service.adapters.answer_body import CONNECTION_ERRORS, AnswerBody
from pointsman_service.chat.answer_reader import MAX_RESPONSE_BYTES, AnswerReader
from pointsman_service.chat.answers import answer_of
from pointsman_service.chat.call_errors import error_of_status, garbage
from pointsman_service.chat.provider_json import parse_json
from pointsman_service.chat.request import request_body
from pointsman_service.chat.unsaid_thinkers import UnsaidThinkers
from pointsman_service.domain import AnswerDelta, ModelAnswer, ModelConfig, Question
from pointsman_service.errors import ModelCallError
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
        self._session: aiohttp.ClientSession | None = None
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
                raise _connection_error(model, error) from error
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
            raise _connection_error(model, error) from error
        finally:
            response.release()
        yield await self._answer(answer, model, question, started)

    async def close(self) -> None:
        """Close the pooled connections; calls under way fail."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _body(self, response: aiohttp.ClientResponse, model: ModelConfig) -> AnswerBody:
        return AnswerBody(response.content, AnswerReader(MAX_RESPONSE_BYTES, thinks_unsaid=model in self._thinkers))

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
        """A response of status 200, its body unread."""
        headers = {"Content-Type": "application/json", **self._authorization(model)}
        timeout = aiohttp.ClientTimeout(total=left_s, sock_connect=CONNECT_S)
        try:
            response = await self._pool().post(
                _address(model), data=body, headers=headers, timeout=timeout, allow_redirects=False
            )
            if response.status == 200:
                return response
            async with response:
                raw = await _read_bounded(response)
        except CONNECTION_ERRORS as error:
            raise _connection_error(model, error) from error
        raise error_of_status(response.status, _parsed_or_text(raw), response.headers.get("Retry-After"))

    def _authorization(self, model: ModelConfig) -> dict[str, str]:
        if model.api_key_env is None:
            return {}
        key = self._environ.get(model.api_key_env)
        if not key:
            raise ModelCallError(
                f"the environment variable {model.api_key_env}, which holds the key of {model.name}, is not set",
                kind="auth",
            )
        return {"Authorization": f"Bearer {key}"}

    def _pool(self) -> aiohttp.ClientSession:
        # Made at the first call: a session belongs to the event loop that runs then.
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=self._connections, ttl_dns_cache=60, keepalive_timeout=30)
            self._session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        return self._session


def _address(model: ModelConfig) -> str:
    if model.base_url is None:
        raise ModelCallError(f"the model {model.name} has no base_url to call", kind="invalid")
    base = model.base_url.rstrip("/")
    return base if base.endswith("/chat/completions") else f"{base}/chat/completions"


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


def _connection_error(model: ModelConfig, error: Exception) -> ModelCallError:
    where = f"{model.name} at {model.base_url}"
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return ModelCallError(f"cannot connect to {where} in time", kind="unavailable")
    if isinstance(error, TimeoutError):
        return ModelCallError(f"{where} did not answer in time", kind="timeout")
    if isinstance(error, aiohttp.ClientConnectorError):
        return ModelCallError(f"cannot connect to {where}: {error}", kind="unavailable", retryable=True)
    if isinstance(error, aiohttp.ServerDisconnectedError):
        # No byte of a response came: most likely an idle pooled connection that the server had closed.
        return ModelCallError(f"{where} closed the connection", kind="unavailable", retryable=True)
    if isinstance(error, aiohttp.InvalidURL):
        return ModelCallError(f"the model {model.name} has a base_url that is not an address: {error}", kind="invalid")
    return ModelCallError(f"the connection to {where} broke: {error}", kind="unavailable")
