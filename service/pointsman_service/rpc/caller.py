"""Who calls, from the call's metadata and deadline."""

from __future__ import annotations

import re

import grpc.aio

from pointsman_service.domain.requests import Caller
from pointsman_service.errors import InvalidRequest

TENANT_KEY = "x-pointsman-tenant"
DEFAULT_TENANT = "default"
_TENANT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@-]{0,127}")


def caller_of(context: grpc.aio.ServicerContext) -> Caller:
    """The tenant of `x-pointsman-tenant` and the seconds left. Raises InvalidRequest for a malformed tenant, or two."""
    tenant = None
    for key, value in context.invocation_metadata() or ():
        if key == TENANT_KEY:
            if tenant not in {None, value}:
                raise InvalidRequest([(f"metadata {TENANT_KEY}", "is given twice, with different tenants")])
            tenant = checked_tenant(f"metadata {TENANT_KEY}", value)
    return Caller(tenant or DEFAULT_TENANT, context.time_remaining())


def checked_tenant(field: str, tenant: str) -> str:
    """The tenant as it is. Raises InvalidRequest, naming the field, where it is malformed.

    >>> checked_tenant("tenant", "team-a")
    'team-a'
    """
    if not isinstance(tenant, str) or not _TENANT.fullmatch(tenant):
        raise InvalidRequest([(field, "must be 1 to 128 letters, digits or ._:/@- and begin with a letter or digit")])
    return tenant
