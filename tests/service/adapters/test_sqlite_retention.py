"""Retention: old episodes leave without a trace of their texts, and the learner's fold can still be made."""

from __future__ import annotations

import sqlite3

import pytest
from pointsman_learner.events import JobApplied, ModelPut, OutcomeReported, SessionOutcomeRecorded
from pointsman_learner.learner import Learner
from pointsman_learner.types import Model
from pointsman_service.adapters.sqlite.appends import tombstone_key
from pointsman_service.adapters.sqlite.storage import StorageSettings, open_storage
from pointsman_service.errors import EpisodeExpired, UnknownEpisode
from pointsman_service.ports import NewEpisode

LONG_AGO, NOW = 1_000.0, 9_000.0


@pytest.fixture
async def storage(tmp_path):
    """Open storage that keeps two checkpoints."""
    storage = open_storage(tmp_path, StorageSettings(keep_checkpoints=2))
    yield storage
    await storage.close()


async def fill(storage, an_episode, a_feedback, count=4):
    """Old and new episodes by turns, each with feedback."""
    for i in range(count):
        at = LONG_AGO if i % 2 == 0 else NOW
        await storage.log.append_episode(NewEpisode(an_episode(f"e{i}", at=at, request_id=f"r{i}"), f"secret{i}"))
        await storage.log.append_feedback(a_feedback(f"f{i}", f"e{i}", at=at))


async def test_old_episodes_leave_with_all_that_is_about_them(storage, an_episode, a_feedback):
    """Rows, texts, feedback and outcomes go; newer episodes stay."""
    await fill(storage, an_episode, a_feedback)
    await storage.log.append(OutcomeReported("e0", "acme", NOW, "large", 0.1, 1.0))
    for at in (LONG_AGO, NOW):
        await storage.log.append(SessionOutcomeRecorded(f"s{at}", "s", "acme", at, 1.0, "score"))
    storage.checkpoints.put(b"state", await storage.log.end(), NOW)
    pruned = storage.prune(before=5_000.0, now=NOW)
    assert (pruned.episodes, pruned.through) == (2, 11)
    assert [x.position for x in storage.log.read(0)] == [3, 4, 7, 8, 11]
    assert await storage.log.end() == 11
    assert (await storage.log.episode("e1", "acme")).prompt == "secret1"
    with sqlite3.connect(storage.path) as connection:
        left_in = {
            "episodes": 2,
            "texts": 2,
            "feedback": 2,
            "calls": 2,
            "outcomes": 0,
            "session_outcomes": 1,
            "expired": 2,
        }
        for table, left in left_in.items():
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (left,), table


async def test_feedback_for_a_pruned_episode_hears_that_it_expired(storage, an_episode, a_feedback):
    """Late feedback is told why; another tenant's, and one for an episode that never was, hear "unknown"."""
    await fill(storage, an_episode, a_feedback)
    storage.checkpoints.put(b"state", 8, NOW)
    storage.prune(5_000.0, NOW)
    for late in (
        storage.log.episode("e0", "acme"),
        storage.log.append_feedback(a_feedback("late", "e0")),
        storage.log.append(OutcomeReported("e0", "acme", NOW, "large", 0.1, 1.0)),
    ):
        with pytest.raises(EpisodeExpired, match="e0"):
            await late
    with pytest.raises(UnknownEpisode):
        await storage.log.episode("e0", "other")
    with pytest.raises(UnknownEpisode):
        await storage.log.episode("e9", "acme")
    assert await storage.log.episode_of_request("acme", "r0") is None


async def test_texts_of_pruned_episodes_are_not_left_in_the_file(storage, an_episode, a_feedback):
    """Freed pages are overwritten: what was pruned cannot be read from the disk."""
    await fill(storage, an_episode, a_feedback)
    storage.checkpoints.put(b"state", 8, NOW)
    storage.prune(5_000.0, NOW)
    await storage.close()
    data = b"".join(p.read_bytes() for p in storage.path.parent.glob("pointsman.db*"))
    assert b"secret1" in data
    assert b"secret0" not in data
    assert b"secret2" not in data


async def test_without_a_checkpoint_nothing_is_pruned(storage, an_episode, a_feedback):
    """The learner's state could not be made again."""
    await fill(storage, an_episode, a_feedback)
    assert storage.prune(5_000.0, NOW).episodes == 0
    assert len(storage.log.read(0)) == 8


async def test_while_nothing_is_old_a_fold_starts_from_empty(storage, an_episode, a_feedback):
    """A prune that removes nothing leaves the base alone, so that the whole log still proves the learnt state."""
    await fill(storage, an_episode, a_feedback)
    storage.checkpoints.put(b"state", 8, NOW)
    assert storage.prune(before=500.0, now=NOW).episodes == 0
    assert storage.checkpoints.base() is None
    storage.prune(before=5_000.0, now=NOW)
    await storage.log.append_episode(NewEpisode(an_episode("new", at=NOW)))
    storage.checkpoints.put(b"later", 9, NOW)
    assert storage.prune(before=5_000.0, now=NOW).episodes == 0
    assert storage.checkpoints.base() == (b"state", 8)


async def test_nothing_goes_beyond_the_newest_good_checkpoint(storage, an_episode, a_feedback, tmp_path):
    """An episode that no checkpoint has folded stays, and one whose feedback none has folded, too."""
    await fill(storage, an_episode, a_feedback)  # old: e0 at 1, its feedback at 2; e2 at 5, feedback at 6
    storage.checkpoints.put(b"good", 1, NOW)
    storage.checkpoints.put(b"bad", 8, NOW)
    newest = max((tmp_path / "checkpoints").glob("*.bin"), key=lambda p: p.read_bytes() == b"bad")
    newest.write_bytes(b"???")
    assert storage.prune(5_000.0, NOW).episodes == 0
    storage.checkpoints.put(b"better", 2, NOW)
    assert storage.prune(5_000.0, NOW).episodes == 1
    assert (await storage.log.episode("e2", "acme")).position == 5


async def test_the_fold_can_be_made_again_after_pruning(storage, an_episode, a_feedback):
    """From the base checkpoint over what is left, the learner comes to the same state, to the bit."""
    await storage.log.append(ModelPut(0.0, Model("small", 0.1, 0.2)))
    await fill(storage, an_episode, a_feedback, count=6)
    live = Learner()
    for logged in storage.log.read(0):
        live.apply_one(logged.event, logged.episode)
    storage.checkpoints.put(live.to_bytes(), await storage.log.end(), NOW)
    assert storage.prune(5_000.0, NOW).episodes == 3
    await storage.log.append_episode(NewEpisode(an_episode("new", at=NOW)))
    await storage.log.append_feedback(a_feedback("late", "e1", value=0.0))
    for logged in storage.log.read(13):
        live.apply_one(logged.event, logged.episode)
    for i in range(3):  # newer checkpoints push out old ones, but not the base
        storage.checkpoints.put(live.to_bytes(), 15 + i, NOW)

    payload, position = storage.checkpoints.base()
    again = Learner.from_bytes(payload)
    for logged in storage.log.read(position):
        again.apply_one(logged.event, logged.episode)
    assert position == 13
    assert again.digest() == live.digest()


async def test_what_a_sessions_outcome_is_about_stays_until_that_is_folded(storage, an_episode):
    """Else the fold would find less of the session than it did."""
    await storage.log.append_episode(NewEpisode(an_episode("e0", at=LONG_AGO, session_id="s")))
    await storage.log.append_episode(NewEpisode(an_episode("e1", at=LONG_AGO, session_id="other")))
    await storage.log.append(SessionOutcomeRecorded("r", "s", "acme", NOW, 1.0, "score"))
    storage.checkpoints.put(b"state", 2, NOW)
    assert storage.prune(5_000.0, NOW).episodes == 1
    assert [e.episode_id for e in storage.log.read(2)[0].session] == ["e0"]
    storage.checkpoints.put(b"later", 3, NOW)
    assert storage.prune(5_000.0, NOW).episodes == 1


async def test_the_base_lies_in_the_database(storage, an_episode, a_feedback, tmp_path):
    """A copy of the one file goes on from it: a backup is complete, whatever lay beside it."""
    await fill(storage, an_episode, a_feedback)
    storage.checkpoints.put(b"state", 8, NOW)
    storage.prune(5_000.0, NOW)
    for file in (tmp_path / "checkpoints").glob("*.bin"):
        file.unlink()
    assert storage.checkpoints.base() == (b"state", 8)


async def test_events_of_operators_and_jobs_stay(storage, an_episode, a_feedback):
    """They are few, and a reader of the log may want to know what was changed."""
    await storage.log.append(ModelPut(0.0, Model("small")))
    await fill(storage, an_episode, a_feedback)
    await storage.log.append(JobApplied(0.0, "recalibrate", {}))
    storage.checkpoints.put(b"state", 10, NOW)
    storage.prune(float("inf"), NOW)
    assert [x.event.kind for x in storage.log.read(0)] == ["model", "job"]


async def test_pruning_again_goes_on_where_it_stopped(storage, an_episode, a_feedback):
    """More than one transaction's worth is pruned in one call, and the next call finds nothing."""
    await fill(storage, an_episode, a_feedback, count=500)
    storage.checkpoints.put(b"state", 1_000, NOW)
    assert storage.prune(5_000.0, NOW).episodes == 250
    assert storage.prune(5_000.0, NOW).episodes == 0


async def test_expired_sessions_and_old_periods_are_forgotten(storage):
    """The ledger does not grow for ever either."""
    await storage.ledger.keep_session("acme", "s", "small", now=0.0)
    storage.prune(0.0, now=1e9)
    with sqlite3.connect(storage.path) as connection:
        assert connection.execute("SELECT count(*) FROM sessions").fetchone() == (0,)


def test_tombstones_fit_a_sqlite_integer_and_tell_tenants_apart():
    """8 signed bytes; tenant and id cannot be shifted into each other."""
    keys = {tombstone_key(e, t) for e in ("a", "ab", "b") for t in ("a", "ba", "")}
    assert len(keys) == 9
    assert all(-(2**63) <= key < 2**63 for key in keys)
