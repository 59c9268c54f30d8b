"""AdminService's application: what operators look at and change."""

from __future__ import annotations

from pointsman_service.application.admin_configuration import ConfigurationAdmin
from pointsman_service.application.admin_log import LogAdmin
from pointsman_service.application.admin_models import ModelAdmin
from pointsman_service.application.admin_part import AdminParts
from pointsman_service.application.admin_running import RunningAdmin
from pointsman_service.application.admin_taxonomy import TaxonomyAdmin
from pointsman_service.application.admin_tenants import TenantAdmin

__all__ = ["AdminDesk", "AdminParts"]


class AdminDesk(ModelAdmin, TenantAdmin, TaxonomyAdmin, ConfigurationAdmin, RunningAdmin, LogAdmin):
    """Implements `rpc.application.Admin`."""
