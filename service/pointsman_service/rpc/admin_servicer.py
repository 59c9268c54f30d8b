"""AdminService over the application's Admin."""

from __future__ import annotations

from pointsman_service.rpc.admin_audit import AuditMethods
from pointsman_service.rpc.admin_configuration import ConfigurationMethods
from pointsman_service.rpc.admin_keys import KeyMethods
from pointsman_service.rpc.admin_log import LogMethods
from pointsman_service.rpc.admin_models import ModelMethods
from pointsman_service.rpc.admin_nodes import NodeMethods
from pointsman_service.rpc.admin_running import RunningMethods
from pointsman_service.rpc.admin_tenants import TenantMethods


class AdminServicer(
    ModelMethods,
    TenantMethods,
    NodeMethods,
    KeyMethods,
    ConfigurationMethods,
    AuditMethods,
    LogMethods,
    RunningMethods,
):
    """All its methods."""
