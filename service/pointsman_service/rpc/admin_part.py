"""What the parts of AdminService have in common."""

from __future__ import annotations

from pointsman.v1.admin_service_pb2_grpc import AdminServiceServicer

from pointsman_service.domain.request_limits import Limits
from pointsman_service.rpc.application import Admin, Changing
from pointsman_service.rpc.caller import change_of

__all__ = ["AdminPart", "ChangePart", "change_of"]


class ChangePart(AdminServiceServicer):
    """Some of its methods, of those that need no running service: read, call, write."""

    def __init__(self, admin: Changing, limits: Limits) -> None:
        self._admin = admin
        self._limits = limits


class AdminPart(ChangePart):
    """Some of the others."""

    _admin: Admin

    def __init__(self, admin: Admin, limits: Limits) -> None:
        super().__init__(admin, limits)
