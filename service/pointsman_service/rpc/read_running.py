"""Operators' smaller requests, checked and as values. Each reader raises InvalidRequest with every violation."""

from __future__ import annotations

from typing import Any, NamedTuple

from google.protobuf.message import Message
from pointsman import v1

from pointsman_service.domain.names import MAX_NAME
from pointsman_service.domain.operations import PageRequest
from pointsman_service.rpc.pages import read_page
from pointsman_service.rpc.presence import Told
from pointsman_service.rpc.validation import Violations

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


def read_roll_back(request: v1.RollBackSnapshotRequest) -> tuple[int, str | None]:
    """The snapshot's version, and the id."""
    wrong = Violations()
    wrong.between("snapshot_version", request.snapshot_version, 1)
    request_id = Told(request, "", wrong).identifier("request_id")
    wrong.raise_if_any()
    return request.snapshot_version, request_id


def read_request_id(request: Message) -> str | None:
    """The id of a change that says nothing else."""
    wrong = Violations()
    request_id = Told(request, "", wrong).identifier("request_id")
    wrong.raise_if_any()
    return request_id
