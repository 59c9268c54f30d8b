"""API keys as operators make, change, rotate and revoke them; also on the machine itself, without a service.

What is in force is the log's, as of every resource: a change reaches each worker when it next looks. A secret is made
here, handed over once, and forgotten: what is logged is its digest.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from pointsman_service.application.changes import Changes, Edit
from pointsman_service.application.edits import check_etag, created, deleted, updated
from pointsman_service.application.in_force import ConfigurationWatch
from pointsman_service.application.present import present
from pointsman_service.application.tenants import DEFAULT_TENANT
from pointsman_service.domain.api_keys import MadeKey, make_key
from pointsman_service.domain.configuration import InForce
from pointsman_service.domain.identity import EVERY_TENANT
from pointsman_service.domain.near_miss import nearest
from pointsman_service.domain.operations import (
    ChangeContext,
    Changed,
    Fields,
    KeyState,
    Page,
    PageRequest,
    ShownKey,
)
from pointsman_service.domain.pages import page_of
from pointsman_service.errors import AlreadyExists, UnknownApiKey, UnknownTenant

KIND = "keys"


class KeyDesk:
    """Changes keys. now: seconds since the epoch; chance: so many random bytes."""

    def __init__(
        self,
        changes: Changes,
        configuration: ConfigurationWatch,
        now: Callable[[], float],
        chance: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self._changes = changes
        self._configuration = configuration
        self._now = now
        self._chance = chance

    async def page(self, page: PageRequest) -> Page[KeyState]:
        """By name."""
        now = self._configuration.check()
        names = page_of(sorted(now.keys), page, str)
        return Page([_state(now, name) for name in names.items], names.next_token)

    async def get(self, name: str) -> KeyState:
        """Raises UnknownApiKey."""
        now = self._configuration.check()
        _refuse_unknown(now, name)
        return _state(now, name)

    async def create(self, name: str, fields: Fields, change: ChangeContext) -> ShownKey:
        """A new one. Raises AlreadyExists, UnknownTenant, and what every change raises."""
        made: list[MadeKey] = []

        def edit(now: InForce) -> Edit:
            if name in now.keys:
                raise AlreadyExists(f"there is an API key {name!r} already; rotate it, or choose a name", api_key=name)
            _refuse_unknown_tenants(now, fields)
            made.append(self._fresh(now))
            key = made[-1]
            known = {"id": key.id, "sha256": key.sha256, "created": _written(self._now())}
            return created(now.layers, KIND, name, {**known, **fields})

        content = {"name": name, "fields": fields}
        replayed = await self._changes.make("CreateApiKey", content, change, edit)
        return await self._shown(name, made, replayed=replayed)

    async def update(
        self, name: str, fields: Fields, etag: str | None, change: ChangeContext
    ) -> Changed[KeyState | None]:
        """The given fields and nothing else. Raises UnknownApiKey, UnknownTenant."""

        def edit(now: InForce) -> Edit:
            _refuse_unknown(now, name)
            check_etag(now, KIND, name, etag)
            _refuse_unknown_tenants(now, fields)
            return updated(now.layers, KIND, name, fields)

        content = {"name": name, "fields": fields, "etag": etag}
        replayed = await self._changes.make("UpdateApiKey", content, change, edit)
        return Changed(await present(self.get, name, UnknownApiKey, replayed=replayed), replayed)

    async def rotate(self, name: str, overlap_s: float, etag: str | None, change: ChangeContext) -> ShownKey:
        """Another secret; the present one is taken for overlap_s more. Raises UnknownApiKey."""
        made: list[MadeKey] = []

        def edit(now: InForce) -> Edit:
            _refuse_unknown(now, name)
            check_etag(now, KIND, name, etag)
            key, at = now.keys[name], self._now()
            made.append(make_key(self._chance, key.id))
            before = {"previous_sha256": key.sha256, "previous_until": _written(at + overlap_s)} if overlap_s else {}
            none = {"previous_sha256": None, "previous_until": None}
            fields = {**none, **before, "sha256": made[-1].sha256, "rotated": _written(at)}
            return updated(now.layers, KIND, name, fields)

        content = {"name": name, "overlap_s": overlap_s, "etag": etag}
        replayed = await self._changes.make("RotateApiKey", content, change, edit)
        return await self._shown(name, made, replayed=replayed)

    async def revoke(self, name: str, etag: str | None, change: ChangeContext) -> Changed[None]:
        """From now on nobody. Raises UnknownApiKey."""

        def edit(now: InForce) -> Edit:
            _refuse_unknown(now, name)
            check_etag(now, KIND, name, etag)
            return deleted(now.layers, KIND, name)

        return Changed(None, await self._changes.make("RevokeApiKey", {"name": name, "etag": etag}, change, edit))

    def _fresh(self, now: InForce) -> MadeKey:
        """A key with an id that no other has."""
        taken = {key.id for key in now.keys.values()}
        while True:
            made = make_key(self._chance)
            if made.id not in taken:
                return made

    async def _shown(self, name: str, made: list[MadeKey], *, replayed: bool) -> ShownKey:
        state = await present(self.get, name, UnknownApiKey, replayed=replayed)
        return ShownKey(state, replayed, None if replayed else made[-1].text)


def _state(now: InForce, name: str) -> KeyState:
    return KeyState(now.keys[name], now.etags[KIND, name])


def _refuse_unknown(now: InForce, name: str) -> None:
    if name not in now.keys:
        known = nearest(name, sorted(now.keys)) if now.keys else "; there is none yet"
        raise UnknownApiKey(f"no API key is named {name!r}{known}", api_key=name)


def _refuse_unknown_tenants(now: InForce, fields: Mapping[str, Any]) -> None:
    """A key for a misspelt tenant would be refused at each call. Before the first start nothing is known of tenants."""
    if not now.layers.declared or now.open_tenants:
        return
    known = {DEFAULT_TENANT, *now.tenants}
    named = (fields.get("tenant") or DEFAULT_TENANT, *(fields.get("acts_for") or ()))
    unknown = next((tenant for tenant in named if tenant not in known and tenant != EVERY_TENANT), None)
    if unknown is not None:
        raise UnknownTenant(f"no tenant is named {unknown!r}{nearest(unknown, sorted(known))}", tenant=unknown)


def _written(at: float) -> str:
    """A time as the configuration has it.

    >>> _written(0.5)
    '1970-01-01T00:00:00.500000Z'
    """
    return datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")
