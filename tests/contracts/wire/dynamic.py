"""Calls without stubs, as grpcurl makes them: the schema comes by reflection, requests and responses are JSON."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import grpc
import grpc.aio
from google.protobuf import descriptor_pool, json_format, message_factory
from google.rpc import error_details_pb2, status_pb2
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

DETAILS = {
    kind.DESCRIPTOR.full_name: kind
    for kind in (
        error_details_pb2.ErrorInfo,
        error_details_pb2.BadRequest,
        error_details_pb2.RetryInfo,
        error_details_pb2.QuotaFailure,
    )
}


@dataclass
class Outcome:
    """What came of a call: status code, details by message name, responses (one but for streams), trailing metadata."""

    code: str
    message: str = ""
    details: dict[str, Any] = field(default_factory=dict)
    responses: list[dict[str, Any]] = field(default_factory=list)
    trailers: dict[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """As vectors expect it."""
        return {
            "code": self.code,
            "message": self.message,
            "details": self.details,
            "response": self.responses[0] if self.responses else {},
            "responses": self.responses,
            "trailers": self.trailers,
        }


class _Door:
    """One address, its schema by reflection."""

    def __init__(self, address: str) -> None:
        # Reflection is synchronous in grpcio; what it says does not change.
        self._reflection = grpc.insecure_channel(address)
        self.pool = descriptor_pool.DescriptorPool(ProtoReflectionDescriptorDatabase(self._reflection))
        self.channel = grpc.aio.insecure_channel(address)

    async def close(self) -> None:
        """End both connections."""
        self._reflection.close()
        await self.channel.close()


class DynamicClient:
    """A service's two addresses. Methods are named "RouterService/Route"; the package is the contract's."""

    def __init__(self, callers: str, operators: str) -> None:
        self._callers, self._operators = _Door(callers), _Door(operators)

    async def close(self) -> None:
        """End every connection."""
        await self._callers.close()
        await self._operators.close()

    def method(self, name: str) -> Any:
        """Its descriptor, as the service tells it."""
        service, _, method = name.partition("/")
        return self._door(name).pool.FindServiceByName(f"pointsman.v1.{service}").methods_by_name[method]

    def _door(self, name: str) -> _Door:
        return self._operators if name.startswith("AdminService/") else self._callers

    async def call(
        self,
        name: str,
        request: dict[str, Any],
        *,
        metadata: dict[str, str] | None = None,
        timeout_s: float = 30.0,
        cancel_after: int | None = None,
    ) -> Outcome:
        """One call. cancel_after: of a stream, hang up after so many messages."""
        # In a thread: reflection is synchronous, and the service may run in this very event loop.
        described, kinds = await asyncio.to_thread(self._described, name)
        channel, pool = self._door(name).channel, self._door(name).pool
        make = channel.unary_stream if described.server_streaming else channel.unary_unary
        call = make(f"/pointsman.v1.{name}", kinds[0].SerializeToString, kinds[1].FromString)(
            json_format.ParseDict(request, kinds[0](), descriptor_pool=pool),
            metadata=tuple((metadata or {}).items()),
            timeout=timeout_s,
        )
        outcome = Outcome("OK")
        try:
            if described.server_streaming:
                async for message in call:
                    outcome.responses.append(await asyncio.to_thread(_read, message, pool))
                    if len(outcome.responses) == cancel_after:
                        call.cancel()
                        return Outcome("CANCELLED", responses=outcome.responses)
            else:
                outcome.responses.append(await asyncio.to_thread(_read, await call, pool))
            outcome.trailers = dict(await call.trailing_metadata())
        except grpc.aio.AioRpcError as failed:
            outcome.code, outcome.message = failed.code().name, failed.details() or ""
            outcome.trailers = dict(failed.trailing_metadata() or ())
            outcome.details = _details(outcome.trailers)
        outcome.trailers.pop("grpc-status-details-bin", None)
        return outcome

    def _described(self, name: str) -> tuple[Any, list[Any]]:
        described = self.method(name)
        return described, [message_factory.GetMessageClass(d) for d in (described.input_type, described.output_type)]


def _read(message: Any, pool: descriptor_pool.DescriptorPool) -> dict[str, Any]:
    fields: dict[str, Any] = json_format.MessageToDict(message, preserving_proto_field_name=True, descriptor_pool=pool)
    return fields


def _details(trailers: dict[str, Any]) -> dict[str, Any]:
    packed = trailers.get("grpc-status-details-bin")
    if packed is None:
        return {}
    found = {}
    for detail in status_pb2.Status.FromString(packed).details:
        name = detail.type_url.rpartition("/")[2]
        found[name.rpartition(".")[2]] = json_format.MessageToDict(
            DETAILS[name].FromString(detail.value), preserving_proto_field_name=True
        )
    return found
