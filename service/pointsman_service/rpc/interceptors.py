"""The border of every call: who calls is asked, errors become gRPC statuses with details, each call is counted.

A request is received and parsed once its caller may make it and it may begin: what is refused costs no more than its
metadata, and what a limit refuses is written once for all who are told the same. Every answer and every refusal tells
the snapshot. A call whose message does not come holds its place for MESSAGE_S and no longer.

One interceptor does it all, and wraps a method's handler once, not per call: a chain of them, rebuilt for every call,
would cost more than a decision does.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import lru_cache
from typing import Any, NoReturn

import grpc
import grpc.aio

from pointsman_service.errors import DeadlineTooShort, Fault, InvalidRequest, PointsmanError
from pointsman_service.observability.structured_log import structlog
from pointsman_service.rpc.caller import Access, Unguarded, admit
from pointsman_service.rpc.error_details import message_of, trailers_of
from pointsman_service.rpc.error_table import status_of
from pointsman_service.rpc.gate import Gate, OpenGate
from pointsman_service.rpc.read_bytes import Reader, read_request, reader_of
from pointsman_service.rpc.roles import role_of

CallFinished = Callable[[str, str, float], None]
"""Hears of every call that ended: method ("Route"), status code ("OK", "CANCELLED"), seconds it took."""

SNAPSHOT_KEY = "x-pointsman-snapshot-version"
"""Trailing metadata of every call, answered or refused: version of the snapshot that decides now, 0 for none yet."""

MESSAGE_S = 60.0
"""For a call's message to arrive, after its headers: nginx's client_body_timeout. Who sends nothing holds a place."""
MOST_REFUSALS = 1_024
"""Of those that are kept written: some 1 kB each; a caller beyond its rate meets ten different waits."""
GONE_S = 0.05
"""A call that ended without a message was cancelled, of which gRPC tells the task a moment later."""

_NOTHING: Sequence[str] = ()
_OURS = "/pointsman."
_log = structlog.get_logger(__name__)


def ignore_call(method: str, code: str, seconds: float) -> None:
    """A CallFinished that counts nothing."""


class BorderInterceptor(grpc.aio.ServerInterceptor):  # type: ignore[misc] # grpc has no types
    """Translates what handlers raise. Of health and reflection, which anyone may ask, it reads the messages."""

    def __init__(
        self,
        snapshot_version: Callable[[], int],
        request_bytes: int,
        call_finished: CallFinished = ignore_call,
        access: Access | None = None,
        gate: Gate | None = None,
    ) -> None:
        """request_bytes: a longer request is refused before it is parsed.

        access: None for anyone. gate: None lets everything in.
        """
        self._snapshot_version = snapshot_version
        self._request_bytes = request_bytes
        self._call_finished = call_finished
        self._access = access or Unguarded()
        self._gate: Gate | OpenGate = gate or OpenGate()
        self._wrapped: dict[str, Any] = {}
        self._over_limit = lru_cache(MOST_REFUSALS)(self._refusing)

    async def intercept_service(
        self, continuation: Callable[[Any], Awaitable[Any]], handler_call_details: grpc.HandlerCallDetails
    ) -> Any:  # noqa: ANN401 - grpc has no types
        """The wrapped handler of this method, wrapped on its first call; one that refuses, where that is due."""
        method: str = handler_call_details.method
        wrapped = self._wrapped.get(method)
        if wrapped is None:
            handler = await continuation(handler_call_details)
            if handler is None:
                return None  # An unknown method: grpc answers UNIMPLEMENTED.
            wrapped = self._wrapped[method] = self._wrap(method, handler)
        if not method.startswith(_OURS):
            return wrapped
        name = method.rpartition("/")[2]
        try:
            admitted = admit(handler_call_details.invocation_metadata or (), role_of(method), self._access)
            refusal = self._gate.refusal(admitted)
        except Exception as error:  # noqa: BLE001 - the edge: nothing untranslated leaves
            return self._refusing(name, error)
        return wrapped if refusal is None else self._over_limit(name, refusal)

    def _refusing(self, name: str, why: Exception) -> Any:  # noqa: ANN401
        """A handler that receives no message: it would be for nothing."""
        code, told = _code_of(why), _told(name, why)

        async def refuse(_requests: Any, context: Any) -> NoReturn:  # noqa: ANN401
            await self._gate.spare()
            self._call_finished(name, code, 0.0)
            await _abort(told, context, self._snapshot_trailer())

        return grpc.stream_unary_rpc_method_handler(refuse)

    def _wrap(self, method: str, handler: Any) -> Any:  # noqa: ANN401
        """The border reads, not grpc: it waits for a message no longer than is meant, and tells what does not parse."""
        name = method.rpartition("/")[2]
        if handler.request_streaming:  # reflection, which reads for itself
            return grpc.stream_stream_rpc_method_handler(
                _told_stream(name, handler.stream_stream), None, handler.response_serializer
            )
        read = reader_of(name, handler.request_deserializer, self._request_bytes)
        if not method.startswith(_OURS):
            return _asked_by_anyone(name, read, handler)
        if handler.response_streaming:
            streamed = self._stream(name, read, handler.unary_stream)
            return grpc.stream_stream_rpc_method_handler(streamed, None, handler.response_serializer)
        return grpc.stream_unary_rpc_method_handler(
            self._unary(name, read, handler.unary_unary), None, handler.response_serializer
        )

    def _unary(
        self, name: str, read: Reader, call: Callable[[Any, Any], Awaitable[Any]]
    ) -> Callable[[Any, Any], Awaitable[Any]]:
        finished, gate = self._call_finished, self._gate

        async def bordered(_requests: Any, context: Any) -> Any:  # noqa: ANN401
            started, code, failure, entered = time.perf_counter(), "CANCELLED", None, _NOTHING
            try:
                entered = gate.enter()
                data = await _received(context)
                started = time.perf_counter()
                await gate.turn()
                response = await call(await read_request(read, data), context)
                context.set_trailing_metadata(self._snapshot_trailer())
                code = "OK"
            except Exception as error:  # noqa: BLE001 - the edge: nothing untranslated leaves
                code, failure = _code_of(error), error
            finally:
                gate.end(entered)
                finished(name, code, time.perf_counter() - started)
            if failure is not None:  # only now: a call is counted before its caller hears of its end
                await _abort(_told(name, failure), context, self._snapshot_trailer())
            return response

        return bordered

    def _stream(
        self, name: str, read: Reader, call: Callable[[Any, Any], AsyncIterator[Any]]
    ) -> Callable[[Any, Any], Any]:
        finished, gate = self._call_finished, self._gate

        async def bordered(_requests: Any, context: Any) -> AsyncIterator[Any]:  # noqa: ANN401
            started, code, failure, entered = time.perf_counter(), "CANCELLED", None, _NOTHING
            try:
                entered = gate.enter()
                data = await _received(context)
                started = time.perf_counter()
                await gate.turn()
                async for response in call(await read_request(read, data), context):
                    yield response
                context.set_trailing_metadata(self._snapshot_trailer())
                code = "OK"
            except Exception as error:  # noqa: BLE001 - the edge: nothing untranslated leaves
                code, failure = _code_of(error), error
            finally:
                gate.end(entered)
                finished(name, code, time.perf_counter() - started)
            if failure is not None:
                await _abort(_told(name, failure), context, self._snapshot_trailer())

        return bordered

    def _snapshot_trailer(self) -> tuple[tuple[str, str], ...]:
        return ((SNAPSHOT_KEY, str(self._snapshot_version())),)


def _code_of(error: Exception) -> str:
    return str(status_of(error).code.name) if isinstance(error, PointsmanError) else "INTERNAL"


async def _received(context: Any) -> bytes:  # noqa: ANN401
    """The message of a call. Raises DeadlineTooShort, InvalidRequest where the caller sends none."""
    try:
        async with asyncio.timeout(MESSAGE_S):
            data = await context.read()
    except TimeoutError:
        raise DeadlineTooShort(f"no message came within {MESSAGE_S:g} s of the call's headers") from None
    if data is grpc.aio.EOF:
        await asyncio.sleep(GONE_S)
        raise InvalidRequest([("request", "is missing: the call ended without a message")], Fault.REQUIRED)
    message: bytes = data
    return message


def _asked_by_anyone(name: str, read: Reader, handler: Any) -> Any:  # noqa: ANN401
    """Health's methods, which no key, limit or turn keeps from anyone."""

    async def message(context: Any) -> Any:  # noqa: ANN401
        try:
            return read(await _received(context))
        except PointsmanError as error:
            await _abort(_told(name, error), context, ())

    async def one(_requests: Any, context: Any) -> Any:  # noqa: ANN401
        return await handler.unary_unary(await message(context), context)

    async def several(_requests: Any, context: Any) -> AsyncIterator[Any]:  # noqa: ANN401
        async for response in handler.unary_stream(await message(context), context):
            yield response

    if handler.response_streaming:
        return grpc.stream_stream_rpc_method_handler(several, None, handler.response_serializer)
    return grpc.stream_unary_rpc_method_handler(one, None, handler.response_serializer)


def _told_stream(name: str, call: Callable[[Any, Any], AsyncIterator[Any]]) -> Callable[[Any, Any], Any]:
    """The same, with what it raises told as an error of the contract."""

    async def told(requests: Any, context: Any) -> AsyncIterator[Any]:  # noqa: ANN401
        try:
            async for response in call(requests, context):
                yield response
        except PointsmanError as error:
            await _abort(_told(name, error), context, ())

    return told


Told = tuple[grpc.StatusCode, str, tuple[tuple[str, str | bytes], ...]]
"""A refusal as gRPC writes it: code, message, trailing metadata."""


def _told(name: str, error: Exception) -> Told:
    fact = _fact(name, error)
    status = status_of(fact)
    return status.code, message_of(fact), trailers_of(fact, status)


async def _abort(told: Told, context: grpc.aio.ServicerContext, trailer: tuple[tuple[str, str], ...]) -> NoReturn:
    code, message, trailers = told
    await context.abort(code, message, (*trailers, *trailer))
    raise AssertionError("abort raises")


def _fact(name: str, error: Exception) -> PointsmanError:
    """The error where the contract has a reason for it, else an incident."""
    if isinstance(error, PointsmanError) and status_of(error).code is not grpc.StatusCode.INTERNAL:
        return error
    # The cause may hold what another tenant wrote; so the caller gets an id, and the log the cause.
    incident_id = uuid.uuid4().hex
    _log.error("rpc_defect", rpc=name, incident_id=incident_id, exc_info=error)
    return PointsmanError(
        f"the service has a defect; its log has the cause under incident {incident_id}", incident_id=incident_id
    )
