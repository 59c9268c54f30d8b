"""Calls every provider that litellm knows, by its names ("anthropic/...", "gemini/...").

Importing litellm takes seconds and 190 MB: it happens in a thread, at `preload` or at the first call, whose time it is
not counted for. A call costs about 4 ms of CPU; where a provider speaks the OpenAI format, the direct adapter is the
better one.

litellm takes its own settings (addresses, keys, callbacks, invented answers) as parameters of a call. An operator may
set them in a model's params; of a caller's parameters only those that say how to generate reach it.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.metadata
import os
import time
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import aiohttp

from pointsman_service.adapters.callers.addresses import litellm_address, not_proxied_here
from pointsman_service.adapters.callers.answer_body import CONNECTION_ERRORS, AnswerBody
from pointsman_service.adapters.callers.connection_errors import connection_error
from pointsman_service.adapters.callers.keys import bare, key_of
from pointsman_service.adapters.callers.litellm_errors import litellm_error
from pointsman_service.adapters.callers.litellm_session import hearing, lend_sessions, litellm_session
from pointsman_service.adapters.callers.pooled_session import MOST_CONNECTIONS
from pointsman_service.chat.answers import answer_of
from pointsman_service.chat.call_errors import garbage
from pointsman_service.chat.completion import Completion, StreamedCompletion
from pointsman_service.chat.request import request_body
from pointsman_service.chat.unsaid_thinkers import UnsaidThinkers
from pointsman_service.domain import AnswerDelta, ModelAnswer, ModelConfig, Question
from pointsman_service.errors import ConfigurationError, ModelCallError
from pointsman_service.ports import PriceLookup

STOLE_CREDENTIALS = frozenset({"1.82.7", "1.82.8"})
"""Releases of litellm that were taken over and sent credentials away."""

CONNECT_S = 5.0
"""Seconds for a connection, as for the direct adapter."""


_HEARD_WHY = ("received_finish_reason", "intermittent_finish_reason")
"""Where litellm's streams keep why the model stopped, as the provider said it."""


class LiteLLMCaller:
    """The `ModelCaller` for every provider that litellm knows. Asks once a call."""

    def __init__(
        self,
        prices: PriceLookup,
        *,
        connections: int = MOST_CONNECTIONS,
        environ: Mapping[str, str] = os.environ,
        clock: Callable[[], float] = time.perf_counter,
        installed_version: Callable[[], str] = lambda: importlib.metadata.version("litellm"),
    ) -> None:
        """As `OpenAICaller`. Raises ConfigurationError where litellm is missing or a release that stole credentials."""
        _refuse_stolen(installed_version)
        self._prices, self._connections = prices, connections
        self._environ, self._clock = environ, clock
        self._loading: asyncio.Task[Any] | None = None
        self._session: aiohttp.ClientSession | None = None
        self._thinkers = UnsaidThinkers()

    async def preload(self) -> None:
        """Import litellm now, so that the first call need not wait for it. Raises ConfigurationError."""
        await self._library()

    async def call(self, model: ModelConfig, question: Question, timeout_s: float) -> ModelAnswer:
        """One answer. Raises ModelCallError."""
        started, response = self._clock(), None
        with hearing(self._pool(), thinks_unsaid=model in self._thinkers) as heard:
            try:
                response = await self._complete(model, question, timeout_s, stream=False)
            except ModelCallError:
                # Whatever litellm makes of it: what the provider sent is read here.
                if heard.body is None or not heard.body.has_ended:
                    raise
        whole: _Whole | AnswerBody = _Whole(response) if heard.body is None else heard.body
        completion = (await self._completion(whole, model)).stating(_costing(response))
        return self._answer(completion, model, question, started)

    async def stream(
        self, model: ModelConfig, question: Question, timeout_s: float
    ) -> AsyncIterator[AnswerDelta | ModelAnswer]:
        """Pieces as they come, then the whole ModelAnswer. Raises as `call`."""
        started = self._clock()
        with hearing(self._pool(), thinks_unsaid=model in self._thinkers) as heard:
            response = await self._complete(model, question, timeout_s, stream=True)
        whole: _Streamed | AnswerBody = _Streamed(response) if heard.body is None else heard.body
        deltas = whole.deltas()
        try:
            while (delta := await self._next(deltas, model, started + timeout_s)) is not None:
                yield delta
        finally:
            heard.release()
        yield self._answer(await self._completion(whole, model), model, question, started)

    async def close(self) -> None:
        """Close litellm's pooled connections, if it was ever loaded."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()
        loading, self._loading = self._loading, None
        if loading is None or loading.cancel() or loading.exception() is not None:
            return
        litellm = loading.result()
        await litellm.close_litellm_async_clients()
        # Else the next caller of this process would be handed the closed ones.
        litellm.in_memory_llm_clients_cache.flush_cache()

    async def _library(self) -> Any:  # noqa: ANN401 - litellm has no types that are worth its import
        if self._loading is None:
            self._loading = asyncio.create_task(asyncio.to_thread(_import_litellm))
        # Shielded: a call that runs out of time must not break off the import that the next one needs.
        return await asyncio.shield(self._loading)

    def _pool(self) -> aiohttp.ClientSession:
        # Made at the first call: a session belongs to the event loop that runs then.
        if self._session is None:
            self._session = litellm_session(self._connections)
        return self._session

    async def _complete(self, model: ModelConfig, question: Question, left_s: float, *, stream: bool) -> Any:  # noqa: ANN401
        arguments = {**request_body(model, question, stream=stream), **self._address(model)}
        if question.tools:
            # Else litellm imports its MCP gateway, whose packages are not installed, to see whether tools are MCP's.
            arguments["_skip_mcp_handler"] = True
        try:
            litellm = await self._loaded(model, left_s)
            async with asyncio.timeout(left_s):
                return await litellm.acompletion(
                    **arguments,
                    timeout=_limits(model, left_s),
                    num_retries=0,
                    max_retries=0,
                    drop_params=True,
                    shared_session=self._pool(),
                )
        except ModelCallError:
            raise
        except Exception as error:
            raise litellm_error(model, error) from error

    async def _loaded(self, model: ModelConfig, left_s: float) -> Any:  # noqa: ANN401 - as `_library`
        try:
            async with asyncio.timeout(left_s):
                return await self._library()
        except TimeoutError as error:
            # Not the model's time: the import goes on, for the next call.
            raise ModelCallError(
                f"litellm, which calls {model.name}, is still being loaded", kind="unavailable", retryable=True
            ) from error

    async def _completion(self, whole: AnswerBody | _Whole | _Streamed, model: ModelConfig) -> Completion:
        completion = await whole.completion()
        if whole.thought_unsaid:
            self._thinkers.remember(model)
        return completion

    async def _next(self, deltas: AsyncIterator[AnswerDelta], model: ModelConfig, ends_at: float) -> AnswerDelta | None:
        try:
            async with asyncio.timeout(ends_at - self._clock()):
                return await anext(deltas, None)
        except ModelCallError:
            raise
        except CONNECTION_ERRORS as error:
            raise connection_error(model, error, begun=True) from error
        except Exception as error:
            raise litellm_error(model, error, begun=True) from error

    def _address(self, model: ModelConfig) -> dict[str, str]:
        address: dict[str, str] = {}
        if model.base_url is not None:
            address["api_base"] = litellm_address(model)
        key = key_of(model, self._environ)
        if key is not None:
            address["api_key"] = bare(key)
        elif model.base_url is not None:
            # Left out, litellm would send OPENAI_API_KEY to whatever address this is.
            address["api_key"] = "not-needed"
        return address

    def _answer(self, completion: Completion, model: ModelConfig, question: Question, started: float) -> ModelAnswer:
        return answer_of(
            completion,
            model=model,
            question=question,
            prices=self._prices(model),
            latency_ms=(self._clock() - started) * 1e3,
        )


def _costing(response: Any) -> Mapping[str, Any]:  # noqa: ANN401 - as `_library`
    """What litellm computed that a response cost: by its own map, with all kinds of tokens and fees."""
    hidden = getattr(response, "_hidden_params", None)
    return {"_hidden_params": hidden} if isinstance(hidden, Mapping) else {}


class _Streamed:
    """A stream that litellm reads, of a provider that does not speak OpenAI's format."""

    def __init__(self, response: Any) -> None:  # noqa: ANN401 - as `_library`
        self._response = response
        self._answer = StreamedCompletion()

    async def deltas(self) -> AsyncIterator[AnswerDelta]:
        """Its pieces, as litellm has them. Raises ModelCallError, and what litellm raises."""
        async for chunk in self._response:
            for delta in self._answer.add(chunk.model_dump()):
                yield delta
        for delta in self._answer.end():
            yield delta

    @property
    def thought_unsaid(self) -> bool:
        """Whether the model thought before a mark that was never opened."""
        return self._answer.thought_unsaid

    async def completion(self) -> Completion:
        """The whole. Raises ModelCallError(unavailable) where the provider did not end it: litellm says "stop" then."""
        if not any(getattr(self._response, name, None) for name in _HEARD_WHY):
            raise garbage("the stream ended before the answer did", None, kind="unavailable")
        return self._answer.completion()


class _Whole:
    """A response that litellm has read, of a provider that does not speak OpenAI's format."""

    def __init__(self, response: Any) -> None:  # noqa: ANN401 - as `_library`
        self._response = response
        self._answer = StreamedCompletion()

    @property
    def thought_unsaid(self) -> bool:
        """Whether the model thought before a mark that was never opened."""
        return self._answer.thought_unsaid

    async def completion(self) -> Completion:
        """The whole. Raises ModelCallError: garbage, or the error that it carries."""
        try:
            payload = self._response.model_dump()
        except Exception as error:
            raise garbage(f"litellm cannot read what came ({type(error).__name__})", None) from error
        self._answer.add_whole(payload)
        self._answer.end()
        return self._answer.completion()


def _refuse_stolen(installed_version: Callable[[], str]) -> None:
    try:
        version = installed_version()
    except importlib.metadata.PackageNotFoundError as error:
        raise ConfigurationError("litellm is not installed: pip install 'litellm>=1.83'") from error
    if version in STOLE_CREDENTIALS:
        raise ConfigurationError(
            f"litellm {version} steals credentials and is not loaded: pip install 'litellm>=1.83', and change the keys "
            "that this machine could read"
        )


def _limits(model: ModelConfig, left_s: float) -> Any:  # noqa: ANN401 - httpx comes with litellm
    httpx: Any = importlib.import_module("httpx")
    connect_s = CONNECT_S if model.connect_timeout_s is None else model.connect_timeout_s
    return httpx.Timeout(left_s, connect=min(connect_s, left_s))


def _import_litellm() -> Any:  # noqa: ANN401 - as `_library`
    # Before the import, which would otherwise fetch the price map from the network.
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    # Its patterns for secrets run over whatever a provider answered, several times and for seconds of the event loop;
    # keys are taken out of what is told by `redacting`, which knows them.
    os.environ["LITELLM_DISABLE_REDACT_SECRETS"] = "true"
    os.environ.update(not_proxied_here(os.environ))
    try:
        litellm: Any = importlib.import_module("litellm")
        # Which the first call would import otherwise, for half a second in which the event loop does nothing else.
        importlib.import_module("openai.resources.chat.completions")
    except ImportError as error:
        raise ConfigurationError(f"litellm cannot be imported: {error}") from error
    litellm.telemetry = False
    litellm.suppress_debug_info = True
    litellm.turn_off_message_logging = True
    lend_sessions(litellm)
    return litellm
