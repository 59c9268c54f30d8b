"""The contract of the SnapshotStore port. Every storage passes all of it: see storages.py.

An opener yields the store (it must keep the newest 3, 2 hours and 2 days) and a function that damages the stored bytes
of a version.
"""

from __future__ import annotations

import sqlite3
from functools import partial

import pytest
from pointsman_service.adapters.sqlite.storage import Storage
from pointsman_service.domain.snapshot_retention import DAY_S, HOUR_S, MOST_NAMED, SnapshotRetention
from pointsman_service.errors import AlreadyExists, CorruptSnapshot, InvalidRequest, UnknownSnapshot

from tests.contracts.storages import opening


def damaged(storage: Storage, version: int) -> None:
    """Change the stored bytes of a version."""
    with sqlite3.connect(storage.path) as connection:
        row = connection.execute("SELECT file FROM snapshots WHERE version = ?", (version,)).fetchone()
    file = storage.path.parent / "snapshots" / row[0]
    file.write_bytes(b"?" + file.read_bytes()[1:])


opener = opening(
    lambda storage: (storage.snapshots, partial(damaged, storage)),
    keep_snapshots=SnapshotRetention(newest=3, hours=2, days=2),
)


@pytest.fixture
async def opened(opener, tmp_path):
    """An open, empty store, and what damages it."""
    async with opener(tmp_path) as opened:
        yield opened


@pytest.fixture
def store(opened):
    """The store."""
    return opened[0]


@pytest.fixture
def damage(opened):
    """Damages the bytes of a version."""
    return opened[1]


def test_an_empty_store_has_no_active_version(store):
    """Routers then decide by the static policy."""
    assert store.active_version() is None
    assert store.list() == []
    for version in (1, 2**63, 10**50):
        with pytest.raises(UnknownSnapshot):
            store.load(version)


def test_the_newest_is_active_and_versions_grow(store):
    """It is stored under the next version and becomes the one to decide by."""
    first = store.put(b"one", position=10, at=100.0, note="first")
    second = store.put(b"two", position=20, at=200.0)
    assert (first.version, first.position, first.created_at, first.note) == (1, 10, 100.0, "first")
    assert first.active
    assert second.version == 2
    assert store.active_version() == 2
    assert store.load(1) == b"one"
    assert store.load(2) == b"two"
    assert second.size_bytes == 3
    assert first.checksum != second.checksum


def test_the_list_is_newest_first_and_marks_the_active_one(store):
    """Operators see what they can roll back to."""
    for i in range(3):
        store.put(bytes([i]), i, float(i))
    assert [(r.version, r.active) for r in store.list()] == [(3, True), (2, False), (1, False)]
    assert [r.version for r in store.list(limit=1)] == [3]


def test_equal_payloads_are_two_snapshots(store):
    """A version is never reused, whatever it contains."""
    store.put(b"same", 1, 1.0)
    store.put(b"same", 1, 2.0)
    assert [r.version for r in store.list()] == [2, 1]
    assert store.load(1) == store.load(2) == b"same"


def test_rolling_back_pins_until_unpinned(store):
    """After `activate`, newer snapshots are stored and not used; `unpin` follows the newest again."""
    store.put(b"good", 1, 1.0)
    store.put(b"bad", 2, 2.0)
    record = store.activate(1, at=3.0)
    assert (record.version, record.active) == (1, True)
    assert not store.put(b"newer", 3, 4.0).active
    assert store.active_version() == 1
    store.unpin()
    assert store.active_version() == 3
    assert store.put(b"newest", 4, 5.0).active


def test_old_ones_are_dropped_but_never_the_active_one(store):
    """The newest few stay, and the pinned one whatever its age."""
    for i in range(1, 4):
        store.put(bytes([i]), i, float(i))
    store.activate(1, at=4.0)
    for i in range(4, 9):
        store.put(bytes([i]), i, float(i))
    assert [r.version for r in store.list()] == [8, 7, 6, 1]
    assert store.load(1) == b"\x01"
    with pytest.raises(UnknownSnapshot):
        store.load(4)
    with pytest.raises(UnknownSnapshot):
        store.activate(4, at=9.0)


def test_hours_and_days_are_reached_back_to(store):
    """Of three snapshots an hour for three days: the newest three, the first of two hours, and of two days."""
    start = 1_000 * DAY_S
    for i in range(3 * 72):
        store.put(i.to_bytes(2), i, start + i * HOUR_S / 3)
    kept = [round((r.created_at - start) / HOUR_S, 2) for r in reversed(store.list())]
    assert kept == [24.0, 48.0, 70.0, 71.0, 71.33, 71.67]
    assert store.load(store.list()[-1].version) == (72).to_bytes(2)


def test_a_clock_that_jumps_takes_nothing_away(store):
    """A year ahead and back again: the hours and days before are still there."""
    start = 1_000 * DAY_S
    for i, at in enumerate((0.0, DAY_S, 400 * DAY_S, DAY_S + 60.0, DAY_S + 120.0, DAY_S + 180.0, DAY_S + 240.0)):
        store.put(bytes([i]), i, start + at)
    assert {r.version for r in store.list()} >= {2, 3}


def test_a_name_keeps_a_snapshot_until_it_is_taken_away(store):
    """However many come after it."""
    for i in range(1, 4):
        store.put(bytes([i]), i, float(i))
    assert store.name(2, "good", at=5.0).name == "good"
    for i in range(4, 9):
        store.put(bytes([i]), i, float(i))
    assert [(r.version, r.name) for r in store.list()] == [(8, None), (7, None), (6, None), (2, "good"), (1, None)]
    assert store.activate(2, at=9.0).name == "good"
    store.unpin()
    store.unname("good")
    store.put(b"9", 9, 9.0)
    assert [r.version for r in store.list()] == [9, 8, 7, 1]
    with pytest.raises(UnknownSnapshot):
        store.unname("good")


def test_a_name_is_one_snapshots_and_a_snapshot_has_one_name(store):
    """Else it would not be clear what `rollback --to NAME` means."""
    for i in range(2):
        store.put(bytes([i]), i, float(i))
    store.name(1, "good", at=5.0)
    assert store.name(1, "good", at=5.0).name == "good"
    with pytest.raises(AlreadyExists, match="snapshot 1"):
        store.name(2, "good", at=5.0)
    store.name(1, "better", at=6.0)
    assert store.name(2, "good", at=7.0).name == "good"
    assert [r.name for r in store.list()] == ["good", "better"]
    with pytest.raises(UnknownSnapshot):
        store.name(9, "none", at=8.0)


def test_names_are_bounded(store):
    """A script that names one each hour fills no disk."""
    for i in range(MOST_NAMED + 1):
        record = store.put(b"x", i, float(i))
        if i < MOST_NAMED:
            store.name(record.version, f"n{i}", at=float(i))
    with pytest.raises(InvalidRequest, match="unname"):
        store.name(record.version, "one-more", at=1.0)
    assert store.name(1, "renamed", at=1.0).name == "renamed"


def test_a_corrupt_snapshot_is_refused_and_the_active_one_stays(store, damage):
    """Bytes that do not match their checksum are neither loaded nor made active."""
    store.put(b"one", 1, 1.0)
    store.put(b"two", 2, 2.0)
    damage(1)
    with pytest.raises(CorruptSnapshot, match="1"):
        store.load(1)
    with pytest.raises(CorruptSnapshot):
        store.activate(1, at=3.0)
    assert store.active_version() == 2


def test_unpinning_passes_over_a_corrupt_newest(store, damage):
    """The newest good one is followed."""
    for i in range(1, 4):
        store.put(bytes([i]) * 8, i, float(i))
    store.activate(1, at=4.0)
    damage(3)
    store.unpin()
    assert store.active_version() == 2


def test_unpinning_an_empty_store_changes_nothing(store):
    """There is nothing to follow."""
    store.unpin()
    assert store.active_version() is None


async def test_the_choice_survives_a_restart(opener, tmp_path):
    """A pin is an operator's word: it holds in every process and after a stop."""
    async with opener(tmp_path) as (store, _):
        store.put(b"one", 1, 1.0)
        store.put(b"two", 2, 2.0)
        store.activate(1, at=3.0)
    async with opener(tmp_path) as (store, _):
        assert store.active_version() == 1
        assert store.load(1) == b"one"
        assert store.put(b"three", 3, 4.0).version == 3
        assert store.active_version() == 1
