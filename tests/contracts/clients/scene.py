"""What a vector plays on: a service as its setup says, with what stands before and behind it."""

from __future__ import annotations

import os
from copy import deepcopy
from pathlib import Path
from typing import Any, Self

from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, QuotaFailure, RetryInfo
from google.rpc.status_pb2 import Status
from grpc import StatusCode
from pointsman_service.domain.api_keys import make_key

from .authority import Authority
from .front import Proxy, Relay
from .live_service import LiveService
from .nursery import Nursery
from .provider import MODELS, Provider
from .witness import Witness


class Scene:
    """Use it in an `async with`. names: what `${...}` stands for in its vectors."""

    def __init__(self, setup: dict[str, Any], folder: Path, nursery: Nursery) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._setup, self._folder, self._nursery = deepcopy(setup), folder, nursery
        self._proxy: Proxy | None = None
        self._relay: Relay | None = None
        self._provider: Provider | None = None
        self.names: dict[str, Any] = {}

    async def __aenter__(self) -> Self:
        sections = self._setup["service"]
        if sections.get("models") == "provider":
            self._provider = Provider()
            sections["models"] = _models(await self._provider.start())
        ca, pair = self._certified(sections)
        self.service = LiveService(self._keyed(sections), self._folder, self._nursery)
        await self.service.start()
        self.names |= {"address": self.service.address, "admin_address": self.service.admin_address}
        self.witness = Witness(self.service.address, self.service.admin_address, ca, pair, self.names.get("key_ops"))
        if self._setup.get("front"):
            self._proxy = Proxy(self.service.address)
            self._relay = Relay(await self._proxy.start())
            self.names["address"] = await self._relay.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        for part in (self._relay, self._proxy, self.service, self._provider):
            if part is not None:
                await part.close()

    def reset(self) -> None:
        """Before a vector: what others did is forgotten."""
        if self._proxy is not None and self._relay is not None:
            self._proxy.reset()
            self._relay.bytes_up = 0

    def front(self, step: dict[str, Any]) -> dict[str, Any]:
        """A step of the front; what is to be compared with what the vector expects."""
        assert self._proxy is not None, "the setup has no front"
        assert self._relay is not None
        match step["front"]:
            case "fail":
                self._proxy.fail({**step, "trailers": {**_trailers(step), **_details(step)}})
            case "silence":
                self._relay.silence()
            case "calls":
                return {"calls": self._proxy.calls(), "bytes_up": self._relay.bytes_up}
            case unknown:
                raise ValueError(f"a front cannot {unknown}")
        return {}

    def _certified(self, sections: dict[str, Any]) -> tuple[Path | None, tuple[Path, Path] | None]:
        """The CA's file and a client's pair, where there is TLS."""
        kind = self._setup.get("tls")
        if kind is None:
            return None, None
        authority, other = Authority(self._folder, "ca"), Authority(self._folder, "other-ca")
        cert, key = authority.issue("service")
        tls = {"cert": str(cert), "key": str(key)} | ({"client_ca": str(authority.path)} if kind == "mutual" else {})
        sections["server"] = {**sections.get("server", {}), "tls": tls}
        pair, strange = authority.issue("client"), other.issue("stranger")
        self.names |= {
            "ca": str(authority.path), "other_ca": str(other.path), "cert": str(pair[0]), "key": str(pair[1]),
            "other_cert": str(strange[0]), "other_key": str(strange[1]),
        }  # fmt: skip
        return authority.path, pair

    def _keyed(self, sections: dict[str, Any]) -> dict[str, Any]:
        """With a key made for each that the setup names; `${key_NAME}` is its text."""
        for name, section in sections.get("keys", {}).items():
            made = make_key(os.urandom)
            section |= {"id": made.id, "sha256": made.sha256}
            self.names[f"key_{name}"] = made.text
        return sections


def _models(base_url: str) -> list[dict[str, Any]]:
    prices = {"input_usd_per_million": 1.0, "output_usd_per_million": 1.0}
    takes = {"input_modalities": ["text", "image", "audio", "file"], "tools": True, "json_schema": True}
    return [{"name": name, "base_url": base_url, "capabilities": takes, **prices} for name in MODELS]


def _trailers(step: dict[str, Any]) -> dict[str, Any]:
    """As they are sent; {"$bytes": text} for what is no text."""
    trailers = step.get("trailers", {})
    return {key: value["$bytes"].encode() if isinstance(value, dict) else value for key, value in trailers.items()}


def _details(step: dict[str, Any]) -> dict[str, bytes]:
    """The status details of a failure that says why, as the service sends them."""
    said = step.get("error")
    if said is None:
        return {}
    parts: list[Message] = [ErrorInfo(reason=said["reason"], domain="pointsman.dev", metadata=said.get("metadata", {}))]
    if fields := said.get("field_violations"):
        parts.append(BadRequest(field_violations=[BadRequest.FieldViolation(**f) for f in fields]))
    if quotas := said.get("quota_violations"):
        parts.append(QuotaFailure(violations=[QuotaFailure.Violation(**q) for q in quotas]))
    if (wait_s := said.get("retry_after_s")) is not None:
        delay = Duration()
        delay.FromNanoseconds(round(wait_s * 1e9))
        parts.append(RetryInfo(retry_delay=delay))
    status = Status(code=StatusCode[step["code"]].value[0], message=step.get("details", "failed by the front"))
    for part in parts:
        status.details.add().Pack(part)
    return {"grpc-status-details-bin": status.SerializeToString()}
