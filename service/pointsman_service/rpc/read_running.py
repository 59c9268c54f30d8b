"""Operators' smaller requests, checked and as values. Each reader raises InvalidRequest with every violation."""

from __future__ import annotations

from typing import Any, NamedTuple

from google.protobuf.message import Message
from pointsman import v1

from pointsman_service.domain.api_keys import LONGEST_OVERLAP_S, OVERLAP_S
from pointsman_service.domain.names import MAX_NAME
from pointsman_service.domain.operations import PageRequest, WantedSnapshot
from pointsman_service.domain.request_limits import MAX_END_USER
from pointsman_service.domain.snapshot_retention import is_snapshot_name
from pointsman_service.errors import Fault
from pointsman_service.rpc.pages import read_page
from pointsman_service.rpc.presence import Told
from pointsman_service.rpc.validation import Violations
from pointsman_service.rpc.write_time import seconds

_MAX_KEY = 2 * MAX_NAME + 100
"""A key of the configuration names a resource and, of a model, a deployment and its field."""


class Asked(NamedTuple):
    """What a change is about, and its id."""

    name: str
    request_id: str | None


def read_list(request: Message) -> PageRequest:
    """The page of a list that asks for nothing else."""
    wrong = Violations()
    page = read_page(request, wrong)
    wrong.raise_if_any()
    return page


def read_config_list(request: v1.ListConfigValuesRequest) -> tuple[str, PageRequest]:
    """The keys' prefix, and the page."""
    wrong = Violations()
    read = wrong.text("key_prefix", request.key_prefix, _MAX_KEY), read_page(request, wrong)
    wrong.raise_if_any()
    return read


def read_name(field: str, name: str) -> str:
    """A name or id that the request must give."""
    wrong = Violations()
    wrong.identifier(field, name, MAX_NAME)
    wrong.raise_if_any()
    return name


def read_tenant(tenant: str) -> str:
    """A tenant's name."""
    wrong = Violations()
    wrong.tenant("tenant", tenant)
    wrong.raise_if_any()
    return tenant


def read_asked(request: Any, field: str) -> Asked:  # noqa: ANN401 - ResetConfigRequest, RunJobRequest
    """What the field names, and the id."""
    wrong = Violations()
    read = Asked(
        wrong.identifier(field, getattr(request, field), _MAX_KEY), Told(request, "", wrong).identifier("request_id")
    )
    wrong.raise_if_any()
    return read


def read_roll_back(request: v1.RollBackSnapshotRequest) -> tuple[WantedSnapshot, str | None]:
    """The snapshot that is wanted, and the id."""
    wrong = Violations()
    asked = Told(request, "", wrong)
    request_id, name = asked.identifier("request_id"), asked.identifier("name")
    stored_by = seconds(request.stored_by) if request.HasField("stored_by") else None
    others = (name is not None) + (stored_by is not None)
    if others + (request.snapshot_version != 0) > 1:
        wrong.add(
            "snapshot_version", "give one of snapshot_version, name and stored_by, not several", Fault.CONFLICTING
        )
    elif not others:
        wrong.between("snapshot_version", request.snapshot_version, 1)
    wrong.raise_if_any()
    return WantedSnapshot(None if others else request.snapshot_version, name, stored_by), request_id


def read_name_snapshot(request: v1.NameSnapshotRequest) -> tuple[int, str, str | None]:
    """The snapshot's version, its name, and the id."""
    wrong = Violations()
    wrong.between("snapshot_version", request.snapshot_version, 1)
    if not is_snapshot_name(request.name):
        wrong.add(
            "name",
            "must be a letter, then letters, digits, dots and dashes, 64 at most, and no word for a day",
            Fault.MALFORMED,
        )
    request_id = Told(request, "", wrong).identifier("request_id")
    wrong.raise_if_any()
    return request.snapshot_version, request.name, request_id


def read_unname_snapshot(request: v1.UnnameSnapshotRequest) -> tuple[str, str | None]:
    """The name, and the id."""
    wrong = Violations()
    read = wrong.identifier("name", request.name), Told(request, "", wrong).identifier("request_id")
    wrong.raise_if_any()
    return read


def read_forget_end_user(request: v1.ForgetEndUserRequest) -> tuple[str, str, str | None]:
    """The tenant, its end user, and the id."""
    wrong = Violations()
    read = (
        wrong.tenant("tenant", request.tenant),
        wrong.identifier("end_user_id", request.end_user_id, MAX_END_USER),
        Told(request, "", wrong).identifier("request_id"),
    )
    wrong.raise_if_any()
    return read


def read_overlap(request: v1.RotateApiKeyRequest) -> float:
    """Seconds that the present secret is still taken."""
    wrong = Violations()
    overlap_s: float | None = Told(request, "", wrong).between("overlap_s", 0.0, LONGEST_OVERLAP_S)
    wrong.raise_if_any()
    return OVERLAP_S if overlap_s is None else overlap_s


def read_request_id(request: Message) -> str | None:
    """The id of a change that says nothing else."""
    wrong = Violations()
    request_id = Told(request, "", wrong).identifier("request_id")
    wrong.raise_if_any()
    return request_id
