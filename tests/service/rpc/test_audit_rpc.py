"""ListAuditEntries over a socket: who changed what, from what to what."""

from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp
from pointsman import v1
from pointsman_service.domain.audit import AuditQuery
from pointsman_service.domain.operations import PageRequest


async def test_each_entry_has_its_values_before_and_after(served):
    """What nobody said is absent, and not null."""
    answer = await served.admin.ListAuditEntries(v1.ListAuditEntriesRequest())
    first, second = answer.entries
    assert (first.by, first.method, first.log_position) == ("ann", "UpdateModel", 12)
    assert first.change_time.ToDatetime(UTC) == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    off, new = first.changes
    assert (off.key, off.before.bool_value, off.after.bool_value) == ("models.a.enabled", True, False)
    assert (new.HasField("before"), new.after.bool_value) == (False, True)
    assert (second.changes_left_out, second.note) == (5, "in words")


async def test_what_is_asked_reaches_the_application(served):
    """By whom, since when, by key, a page."""
    request = v1.ListAuditEntriesRequest(by="ann", key_prefix="models.", page_size=7, start_time=Timestamp(seconds=5))
    await served.admin.ListAuditEntries(request)
    assert served.application.asked[-1] == (
        "list_audit_entries",
        AuditQuery("ann", 5.0, None, "models."),
        PageRequest(7),
    )


async def test_times_that_cannot_be_are_refused(served, refused):
    """By the fields' names."""
    wrong = v1.ListAuditEntriesRequest(start_time=Timestamp(seconds=9), end_time=Timestamp(seconds=9))
    assert set(await refused(served.admin.ListAuditEntries(wrong))) == {"end_time"}
