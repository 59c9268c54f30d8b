"""What shall be forgotten, or teach again, checked and as values."""

from __future__ import annotations

from pointsman import v1

from pointsman_service.domain.names import MAX_NAME
from pointsman_service.domain.operations import Evidence
from pointsman_service.domain.request_limits import MAX_END_USER
from pointsman_service.errors import Fault
from pointsman_service.rpc.presence import Told
from pointsman_service.rpc.read_filter import read_time
from pointsman_service.rpc.validation import Violations

_NAMED = ("tenant", "client", "end_user_id", "model", "start_time", "end_time")


def read_forget_evidence(request: v1.ForgetEvidenceRequest) -> tuple[Evidence, str | None]:
    """What is meant, and the id. Raises InvalidRequest with every violation."""
    wrong = Violations()
    of = Told(request, "", wrong)
    since, until = (read_time(request, "", field, wrong) for field in ("start_time", "end_time"))
    if since is not None and until is not None and since >= until:
        wrong.add("end_time", "must be later than start_time", Fault.CONFLICTING)
    if request.HasField("end_user_id") and not request.HasField("tenant"):
        wrong.add("tenant", "must say whose end user it is", Fault.REQUIRED)
    if not any(request.HasField(name) for name in _NAMED):
        wrong.add("tenant", f"one of {', '.join(_NAMED)} must say what is forgotten", Fault.REQUIRED)
    evidence = Evidence(
        tenant=wrong.tenant("tenant", request.tenant) if request.HasField("tenant") else None,
        client=of.identifier("client", MAX_NAME),
        end_user_id=of.identifier("end_user_id", MAX_END_USER),
        model=of.identifier("model", MAX_NAME),
        since=since,
        until=until,
    )
    request_id = of.identifier("request_id")
    wrong.raise_if_any()
    return evidence, request_id


def read_restore_evidence(request: v1.RestoreEvidenceRequest) -> tuple[str, str | None]:
    """The id under which it was forgotten, and the request's. Raises InvalidRequest with every violation."""
    wrong = Violations()
    read = wrong.identifier("forget_id", request.forget_id), Told(request, "", wrong).identifier("request_id")
    wrong.raise_if_any()
    return read
