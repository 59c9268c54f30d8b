"""Swaps in the active snapshot. Learnt state never stops serving: what cannot be read is refused, the last good stays.

With no snapshot yet the static policy answers (configured order, best listed price for quality).
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable

from pointsman_learner.packing import OtherFormat
from pointsman_learner.snapshot import Snapshot
from pointsman_learner.static import static_snapshot
from pointsman_learner.types import Model

from pointsman_service.domain.conditions import Condition, Kind
from pointsman_service.domain.operations import GuaranteeState
from pointsman_service.errors import CorruptSnapshot, LogUnavailable, UnknownSnapshot, UnusableSnapshot
from pointsman_service.ports import Observer, SnapshotStore

FALLBACKS = 20  # older snapshots that are tried at the start, before the static policy


def snapshot_of(payload: bytes, version: int) -> Snapshot:
    """What a store has under that version. Raises UnusableSnapshot."""
    try:
        return Snapshot.from_bytes(payload, version)
    except ValueError as e:
        why = f"snapshot {version} is of a format that this version does not read ({e})"
        raise UnusableSnapshot(why, snapshot_version=version) from e


class SnapshotWatch:
    """current: the snapshot that decides now; one reference, swapped whole. exploring: the same with its draws.

    explores: whether what decides draws anything to learn.
    """

    def __init__(
        self, store: SnapshotStore, models: Iterable[Model], observer: Observer, *, explores: bool = True
    ) -> None:
        self._store = store
        self._observer = observer
        self._refused: set[int] = set()
        self._explores = explores
        self._decides(static_snapshot(tuple(models)))

    def start(self) -> Snapshot:
        """Take the active snapshot, else the newest that can be read, else the static policy."""
        if not self.check():
            older = [r.version for r in self._store.list(FALLBACKS) if r.version not in self._refused]
            trouble: Exception | None = None
            for version in older:
                trouble = self._take(version)
                if trouble is None:
                    return self.current
            if trouble is not None:
                # One line for all of them: in a restored backup none has its file, and the learner makes a new one.
                self._tell(older[0], f"{len(older)} older ones cannot be read either", trouble)
        return self.current

    def check(self) -> bool:
        """Swap if another version is active. Whether the active one decides now (also when it did already)."""
        active = self._store.active_version()
        if active is None or active in self._refused:
            return False
        if active == self.current.version:
            return True
        trouble = self._take(active)
        if trouble is not None:
            self._tell(active, str(trouble), trouble)
        return trouble is None

    def at(self, version: int) -> Snapshot:
        """That version, where the store still has it and it can be read, else the one that decides now. Blocks."""
        try:
            return self.current if version == self.current.version else self._stored(version)
        except (CorruptSnapshot, UnknownSnapshot, UnusableSnapshot):
            return self.current

    def payload(self, version: int | None = None) -> tuple[int, bytes]:
        """Version and bytes of that snapshot, by default of the one that decides now, for another process. Blocks.

        What decides now has them also where the store has it no more, as the static policy, which it never had.
        Raises UnknownSnapshot, CorruptSnapshot.
        """
        current = self.current
        wanted = current.version if version is None else version
        try:
            return wanted, self._store.load(wanted)
        except (CorruptSnapshot, UnknownSnapshot):
            if wanted != current.version:
                raise
            return wanted, current.to_bytes()

    def _stored(self, version: int) -> Snapshot:
        """As the store has it, also where it decides now: its file may have been damaged since."""
        return snapshot_of(self._store.load(version), version)

    def usable(self, version: int, models: Collection[str]) -> None:
        """Raises where routers of this version could not decide by it among these enabled models. Blocks.

        Raises UnknownSnapshot, CorruptSnapshot, UnusableSnapshot. What can be used is no longer refused: its file may
        have been put back.
        """
        snapshot = self._stored(version)
        if models and not set(snapshot.models) & set(models):
            why = f"snapshot {version} knows none of the models that are enabled now"
            raise UnusableSnapshot(why, snapshot_version=version)
        self._refused.discard(version)

    def without_learner(self, models: Iterable[Model]) -> None:
        """Choose among these until there is a snapshot: the learner's have what is configured in them."""
        if self.current.version == 0:
            self._decides(static_snapshot(tuple(models)))

    def cost_weight(self, tenant: str) -> float:
        """Lambda in force for a tenant that states none."""
        return self.current.cost_weight(tenant)

    def paced_cost_weight(self, tenant: str) -> float | None:
        """Lambda that a tenant's pacer has arrived at, None where nothing paces."""
        pacer = self.current.estimates.pacers.get(tenant)
        return None if pacer is None else self.cost_weight(tenant)

    def guarantee(self, tenant: str) -> GuaranteeState | None:
        """What a tenant's safe start has room for, None where nothing was guaranteed yet."""
        found = self.current.estimates.guarantees.get(tenant)
        return None if found is None else GuaranteeState(found.credit, int(found.decisions), int(found.departed))

    async def watch(self, interval_s: float) -> None:
        """Check for ever, off the event loop's thread. A store that cannot be read now is asked again."""
        unreadable = False
        while True:
            await asyncio.sleep(interval_s)
            try:
                await asyncio.to_thread(self.check)
            except LogUnavailable as e:
                self._observer.condition(_UNREADABLE, True, str(e))
                unreadable = True
            else:
                if unreadable:
                    self._observer.condition(_UNREADABLE, False)
                unreadable = False

    def _decides(self, snapshot: Snapshot) -> None:
        self.exploring: Snapshot = snapshot
        self.current: Snapshot = snapshot if self._explores else snapshot.without_exploration()

    def _take(self, version: int) -> Exception | None:
        """Let it decide; what is wrong with it where it cannot be read."""
        try:
            snapshot = Snapshot.from_bytes(self._store.load(version), version)
        except (CorruptSnapshot, UnknownSnapshot, ValueError) as e:
            self._refused.add(version)
            return e
        self._decides(snapshot)
        self._observer.snapshot(version)
        return None

    def _tell(self, version: int, why: str, trouble: Exception) -> None:
        """What is whole and of another format comes of an upgrade, which is no fault."""
        if isinstance(trouble, OtherFormat):
            self._observer.condition(_OTHER_FORMAT, True, why)
        else:
            self._observer.snapshot_refused(version, why)


_UNREADABLE = Condition.of(Kind.LOG_UNREADABLE)
_OTHER_FORMAT = Condition.of(Kind.SNAPSHOT_FORMAT)
