"""The contract of the learner's checkpoints. Every storage passes all of it: see storages.py.

An opener yields the store (it must keep the newest 2) and a function that damages the checkpoint at a position.
"""

from __future__ import annotations

import sqlite3
from functools import partial

from pointsman_service.adapters.sqlite.storage import Storage
from structlog.testing import capture_logs

from tests.contracts.storages import opening


def damage(storage: Storage, position: int) -> None:
    """Change the checkpoint at a position."""
    with sqlite3.connect(storage.path) as connection:
        row = connection.execute("SELECT file FROM checkpoints WHERE position = ?", (position,)).fetchone()
    (storage.path.parent / "checkpoints" / row[0]).write_bytes(b"damaged")


opener = opening(lambda storage: (storage.checkpoints, partial(damage, storage)), keep_checkpoints=2)


async def test_without_a_checkpoint_the_fold_starts_from_empty(opener, tmp_path):
    """Both `latest` and `base` are None."""
    async with opener(tmp_path) as (store, _):
        assert store.latest() is None
        assert store.base() is None


async def test_the_newest_is_the_latest_also_after_a_restart(opener, tmp_path):
    """A state comes back whole, with its position."""
    async with opener(tmp_path) as (store, _):
        store.put(b"old", 10, 1.0)
        store.put(b"new" * 1000, 20, 2.0)
    async with opener(tmp_path) as (store, _):
        assert store.latest() == (b"new" * 1000, 20)


async def test_a_corrupt_one_is_skipped_with_a_warning(opener, tmp_path):
    """The one before it serves, and the operator hears of it."""
    async with opener(tmp_path) as (store, damage):
        store.put(b"old", 10, 1.0)
        store.put(b"new", 20, 2.0)
        damage(20)
        with capture_logs() as logs:
            assert store.latest() == (b"old", 10)
        assert [(e["event"], e["position"], e["log_level"]) for e in logs] == [("checkpoint_skipped", 20, "warning")]


async def test_only_the_newest_stay(opener, tmp_path):
    """Disk use is bounded: the third oldest is gone, so two corrupt ones leave none."""
    async with opener(tmp_path) as (store, damage):
        for position in (10, 20, 30):
            store.put(bytes([position]), position, float(position))
        damage(20)
        damage(30)
        assert store.latest() is None


async def test_without_pruning_the_base_is_the_empty_fold(opener, tmp_path):
    """As long as the log is whole, a proof folds all of it."""
    async with opener(tmp_path) as (store, _):
        store.put(b"state", 10, 1.0)
        assert store.base() is None
