"""Swaps in the active snapshot. Learnt state never stops serving: what cannot be read is refused, the last good stays.

With no snapshot yet the static policy answers (configured order, best listed price for quality).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from pointsman_learner.snapshot import Snapshot, static_snapshot
from pointsman_learner.words import Model

from pointsman_service.errors import CorruptSnapshot, LogUnavailable, UnknownSnapshot
from pointsman_service.ports import Observer, SnapshotStore

FALLBACKS = 20  # older snapshots that are tried at the start, before the static policy


class SnapshotWatch:
    """current: the snapshot that decides now; one reference, swapped whole."""

    def __init__(self, store: SnapshotStore, models: Iterable[Model], observer: Observer) -> None:
        self._store = store
        self._observer = observer
        self._refused: set[int] = set()
        self.current: Snapshot = static_snapshot(tuple(models))

    def start(self) -> Snapshot:
        """Take the active snapshot, else the newest that can be read, else the static policy."""
        if not self.check():
            older = [r.version for r in self._store.list(FALLBACKS) if r.version not in self._refused]
            # One line for all of them: in a restored backup none has its file, and the learner makes a new one.
            if not any(self._take(version, tell=False) for version in older) and older:
                self._observer.snapshot_refused(older[0], f"{len(older)} older ones cannot be read either")
        return self.current

    def check(self) -> bool:
        """Swap if another version is active. Whether the active one decides now (also when it did already)."""
        active = self._store.active_version()
        if active is None or active in self._refused:
            return False
        return active == self.current.version or self._take(active)

    def at(self, version: int) -> Snapshot:
        """That version, where the store still has it and it can be read, else the one that decides now. Blocks."""
        if version == self.current.version:
            return self.current
        try:
            return Snapshot.from_bytes(self._store.load(version), version)
        except (CorruptSnapshot, UnknownSnapshot, ValueError):
            return self.current

    def without_learner(self, models: Iterable[Model]) -> None:
        """Choose among these until there is a snapshot: the learner's have what is configured in them."""
        if self.current.version == 0:
            self.current = static_snapshot(tuple(models))

    def cost_weight(self, tenant: str) -> float:
        """Lambda in force for a tenant that states none."""
        return self.current.known.cost_weight(tenant, None)

    def paced_cost_weight(self, tenant: str) -> float | None:
        """Lambda that a tenant's pacer has arrived at, None where nothing paces."""
        pacer = self.current.known.pacers.get(tenant)
        return None if pacer is None else self.cost_weight(tenant)

    async def watch(self, interval_s: float) -> None:
        """Check for ever, off the event loop's thread. A store that cannot be read now is asked again."""
        while True:
            await asyncio.sleep(interval_s)
            try:
                await asyncio.to_thread(self.check)
            except LogUnavailable as e:
                self._observer.snapshot_refused(self.current.version, str(e))

    def _take(self, version: int, *, tell: bool = True) -> bool:
        try:
            snapshot = Snapshot.from_bytes(self._store.load(version), version)
        except (CorruptSnapshot, UnknownSnapshot, ValueError) as e:
            self._refused.add(version)
            if tell:
                self._observer.snapshot_refused(version, str(e))
            return False
        self.current = snapshot
        self._observer.snapshot(version)
        return True
