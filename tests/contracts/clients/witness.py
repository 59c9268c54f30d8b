"""The harness's own calls to the service, so that no client is its own witness."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import grpc
import grpc.aio
from google.protobuf import json_format, message_factory
from pointsman.v1 import admin_service_pb2, feedback_service_pb2, router_service_pb2

from tests.contracts.wire.dynamic import Outcome, _details

_SERVICES = {
    name: module.DESCRIPTOR.services_by_name[name]
    for name, module in (
        ("RouterService", router_service_pb2),
        ("FeedbackService", feedback_service_pb2),
        ("AdminService", admin_service_pb2),
    )
}


class Witness:
    """Asks a service at its two addresses. ca, pair: PEM files for TLS; key: an API key."""

    def __init__(
        self, callers: str, operators: str, ca: Path | None, pair: tuple[Path, Path] | None, key: str | None
    ) -> None:
        self._callers, self._operators, self._key = callers, operators, key
        cert, private = (path.read_bytes() for path in pair) if pair else (None, None)
        self._credentials = None if ca is None else grpc.ssl_channel_credentials(ca.read_bytes(), private, cert)

    async def ask(self, name: str, request: dict[str, Any], metadata: dict[str, str]) -> dict[str, Any]:
        """What "Service/Method" answers: code, message, details, response, as vectors of the wire expect it."""
        service, _, method = name.partition("/")
        described = _SERVICES[service].methods_by_name[method]
        asked, answered = (message_factory.GetMessageClass(d) for d in (described.input_type, described.output_type))
        if self._key is not None:
            metadata = {"authorization": f"Bearer {self._key}", **metadata}
        async with self._open(self._operators if service == "AdminService" else self._callers) as channel:
            call = channel.unary_unary(f"/pointsman.v1.{name}", asked.SerializeToString, answered.FromString)
            outcome = Outcome("OK")
            try:
                response = await call(
                    json_format.ParseDict(request, asked()), metadata=tuple(metadata.items()), timeout=30.0
                )
                outcome.responses.append(json_format.MessageToDict(response, preserving_proto_field_name=True))
            except grpc.aio.AioRpcError as failed:
                outcome.code, outcome.message = failed.code().name, failed.details() or ""
                outcome.details = _details(dict(failed.trailing_metadata() or ()))
            return outcome.as_json()

    def _open(self, address: str) -> grpc.aio.Channel:
        if self._credentials is None:
            return grpc.aio.insecure_channel(address)
        return grpc.aio.secure_channel(address, self._credentials)
