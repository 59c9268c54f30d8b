"""API keys, as operators of a running service look at and change them."""

from __future__ import annotations

from functools import cached_property

from pointsman_service.application.admin_part import ChangePart
from pointsman_service.application.key_desk import KeyDesk
from pointsman_service.domain.operations import ChangeContext, Changed, Fields, KeyState, Page, PageRequest, ShownKey


class KeyAdmin(ChangePart):
    """Implements the part of `rpc.application.Admin` that is about keys."""

    async def list_keys(self, page: PageRequest) -> Page[KeyState]:
        """See the port."""
        return await self._keys.page(page)

    async def get_key(self, name: str) -> KeyState:
        """See the port."""
        return await self._keys.get(name)

    async def create_key(self, name: str, fields: Fields, change: ChangeContext) -> ShownKey:
        """See the port."""
        return await self._keys.create(name, fields, change)

    async def update_key(
        self, name: str, fields: Fields, etag: str | None, change: ChangeContext
    ) -> Changed[KeyState | None]:
        """See the port."""
        return await self._keys.update(name, fields, etag, change)

    async def rotate_key(self, name: str, overlap_s: float, etag: str | None, change: ChangeContext) -> ShownKey:
        """See the port."""
        return await self._keys.rotate(name, overlap_s, etag, change)

    async def revoke_key(self, name: str, etag: str | None, change: ChangeContext) -> Changed[None]:
        """See the port."""
        return await self._keys.revoke(name, etag, change)

    @cached_property
    def _keys(self) -> KeyDesk:
        return KeyDesk(self._p.changes, self._p.configuration, self._p.now)
