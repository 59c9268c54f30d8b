"""Calls every provider that litellm knows, by its names ("anthropic/...", "gemini/...").

Importing litellm takes seconds and 190 MB: it happens in a thread at the first call, or at `preload`. A call costs
about 4 ms of CPU; where a provider speaks the OpenAI format, the direct adapter is the better one.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.metadata
import os
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import Any

from pointsman_service.chat.answers import answer_of
from pointsman_service.chat.call_errors import error_of_status
from pointsman_service.chat.completion import Completion, StreamedCompletion, read_completion
from pointsman_service.chat.request import request_body
from pointsman_service.domain import AnswerDelta, ModelAnswer, ModelConfig, Question
from pointsman_service.errors import ConfigurationError, ModelCallError
from pointsman_service.ports import PriceLookup

STOLE_CREDENTIALS = frozenset({"1.82.7", "1.82.8"})
"""Releases of litellm that were taken over and sent credentials away."""

# What litellm and the openai package under it say when a response of status 200 is not a completion.
_GARBAGE_SIGNS = ("invalid response", "'choices'", "unable to get json response", "jsondecodeerror", "expecting value")


class LiteLLMCaller:
    """The `ModelCaller` for every provider that litellm knows. Asks once a call."""

    def __init__(
        self,
        prices: PriceLookup,
        *,
        environ: Mapping[str, str] = os.environ,
        clock: Callable[[], float] = time.perf_counter,
        installed_version: Callable[[], str] = lambda: importlib.metadata.version("litellm"),
    ) -> None:
        """As `OpenAICaller`. Raises ConfigurationError where litellm is missing or a release that stole credentials."""
        _refuse_stolen(installed_version)
        self._prices = prices
        self._environ, self._clock = environ, clock
        self._loading: asyncio.Task[Any] | None = None

    async def preload(self) -> None:
        """Import litellm now, so that the first call need not wait for it. Raises ConfigurationError."""
        await self._library()

    async def call(self, model: ModelConfig, question: Question, timeout_s: float) -> ModelAnswer:
        """One answer. Raises ModelCallError."""
        started = self._clock()
        response = await self._complete(model, question, timeout_s, stream=False)
        return self._answer(read_completion(response.model_dump()), model, question, started)

    async def stream(
        self, model: ModelConfig, question: Question, timeout_s: float
    ) -> AsyncIterator[AnswerDelta | ModelAnswer]:
        """Pieces as they come, then the whole ModelAnswer. Raises as `call`."""
        started = self._clock()
        response = await self._complete(model, question, timeout_s, stream=True)
        whole = StreamedCompletion()
        while (chunk := await self._next_chunk(response, model, started + timeout_s)) is not None:
            for delta in whole.add(chunk.model_dump()):
                yield delta
        yield self._answer(whole.completion(), model, question, started)

    async def close(self) -> None:
        """Close litellm's pooled connections, if it was ever loaded."""
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

    async def _complete(self, model: ModelConfig, question: Question, left_s: float, *, stream: bool) -> Any:  # noqa: ANN401
        arguments = {**request_body(model, question, stream=stream), **self._address(model)}
        if question.tools:
            # Else litellm imports its MCP gateway, whose packages are not installed, to see whether tools are MCP's.
            arguments["_skip_mcp_handler"] = True
        try:
            async with asyncio.timeout(left_s):
                litellm = await self._library()
                return await litellm.acompletion(
                    **arguments, timeout=left_s, num_retries=0, max_retries=0, drop_params=True
                )
        except Exception as error:
            raise _call_error(model, error) from error

    async def _next_chunk(self, response: Any, model: ModelConfig, ends_at: float) -> Any:  # noqa: ANN401
        try:
            async with asyncio.timeout(ends_at - self._clock()):
                return await anext(response, None)
        except Exception as error:
            raise _call_error(model, error) from error

    def _address(self, model: ModelConfig) -> dict[str, str]:
        address: dict[str, str] = {}
        if model.base_url is not None:
            address["api_base"] = model.base_url
        if model.api_key_env is not None:
            key = self._environ.get(model.api_key_env)
            if not key:
                raise ModelCallError(
                    f"the environment variable {model.api_key_env}, which holds the key of {model.name}, is not set",
                    kind="auth",
                )
            address["api_key"] = key
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


def _import_litellm() -> Any:  # noqa: ANN401 - as `_library`
    # Before the import, which would otherwise fetch the price map from the network.
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    try:
        litellm: Any = importlib.import_module("litellm")
    except ImportError as error:
        raise ConfigurationError(f"litellm cannot be imported: {error}") from error
    litellm.telemetry = False
    litellm.suppress_debug_info = True
    litellm.turn_off_message_logging = True
    return litellm


def _call_error(model: ModelConfig, error: Exception) -> ModelCallError:
    if isinstance(error, ConfigurationError):
        return ModelCallError(str(error), kind="unavailable")
    chain = list(_causes(error))
    names = {type(cause).__name__ for cause in chain}
    if isinstance(error, TimeoutError) or names & {"APITimeoutError", "Timeout"}:
        return ModelCallError(f"{model.name} did not answer in time", kind="timeout")
    if names & {"ConnectionRefusedError", "ConnectError", "ClientConnectorError"}:
        return ModelCallError(f"cannot connect to {model.name}: {error}", kind="unavailable", retryable=True)
    if "HTTPStatusError" not in names and any(sign in str(error).lower() for sign in _GARBAGE_SIGNS):
        return ModelCallError(f"{model.name} sent no completion: {error}", kind="garbage")
    status = getattr(error, "status_code", None)
    code = "content_filter" if "ContentPolicyViolationError" in names else _code(chain)
    payload = {"error": {"message": str(error), "code": code}}
    return error_of_status(status if isinstance(status, int) else 500, payload, _retry_after(error))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _code(chain: list[BaseException]) -> str:
    codes = (getattr(cause, "code", None) for cause in chain)
    return next((str(code) for code in codes if code), "")


def _retry_after(error: Exception) -> str | None:
    headers = getattr(error, "litellm_response_headers", None)
    value = headers.get("retry-after") if headers is not None else None
    return None if value is None else str(value)
