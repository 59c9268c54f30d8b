"""An end user that is forgotten is in no byte of any file, and what was learnt is still the fold of the log."""

from __future__ import annotations

import asyncio
import sqlite3
import threading

import pytest
from msgspec.structs import replace
from pointsman_learner.events import OutcomeReported, SessionOutcomeRecorded
from pointsman_learner.types import Verdict
from pointsman_service.adapters.sqlite import end_users as sqlite_end_users
from pointsman_service.adapters.sqlite.storage import StorageSettings, open_storage
from pointsman_service.application.end_users import pseudonym
from pointsman_service.application.idempotency import check_same
from pointsman_service.config.sections import LearnerSection
from pointsman_service.errors import DuplicateRequest
from pointsman_service.ports import NewEpisode
from pointsman_service.process.learner_loop import LearnerLoop
from pointsman_service.process.verify import verify

ANN, BOB = "ann@example.com", "bob@example.com"
WORDS = (
    *("annsprompt", "annsanswer", "annserror", "annsverdict", "annslabel", "annshint", "annsreport", "annscomment"),
    ANN,
)
LONG = " ".join(f"annslong{i}" for i in range(3_000))  # over several pages


@pytest.fixture
async def storage(tmp_path):
    """Open storage."""
    storage = open_storage(tmp_path, StorageSettings(synchronous="normal"))
    yield storage
    await storage.close()


def words_of(episode):
    """The episode with words wherever an event can have them."""
    verdict = Verdict("rubric", None, error="no_verdict: annsverdict")
    step = replace(episode.steps[0], error="annserror", failure_kind="invalid", verdicts=(verdict,))
    context = replace(episode.context, hints={"task": "annshint"})
    return replace(episode, steps=(step, *episode.steps), context=context, answer=1)


async def fill(storage, an_episode, a_feedback, count=6):
    """Episodes of Ann and of Bob by turns, each with feedback of who asked; Bob's with a word of Ann's, too."""
    for i in range(count):
        who = ANN if i % 2 == 0 else BOB
        known = pseudonym("acme", who)
        episode = an_episode(f"e{i}", request_id=f"r{i}", session_id="s")
        texts = ("prompt", ("answer",), {"kind": "complete", "text": "answer"})
        if who == ANN:
            episode = words_of(episode)
            response = {"kind": "complete", "text": "annsanswer", "labels": {"l": "annslabel"}, "fingerprint": "ff"}
            texts = (f"annsprompt {LONG}", (None, "annsanswer"), response)
        await storage.log.append_episode(NewEpisode(replace(episode, end_user=known), *texts, who))
        for teller in {who, ANN}:
            said = replace(a_feedback(f"content-{i}{teller[:3]}", f"e{i}"), end_user=pseudonym("acme", teller))
            words = {"digest": f"{teller[:3]}sdigest", "comment": f"{teller[:3]}scomment"}
            await storage.log.append_feedback(replace(said, source="correction", **words))
    await storage.log.append_session_outcome(
        SessionOutcomeRecorded("s1", "s", "acme", 1.0, 1.0, "score", pseudonym("acme", ANN))
    )
    report = OutcomeReported("e0", "acme", 2.0, "large", error="annsreport", failure_kind="timeout")
    await storage.log.append(report)


def forgotten(storage, who=ANN):
    """As the application does it."""
    return storage.end_users.forget("acme", who, pseudonym("acme", who))


def left(folder):
    """All bytes of all files, those of a write-ahead log too."""
    return b"".join(p.read_bytes() for p in folder.rglob("*") if p.is_file())


async def test_no_file_has_a_byte_of_a_forgotten_end_user(storage, an_episode, a_feedback, tmp_path):
    """While the storage is open: nothing waits for a restart, or for a compaction."""
    await fill(storage, an_episode, a_feedback)
    before = left(tmp_path)
    assert all(word.encode() in before for word in (*WORDS, pseudonym("acme", ANN), "annslong2999"))
    done = forgotten(storage)
    assert (done.episodes, done.feedback, done.session_outcomes, done.scrubbed) == (3, 6, 1, True)
    after = left(tmp_path)
    for word in (*WORDS, pseudonym("acme", ANN), "annsdigest", "content-0ann", "annslong"):
        assert word.encode() not in after, word


async def test_others_keep_theirs(storage, an_episode, a_feedback):
    """Bob's texts and his pseudonym; the feedback on his episode counts as before, without who gave it."""
    await fill(storage, an_episode, a_feedback)
    forgotten(storage)
    bobs = await storage.log.episode("e1", "acme")
    assert (bobs.prompt, bobs.answer_texts, bobs.end_user_id) == ("prompt", ("answer",), BOB)
    assert sorted(f.end_user or "" for f in bobs.feedback) == ["", pseudonym("acme", BOB)]
    anns = await storage.log.episode("e0", "acme")
    assert (anns.prompt, anns.answer_texts, anns.end_user_id, anns.labels) == (None, (), None, {})
    assert [f.value for f in anns.feedback] == [1.0]
    assert anns.outcomes[0].failed
    with sqlite3.connect(storage.path) as connection:
        assert connection.execute("SELECT count(*), sum(feedback_weight) FROM episodes").fetchone() == (6, 9.0)


async def test_another_tenants_user_of_the_same_id_is_somebody_else(storage, an_episode):
    """Ids are a tenant's own."""
    other = replace(an_episode(tenant="other"), end_user=pseudonym("other", ANN))
    await storage.log.append_episode(NewEpisode(other, "theirs", ("theirs",), {}, ANN))
    assert forgotten(storage).episodes == 0
    assert (await storage.log.episode("e1", "other")).end_user_id == ANN


async def test_what_is_learnt_is_still_the_fold_of_the_log(storage, an_episode, a_feedback):
    """Words and pseudonyms are no part of learning: the state that was saved before is what is folded after."""
    await fill(storage, an_episode, a_feedback)
    nobodys = SessionOutcomeRecorded("s2", "s", "acme", 1.0, 0.0, "score")
    await storage.log.append_session_outcome(nobodys)  # as Ann's is afterwards
    loop = LearnerLoop(storage.log, storage.snapshots, storage.checkpoints, LearnerSection(), lambda: 9.0)
    while loop.step():
        pass
    loop.save()
    forgotten(storage)
    proved = verify(storage.log, storage.checkpoints, LearnerSection().policy)
    assert proved.holds, str(proved)
    assert (proved.since, proved.skipped) == (0, ())


async def test_a_request_of_a_forgotten_user_gets_no_answer_again(storage, an_episode, a_feedback):
    """Whatever a worker remembers: the log says that there is none."""
    await fill(storage, an_episode, a_feedback)
    forgotten(storage)
    stored = await storage.log.episode_of_request("acme", "r0")
    with pytest.raises(DuplicateRequest, match="forgotten"):
        check_same(stored, "ff")


async def test_where_texts_are_not_kept_the_pseudonym_goes(tmp_path, an_episode):
    """Under "none" nothing else is known of an end user."""
    storage = open_storage(tmp_path, StorageSettings(store_prompts="none"))
    known = pseudonym("acme", ANN)
    await storage.log.append_episode(NewEpisode(replace(an_episode(), end_user=known), "p", ("a",), {}, ANN))
    assert forgotten(storage).episodes == 1
    assert known.encode() not in left(tmp_path)
    await storage.close()


async def test_forgetting_again_finds_nothing_and_goes_on_where_it_was_broken_off(
    storage, an_episode, a_feedback, monkeypatch
):
    """Killed in the middle, the second run finds the rest."""
    await fill(storage, an_episode, a_feedback)
    monkeypatch.setattr(sqlite_end_users, "_CHUNK", 1)
    steps = []

    def killed(_seconds):
        steps.append(1)
        if len(steps) == 9:
            raise KeyboardInterrupt

    monkeypatch.setattr(sqlite_end_users.time, "sleep", killed)
    with pytest.raises(KeyboardInterrupt):
        forgotten(storage)
    monkeypatch.undo()
    assert forgotten(storage).episodes > 0
    assert forgotten(storage).episodes == 0
    assert ANN.encode() not in left(storage.path.parent)


async def test_a_long_reader_is_told_and_neither_waited_for_nor_harmed(storage, an_episode, a_feedback, monkeypatch):
    """A backup under way sees the old pages until it is done; writers go on meanwhile."""
    await fill(storage, an_episode, a_feedback)
    monkeypatch.setattr(sqlite_end_users, "_TRIES", 2)
    reader = sqlite3.connect(storage.path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM texts").fetchone()
    assert not forgotten(storage).scrubbed
    await storage.log.append_episode(NewEpisode(an_episode("meanwhile"), "p", (), {}))
    reader.execute("COMMIT")
    reader.close()
    assert forgotten(storage).scrubbed
    assert b"annsprompt" not in left(storage.path.parent)


async def test_traffic_beside_it_is_neither_lost_nor_stopped(storage, an_episode, a_feedback, tmp_path):
    """Appends between its transactions."""
    await fill(storage, an_episode, a_feedback, count=40)
    done = []
    thread = threading.Thread(target=lambda: done.append(forgotten(storage)))
    thread.start()
    for i in range(40):
        await storage.log.append_episode(NewEpisode(an_episode(f"beside{i}"), "bobs prompt", (), {}, BOB))
        await asyncio.sleep(0)
    await asyncio.to_thread(thread.join)
    assert done[0].episodes == 20
    assert (await storage.log.episode("beside39", "acme")).prompt == "bobs prompt"
    assert forgotten(storage).scrubbed
    assert b"annsprompt" not in left(tmp_path)
