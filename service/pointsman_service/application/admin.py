"""AdminService's application: what operators look at and change."""

from __future__ import annotations

from pointsman_service.application.admin_audit import AuditAdmin
from pointsman_service.application.admin_configuration import ConfigurationAdmin
from pointsman_service.application.admin_keys import KeyAdmin
from pointsman_service.application.admin_log import LogAdmin
from pointsman_service.application.admin_models import ModelAdmin
from pointsman_service.application.admin_part import AdminParts, ChangeParts
from pointsman_service.application.admin_running import RunningAdmin
from pointsman_service.application.admin_taxonomy import TaxonomyAdmin
from pointsman_service.application.admin_tenants import TenantAdmin
from pointsman_service.application.evidence import EvidenceAdmin
from pointsman_service.application.forgetting import ForgettingAdmin

__all__ = ["AdminDesk", "AdminParts", "ChangeParts", "FolderDesk"]


class FolderDesk(KeyAdmin, ConfigurationAdmin):
    """What operators do to a storage that no service needs to have open. Implements `rpc.application.Changing`."""


class AdminDesk(
    ModelAdmin,
    TenantAdmin,
    TaxonomyAdmin,
    KeyAdmin,
    ConfigurationAdmin,
    AuditAdmin,
    RunningAdmin,
    LogAdmin,
    ForgettingAdmin,
    EvidenceAdmin,
):
    """Implements `rpc.application.Admin`."""
