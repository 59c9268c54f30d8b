"""What the parts of AdminService have in common."""

from __future__ import annotations

from grpc.aio import ServicerContext
from pointsman.v1.admin_service_pb2_grpc import AdminServiceServicer

from pointsman_service.domain.operations import ChangeContext
from pointsman_service.rpc.application import Admin
from pointsman_service.rpc.caller import operator_of
from pointsman_service.rpc.validation import Limits


class AdminPart(AdminServiceServicer):
    """Some of its methods: read, call, write."""

    def __init__(self, admin: Admin, limits: Limits) -> None:
        self._admin = admin
        self._limits = limits


def change_of(context: ServicerContext, request_id: str | None) -> ChangeContext:
    """Who changes, under which id."""
    return ChangeContext(operator_of(context), request_id)
