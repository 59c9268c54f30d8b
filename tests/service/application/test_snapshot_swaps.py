"""Snapshots: swapped whole, refused when corrupt, never a reason to stop serving."""

import asyncio

import pytest
from pointsman_learner.packing import pack, unpack
from pointsman_learner.static import static_snapshot
from pointsman_learner.types import Model
from pointsman_service.adapters.sqlite.storage import open_storage
from pointsman_service.application.snapshot_watch import SnapshotWatch
from pointsman_service.errors import CorruptSnapshot, LogUnavailable, UnknownSnapshot
from pointsman_service.ports import NoObserver

MODELS = (Model("a", 1.0, 1.0), Model("b", 2.0, 2.0))
PAYLOAD = static_snapshot(MODELS).to_bytes()


def another(number):
    """The same snapshot in other bytes."""
    arrays, facts = unpack(PAYLOAD)
    return pack(arrays, facts + " " * number)


class Told(NoObserver):
    """Remembers what it is told."""

    def __init__(self):
        self.swapped, self.refused, self.conditions = [], [], []
        self.event = asyncio.Event()

    def snapshot(self, version):
        self.swapped.append(version)

    def snapshot_refused(self, version, why):
        self.refused.append(version)

    def condition(self, condition, holds, why=""):
        self.conditions.append((condition.kind, holds))
        self.event.set()


@pytest.fixture
def storage(tmp_path):
    """Real storage."""
    opened = open_storage(tmp_path)
    yield opened
    opened.close_blocking()


def spoil(tmp_path, keep=0):
    """Overwrite the newest snapshot files, all but `keep` of the oldest."""
    files = sorted((tmp_path / "snapshots").iterdir(), key=lambda f: f.stat().st_mtime_ns)
    for file in files[keep:]:
        file.write_bytes(b"garbage")


def test_without_a_snapshot_the_static_policy_decides(storage):
    """Version 0, the configured models."""
    watch = SnapshotWatch(storage.snapshots, MODELS, Told())
    assert watch.start().version == 0
    assert watch.current.models == ("a", "b")


def test_the_static_policy_chooses_among_what_is_configured_now(storage):
    """Until there is a snapshot, which the learner makes of what is configured."""
    watch = SnapshotWatch(storage.snapshots, MODELS, Told())
    watch.without_learner((*MODELS, Model("c")))
    assert watch.current.models == ("a", "b", "c")
    storage.snapshots.put(PAYLOAD, 1, 1.0)
    watch.check()
    watch.without_learner(MODELS[:1])
    assert watch.current.models == ("a", "b")


def test_a_new_snapshot_is_swapped_in(storage):
    """And told once."""
    told = Told()
    watch = SnapshotWatch(storage.snapshots, MODELS, told)
    storage.snapshots.put(PAYLOAD, 1, 1.0)
    assert watch.check()
    assert watch.check()
    assert (watch.current.version, told.swapped) == (1, [1])


def test_a_corrupt_snapshot_is_refused_once_and_the_last_good_one_stays(storage, tmp_path):
    """By its checksum."""
    told = Told()
    watch = SnapshotWatch(storage.snapshots, MODELS, told)
    storage.snapshots.put(PAYLOAD, 1, 1.0)
    watch.check()
    storage.snapshots.put(another(2), 2, 2.0)
    spoil(tmp_path, keep=1)
    assert not watch.check()
    assert not watch.check()
    assert (watch.current.version, told.refused) == (1, [2])


def test_bytes_that_are_no_snapshot_are_refused_too(storage):
    """The checksum holds, and still it cannot be read."""
    told = Told()
    watch = SnapshotWatch(storage.snapshots, MODELS, told)
    storage.snapshots.put(b"{}", 1, 1.0)
    assert watch.start().version == 0
    assert told.refused == [1]


def test_a_start_takes_the_newest_that_can_be_read(storage, tmp_path):
    """The active one is corrupt, two older ones are not."""
    for position in (1, 2, 3):
        storage.snapshots.put(another(position), position, 1.0)
    spoil(tmp_path, keep=2)
    watch = SnapshotWatch(storage.snapshots, MODELS, Told())
    assert watch.start().version == 2


async def test_a_store_that_cannot_be_read_now_is_asked_again(storage):
    """Watching does not end by a locked file."""
    told = Told()

    class Locked:
        looks = 0

        def active_version(self):
            self.looks += 1
            raise LogUnavailable("locked")

    store = Locked()
    watch = SnapshotWatch(store, MODELS, told)
    task = asyncio.create_task(watch.watch(0.001))
    while store.looks < 3:
        told.event.clear()
        await asyncio.wait_for(told.event.wait(), 5)
    store.active_version = lambda: None
    while told.conditions[-1][1]:
        told.event.clear()
        await asyncio.wait_for(told.event.wait(), 5)
    task.cancel()
    assert watch.current.version == 0
    assert told.refused == []
    assert set(told.conditions) == {("log_unreadable", True), ("log_unreadable", False)}


def test_an_upgrade_is_one_word_and_no_error(storage):
    """Snapshots that are whole, and of another format, are told once, as what they are."""
    told = Told()
    for position in (1, 2, 3):
        storage.snapshots.put(of_another_format(), position, 1.0)
    watch = SnapshotWatch(storage.snapshots, MODELS, told)
    assert watch.start().version == 0
    assert told.refused == []
    assert {kind for kind, _ in told.conditions} == {"snapshot_format"}
    storage.snapshots.put(PAYLOAD, 4, 1.0)
    assert watch.check()


def of_another_format():
    """A snapshot as another version wrote it: without a table that this one needs."""
    arrays, facts = unpack(PAYLOAD)
    return pack({name: array for name, array in arrays.items() if name != "doubt"}, facts)


def test_an_older_snapshot_can_be_asked_while_another_decides(storage):
    """For explanations of what it decided."""
    watch = SnapshotWatch(storage.snapshots, MODELS, Told())
    for position in (1, 2):
        storage.snapshots.put(PAYLOAD, position, 1.0)
    watch.check()
    assert (watch.at(1).version, watch.at(2), watch.current.version) == (1, watch.current, 2)


def test_a_snapshot_that_is_gone_or_damaged_is_stood_in_for_by_the_one_that_decides(storage, tmp_path):
    """Better an explanation by what is believed now than none."""
    told = Told()
    watch = SnapshotWatch(storage.snapshots, MODELS, told)
    storage.snapshots.put(PAYLOAD, 1, 1.0)
    spoil(tmp_path)
    for version in (1, 99):
        assert watch.at(version) is watch.current
    assert told.refused == []


def test_what_decides_now_is_told_to_another_process_whatever_became_of_its_file(storage, tmp_path):
    """The static policy, which was never stored, too; another version is there or it is not."""
    watch = SnapshotWatch(storage.snapshots, MODELS, Told())
    assert watch.payload() == watch.payload(0) == (0, PAYLOAD)
    for position in (1, 2):
        storage.snapshots.put(PAYLOAD, position, 1.0)
    watch.check()
    assert (watch.payload(), watch.payload(1)) == ((2, PAYLOAD), (1, PAYLOAD))
    spoil(tmp_path)
    assert watch.payload() == (2, PAYLOAD)
    with pytest.raises(CorruptSnapshot):
        watch.payload(1)
    with pytest.raises(UnknownSnapshot):
        watch.payload(0)
