"""Who asks, as far as limits go: the limits of the caller's key, and those of the tenant that it calls as."""

from __future__ import annotations

from pointsman_service.application.admission import Limited, Requester
from pointsman_service.application.tenants import TenantBook
from pointsman_service.domain.identity import Identity, Limits

_NONE = Limits()


class Requesters:
    """tenants: those in force, whose limits may change while the service runs."""

    def __init__(self, tenants: TenantBook) -> None:
        self._tenants = tenants

    def of(self, identity: Identity, tenant: str) -> Requester:
        """Calls of one key take turns as one caller; without authentication those of one tenant do.

        Tenants that nobody configured are one: else a new name would be a new allowance.
        """
        known = self._tenants.known_as(tenant)
        limited = self.of_key(identity)
        limits = self._tenants.of(known).limits
        if limits != _NONE:
            limited.append(Limited("tenant", known, limits))
        return Requester(identity.key_id or known, tuple(limited))

    @staticmethod
    def of_key(identity: Identity) -> list[Limited]:
        """The limits of the key alone; none for a key without any, and where nobody is asked for one."""
        if identity.limits is None or identity.limits == _NONE:
            return []
        return [Limited("key", identity.key_id.removeprefix("key:"), identity.limits)]
