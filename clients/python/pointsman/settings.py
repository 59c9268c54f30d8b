"""What a client is made with, and what each call says of its own: address, tenant, metadata, deadline."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict

import grpc

from pointsman.arguments import invalid, items, shown
from pointsman.retry import RetryPolicy

DEFAULT_ADDRESS = "127.0.0.1:50051"
DEFAULT_TENANT = "default"
DEFAULT_TIMEOUT_S = 120.0
ADDRESS_VARIABLE = "POINTSMAN_ADDRESS"
TENANT_VARIABLE = "POINTSMAN_TENANT"
TENANT_KEY = "x-pointsman-tenant"

Metadata = Sequence[tuple[str, str | bytes]]
"""gRPC metadata: pairs, for instance [("traceparent", "00-...")]. Keys in -bin have bytes, others a text in ASCII."""

_WITHOUT_BLANKS = re.compile(r"[!-~]+")
_PRINTABLE = re.compile(r"[ -~]*")
_KEY = re.compile(r"[0-9a-z_.-]+")
# About thirty years; beyond some three hundred, gRPC's clock overflows and the call ends at once.
_LONGEST_TIMEOUT_S = 1e9
# gRPC's own name resolvers; any other scheme, as http, it would take for a host's name.
_SCHEME = re.compile(r"(?!dns:|unix:|unix-abstract:|ipv4:|ipv6:|vsock:|xds:|google-c2p:)[A-Za-z][A-Za-z0-9+.-]*://")


class CallOptions(TypedDict, total=False):
    """What every call may say of its own; what is left out is the client's.

    tenant: whose call this is. metadata: pairs that are sent beside those of the client. timeout_s: deadline in
    seconds, retries included; None for no deadline.
    """

    tenant: str
    metadata: Metadata
    timeout_s: float | None


@dataclass(frozen=True, slots=True)
class Terms:
    """How one call is sent. timeout_s: seconds, None for no deadline; metadata: the tenant's among it."""

    timeout_s: float | None
    metadata: tuple[tuple[str, str | bytes], ...]


@dataclass(frozen=True, slots=True)
class Settings:
    """What a client was made with, checked."""

    address: str
    tenant: str
    timeout_s: float | None
    metadata: tuple[tuple[str, str | bytes], ...]
    retry: RetryPolicy
    credentials: grpc.ChannelCredentials | None

    def terms(self, options: CallOptions) -> Terms:
        """How a call with these options is sent."""
        tenant = checked_tenant(options["tenant"], "tenant") if "tenant" in options else self.tenant
        timeout_s = checked_timeout(options["timeout_s"]) if "timeout_s" in options else self.timeout_s
        own = checked_metadata(options.get("metadata", ()))
        return Terms(timeout_s, ((TENANT_KEY, tenant), *self.metadata, *own))


def settings_of(
    *,
    address: str | None,
    tenant: str | None,
    timeout_s: float | None,
    metadata: Metadata,
    retry: RetryPolicy,
    credentials: grpc.ChannelCredentials | None,
    channel: object,
    channel_class: type,
) -> Settings:
    """The arguments of a client, checked; address and tenant that are None come from the environment.

    Raises InvalidRequest. channel_class: what a channel that is handed in must be.
    """
    if channel is not None and (address is not None or credentials is not None):
        raise invalid("channel", "has an address and credentials of its own: leave out address= and credentials=")
    if channel is not None and not isinstance(channel, channel_class):
        wanted = f"{channel_class.__module__}.{channel_class.__qualname__}"
        raise invalid(
            "channel", f"must be a {wanted}, not {shown(channel)}: Client takes those of grpc, AsyncClient of grpc.aio"
        )
    if credentials is not None and not isinstance(credentials, grpc.ChannelCredentials):
        raise invalid(
            "credentials", f"must be those of grpc.ssl_channel_credentials() or alike, not {shown(credentials)}"
        )
    if not isinstance(retry, RetryPolicy):
        raise invalid("retry", f"must be a RetryPolicy, for instance RetryPolicy(attempts=3), not {shown(retry)}")
    return Settings(
        address=_address(address) if channel is None else "the address of the channel that was handed in",
        tenant=_tenant(tenant),
        timeout_s=checked_timeout(timeout_s),
        metadata=checked_metadata(metadata),
        retry=retry,
        credentials=credentials,
    )


def checked_tenant(tenant: object, path: str) -> str:
    """The tenant, if it can be sent as metadata: the service says what else a name must be."""
    if not isinstance(tenant, str) or not _WITHOUT_BLANKS.fullmatch(tenant):
        raise invalid(path, f"must be a name in ASCII without blanks, for instance 'team-a', not {shown(tenant)}")
    return tenant


def checked_timeout(timeout_s: object) -> float | None:
    """The timeout, if it is one."""
    number = isinstance(timeout_s, int | float) and not isinstance(timeout_s, bool)
    if timeout_s is not None and not (number and 0 < timeout_s <= _LONGEST_TIMEOUT_S):  # type: ignore[operator]
        raise invalid("timeout_s", f"must be seconds above 0, or None for no deadline, not {shown(timeout_s)}")
    return timeout_s  # type: ignore[return-value]


def checked_metadata(metadata: object) -> tuple[tuple[str, str | bytes], ...]:
    """The pairs, if gRPC can send them."""
    if isinstance(metadata, Mapping):
        raise invalid("metadata", "must be pairs, as list(your_dict.items()) gives; for labels of a query, use labels=")
    return tuple(_pair(pair, f"metadata[{i}]") for i, pair in enumerate(items(metadata, "metadata", "pairs")))


def _pair(pair: object, path: str) -> tuple[str, str | bytes]:
    match pair:
        case (str(key), str() | bytes() as value):
            pass
        case _:
            raise invalid(path, f"must be a pair like ('authorization', 'Bearer ...'), not {shown(pair)}")
    if key == TENANT_KEY:
        raise invalid(path, "names the tenant: use tenant= for it")
    if not _KEY.fullmatch(key) or key.startswith("grpc-"):
        raise invalid(
            path, f"has a key that gRPC refuses, {shown(key)}: lower-case ASCII, and none that begins with grpc-"
        )
    if key.endswith("-bin") is not isinstance(value, bytes):
        raise invalid(path, "must have bytes where its key ends in -bin, and a text where it does not")
    if isinstance(value, str) and not _PRINTABLE.fullmatch(value):
        raise invalid(
            path, f"must have printable ASCII under {key!r}: for anything else, use {key + '-bin'!r} and bytes"
        )
    return key, value


def _address(given: str | None) -> str:
    path = "address" if given is not None else ADDRESS_VARIABLE
    address = given if given is not None else os.environ.get(ADDRESS_VARIABLE) or DEFAULT_ADDRESS
    problem = f"must be HOST:PORT, for instance {DEFAULT_ADDRESS!r}, not {shown(address)}"
    if not isinstance(address, str) or not _WITHOUT_BLANKS.fullmatch(address) or ":" not in address:
        raise invalid(path, problem)
    if _SCHEME.match(address):
        raise invalid(
            path, f"{problem}: leave the scheme out; for TLS, pass credentials=grpc.ssl_channel_credentials()"
        )
    return address


def _tenant(given: str | None) -> str:
    if given is not None:
        return checked_tenant(given, "tenant")
    return checked_tenant(os.environ.get(TENANT_VARIABLE) or DEFAULT_TENANT, TENANT_VARIABLE)
