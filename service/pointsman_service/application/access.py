"""Who calls, what they may do, and as which tenant: what every door asks before it does any work.

A caller hears one answer for a key that nobody made, one that was revoked and a guess; that a key has expired is said
to who has it. Roles and tenants are checked before anything is looked up, so no error tells what another tenant has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from pointsman_service.application.tenants import DEFAULT_TENANT, TenantBook
from pointsman_service.domain.api_keys import ApiKey, id_of, same_digest
from pointsman_service.domain.identity import ANYONE, Identity, Role
from pointsman_service.domain.near_miss import nearest
from pointsman_service.errors import PermissionDenied, Unauthenticated, UnknownTenant
from pointsman_service.ports import TokenVerifier

MAX_CREDENTIAL = 8_192
"""Characters of the longest credential that is looked at: what a header may have by the habits of HTTP servers."""

HOW = (
    "send the metadata `authorization: Bearer KEY`; on the machine with the storage folder, `pointsman keys create NAME"
    " --role call --folder FOLDER` makes a key"
)
_REFUSED = f"the key or token is not valid, or not any more; {HOW}"


class Access:
    """Knows the keys in force. enabled: whether one is asked for; open_tenants: whether any name may be a tenant's.

    tokens: of another issuer, None where none are taken; now: seconds since the epoch. stranger: hears why of each who
    has no valid key or token, without what it sent.
    """

    def __init__(
        self,
        tenants: TenantBook,
        now: Callable[[], float],
        *,
        enabled: bool = False,
        open_tenants: bool = False,
        tokens: TokenVerifier | None = None,
        stranger: Callable[[str], None] = lambda _why: None,
    ) -> None:
        self._tenants = tenants
        self._now = now
        self._enabled = enabled
        self._stranger = stranger
        self._open = open_tenants
        self._tokens = tokens
        self._keys: Mapping[str, tuple[ApiKey, Identity]] = {}

    def put_in_force(self, keys: Iterable[ApiKey], *, open_tenants: bool | None = None) -> None:
        """From now on these, and no others. open_tenants: None leaves it as it is."""
        self._keys = {key.id: (key, key.identity) for key in keys}
        self._open = self._open if open_tenants is None else open_tenants

    def identify(self, authorization: Sequence[str]) -> Identity:
        """Whom a call comes from. authorization: each value of the header of that name. Raises Unauthenticated."""
        try:
            return self._identified(authorization)
        except Unauthenticated as error:
            self._stranger(str(error))
            raise

    def _identified(self, authorization: Sequence[str]) -> Identity:
        if not self._enabled:
            return ANYONE
        if not authorization:
            raise Unauthenticated(f"this service asks who calls: {HOW}")
        if len(authorization) > 1:
            raise Unauthenticated("there are two `authorization` headers; send one")
        credential = _credential(authorization[0])
        key_id = id_of(credential)
        if key_id is not None:
            return self._of_key(key_id, credential)
        if self._tokens is not None and credential.count(".") == 2:  # the parts of a JWS
            return self._tokens.verify(credential, self._now())
        raise Unauthenticated(_REFUSED)

    def require(self, identity: Identity, role: Role) -> None:
        """Raises PermissionDenied where a caller has not the role."""
        if role not in identity.roles:
            has = ", ".join(sorted(identity.roles)) or "none"
            raise PermissionDenied(f"{identity.name!r} needs the role {role!r} for this; it has {has}", needs=role)

    def tenant_of(self, identity: Identity, asked: str | None) -> str:
        """Whose a call is: the tenant that it asks for, else the caller's own.

        Raises PermissionDenied for one that the caller may not act for, whether it exists or not; UnknownTenant.
        """
        tenant = asked or identity.tenant or DEFAULT_TENANT
        if not identity.may_act_for(tenant):  # of a token that names no tenant, the default one neither
            raise PermissionDenied(f"{identity.name!r} may not act for the tenant {tenant!r}", tenant=tenant)
        if not (self._open or self._tenants.has(tenant)):
            raise self._unknown(tenant, identity)
        return tenant

    def _of_key(self, key_id: str, credential: str) -> Identity:
        known, now = self._keys.get(key_id), self._now()
        if known is None:
            same_digest(credential, None, None)  # as long as for a known one
            raise Unauthenticated(_REFUSED)
        key, identity = known
        if not key.is_opened_by(credential, now):
            raise Unauthenticated(_REFUSED)
        if key.has_expired(now):
            raise Unauthenticated(f"the key {key.name!r} has expired; `pointsman keys create` makes another")
        return identity

    def _unknown(self, tenant: str, identity: Identity) -> UnknownTenant:
        """With those that it may have meant, of those that the caller may act for."""
        own = [name for name in self._tenants.names if identity.may_act_for(name)]
        return UnknownTenant(
            f"no tenant is named {tenant!r}{nearest(tenant, own)}; configure it, or set tenants.open = true",
            tenant=tenant,
        )


def _credential(value: str) -> str:
    """What follows `Bearer`. Raises Unauthenticated for another scheme, and for what is too long to be looked at."""
    scheme, _, credential = value[: MAX_CREDENTIAL + 1].partition(" ")
    credential = credential.strip()
    if scheme.lower() != "bearer" or not credential:
        raise Unauthenticated(f"`authorization` is not of the form `Bearer KEY`; {HOW}")
    if len(value) > MAX_CREDENTIAL:
        raise Unauthenticated(f"the credential is longer than {MAX_CREDENTIAL} characters")
    return credential
