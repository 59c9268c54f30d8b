"""Requests that create, change or remove a resource, checked and as values."""

from __future__ import annotations

from typing import Any, NamedTuple

from google.protobuf.message import Message

from pointsman_service.domain.names import MAX_NAME
from pointsman_service.domain.operations import Fields
from pointsman_service.domain.request_limits import Limits
from pointsman_service.rpc.changes import Changeable
from pointsman_service.rpc.presence import Told
from pointsman_service.rpc.validation import Violations


class Change(NamedTuple):
    """Of which resource what is to change, and under which etag; None holds nothing against the present state."""

    name: str
    fields: Fields
    etag: str | None = None
    request_id: str | None = None


def read_create(request: Any, of: Changeable, limits: Limits) -> Change:  # noqa: ANN401 - Create*Request
    """A resource to add. Raises InvalidRequest with every violation."""
    wrong = Violations()
    resource: Message = getattr(request, of.name)
    name = of.check_name(wrong, f"{of.name}.{of.identity}", getattr(resource, of.identity))
    read = Change(name, of.given(resource, limits, wrong), None, Told(request, "", wrong).identifier("request_id"))
    wrong.raise_if_any()
    return read


def read_update(request: Any, of: Changeable, limits: Limits) -> Change:  # noqa: ANN401 - Update*Request
    """The fields that the mask names. Raises InvalidRequest with every violation."""
    wrong = Violations()
    resource: Any = getattr(request, of.name)
    read = Change(
        name=wrong.identifier(f"{of.name}.{of.identity}", getattr(resource, of.identity), MAX_NAME),
        fields=of.masked(resource, request.update_mask, limits, wrong),
        etag=wrong.identifier(f"{of.name}.etag", resource.etag) if resource.etag else None,
        request_id=Told(request, "", wrong).identifier("request_id"),
    )
    wrong.raise_if_any()
    return read


def read_named(request: Any, of: Changeable, fields: Fields | None = None) -> Change:  # noqa: ANN401 - Delete*Request
    """A resource by its name and, where it is given, its etag. Raises InvalidRequest with every violation."""
    wrong = Violations()
    read = Change(
        name=wrong.identifier(of.identity, getattr(request, of.identity), MAX_NAME),
        fields=fields or {},
        etag=Told(request, "", wrong).identifier("etag"),
        request_id=Told(request, "", wrong).identifier("request_id"),
    )
    wrong.raise_if_any()
    return read
