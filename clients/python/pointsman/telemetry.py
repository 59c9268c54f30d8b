"""A span for each call, and its trace sent on, where OpenTelemetry is asked for (extra `telemetry`)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from google.protobuf.message import Message

from pointsman.arguments import invalid, shown
from pointsman.errors import PointsmanError

if TYPE_CHECKING:
    from opentelemetry.trace import TracerProvider

_CANCELLED = 1  # gRPC's code

Pairs = tuple[tuple[str, str | bytes], ...]


class Call(Protocol):
    """The span of one call, retries included. metadata: what is sent with it."""

    metadata: Pairs

    def told(self, episode_id: str) -> None:
        """Which episode it is about."""

    def ended(self, error: BaseException | None = None) -> None:
        """With this error, or well."""


class _Untold:
    metadata: Pairs = ()

    def told(self, episode_id: str) -> None:
        """Nobody asked."""

    def ended(self, error: BaseException | None = None) -> None:
        """Nobody asked."""


_UNTOLD = _Untold()


class Untold:
    """No telemetry."""

    def begin(self, rpc: str, said: Pairs) -> Call:  # noqa: ARG002
        """Nothing."""
        return _UNTOLD


class Spans:
    """Spans of kind client, named and described as OpenTelemetry's conventions for RPC have it."""

    def __init__(self, provider: TracerProvider | None, address: str) -> None:
        """provider: None for the program's own. Raises InvalidRequest where opentelemetry-api is not installed."""
        try:
            from opentelemetry import propagate, trace  # noqa: PLC0415 - an extra
        except ImportError as missing:
            raise invalid(
                "telemetry", "needs opentelemetry-api: pip install 'pointsman-client[telemetry]'"
            ) from missing
        self._trace, self._propagate = trace, propagate
        self._tracer = trace.get_tracer("pointsman", tracer_provider=provider)
        host, _, port = address.rpartition(":")
        self._where: Mapping[str, Any] = {"server.address": host, "server.port": int(port)} if port.isdigit() else {}

    def begin(self, rpc: str, said: Pairs) -> Call:
        """A span below the present one. rpc: "RouterService/Complete"; said: metadata, whose own trace goes before."""
        service, _, method = rpc.partition("/")
        attributes = {"rpc.system": "grpc", "rpc.service": f"pointsman.v1.{service}", "rpc.method": method}
        kind = self._trace.SpanKind.CLIENT
        span = self._tracer.start_span(f"pointsman.v1.{rpc}", kind=kind, attributes={**attributes, **self._where})
        carrier: dict[str, str] = {}
        self._propagate.inject(carrier, context=self._trace.set_span_in_context(span))
        keys = {key for key, _ in said}
        pairs = ((key.lower(), value) for key, value in carrier.items())
        return _Span(span, self._trace, tuple(pair for pair in pairs if pair[0] not in keys))


class _Span:
    def __init__(self, span: Any, trace: Any, metadata: Pairs) -> None:  # noqa: ANN401 - an extra
        self._span, self._trace, self.metadata = span, trace, metadata

    def told(self, episode_id: str) -> None:
        if episode_id:
            self._span.set_attribute("pointsman.episode_id", episode_id)

    def ended(self, error: BaseException | None = None) -> None:
        if isinstance(error, PointsmanError):
            self._span.set_attribute("rpc.grpc.status_code", error.code.value[0])
            self._span.set_attribute("error.type", error.reason or error.code.name)
            # Not with the message: it may hold what a caller wrote.
            self._span.set_status(self._trace.StatusCode.ERROR, error.reason or error.code.name)
        elif isinstance(error, GeneratorExit | asyncio.CancelledError):
            self._span.set_attribute("rpc.grpc.status_code", _CANCELLED)  # The caller's own doing is no error.
        elif error is not None:
            self._span.set_attribute("error.type", type(error).__name__)
            self._span.set_status(self._trace.StatusCode.ERROR, type(error).__name__)
        else:
            self._span.set_attribute("rpc.grpc.status_code", 0)
        self._span.end()


def telemetry_of(telemetry: object, address: str) -> Untold | Spans:
    """What `telemetry=` of a client says: False, True, or a tracer provider."""
    if telemetry is False:
        return Untold()
    if telemetry is True:
        return Spans(None, address)
    if not hasattr(telemetry, "get_tracer"):
        raise invalid("telemetry", f"must be True, False or a TracerProvider of OpenTelemetry, not {shown(telemetry)}")
    return Spans(telemetry, address)  # type: ignore[arg-type]


def episode_of(response: Message) -> str:
    """The episode that a response is about, "" where it is about none."""
    return str(getattr(response, "episode_id", ""))
