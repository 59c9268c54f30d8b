"""What each tenant may spend and prefers: the configuration, with what operators set while it runs on top."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Terms:
    """usd_per_1k: the paced budget, dollars per 1,000 queries; ceiling_usd: per period of period_s seconds, hard.

    dial: the preference in [0, 1] where a request states none and no budget paces.
    """

    usd_per_1k: float | None = None
    ceiling_usd: float | None = None
    period_s: float = 86_400.0
    dial: float | None = None


class TenantBook:
    """Terms by tenant; one that is not named has those of "default"."""

    def __init__(self, terms: Mapping[str, Terms]) -> None:
        self._terms = dict(terms)

    def terms(self, tenant: str) -> Terms:
        """The tenant's terms.

        >>> TenantBook({"default": Terms(dial=0.2)}).terms("anyone").dial
        0.2
        """
        return self._terms.get(tenant) or self._terms.get("default") or Terms()

    def put(self, tenant: str, terms: Terms) -> None:
        """Replace a tenant's terms, at once."""
        self._terms[tenant] = terms

    def named(self) -> Mapping[str, Terms]:
        """The tenants that have terms of their own."""
        return self._terms
