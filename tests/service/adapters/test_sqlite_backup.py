"""A backup is of one moment, is made beside a service that writes, and is put back equal or not at all."""

from __future__ import annotations

import json
import sqlite3
import stat
import threading

import pytest
from msgspec.structs import replace
from pointsman_service.adapters.sqlite import backup as sqlite_backup
from pointsman_service.adapters.sqlite.backup import back_up
from pointsman_service.adapters.sqlite.backup_manifest import Manifest
from pointsman_service.adapters.sqlite.restore import restore
from pointsman_service.adapters.sqlite.storage import StorageSettings, open_storage
from pointsman_service.config.sections import LearnerSection
from pointsman_service.errors import ConfigurationError, NewerSchema
from pointsman_service.ports import NewEpisode
from pointsman_service.process.learner_loop import LearnerLoop
from pointsman_service.process.verify import verify

NOW = 9_000.0


@pytest.fixture
async def storage(tmp_path):
    """Open storage with two snapshots of which the older is pinned, and a saved state."""
    storage = open_storage(tmp_path / "data", StorageSettings(synchronous="normal"))
    yield storage
    await storage.close()


@pytest.fixture
async def learnt(storage, an_episode, a_feedback):
    """Six episodes, learnt from and saved."""
    loop = LearnerLoop(storage.log, storage.snapshots, storage.checkpoints, LearnerSection(), lambda: NOW)
    for i in range(6):
        await storage.log.append_episode(
            NewEpisode(an_episode(f"e{i}"), f"prompt {i}", (f"answer {i}",), {"text": "x"})
        )
        await storage.log.append_feedback(a_feedback(f"f{i}", f"e{i}"))
        loop.step()
        loop.publish()
    loop.save()
    storage.snapshots.activate(1, NOW)
    storage.snapshots.name(2, "good", NOW)
    return loop


async def test_what_is_put_back_is_equal(storage, learnt, tmp_path):
    """Events, texts, the pinned snapshot, names; and the fold of the log is the state that was saved."""
    manifest = back_up(tmp_path / "data", tmp_path / "backup", NOW)
    restore(tmp_path / "backup", tmp_path / "new", NOW)
    again = open_storage(tmp_path / "new")
    try:
        events = [(e.position, str(e.event)) for e in storage.log.read(0)]
        assert [(e.position, str(e.event)) for e in again.log.read(0)] == events
        assert (await again.log.episode("e3", "acme")).prompt == "prompt 3"
        assert again.snapshots.list() == storage.snapshots.list()
        assert again.snapshots.load(1) == storage.snapshots.load(1)
        assert again.snapshots.pinned()
        assert verify(again.log, again.checkpoints, LearnerSection().policy).holds
        one_more = replace((await storage.log.episode("e0", "acme")).episode, episode_id="one-more")
        assert await again.log.append_episode(NewEpisode(one_more)) == 13
    finally:
        await again.close()
    assert (manifest.log_end, manifest.learnt_to, manifest.rows["episodes"]) == (12, 12, 6)


async def test_a_restored_folder_is_written_ahead_like_any(storage, learnt, tmp_path):
    """Readers and the writer must not wait for one another there either."""
    back_up(tmp_path / "data", tmp_path / "backup", NOW)
    restore(tmp_path / "backup", tmp_path / "new", NOW)
    with sqlite3.connect(tmp_path / "new" / "pointsman.db") as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    left = sorted(p.name for p in (tmp_path / "new").iterdir() if not p.name.startswith("pointsman.db-"))
    assert left == ["checkpoints", "pointsman.db", "snapshots"]


async def test_writers_beside_it_neither_wait_nor_get_into_it(storage, learnt, tmp_path, an_episode, monkeypatch):
    """Each step of the copy meets new episodes: it goes on where it was, and has none of them."""
    monkeypatch.setattr(sqlite_backup, "_PAGES", 1)
    seen, wrote = [], 0

    def write_beside(done, all_):
        nonlocal wrote
        seen.append((done, all_))
        if wrote < 20:
            wrote += 1
            thread = threading.Thread(target=storage.log.append_blocking, args=(an_episode(f"beside{wrote}"),))
            thread.start()
            thread.join()

    manifest = back_up(tmp_path / "data", tmp_path / "backup", NOW, write_beside)
    assert wrote == 20
    pages = seen[-1][1]
    assert [done for done, _ in seen] == list(range(1, pages + 1))  # each page once: it never began again
    assert manifest.rows["episodes"] == 6
    restore(tmp_path / "backup", tmp_path / "new", NOW)
    with sqlite3.connect(tmp_path / "new" / "pointsman.db") as connection:
        assert connection.execute("SELECT count(*) FROM episodes").fetchone() == (6,)


async def test_a_snapshot_that_was_dropped_meanwhile_is_not_missed(storage, learnt, tmp_path):
    """The copy's index names only what it has: a restored folder must not look damaged."""
    dropped = next((tmp_path / "data" / "snapshots").glob("*.bin"))
    with sqlite3.connect(storage.path) as connection:
        (version,) = connection.execute("SELECT version FROM snapshots WHERE file = ?", (dropped.name,)).fetchone()
    dropped.unlink()
    back_up(tmp_path / "data", tmp_path / "backup", NOW)
    restore(tmp_path / "backup", tmp_path / "new", NOW)
    again = open_storage(tmp_path / "new")
    kept = [r.version for r in again.snapshots.list()]
    active = again.snapshots.active_version()
    again.close_blocking()
    assert version not in kept
    assert active in kept


async def test_only_its_owner_reads_a_backup(storage, learnt, tmp_path):
    """It has prompts and answers in it. And its manifest has none."""
    back_up(tmp_path / "data", tmp_path / "backup", NOW)
    assert stat.S_IMODE((tmp_path / "backup").stat().st_mode) == 0o700
    manifest = (tmp_path / "backup" / "manifest.json").read_text()
    assert "prompt 1" not in manifest
    assert str(tmp_path) not in manifest


async def test_nothing_is_left_of_a_backup_that_failed(storage, learnt, tmp_path, monkeypatch):
    """A folder of the wanted name is a whole backup, or it is not there."""

    def fail(_done, _all):
        raise OSError("no space left on device")

    with pytest.raises(Exception, match="no space left"):
        back_up(tmp_path / "data", tmp_path / "backup", NOW, fail)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["data"]
    back_up(tmp_path / "data", tmp_path / "backup", NOW)
    with pytest.raises(ConfigurationError, match="exists already"):
        back_up(tmp_path / "data", tmp_path / "backup", NOW)
    with pytest.raises(ConfigurationError, match="nothing to back up"):
        back_up(tmp_path / "nowhere", tmp_path / "other", NOW)


async def test_a_damaged_log_is_not_backed_up_as_if_it_were_whole(storage, learnt, tmp_path):
    """Else the damage is found when the last good backup is gone."""
    await storage.close()
    path = tmp_path / "data" / "pointsman.db"
    damaged = bytearray(path.read_bytes())
    with sqlite3.connect(path) as connection:
        (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'texts'").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    damaged[(root - 1) * size : (root - 1) * size + 200] = b"\xff" * 200
    path.write_bytes(damaged)
    with pytest.raises(Exception, match=r"damaged|malformed"):
        back_up(tmp_path / "data", tmp_path / "backup", NOW)
    assert not (tmp_path / "backup").exists()


@pytest.mark.parametrize("which", ["pointsman.db", "checkpoints", "manifest.json"])
async def test_a_damaged_backup_is_refused_before_anything_is_written(storage, learnt, tmp_path, which):
    """Whichever of its files it is."""
    back_up(tmp_path / "data", tmp_path / "backup", NOW)
    path = tmp_path / "backup" / which
    path = next(path.iterdir()) if path.is_dir() else path
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2] + b"?" + content[len(content) // 2 + 1 :])
    with pytest.raises(ConfigurationError, match="damaged"):
        restore(tmp_path / "backup", tmp_path / "new", NOW)
    assert not (tmp_path / "new").exists()
    path.unlink()
    with pytest.raises(ConfigurationError, match="cannot be read"):
        restore(tmp_path / "backup", tmp_path / "new", NOW)


async def test_a_manifest_names_no_file_outside_of_its_folder(storage, learnt, tmp_path):
    """A backup from somewhere must not write over what is elsewhere."""
    back_up(tmp_path / "data", tmp_path / "backup", NOW)
    manifest = Manifest.read(tmp_path / "backup")
    text = (tmp_path / "backup" / "manifest.json").read_text().replace("pointsman.db", "../data/pointsman.db")
    (tmp_path / "backup" / "manifest.json").write_text(text)
    assert manifest.files
    with pytest.raises(ConfigurationError, match="outside"):
        restore(tmp_path / "backup", tmp_path / "new", NOW)


async def test_a_folder_in_use_is_never_restored_into(storage, learnt, tmp_path):
    """Neither with force: a service would write on into files that are gone."""
    back_up(tmp_path / "data", tmp_path / "backup", NOW)
    for force in (False, True):
        with pytest.raises(ConfigurationError, match="in use"):
            restore(tmp_path / "backup", tmp_path / "data", NOW, force=force)
    assert (await storage.log.episode("e0", "acme")).position == 1


async def test_what_a_folder_has_is_set_aside_by_force_alone(storage, learnt, tmp_path):
    """Nothing is deleted."""
    back_up(tmp_path / "data", tmp_path / "backup", NOW)
    await storage.close()
    with pytest.raises(ConfigurationError, match="--force"):
        restore(tmp_path / "backup", tmp_path / "data", NOW)
    restore(tmp_path / "backup", tmp_path / "data", NOW, force=True)
    (aside,) = (tmp_path / "data").glob("before-restore-*")
    assert (aside / "pointsman.db").exists()
    again = open_storage(aside)
    assert (await again.log.episode("e0", "acme")).prompt == "prompt 0"
    await again.close()


async def test_a_backup_of_a_newer_version_is_refused(storage, learnt, tmp_path):
    """As its database would be."""
    back_up(tmp_path / "data", tmp_path / "backup", NOW)
    path = tmp_path / "backup" / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "schema": 999}))
    with pytest.raises(NewerSchema):
        restore(tmp_path / "backup", tmp_path / "new", NOW)


async def test_a_disk_without_room_is_told_before_the_copy(storage, learnt, tmp_path, monkeypatch):
    """Rather than after an hour."""
    monkeypatch.setattr(sqlite_backup.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 1_000})())
    with pytest.raises(ConfigurationError, match="make room"):
        back_up(tmp_path / "data", tmp_path / "backup", NOW)
    assert not (tmp_path / "backup").exists()
