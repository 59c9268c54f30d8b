"""Snapshots and jobs: what operators do with them is in the log, and a retry does it once."""

import pytest
from pointsman_service.domain.operations import ChangeContext, PageRequest
from pointsman_service.errors import InvalidRequest, RequestConflict, UnknownJob, UnknownSnapshot


async def test_snapshots_are_rolled_back_pinned_and_followed_again(start, ann, snapshot_payload, logged):
    """A roll back decides at once, and holds against newer ones until it is undone; who did it is in the log."""
    process = await start()
    with pytest.raises(UnknownSnapshot):
        await process.admin.follow_newest_snapshot(ann)
    for position in (1, 2):
        process.storage.snapshots.put(snapshot_payload, position, 1_000.0)
    first = await process.admin.list_snapshots(PageRequest(1))
    second = await process.admin.list_snapshots(PageRequest(1, first.next_token))
    assert [r.version for page in (first, second) for r in page.items] == [2, 1]
    assert second.next_token == ""
    assert (await process.admin.roll_back_snapshot(1, ann)).now.active
    assert process.watch.current.version == 1
    process.storage.snapshots.put(snapshot_payload, 3, 1_000.0)
    process.watch.check()
    assert process.watch.current.version == 1
    assert (await process.admin.follow_newest_snapshot(ann)).now.version == 3
    assert process.watch.current.version == 3
    with pytest.raises(UnknownSnapshot):
        await process.admin.roll_back_snapshot(99, ann)
    acted = [(e.method, e.by, e.note) for e in logged(process, "operator")]
    assert acted == [("RollBackSnapshot", "ann", "version: 1"), ("FollowNewestSnapshot", "ann", "")]


async def test_a_retried_roll_back_is_not_made_again(start, snapshot_payload):
    """Else it would undo what another operator did meanwhile."""
    process = await start()
    for position in (1, 2):
        process.storage.snapshots.put(snapshot_payload, position, 1_000.0)
    once = ChangeContext("ann", "r-1")
    await process.admin.roll_back_snapshot(1, once)
    await process.admin.follow_newest_snapshot(ChangeContext("bob"))
    again = await process.admin.roll_back_snapshot(1, once)
    assert (again.replayed, again.now.version, again.now.active) == (True, 1, False)
    with pytest.raises(RequestConflict):
        await process.admin.roll_back_snapshot(2, once)


async def test_jobs_are_listed_with_their_last_run_and_can_be_asked_for(start, ann, logged):
    """A job that never ran is due now; one without an interval never is."""
    process = await start()
    promote, prune = (await process.admin.list_jobs(PageRequest())).items
    assert (promote.name, promote.next_run_at, promote.outcome) == ("promote", 1_000.0, None)
    assert prune.next_run_at is None
    process.storage.jobs.record("promote", 990.0, 991.0, "changed", {"position": 4})
    promote = (await process.admin.list_jobs(PageRequest())).items[0]
    assert (promote.next_run_at, promote.ended_at, promote.outcome) == (1_050.0, 991.0, "changed")
    assert promote.detail == {"position": 4}
    assert (await process.admin.run_job("prune", ann)).now.next_run_at == 1_000.0
    assert process.storage.jobs.take_requests() == ["prune"]
    assert logged(process, "operator")[-1].note == "job: prune"
    with pytest.raises(UnknownJob, match='"promote"'):
        await process.admin.run_job("promot", ann)


async def test_a_job_is_asked_for_once_under_one_id(start):
    """A retry does not run it again."""
    process = await start()
    once = ChangeContext("ann", "r-1")
    await process.admin.run_job("prune", once)
    process.storage.jobs.take_requests()
    assert (await process.admin.run_job("prune", once)).replayed
    assert process.storage.jobs.take_requests() == ()


async def test_the_answer_tells_of_the_run_before_however_fast_the_job_is(start, ann, monkeypatch):
    """Who waits for another end than the one it was told would else wait for ever."""
    process = await start()
    jobs = process.storage.jobs
    jobs.record("prune", 980.0, 981.0, "unchanged", {})
    monkeypatch.setattr(jobs, "request", lambda name, at: jobs.record(name, at, at + 1.0, "changed", {}))
    assert (await process.admin.run_job("prune", ann)).now.ended_at == 981.0


async def test_pages_of_jobs_are_checked(start):
    """A token of nobody's."""
    with pytest.raises(InvalidRequest, match="page_token"):
        await (await start()).admin.list_jobs(PageRequest(1, "promote"))
