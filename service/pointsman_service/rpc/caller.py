"""Who calls, from the call's metadata and deadline.

`admit` is asked by the border, before the request is received; what it found is there for the method that is called,
which grpc runs in the same task.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import unquote

import grpc.aio

from pointsman_service.domain.identity import ANYONE, Identity, Role
from pointsman_service.domain.names import MAX_NAME
from pointsman_service.domain.operations import ChangeContext
from pointsman_service.domain.requests import Caller
from pointsman_service.domain.trace_context import trace_context
from pointsman_service.errors import Fault, InvalidRequest
from pointsman_service.rpc.validation import Violations

AUTHORIZATION_KEY = "authorization"
TENANT_KEY = "x-pointsman-tenant"
OPERATOR_KEY = "x-pointsman-operator"
TRACEPARENT_KEY, TRACESTATE_KEY = "traceparent", "tracestate"
DEFAULT_TENANT = "default"
UNKNOWN_OPERATOR = "unknown"
COMMON_NAME = "x509_common_name"
"""As gRPC names it among what a connection was authenticated by."""


Metadata = Iterable[tuple[str, Any]]
"""Pairs that came with a call; the value is bytes where the key ends in -bin."""


class Access(Protocol):
    """What the border needs to know of callers; `application.access` implements it."""

    def identify(self, authorization: Sequence[str]) -> Identity:
        """Whom a call comes from. Raises Unauthenticated."""

    def require(self, identity: Identity, role: Role) -> None:
        """Raises PermissionDenied where the caller has not the role."""

    def tenant_of(self, identity: Identity, asked: str | None) -> str:
        """Whose the call is. Raises PermissionDenied, UnknownTenant."""


class Unguarded:
    """Access for anyone, as any tenant: of a server that guards nothing, in tests."""

    def identify(self, authorization: Sequence[str]) -> Identity:  # noqa: ARG002 - see the protocol
        """See the protocol."""
        return ANYONE

    def require(self, identity: Identity, role: Role) -> None:
        """See the protocol."""

    def tenant_of(self, identity: Identity, asked: str | None) -> str:  # noqa: ARG002 - see the protocol
        """See the protocol."""
        return asked or DEFAULT_TENANT


@dataclass(frozen=True, slots=True)
class Admitted:
    """A call that may go on. tenant: whose it is; None where the method is not about one tenant."""

    identity: Identity
    tenant: str | None


_ADMITTED: ContextVar[Admitted] = ContextVar("admitted")


def admit(metadata: Metadata, role: Role, access: Access) -> Admitted:
    """Let a call go on, or raise: Unauthenticated, PermissionDenied, UnknownTenant, InvalidRequest for a bad name.

    What operators ask is about no one tenant, so the header says nothing there.
    """
    identity = access.identify(_values(metadata, AUTHORIZATION_KEY))
    access.require(identity, role)
    tenant = None if role == "admin" else access.tenant_of(identity, _asked_tenant(metadata))
    admitted = Admitted(identity, tenant)
    _ADMITTED.set(admitted)
    return admitted


def caller_of(context: grpc.aio.ServicerContext) -> Caller:
    """The tenant and identity of an admitted call, the seconds left, and the span of `traceparent`.

    A malformed traceparent is ignored.
    """
    admitted = _ADMITTED.get()
    metadata = context.invocation_metadata() or ()
    parents = _values(metadata, TRACEPARENT_KEY)
    trace = trace_context(parents, _values(metadata, TRACESTATE_KEY)) if parents else None
    tenant = admitted.tenant or DEFAULT_TENANT
    return Caller(tenant, context.time_remaining(), trace=trace, identity=admitted.identity)


def is_operator(context: grpc.aio.ServicerContext) -> bool:
    """Whether the caller may read what is the operator's: with the role admin.

    Where nobody is asked for a key, whoever is on this machine, as AdminService takes it by default.
    """
    identity = _ADMITTED.get().identity
    if identity.authenticated:
        return "admin" in identity.roles
    return is_here(context.peer() or "")


def change_of(context: grpc.aio.ServicerContext, request_id: str | None) -> ChangeContext:
    """Who changes something, under which id.

    With authentication it is whom the key stands for, else whom the client's certificate does; who
    `x-pointsman-operator` says to be is told beside it. Without either it is that operator, else the address that the
    call comes from. Raises InvalidRequest for a malformed operator, or two.
    """
    identity, operator = _ADMITTED.get().identity, _operator(context.invocation_metadata() or ())
    if identity.authenticated:
        return ChangeContext(identity.name, request_id, client=identity.name, operator=operator)
    if certified := _certified(context):
        return ChangeContext(certified, request_id, client=certified, operator=operator)
    return ChangeContext(operator or address_of(context.peer() or ""), request_id)


def _certified(context: grpc.aio.ServicerContext) -> str:
    """The common name of the client's certificate, which was checked at the handshake; "" for none, and of the long."""
    names = (context.auth_context() or {}).get(COMMON_NAME, ())
    name = names[0].decode(errors="replace") if names else ""
    return name if name.isprintable() and len(name) <= MAX_NAME else ""


def address_of(peer: str) -> str:
    """The address of a peer as gRPC names it, without the port, which says nothing.

    >>> address_of("ipv4:10.0.0.7:51234"), address_of("ipv6:%5B::1%5D:51234"), address_of("unix:")
    ('10.0.0.7', '::1', 'unknown')
    """
    scheme, _, rest = unquote(peer).partition(":")
    address = rest.rpartition(":")[0].strip("[]") if scheme in {"ipv4", "ipv6"} else ""
    return address or UNKNOWN_OPERATOR


def is_here(peer: str) -> bool:
    """Whether a peer, as gRPC names it, is on this machine.

    >>> is_here("ipv4:127.0.0.1:51234"), is_here("ipv6:%5B::1%5D:1"), is_here("unix:"), is_here("ipv4:10.0.0.7:1")
    (True, True, True, False)
    """
    if peer.startswith("unix"):
        return True
    try:
        address = ipaddress.ip_address(address_of(peer))
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def _asked_tenant(metadata: Metadata) -> str | None:
    return _checked(metadata, TENANT_KEY, "tenants", Violations.tenant)


def _operator(metadata: Metadata) -> str | None:
    return _checked(metadata, OPERATOR_KEY, "operators", Violations.identifier)


def _checked(
    metadata: Metadata, wanted: str, several: str, check: Callable[[Violations, str, str], object]
) -> str | None:
    """The one value of a metadata key, None for none. Raises InvalidRequest where it is malformed, or there are two."""
    value = _only(metadata, wanted, several)
    if value is not None:
        wrong = Violations()
        check(wrong, f"metadata {wanted}", value)
        wrong.raise_if_any()
    return value


def _only(metadata: Metadata, wanted: str, several: str) -> str | None:
    """The one value of a metadata key; the same one twice is no question."""
    values = set(_values(metadata, wanted))
    if len(values) > 1:
        raise InvalidRequest([(f"metadata {wanted}", f"is given twice, with different {several}")], Fault.CONFLICTING)
    return values.pop() if values else None


def _values(metadata: Metadata, wanted: str) -> list[str]:
    return [value for key, value in metadata if key == wanted]
