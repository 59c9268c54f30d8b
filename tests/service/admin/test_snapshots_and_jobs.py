"""Snapshots and jobs: what operators do with them is in the log, and a retry does it once."""

import pytest
from pointsman_learner.static import static_snapshot
from pointsman_learner.types import Model
from pointsman_service.domain.operations import ChangeContext, PageRequest, WantedSnapshot
from pointsman_service.errors import (
    CorruptSnapshot,
    InvalidRequest,
    RequestConflict,
    UnknownJob,
    UnknownSnapshot,
    UnusableSnapshot,
)


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
    assert (await process.admin.roll_back_snapshot(WantedSnapshot(1), ann)).now.active
    assert process.watch.current.version == 1
    process.storage.snapshots.put(snapshot_payload, 3, 1_000.0)
    process.watch.check()
    assert process.watch.current.version == 1
    assert (await process.admin.follow_newest_snapshot(ann)).now.version == 3
    assert process.watch.current.version == 3
    with pytest.raises(UnknownSnapshot):
        await process.admin.roll_back_snapshot(WantedSnapshot(99), ann)
    acted = [(e.method, e.by, e.note) for e in logged(process, "operator")]
    assert acted == [("RollBackSnapshot", "ann", "version: 1"), ("FollowNewestSnapshot", "ann", "")]


async def test_a_retried_roll_back_is_not_made_again(start, snapshot_payload):
    """Else it would undo what another operator did meanwhile."""
    process = await start()
    for position in (1, 2):
        process.storage.snapshots.put(snapshot_payload, position, 1_000.0)
    once = ChangeContext("ann", "r-1")
    await process.admin.roll_back_snapshot(WantedSnapshot(1), once)
    await process.admin.follow_newest_snapshot(ChangeContext("bob"))
    again = await process.admin.roll_back_snapshot(WantedSnapshot(1), once)
    assert (again.replayed, again.now.version, again.now.active) == (True, 1, False)
    with pytest.raises(RequestConflict):
        await process.admin.roll_back_snapshot(WantedSnapshot(2), once)


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        (b"a format of long ago", "format"),
        (static_snapshot([Model("of-last-year")]).to_bytes(), "none of the models"),
    ],
    ids=["another format", "no model of today"],
)
async def test_a_snapshot_that_routers_would_refuse_is_not_rolled_back_to(start, ann, snapshot_payload, payload, why):
    """Seen: exit 0, listed as active, and the router went on with the newest."""
    process = await start()
    process.storage.snapshots.put(payload, 1, 1_000.0)
    process.storage.snapshots.put(snapshot_payload, 2, 1_001.0)
    process.watch.check()
    with pytest.raises(UnusableSnapshot, match=why):
        await process.admin.roll_back_snapshot(WantedSnapshot(1), ann)
    page = await process.admin.list_snapshots(PageRequest())
    assert [(r.version, r.active) for r in page.items] == [(2, True), (1, False)]
    assert not process.storage.snapshots.pinned()
    assert process.watch.current.version == 2


async def test_a_damaged_snapshot_is_not_rolled_back_to_until_it_is_whole_again(start, ann, snapshot_payload, tmp_path):
    """What was refused once is looked at again: its file may have been put back."""
    process = await start()
    process.storage.snapshots.put(snapshot_payload, 1, 1_000.0)
    (file,) = (tmp_path / "snapshots").glob("*.bin")
    whole = file.read_bytes()
    process.storage.snapshots.put(snapshot_payload, 2, 1_001.0)
    file.write_bytes(whole[:-1])
    with pytest.raises(CorruptSnapshot):
        await process.admin.roll_back_snapshot(WantedSnapshot(1), ann)
    file.write_bytes(whole)
    assert (await process.admin.roll_back_snapshot(WantedSnapshot(1), ann)).now.active
    assert process.watch.current.version == 1


async def test_the_list_says_by_which_snapshot_is_decided(start, snapshot_payload):
    """A pinned one of before an upgrade, which had to be refused, is not it."""
    process = await start()
    process.storage.snapshots.put(snapshot_payload, 1, 1_000.0)
    process.watch.check()
    process.storage.snapshots.put(b"a format of long ago", 2, 1_001.0)
    page = await process.admin.list_snapshots(PageRequest())
    assert [(r.version, r.active) for r in page.items] == [(2, False), (1, True)]


async def test_a_roll_back_goes_to_a_time_or_a_name(start, ann, snapshot_payload, logged):
    """The newest that was stored by then; before the oldest there is none."""
    process = await start()
    for position in range(1, 4):
        process.storage.snapshots.put(snapshot_payload, position, 1_000.0 * position)
    back = await process.admin.roll_back_snapshot(WantedSnapshot(stored_by=2_999.0), ann)
    assert (back.now.version, process.watch.current.version) == (2, 2)
    assert (await process.admin.name_snapshot(3, "good", ann)).now.name == "good"
    assert (await process.admin.roll_back_snapshot(WantedSnapshot(name="good"), ann)).now.version == 3
    with pytest.raises(UnknownSnapshot, match="1970-01-01 00:16:40Z"):
        await process.admin.roll_back_snapshot(WantedSnapshot(stored_by=999.0), ann)
    with pytest.raises(UnknownSnapshot, match='"good"'):
        await process.admin.roll_back_snapshot(WantedSnapshot(name="god"), ann)
    await process.admin.unname_snapshot("good", ann)
    with pytest.raises(UnknownSnapshot):
        await process.admin.unname_snapshot("good", ann)
    noted = [(e.method, e.note) for e in logged(process, "operator")]
    assert noted == [
        ("RollBackSnapshot", "stored_by: 2999.0"),
        ("NameSnapshot", "version: 3, name: good"),
        ("RollBackSnapshot", "name: good"),
        ("UnnameSnapshot", "name: good"),
    ]


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
