"""Who calls, from the call's metadata and deadline."""

from __future__ import annotations

from urllib.parse import unquote

import grpc.aio

from pointsman_service.domain.requests import Caller
from pointsman_service.domain.trace_context import trace_context
from pointsman_service.errors import InvalidRequest
from pointsman_service.rpc.validation import Violations

TENANT_KEY = "x-pointsman-tenant"
OPERATOR_KEY = "x-pointsman-operator"
TRACEPARENT_KEY, TRACESTATE_KEY = "traceparent", "tracestate"
DEFAULT_TENANT = "default"
UNKNOWN_OPERATOR = "unknown"


def caller_of(context: grpc.aio.ServicerContext) -> Caller:
    """The tenant of `x-pointsman-tenant`, the seconds left, and the span of `traceparent`.

    Raises InvalidRequest for a malformed tenant, or two. A malformed traceparent is ignored.
    """
    tenant = _only(context, TENANT_KEY, "tenants")
    if tenant is not None:
        wrong = Violations()
        wrong.tenant(f"metadata {TENANT_KEY}", tenant)
        wrong.raise_if_any()
    parents = _values(context, TRACEPARENT_KEY)
    trace = trace_context(parents, _values(context, TRACESTATE_KEY)) if parents else None
    return Caller(tenant or DEFAULT_TENANT, context.time_remaining(), trace=trace)


def operator_of(context: grpc.aio.ServicerContext) -> str:
    """Who an operator says to be in `x-pointsman-operator`, else the address that the call comes from.

    Raises InvalidRequest for a malformed one, or two.
    """
    operator = _only(context, OPERATOR_KEY, "operators")
    if operator is None:
        return address_of(context.peer() or "")
    wrong = Violations()
    wrong.identifier(f"metadata {OPERATOR_KEY}", operator)
    wrong.raise_if_any()
    return operator


def address_of(peer: str) -> str:
    """The address of a peer as gRPC names it, without the port, which says nothing.

    >>> address_of("ipv4:10.0.0.7:51234"), address_of("ipv6:%5B::1%5D:51234"), address_of("unix:")
    ('10.0.0.7', '::1', 'unknown')
    """
    scheme, _, rest = unquote(peer).partition(":")
    address = rest.rpartition(":")[0].strip("[]") if scheme in {"ipv4", "ipv6"} else ""
    return address or UNKNOWN_OPERATOR


def _only(context: grpc.aio.ServicerContext, wanted: str, several: str) -> str | None:
    """The one value of a metadata key; the same one twice is no question."""
    values = set(_values(context, wanted))
    if len(values) > 1:
        raise InvalidRequest([(f"metadata {wanted}", f"is given twice, with different {several}")])
    return values.pop() if values else None


def _values(context: grpc.aio.ServicerContext, wanted: str) -> list[str]:
    return [value for key, value in context.invocation_metadata() or () if key == wanted]
