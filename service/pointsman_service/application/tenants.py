"""The tenants in force, as requests ask for them.

Hard ceilings are not here: they live with the ledger, which must be exact at once and over all processes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, replace

from pointsman_service.domain import TenantConfig
from pointsman_service.domain.configured import DEFAULT_ALPHA
from pointsman_service.domain.preference import Preference

DEFAULT_TENANT = "default"


class TenantBook:
    """What each tenant has; a tenant that nobody configured is as the default tenant is, but has no pace of its own.

    What a configured tenant does not say of its preference, models, tags, baseline, alpha and mode is the default
    tenant's; without a pace or a ceiling it has none. Where nobody names a baseline it is the first model that is
    configured, and where nobody says alpha it is `DEFAULT_ALPHA`. Models that recorded answers stand in for are
    nobody's baseline yet: nothing is guaranteed where nobody names one.
    """

    def __init__(self, tenants: Iterable[TenantConfig] = ()) -> None:
        self._default = TenantConfig(DEFAULT_TENANT)
        self._tenants: Mapping[str, TenantConfig] = {}
        self.put_in_force(tenants)

    def put_in_force(
        self, tenants: Iterable[TenantConfig], first_model: str | None = None, *, is_chosen: bool = True
    ) -> None:
        """From now on these, and no others. is_chosen: whether somebody configured the first model."""
        configured = {tenant.name: tenant for tenant in tenants}
        said = configured.get(DEFAULT_TENANT, TenantConfig(DEFAULT_TENANT))
        has_chosen = bool(said.baseline or (is_chosen and first_model))
        default = _guaranteed(replace(said, baseline=said.baseline or first_model), has_chosen)
        self._default = replace(default, usd_per_thousand=None)
        self._tenants = {name: _filled(tenant, default) for name, tenant in configured.items()}

    @property
    def names(self) -> tuple[str, ...]:
        """Those that are configured, by name; the default tenant is always there."""
        return tuple(sorted({DEFAULT_TENANT, *self._tenants}))

    def has(self, name: str) -> bool:
        """Whether it is configured, or the default tenant, which is always there.

        >>> book = TenantBook([TenantConfig("acme")])
        >>> [book.has(name) for name in ("acme", "default", "acne")]
        [True, True, False]
        """
        return name == DEFAULT_TENANT or name in self._tenants

    def of(self, name: str) -> TenantConfig:
        """The tenant as it is in force.

        >>> book = TenantBook([TenantConfig("default", usd_per_thousand=3.0, preference=Preference(dial=0.2))])
        >>> book.of("anyone").preference.dial, book.of("anyone").usd_per_thousand
        (0.2, None)
        """
        known = self._tenants.get(name)
        if known is not None:
            return known
        return self._default if name == DEFAULT_TENANT else replace(self._default, name=name)

    def known_as(self, name: str) -> str:
        """The tenant itself where it is configured, else the default one, with which it shares what it has.

        >>> TenantBook([TenantConfig("team-a")]).known_as("team-a"), TenantBook().known_as("anyone")
        ('team-a', 'default')
        """
        return name if name in self._tenants else DEFAULT_TENANT


def _filled(tenant: TenantConfig, default: TenantConfig) -> TenantConfig:
    filled = replace(
        tenant,
        preference=_preference(tenant.preference, default.preference),
        models=default.models if tenant.models is None else tenant.models,
        require_tags=tenant.require_tags or default.require_tags,
        baseline=tenant.baseline or default.baseline,
        hedge=tenant.hedge or default.hedge,
        alpha=default.alpha if tenant.alpha is None else tenant.alpha,
        mode=tenant.mode or default.mode,
    )
    return _guaranteed(filled, bool(tenant.baseline))


def _guaranteed(tenant: TenantConfig, has_chosen: bool) -> TenantConfig:
    """With the safe start of a baseline that somebody has chosen, where nobody says another."""
    return replace(tenant, alpha=DEFAULT_ALPHA) if has_chosen and tenant.alpha is None else tenant


def _preference(own: Preference, default: Preference) -> Preference:
    """Field by field; a dial and a cost weight are one word, said in two ways."""
    if own.dial is not None or own.cost_weight is not None:
        default = replace(default, dial=None, cost_weight=None)
    unsaid = {f.name: getattr(default, f.name) for f in fields(own) if getattr(own, f.name) is None}
    return replace(own, **unsaid)
