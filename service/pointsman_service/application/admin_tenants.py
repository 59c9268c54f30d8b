"""Tenants, as operators look at and change them."""

from __future__ import annotations

from pointsman_service.application.admin_part import AdminPart
from pointsman_service.application.changes import Edit
from pointsman_service.application.edits import check_etag, created, deleted, updated
from pointsman_service.domain.configuration import SWITCHES, InForce
from pointsman_service.domain.near_miss import nearest
from pointsman_service.domain.operations import ChangeContext, Changed, Fields, Page, PageRequest, TenantState
from pointsman_service.domain.pages import page_of
from pointsman_service.errors import AlreadyExists, Fault, InvalidRequest, UnknownTenant

KIND = "tenants"


class TenantAdmin(AdminPart):
    """Implements the part of `rpc.application.Admin` that is about tenants."""

    async def list_tenants(self, page: PageRequest) -> Page[TenantState]:
        """See the port."""
        now = self._p.configuration.check()
        names = page_of(sorted(now.tenants), page, str)
        return Page([self._tenant(name, now) for name in names.items], names.next_token)

    async def get_tenant(self, name: str) -> TenantState:
        """See the port."""
        return self._tenant(name, self._p.configuration.check())

    async def create_tenant(self, name: str, fields: Fields, change: ChangeContext) -> Changed[TenantState]:
        """See the port."""

        def edit(now: InForce) -> Edit:
            if (KIND, name) in SWITCHES:
                raise InvalidRequest(
                    [("tenant.tenant", f"no tenant can be named {name!r}: {KIND}.{name} is a switch")],
                    Fault.NOT_ALLOWED,
                )
            if name in now.tenants:
                raise AlreadyExists(f"the tenant {name!r} is configured already; update it", tenant=name)
            return created(now.layers, KIND, name, fields)

        replayed = await self._p.changes.make("CreateTenant", {"name": name, "fields": fields}, change, edit)
        return Changed(await self.get_tenant(name), replayed)

    async def update_tenant(
        self, name: str, fields: Fields, etag: str | None, change: ChangeContext
    ) -> Changed[TenantState]:
        """See the port."""

        def edit(now: InForce) -> Edit:
            _refuse_unknown(now, name)
            check_etag(now, KIND, name, etag)
            return updated(now.layers, KIND, name, fields)

        content = {"name": name, "fields": fields, "etag": etag}
        replayed = await self._p.changes.make("UpdateTenant", content, change, edit)
        return Changed(await self.get_tenant(name), replayed)

    async def delete_tenant(self, name: str, etag: str | None, change: ChangeContext) -> Changed[None]:
        """See the port."""

        def edit(now: InForce) -> Edit:
            _refuse_unknown(now, name)
            check_etag(now, KIND, name, etag)
            return deleted(now.layers, KIND, name)

        return Changed(None, await self._p.changes.make("DeleteTenant", {"name": name, "etag": etag}, change, edit))

    def _tenant(self, name: str, now: InForce) -> TenantState:
        ceiling = self._p.ledger.ceiling(name)
        at = self._p.now()
        return TenantState(
            config=self._p.tenants.of(name),
            etag=now.etags.get((KIND, name), ""),
            spent_usd=self._p.ledger.spent(name, at),
            period_ends_at=None if ceiling.usd is None else (at // ceiling.period_s + 1) * ceiling.period_s,
            paced_cost_weight=self._p.watch.paced_cost_weight(name),
            guarantee=self._p.watch.guarantee(name),
        )


def _refuse_unknown(now: InForce, name: str) -> None:
    if name not in now.tenants:
        known = nearest(name, sorted(now.tenants)) if now.tenants else "; none is configured"
        raise UnknownTenant(f"no tenant is named {name!r}{known}", tenant=name)
