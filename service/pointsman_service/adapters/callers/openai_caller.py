"""Calls OpenAI-compatible addresses directly: one pooled session, about 0.2 ms of CPU a call."""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator, Callable, Mapping

import aiohttp

from pointsman_service.adapters.callers.addresses import chat_address, proxy_for
from pointsman_service.adapters.callers.answer_body import CONNECTION_ERRORS, AnswerBody
from pointsman_service.adapters.callers.connection_errors import BROKEN, connection_error
from pointsman_service.adapters.callers.keys import authorization, key_of
from pointsman_service.adapters.callers.pooled_session import MOST_CONNECTIONS, pooled_session
from pointsman_service.adapters.callers.refused_response import is_refusal, refusal
from pointsman_service.adapters.callers.sliced_body import SlicedBody
from pointsman_service.chat.answer_reader import MAX_RESPONSE_BYTES, AnswerReader
from pointsman_service.chat.answers import answer_of
from pointsman_service.chat.encoding import encoded_apart
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
        connections: int = MOST_CONNECTIONS,
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
        body = await encoded_apart(request_body(model, question))
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
        body = await encoded_apart(request_body(model, question, stream=True))
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
        if self._session is not None:
            await self._session.close()
            self._session = None

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

    async def _post(self, model: ModelConfig, body: list[bytes], left_s: float) -> aiohttp.ClientResponse:
        """A response of a good status, its body unread."""
        try:
            response = await self._sent(model, body, left_s)
        except BROKEN as error:
            raise connection_error(model, error) from error
        if is_refusal(response.status):
            raise await refusal(response)
        return response

    async def _sent(self, model: ModelConfig, body: list[bytes], left_s: float) -> aiohttp.ClientResponse:
        """A response, its body unread."""
        address, key = chat_address(model), key_of(model, self._environ)
        headers = {"Content-Type": "application/json"}
        if key is not None:
            headers["Authorization"] = authorization(key)
        connect_s = CONNECT_S if model.connect_timeout_s is None else model.connect_timeout_s
        return await self._pool().post(
            address,
            data=body[0] if len(body) == 1 else SlicedBody(body),
            headers=headers,
            timeout=aiohttp.ClientTimeout(total=left_s, sock_connect=connect_s),
            allow_redirects=False,
            proxy=proxy_for(address, self._environ),
        )

    def _pool(self) -> aiohttp.ClientSession:
        # Made at the first call: a session belongs to the event loop that runs then.
        if self._session is None:
            self._session = pooled_session(self._connections)
        return self._session
