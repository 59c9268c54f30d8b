"""Whoever else has an account on the machine reads nothing of what is kept."""

import os
import stat

import pytest
from pointsman_service.adapters.sqlite.storage import open_storage
from pointsman_service.process.folder_lock import only_service


@pytest.fixture(autouse=True)
def wide_umask():
    """As most systems have it: all may read what is not made otherwise."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def for_others(path):
    """The bits of group and others."""
    return stat.S_IMODE(path.stat().st_mode) & 0o077


async def test_a_new_folder_is_its_owners_alone(tmp_path):
    """Texts, key hashes, write-ahead log, snapshots and checkpoints lie in it."""
    folder = tmp_path / "kept" / "data"
    with only_service(folder):
        storage = open_storage(folder)
        await storage.close()
    assert for_others(folder) == 0
    inner = [path for path in folder.rglob("*") if path.is_dir() or path.name.startswith("pointsman.db")]
    assert {path.name for path in inner} >= {"pointsman.db", "snapshots", "checkpoints"}
    assert [path for path in inner if for_others(path)] == []


async def test_in_a_folder_that_is_there_what_is_made_is_the_owners(tmp_path):
    """A mounted volume has the mode that somebody gave it, and keeps it."""
    tmp_path.chmod(0o755)
    storage = open_storage(tmp_path)
    modes = {path.name: for_others(path) for path in tmp_path.iterdir()}
    await storage.close()
    assert modes["pointsman.db"] == 0
    assert modes["pointsman.db-wal"] == modes["pointsman.db-shm"] == 0
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755


async def test_a_mode_that_somebody_widened_stays(tmp_path):
    """Analysts of a group may read the views; a restart does not take that away."""
    await open_storage(tmp_path).close()
    (tmp_path / "pointsman.db").chmod(0o640)
    await open_storage(tmp_path).close()
    assert stat.S_IMODE((tmp_path / "pointsman.db").stat().st_mode) == 0o640
