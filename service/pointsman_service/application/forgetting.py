"""Forgetting an end user, as an operator asks for it: at once, in every process, and in the log without saying who."""

from __future__ import annotations

import asyncio

from pointsman_service.application.admin_part import AdminPart
from pointsman_service.application.end_users import pseudonym
from pointsman_service.domain.operations import ChangeContext, Changed
from pointsman_service.ports import Forgotten


class ForgettingAdmin(AdminPart):
    """Implements the part of `rpc.application.Admin` that is about end users."""

    async def forget_end_user(self, tenant: str, end_user_id: str, change: ChangeContext) -> Changed[Forgotten]:
        """See the port. Done again under a known id: the same id may have been used for somebody else."""
        known_as = pseudonym(tenant, end_user_id) or ""
        forgotten = await asyncio.to_thread(self._p.end_users.forget, tenant, end_user_id, known_as)

        async def done() -> None:
            return None

        # Neither the id nor a digest of it: who guesses the id could confirm from the log that it was forgotten.
        replayed = await self._p.changes.record("ForgetEndUser", {"tenant": tenant}, change, done)
        return Changed(forgotten, replayed)
