# ruff: noqa: N802, ARG002 - the contract names the methods and their arguments
"""AdminService's method about the audit trail."""

from __future__ import annotations

from google.protobuf.timestamp_pb2 import Timestamp
from grpc.aio import ServicerContext
from pointsman import v1

from pointsman_service.domain.audit import AuditChange, AuditEntry, AuditQuery
from pointsman_service.domain.names import MAX_NAME
from pointsman_service.domain.operations import PageRequest
from pointsman_service.errors import Fault
from pointsman_service.rpc.admin_part import AdminPart
from pointsman_service.rpc.pages import next_token, read_page
from pointsman_service.rpc.presence import Told
from pointsman_service.rpc.read_filter import read_time
from pointsman_service.rpc.validation import Violations
from pointsman_service.rpc.write_json import json_value
from pointsman_service.rpc.write_time import timestamp

_MAX_KEY = 2 * MAX_NAME + 100


class AuditMethods(AdminPart):
    """AdminService's method about the audit trail."""

    async def ListAuditEntries(
        self, request: v1.ListAuditEntriesRequest, context: ServicerContext
    ) -> v1.ListAuditEntriesResponse:
        """Newest first."""
        query, asked = read_audit(request)
        page = await self._admin.list_audit_entries(query, asked)
        return v1.ListAuditEntriesResponse(
            entries=[audit_message(entry) for entry in page.items],
            next_page_token=next_token(request, page.next_token),
        )


def read_audit(request: v1.ListAuditEntriesRequest) -> tuple[AuditQuery, PageRequest]:
    """Which entries, and the page. Raises InvalidRequest."""
    wrong = Violations()
    of = Told(request, "", wrong)
    start, end = (read_time(request, "", field, wrong) for field in ("start_time", "end_time"))
    if start is not None and end is not None and start >= end:
        wrong.add("end_time", "must be later than start_time", Fault.CONFLICTING)
    key = wrong.text("key_prefix", request.key_prefix, _MAX_KEY) if request.key_prefix else None
    read = AuditQuery(of.identifier("by", MAX_NAME), start, end, key), read_page(request, wrong)
    wrong.raise_if_any()
    return read


def audit_message(entry: AuditEntry) -> v1.AuditEntry:
    """With the values before and after."""
    at: Timestamp = timestamp(entry.at)
    return v1.AuditEntry(
        log_position=entry.position,
        change_time=at,
        by=entry.by,
        method=entry.method,
        changes=[_change(change) for change in entry.changes],
        changes_left_out=entry.left_out,
        note=entry.note,
    )


def _change(change: AuditChange) -> v1.AuditChange:
    return v1.AuditChange(
        key=change.key,
        before=None if change.before is None else json_value(change.before),
        after=None if change.after is None else json_value(change.after),
    )
