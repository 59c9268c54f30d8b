"""The border of every call: errors become gRPC statuses with details, each call is counted, each tells the snapshot.

One interceptor does it all, and wraps a method's handler once, not per call: a chain of them, rebuilt for every call,
would cost more than a decision does.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, NoReturn

import grpc
import grpc.aio
from google.protobuf.message import DecodeError

from pointsman_service.errors import InvalidRequest, PointsmanError
from pointsman_service.observability.structured_log import structlog
from pointsman_service.rpc.error_details import message_of, trailers_of
from pointsman_service.rpc.error_table import status_of

CallFinished = Callable[[str, str, float], None]
"""Hears of every call that ended: method ("Route"), status code ("OK", "CANCELLED"), seconds it took."""

SNAPSHOT_KEY = "x-pointsman-snapshot-version"
"""Trailing metadata of every call, answered or refused: version of the snapshot that decides now, 0 for none yet."""

_OURS = "/pointsman."
_log = structlog.get_logger(__name__)


def ignore_call(method: str, code: str, seconds: float) -> None:
    """A CallFinished that counts nothing."""


class BorderInterceptor(grpc.aio.ServerInterceptor):  # type: ignore[misc] # grpc has no types
    """Translates what handlers raise. Health and reflection pass untouched."""

    def __init__(
        self, snapshot_version: Callable[[], int], request_bytes: int, call_finished: CallFinished = ignore_call
    ) -> None:
        """request_bytes: a longer request is refused before it is parsed."""
        self._snapshot_version = snapshot_version
        self._request_bytes = request_bytes
        self._call_finished = call_finished
        self._wrapped: dict[str, Any] = {}

    async def intercept_service(
        self, continuation: Callable[[Any], Awaitable[Any]], handler_call_details: grpc.HandlerCallDetails
    ) -> Any:  # noqa: ANN401 - grpc has no types
        """The wrapped handler of this method, wrapped on its first call."""
        method: str = handler_call_details.method
        if not method.startswith(_OURS):
            return await continuation(handler_call_details)
        wrapped = self._wrapped.get(method)
        if wrapped is None:
            handler = await continuation(handler_call_details)
            if handler is None:
                return None  # An unknown method: grpc answers UNIMPLEMENTED.
            wrapped = self._wrapped[method] = self._wrap(method.rpartition("/")[2], handler)
        return wrapped

    def _wrap(self, name: str, handler: Any) -> Any:  # noqa: ANN401
        make, behaviour = (
            (grpc.unary_stream_rpc_method_handler, self._stream(name, handler.unary_stream))
            if handler.response_streaming
            else (grpc.unary_unary_rpc_method_handler, self._unary(name, handler.unary_unary))
        )
        return make(behaviour, _reader(handler.request_deserializer, self._request_bytes), handler.response_serializer)

    def _unary(self, name: str, call: Callable[[Any, Any], Awaitable[Any]]) -> Callable[[Any, Any], Awaitable[Any]]:
        finished = self._call_finished

        async def bordered(request: Any, context: Any) -> Any:  # noqa: ANN401
            started, code, failure = time.perf_counter(), "CANCELLED", None
            try:
                response = await call(_legible(request), context)
                context.set_trailing_metadata(self._snapshot_trailer())
                code = "OK"
            except Exception as error:  # noqa: BLE001 - the edge: nothing untranslated leaves
                code, failure = _code_of(error), error
            finally:
                finished(name, code, time.perf_counter() - started)
            if failure is not None:  # only now: a call is counted before its caller hears of its end
                await _abort(name, failure, context, self._snapshot_trailer())
            return response

        return bordered

    def _stream(self, name: str, call: Callable[[Any, Any], AsyncIterator[Any]]) -> Callable[[Any, Any], Any]:
        finished = self._call_finished

        async def bordered(request: Any, context: Any) -> AsyncIterator[Any]:  # noqa: ANN401
            started, code, failure = time.perf_counter(), "CANCELLED", None
            try:
                async for response in call(_legible(request), context):
                    yield response
                context.set_trailing_metadata(self._snapshot_trailer())
                code = "OK"
            except Exception as error:  # noqa: BLE001 - the edge: nothing untranslated leaves
                code, failure = _code_of(error), error
            finally:
                finished(name, code, time.perf_counter() - started)
            if failure is not None:
                await _abort(name, failure, context, self._snapshot_trailer())

        return bordered

    def _snapshot_trailer(self) -> tuple[tuple[str, str], ...]:
        return ((SNAPSHOT_KEY, str(self._snapshot_version())),)


def _reader(deserialize: Callable[[bytes], Any], request_bytes: int) -> Callable[[bytes], Any]:
    # grpc answers UNKNOWN, without details, where a deserialiser raises; so the failure travels as the request.
    def read(data: bytes) -> Any:  # noqa: ANN401
        if len(data) > request_bytes:
            return InvalidRequest([("request", f"is {len(data)} bytes long; at most {request_bytes} are allowed")])
        try:
            return deserialize(data)
        except DecodeError:
            return InvalidRequest([("request", "is no message of this method: its bytes do not parse")])

    return read


def _legible(request: Any) -> Any:  # noqa: ANN401
    if isinstance(request, InvalidRequest):
        raise request
    return request


def _code_of(error: Exception) -> str:
    return str(status_of(error).code.name) if isinstance(error, PointsmanError) else "INTERNAL"


async def _abort(
    name: str, error: Exception, context: grpc.aio.ServicerContext, trailer: tuple[tuple[str, str], ...]
) -> NoReturn:
    fact = _fact(name, error)
    status = status_of(fact)
    await context.abort(status.code, message_of(fact), (*trailers_of(fact, status), *trailer))
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
