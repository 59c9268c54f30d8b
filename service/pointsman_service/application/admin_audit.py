"""Who changed what, as auditors look at it."""

from __future__ import annotations

import asyncio

from pointsman_service.application.admin_part import AdminPart
from pointsman_service.domain.audit import AuditEntry, AuditQuery, entries, newest_first
from pointsman_service.domain.operations import Page, PageRequest
from pointsman_service.domain.pages import page_of


class AuditAdmin(AdminPart):
    """Implements the part of `rpc.application.Admin` that is about the audit trail."""

    async def list_audit_entries(self, query: AuditQuery, page: PageRequest) -> Page[AuditEntry]:
        """See the port."""
        found = await asyncio.to_thread(lambda: newest_first(list(entries(self._p.configuration.history())), query))
        return page_of(found, page, lambda entry: str(entry.position))
