"""Who may call: whether keys are asked for, the keys that the file declares, tokens of an issuer, and the tenants."""

from __future__ import annotations

import re
from collections.abc import ItemsView, Iterator, ValuesView
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, field_validator, model_validator

from pointsman_service.config.constrained import LimitedSection, Name, Section, each_once
from pointsman_service.config.entries import TenantSection
from pointsman_service.domain.api_keys import HASH_PATTERN, ID_PATTERN, ApiKey
from pointsman_service.domain.identity import EVERY_TENANT, Role
from pointsman_service.domain.names import is_name

Roles = Annotated[list[Role], Field(min_length=1)]


Algorithm = Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
"""Signatures of a private key, so that who can check a token cannot make one: neither `none` nor HMAC is among them."""


def _digest(text: str) -> str:
    # Not by a pattern: what is wrong with one would be said with the text, which may be the key itself.
    if not re.fullmatch(HASH_PATTERN, text):
        raise ValueError("must be the SHA-256 of the key in 64 hex digits, never the key itself")
    return text


Digest = Annotated[str, AfterValidator(_digest)]


class JwtSection(LimitedSection):
    """`[auth.jwt]`: signed tokens of one issuer, beside keys. The claims say whom a token stands for.

    jwks_file: the issuer's public keys, read again when the file changes. roles: what a token can give at most. The
    limits are each subject's. leeway_s: how far the issuer's clock may be off. max_age_s: how long after it was issued
    a token is taken, whatever it says of its end.
    """

    issuer: Annotated[str, Field(min_length=1, max_length=1000)]
    audience: Annotated[str, Field(min_length=1, max_length=1000)]
    jwks_file: Path
    algorithms: Annotated[list[Algorithm], Field(min_length=1)] = ["RS256", "PS256", "ES256", "EdDSA"]  # noqa: RUF012 - frozen
    leeway_s: Annotated[float, Field(ge=0.0, le=300.0)] = 30.0
    max_age_s: Annotated[float, Field(gt=0.0, allow_inf_nan=False)] | None = None
    tenant_claim: Name = "tenant"
    roles_claim: Name = "roles"
    acts_for_claim: Name = "acts_for"
    roles: Roles = ["call", "feedback", "read"]  # noqa: RUF012 - frozen

    @field_validator("roles", "algorithms")
    @classmethod
    def _each_once(cls, names: list[str]) -> list[str]:
        return each_once(names)


class AuthSection(Section):
    """`[auth]`: whether each call needs a key or a token. Without it whoever reaches the address may do everything."""

    enabled: bool = False
    jwt: JwtSection | None = None


class KeySection(LimitedSection):
    """`[keys.NAME]`: an API key, of which the hash is kept; `pointsman keys create NAME --toml` writes one."""

    id: Annotated[str, Field(pattern=rf"^{ID_PATTERN}$")]
    sha256: Digest
    tenant: Name = "default"
    roles: Roles
    acts_for: Annotated[list[str], Field(max_length=1000)] = Field(default_factory=list)
    expires: AwareDatetime | None = None
    created: AwareDatetime | None = None
    rotated: AwareDatetime | None = None
    previous_sha256: Digest | None = None
    previous_until: AwareDatetime | None = None

    @field_validator("roles")
    @classmethod
    def _each_role_once(cls, roles: list[Role]) -> list[Role]:
        each_once(list(roles))
        return roles

    @field_validator("acts_for")
    @classmethod
    def _tenants(cls, names: list[str]) -> list[str]:
        wrong = next((name for name in names if name != EVERY_TENANT and not is_name(name)), None)
        if wrong is not None:
            raise ValueError(f'{wrong!r} can be no tenant\'s name; "{EVERY_TENANT}" stands for all of them')
        return each_once(names)

    @model_validator(mode="after")
    def _overlap_is_whole(self) -> Self:
        if (self.previous_sha256 is None) != (self.previous_until is None):
            raise ValueError("previous_sha256 and previous_until go together: how long the key before is still taken")
        return self

    def to_domain(self, name: str) -> ApiKey:
        """As the application knows it."""
        return ApiKey(
            name=name,
            id=self.id,
            sha256=self.sha256,
            tenant=self.tenant,
            roles=tuple(self.roles),
            acts_for=tuple(self.acts_for),
            limits=self.limits(),
            expires_at=_seconds(self.expires),
            created_at=_seconds(self.created),
            rotated_at=_seconds(self.rotated),
            previous_sha256=self.previous_sha256,
            previous_until=_seconds(self.previous_until),
        )


def _seconds(time: datetime | None) -> float | None:
    return None if time is None else time.timestamp()


def _refuse_a_tenant_named_open(given: object) -> None:
    if isinstance(given, dict | TenantSection):
        raise ValueError('no tenant can be named "open": tenants.open says whether any name may ask')  # noqa: TRY004 - pydantic reads it


class TenantsSection(BaseModel):
    """`[tenants]`: those that may ask, each a table by its name, and `open`: whether any other name may, too.

    A mapping of the tables by name.
    """

    model_config = ConfigDict(extra="allow", frozen=True, str_strip_whitespace=True)
    __pydantic_extra__: dict[str, TenantSection] = Field(init=False)

    open: bool = False

    @model_validator(mode="before")
    @classmethod
    def _names_are_names(cls, given: Any) -> Any:  # noqa: ANN401 - before validation it can be anything
        if isinstance(given, dict):
            wrong = next((name for name in given if not is_name(name)), None)
            if wrong is not None:
                raise ValueError(f"{wrong!r} can be no tenant's name: letters, digits and ._:/@- are, at most 200")
            _refuse_a_tenant_named_open(given.get("open"))
        return given

    def items(self) -> ItemsView[str, TenantSection]:
        """Names and tables."""
        return self._tables.items()

    def values(self) -> ValuesView[TenantSection]:
        """The tables."""
        return self._tables.values()

    def __iter__(self) -> Iterator[str]:  # type: ignore[override] # names, as of every mapping
        return iter(self._tables)

    def __len__(self) -> int:
        return len(self._tables)

    def __getitem__(self, name: str) -> TenantSection:
        return self._tables[name]

    @property
    def _tables(self) -> dict[str, TenantSection]:
        return self.__pydantic_extra__
