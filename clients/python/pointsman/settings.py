"""What a client is made with, and what each call says of its own: address, tenant, metadata, deadline."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import TypedDict

import grpc

from pointsman.arguments import invalid, items, shown
from pointsman.channel import for_operators
from pointsman.retry import RetryPolicy
from pointsman.telemetry import Spans, Untold, telemetry_of
from pointsman.tls import credentials_of

DEFAULT_ADDRESS = "127.0.0.1:50051"
DEFAULT_TENANT = "default"
DEFAULT_TIMEOUT_S = 120.0
ADDRESS_VARIABLE = "POINTSMAN_ADDRESS"
ADMIN_ADDRESS_VARIABLE = "POINTSMAN_ADMIN_ADDRESS"
TENANT_VARIABLE = "POINTSMAN_TENANT"
API_KEY_VARIABLE = "POINTSMAN_API_KEY"
TENANT_KEY = "x-pointsman-tenant"
AUTHORIZATION_KEY = "authorization"

Metadata = Sequence[tuple[str, str | bytes]]
"""gRPC metadata: pairs, for instance [("traceparent", "00-...")]. Keys in -bin have bytes, others a text in ASCII."""

_WITHOUT_BLANKS = re.compile(r"[!-~]+")
_PRINTABLE = re.compile(r"[ -~]*")
_KEY = re.compile(r"[0-9a-z_.-]+")
# About thirty years; beyond some three hundred, gRPC's clock overflows and the call ends at once.
_LONGEST_TIMEOUT_S = 1e9
# gRPC's own name resolvers; any other scheme, as http, it would take for a host's name.
_SCHEME = re.compile(r"(?!dns:|unix:|unix-abstract:|ipv4:|ipv6:|vsock:|xds:|google-c2p:)[A-Za-z][A-Za-z0-9+.-]*://")

_LAST_PORT = 65_535
_PORT = re.compile(r"[0-9]{1,5}")
# A host and one colon, so that what follows is a port; an address with a scheme has another form.
_HOST_AND_PORT = re.compile(r"(?!unix:|unix-abstract:|vsock:)([^:/]+|\[[^]]+\]):[^:/]*")


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

    def beside(self, more: tuple[tuple[str, str | bytes], ...]) -> Terms:
        """With more metadata."""
        return Terms(self.timeout_s, (*self.metadata, *more)) if more else self


@dataclass(frozen=True, slots=True)
class Settings:
    """What a client was made with, checked.

    admin_address: where AdminService is asked. tenant: None for the key's own, which the service knows.
    """

    address: str
    admin_address: str
    tenant: str | None
    timeout_s: float | None
    metadata: tuple[tuple[str, str | bytes], ...]
    retry: RetryPolicy
    credentials: grpc.ChannelCredentials | None
    api_key: str | None = field(default=None, repr=False)
    compression: grpc.Compression = grpc.Compression.NoCompression
    telemetry: Untold | Spans = field(default_factory=Untold)

    def address_of(self, request: object) -> str:
        """Where the request is sent."""
        return self.admin_address if for_operators(request) else self.address

    def terms(self, options: CallOptions) -> Terms:
        """How a call with these options is sent."""
        tenant = checked_tenant(options["tenant"], "tenant") if "tenant" in options else self.tenant
        timeout_s = checked_timeout(options["timeout_s"]) if "timeout_s" in options else self.timeout_s
        own = checked_metadata(options.get("metadata", ()))
        said = (*self.metadata, *own)
        return Terms(timeout_s, (*self._who(tenant, said), *said))

    def _who(self, tenant: str | None, said: Metadata) -> Metadata:
        """Whose the call is, and who calls; an `authorization` among the metadata takes the key's place."""
        of_tenant = () if tenant is None else ((TENANT_KEY, tenant),)
        if self.api_key is None or any(key == AUTHORIZATION_KEY for key, _ in said):
            return of_tenant
        return (*of_tenant, (AUTHORIZATION_KEY, f"Bearer {self.api_key}"))


def settings_of(
    *,
    address: str | None,
    admin_address: str | None,
    tenant: str | None,
    timeout_s: float | None,
    metadata: Metadata,
    retry: RetryPolicy,
    credentials: grpc.ChannelCredentials | None,
    channel: object,
    channel_class: type,
    tls: tuple[object, object, object] = (None, None, None),
    api_key: str | None = None,
    plain_key: bool = False,
    compression: object = None,
    telemetry: object = False,
) -> Settings:
    """The arguments of a client, checked; addresses, tenant and key that are None come from the environment.

    Raises InvalidRequest. tls: files of CA, certificate and key. channel_class: what a channel that comes must be.
    """
    if channel is not None and (address is not None or admin_address is not None or credentials is not None):
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
    if channel is None and credentials is None:
        credentials = credentials_of(*tls)
    elif any(given is not None for given in tls):
        raise invalid("tls_ca", "leave out tls_ca=, tls_cert= and tls_key= where there is a channel= or credentials=")
    if channel is not None and compression is not None:
        raise invalid("compression", "is the channel's own: leave it out where there is a channel=")
    if not isinstance(retry, RetryPolicy):
        raise invalid("retry", f"must be a RetryPolicy, for instance RetryPolicy(attempts=3), not {shown(retry)}")
    key, there = _api_key(api_key), "the address of the channel that was handed in"
    callers = _address(address) if channel is None else there
    operators = _admin_address(admin_address, callers) if channel is None else there
    if key is not None and channel is None and credentials is None and not plain_key:
        _refuse_plain_key(callers, operators)
    return Settings(
        address=callers,
        admin_address=operators,
        tenant=_tenant(tenant, named_by_key=key is not None),
        timeout_s=checked_timeout(timeout_s),
        metadata=checked_metadata(metadata),
        retry=retry,
        credentials=credentials,
        api_key=key,
        compression=_compression(compression),
        telemetry=telemetry_of(telemetry, callers),
    )


def _compression(name: object) -> grpc.Compression:
    match name:
        case None | "none":
            return grpc.Compression.NoCompression
        case "gzip":
            return grpc.Compression.Gzip
    raise invalid("compression", f"must be 'gzip' or 'none', not {shown(name)}")


def _refuse_plain_key(*addresses: str) -> None:
    away = next((address for address in addresses if not is_local(address)), None)
    if away is not None:
        raise invalid(
            "api_key",
            f"would go to {away} unencrypted: pass credentials=grpc.ssl_channel_credentials(), or plain_key=True "
            "where the network is trusted",
        )


def is_local(address: str) -> bool:
    """Whether what is sent there stays on this machine.

    >>> [is_local(a) for a in ("127.0.0.1:1", "localhost:1", "[::1]:1", "unix:/p.sock", "10.0.0.7:1", "localhost.x:1")]
    [True, True, True, True, False, False]
    """
    if address.startswith(("unix:", "unix-abstract:")):
        return True
    host = re.sub(r"^(dns:///?|ipv4:|ipv6:)", "", address).rpartition(":")[0].strip("[]")
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


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
    if given is not None:
        return _checked_address(given, "address")
    return _checked_address(os.environ.get(ADDRESS_VARIABLE) or DEFAULT_ADDRESS, ADDRESS_VARIABLE)


def _admin_address(given: str | None, callers: str) -> str:
    """Where operators ask: what is said, else the port after that of callers; where that has no port, the same."""
    if given is not None:
        return _checked_address(given, "admin_address")
    if said := os.environ.get(ADMIN_ADDRESS_VARIABLE):
        return _checked_address(said, ADMIN_ADDRESS_VARIABLE)
    host, _, port = callers.rpartition(":")
    return f"{host}:{int(port) + 1}" if _is_port(port) and int(port) < _LAST_PORT else callers


def _checked_address(address: object, path: str) -> str:
    problem = f"must be HOST:PORT, for instance {DEFAULT_ADDRESS!r}, not {shown(address)}"
    if not isinstance(address, str) or not _WITHOUT_BLANKS.fullmatch(address) or ":" not in address:
        raise invalid(path, problem)
    if _SCHEME.match(address):
        raise invalid(
            path, f"{problem}: leave the scheme out; for TLS, pass credentials=grpc.ssl_channel_credentials()"
        )
    if _HOST_AND_PORT.fullmatch(address) and not _is_port(address.rpartition(":")[2]):
        raise invalid(path, f"{problem}: a port is a number from 1 to {_LAST_PORT}")
    return address


def _is_port(text: str) -> bool:
    return _PORT.fullmatch(text) is not None and 0 < int(text) <= _LAST_PORT


def _tenant(given: str | None, *, named_by_key: bool) -> str | None:
    """The tenant to name; None where nobody named one and the key has its own."""
    if given is not None:
        return checked_tenant(given, "tenant")
    said = os.environ.get(TENANT_VARIABLE)
    if not said and named_by_key:
        return None
    return checked_tenant(said or DEFAULT_TENANT, TENANT_VARIABLE)


def _api_key(given: str | None) -> str | None:
    """The key, if it can be sent. What is wrong with it is said without it."""
    key: object = given if given is not None else os.environ.get(API_KEY_VARIABLE) or None
    if key is None:
        return None
    if not isinstance(key, str) or not _WITHOUT_BLANKS.fullmatch(key):
        path = "api_key" if given is not None else API_KEY_VARIABLE
        raise invalid(path, "must be a key as `pointsman keys create` prints it, in ASCII without blanks")
    return key
