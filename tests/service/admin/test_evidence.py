"""What an operator lets teach nothing any more: counted first, in the audit trail, undone, heeded by the fold."""

import pytest
from msgspec.structs import replace
from pointsman_learner.events import EvidenceForgotten, FeedbackRecorded
from pointsman_learner.settings import LearnerSettings
from pointsman_service.application.end_users import pseudonym
from pointsman_service.domain.operations import ChangeContext, Evidence, ForgottenEvidence
from pointsman_service.errors import InvalidRequest
from pointsman_service.ports import NewEpisode
from pointsman_service.process.fold import Fold


async def said(process, an_episode, n, value, **who):
    """An episode, and a thumb on it."""
    episode = an_episode(f"e-{n}")
    await process.storage.log.append_episode(NewEpisode(episode))
    word = FeedbackRecorded(f"f-{n}", episode.episode_id, episode.tenant, 1_000.0 + n, "thumb", value)
    await process.storage.log.append_feedback(replace(word, **who))


def digest(process):
    """Of a fold of the log as it is."""
    log = process.storage.log
    fold = Fold(log, LearnerSettings())
    fold.run_to(log.end_blocking())
    return fold.learner.digest()


async def test_an_end_users_words_are_counted_forgotten_and_restored(start, ann, an_episode, logged):
    """By its number alone: neither its id nor its pseudonym is in what is logged of it."""
    process = await start()
    eve = pseudonym("acme", "eve")
    for n in range(3):
        await said(process, an_episode, n, 0.0, end_user=eve)
    await said(process, an_episode, 3, 1.0, end_user=pseudonym("acme", "bob"))
    before = digest(process)
    meant = Evidence("acme", end_user_id="eve")
    counted = await process.admin.forget_evidence(meant, ann, dry_run=True)
    assert counted.now == ForgottenEvidence("", feedback=3)
    assert digest(process) == before
    done = await process.admin.forget_evidence(meant, ChangeContext("ann", "r-1"), dry_run=False)
    again = await process.admin.forget_evidence(meant, ChangeContext("ann", "r-1"), dry_run=False)
    assert (done.replayed, again.replayed, again.now) == (False, True, done.now)
    assert digest(process) != before
    (forgotten,) = logged(process, "forgotten")
    acted = logged(process, "operator")[-1]
    assert (acted.method, acted.by) == ("ForgetEvidence", "ann")
    assert done.now.forget_id in acted.note
    assert eve not in f"{forgotten} {acted}"
    assert not await process.admin.restore_evidence(done.now.forget_id, ChangeContext("ann", "r-2"))
    assert await process.admin.restore_evidence(done.now.forget_id, ChangeContext("ann", "r-2"))
    assert digest(process) == before


async def test_the_state_stays_the_fold_of_a_log_that_a_person_was_forgotten_from(start, ann, an_episode, logged):
    """Authors are numbers: who is forgotten keeps it in what was said, and has another one afterwards."""
    process = await start()
    eve, bob = pseudonym("acme", "eve"), pseudonym("acme", "bob")
    for n in range(4):
        await said(process, an_episode, n, float(n % 2), end_user=(eve, bob)[n // 2])
    before = digest(process)
    await process.admin.forget_end_user("acme", "eve", ann)
    assert digest(process) == before
    await said(process, an_episode, 4, 1.0, end_user=eve)
    authors = [word.author for word in logged(process, "feedback")]
    assert authors[0] == authors[1] != authors[2] == authors[3]
    assert authors[4] not in authors[:4]


async def test_a_period_goes_with_its_episodes_and_what_was_told_of_them(start, ann, an_episode):
    """Whenever that was told."""
    process = await start()
    for n in range(4):
        await said(process, an_episode, n, 0.0)
    at = an_episode("any").at
    done = await process.admin.forget_evidence(Evidence(since=at, until=at + 0.5), ann, dry_run=True)
    assert (done.now.episodes, done.now.feedback) == (4, 4)
    done = await process.admin.forget_evidence(Evidence(since=1_001.0, until=1_003.0), ann, dry_run=True)
    assert (done.now.episodes, done.now.feedback) == (0, 2) if not 1_001.0 <= at < 1_003.0 else (4, 4)


async def test_who_never_spoke_and_what_was_never_forgotten_are_refused(start, ann, an_episode, logged):
    """And nothing is logged."""
    process = await start()
    with pytest.raises(InvalidRequest, match="no word"):
        await process.admin.forget_evidence(Evidence("acme", end_user_id="nobody"), ann, dry_run=False)
    with pytest.raises(InvalidRequest, match="forget_id"):
        await process.admin.restore_evidence("forget-x", ann)
    assert logged(process, "forgotten") == []
    assert EvidenceForgotten("x", 1.0).kind == "forgotten"
