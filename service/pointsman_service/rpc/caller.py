"""Who calls, from the call's metadata and deadline."""

from __future__ import annotations

import re

import grpc.aio

from pointsman_service.domain.requests import Caller
from pointsman_service.domain.trace_context import trace_context
from pointsman_service.errors import InvalidRequest

TENANT_KEY = "x-pointsman-tenant"
TRACEPARENT_KEY, TRACESTATE_KEY = "traceparent", "tracestate"
DEFAULT_TENANT = "default"
_TENANT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@-]{0,127}")


def caller_of(context: grpc.aio.ServicerContext) -> Caller:
    """The tenant of `x-pointsman-tenant`, the seconds left, and the span of `traceparent`.

    Raises InvalidRequest for a malformed tenant, or two. A malformed traceparent is ignored.
    """
    tenant = None
    parents: list[str] = []
    states: list[str] = []
    for key, value in context.invocation_metadata() or ():
        if key == TRACEPARENT_KEY:
            parents.append(value)
        elif key == TRACESTATE_KEY:
            states.append(value)
        elif key == TENANT_KEY:
            if tenant not in {None, value}:
                raise InvalidRequest([(f"metadata {TENANT_KEY}", "is given twice, with different tenants")])
            tenant = checked_tenant(f"metadata {TENANT_KEY}", value)
    trace = trace_context(parents, states) if parents else None
    return Caller(tenant or DEFAULT_TENANT, context.time_remaining(), trace)


def checked_tenant(field: str, tenant: str) -> str:
    """The tenant as it is. Raises InvalidRequest, naming the field, where it is malformed.

    >>> checked_tenant("tenant", "team-a")
    'team-a'
    """
    if not isinstance(tenant, str) or not _TENANT.fullmatch(tenant):
        raise InvalidRequest([(field, "must be 1 to 128 letters, digits or ._:/@- and begin with a letter or digit")])
    return tenant
