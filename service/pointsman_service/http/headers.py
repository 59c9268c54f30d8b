"""Who calls, for whom, and how long they wait: from a request's headers; and what its query string says.

Names are those of the gRPC door's metadata, and what SDKs send by themselves.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from typing import Protocol

from multidict import CIMultiDictProxy, MultiMapping

from pointsman_service.domain.identity import Identity, Role
from pointsman_service.domain.near_miss import nearest
from pointsman_service.domain.request_limits import MAX_ID
from pointsman_service.domain.requests import Caller
from pointsman_service.domain.trace_context import trace_context
from pointsman_service.domain.violations import Violations
from pointsman_service.errors import Fault, InvalidRequest

AUTHORIZATION, API_KEY = "authorization", "x-api-key"
OWN = "x-pointsman-"
"""What names of our headers begin with."""
TENANT = "x-pointsman-tenant"
OPERATOR = "x-pointsman-operator"
"""Means something at the gRPC door alone; who sends it with everything is understood."""
TIMEOUT = "x-pointsman-timeout"
"""Seconds that the caller waits."""
SDK_TIMEOUTS = ("x-stainless-read-timeout", "x-stainless-timeout")
"""Seconds after which OpenAI's and Anthropic's SDKs hang up, as they tell themselves."""
IDEMPOTENCY = ("idempotency-key", "x-pointsman-request-id")
LONGEST_S = 86_400.0

Headers = CIMultiDictProxy[str]


class Access(Protocol):
    """What the border needs to know of callers; `application.access` implements it."""

    def identify(self, authorization: Sequence[str]) -> Identity:
        """Whom a call comes from. Raises Unauthenticated."""

    def require(self, identity: Identity, role: Role) -> None:
        """Raises PermissionDenied where the caller has not the role."""

    def tenant_of(self, identity: Identity, asked: str | None) -> str:
        """Whose the call is. Raises PermissionDenied, UnknownTenant."""


def admitted(headers: Headers, role: Role, access: Access) -> tuple[Identity, str]:
    """Who may go on, as which tenant. Raises Unauthenticated, PermissionDenied, UnknownTenant, InvalidRequest."""
    identity = access.identify(credentials(headers))
    access.require(identity, role)
    if role == "admin":
        return identity, ""
    asked = only(headers, TENANT)
    if asked is not None:
        check(Violations.tenant, TENANT, asked)
    return identity, access.tenant_of(identity, asked)


def credentials(headers: Headers) -> list[str]:
    """The values of `authorization`, with Anthropic's `x-api-key` as one; the same key twice is one."""
    bearers = headers.getall(AUTHORIZATION, [])
    keys = [f"Bearer {key}" for key in headers.getall(API_KEY, [])]
    return list(dict.fromkeys((*bearers, *keys))) if keys else list(bearers)


def caller_of(headers: Headers, identity: Identity, tenant: str, default_s: float) -> Caller:
    """The caller, the seconds left and the span of `traceparent`. default_s: where no timeout is told."""
    parents = headers.getall("traceparent", [])
    trace = trace_context(parents, headers.getall("tracestate", [])) if parents else None
    return Caller(tenant, deadline_of(headers, default_s), trace=trace, identity=identity)


def deadline_of(headers: Headers, default_s: float) -> float:
    """Seconds that the caller waits: as told to us; else the default, and no longer than the SDK waits.

    SDKs wait for ten minutes unless told otherwise, which nobody chose. Raises InvalidRequest.
    """
    said = only(headers, TIMEOUT)
    if said is not None:
        seconds = _number(said)
        if seconds is None or not 0.0 < seconds <= LONGEST_S:
            why = f"must be seconds, above 0 and at most {LONGEST_S:g}"
            raise InvalidRequest([(f"header {TIMEOUT}", why)], Fault.OUT_OF_RANGE)
        return seconds
    told = [_number(headers[name]) for name in SDK_TIMEOUTS if name in headers]
    return min([default_s, *(seconds for seconds in told if seconds is not None and seconds > 0.0)])


def request_id_of(headers: Headers) -> str | None:
    """The id under which the same request gets the same answer. Raises InvalidRequest."""
    found = {value for name in IDEMPOTENCY for value in headers.getall(name, [])}
    if len(found) > 1:
        raise InvalidRequest([(f"header {IDEMPOTENCY[0]}", "is given twice, with different ids")], Fault.CONFLICTING)
    if not found:
        return None
    return check(Violations.identifier, IDEMPOTENCY[0], found.pop())


def only(headers: Headers, name: str) -> str | None:
    """The one value of a header; the same one twice is no question. Raises InvalidRequest for two."""
    values = headers.getall(name, None)
    if values is None:
        return None
    if len(set(values)) > 1:
        raise InvalidRequest([(f"header {name}", "is given twice, with different values")], Fault.CONFLICTING)
    return values[0]


def refuse_unknown(headers: Headers, known: Collection[str]) -> None:
    """Raises InvalidRequest for headers of our name that mean nothing: who misspelt one would believe that it holds."""
    wrong = Violations()
    for name in dict.fromkeys(name.lower() for name in headers):
        if name.startswith(OWN) and name not in known:
            why = f"is not taken here{nearest(name[:MAX_ID], sorted(known))}"
            wrong.add(f"header {name[:MAX_ID]}", why, Fault.NOT_ALLOWED)
    wrong.raise_if_any()


def parameters_of(query: MultiMapping[str]) -> dict[str, str]:
    """Of the query string, each once. Raises InvalidRequest for one that is given twice."""
    wrong = Violations()
    for name in dict.fromkeys(name for name in query if len(query.getall(name)) > 1):
        wrong.add(name[:MAX_ID], "is given twice", Fault.CONFLICTING)
    wrong.raise_if_any()
    return dict(query)


def check(by: Callable[[Violations, str, str], str], name: str, value: str) -> str:
    """The value of a header, checked. Raises InvalidRequest."""
    wrong = Violations()
    by(wrong, f"header {name}", value)
    wrong.raise_if_any()
    return value


def printable(value: str | None) -> bool:
    """Whether a header's value can be told again."""
    return value is not None and value.isprintable() and 0 < len(value) <= MAX_ID


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
