"""Who calls, and what they may do: what an API key or a token stands for, once it has been checked.

A caller is an identity. What it asks for is done as a tenant: its own, or one that it acts for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Role = Literal["call", "feedback", "read", "admin"]
ROLES: Final[tuple[Role, ...]] = ("call", "feedback", "read", "admin")
"""call: ask, and report what a routed model brought. feedback: say how good an answer was. read: look at episodes.
admin: look at and change everything. It does not contain the others, so that an operator's key asks nothing by itself.
"""

EVERY_TENANT: Final = "*"
"""In `acts_for`: every tenant there is."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one key, one tenant or the whole service may have at most; None where there is no limit.

    requests_per_second: calls that begin, of every method; concurrency: calls at the same time, streams until they end;
    feedback_per_minute: words of feedback, each of a batch.
    """

    requests_per_second: float | None = None
    concurrency: int | None = None
    feedback_per_minute: float | None = None


SUBJECT_PREFIX: Final = "jwt:"
"""How names of tokens' subjects begin; no key's does."""

NO_LIMITS: Final = Limits()


@dataclass(frozen=True, slots=True)
class Identity:
    """A caller that was checked, or one that nobody asked for a key.

    key_id: what it was known by, unique among all: "key:ID", or "jwt:SUBJECT" of a token; "" without authentication.
    name: as people read it, and as events have it. tenant: whose its calls are where the caller does not say, None for
    nobody's: then it has to say, and may for those that it acts for. roles: of ROLES. acts_for: further tenants that it
    may call as; EVERY_TENANT stands for all. limits: its own, None for none.
    """

    key_id: str = ""
    name: str = ""
    tenant: str | None = None
    roles: frozenset[str] = frozenset(ROLES)
    acts_for: frozenset[str] = frozenset({EVERY_TENANT})
    limits: Limits | None = None

    @property
    def authenticated(self) -> bool:
        """Whether a key or a token was checked."""
        return self.key_id != ""

    def may_act_for(self, tenant: str) -> bool:
        """Whether its calls may be of this tenant.

        >>> key = Identity("key:1", "ci", "team-a", acts_for=frozenset({"team-b"}))
        >>> [key.may_act_for(tenant) for tenant in ("team-a", "team-b", "team-c")]
        [True, True, False]
        """
        return tenant == self.tenant or tenant in self.acts_for or EVERY_TENANT in self.acts_for


ANYONE: Final = Identity()
"""Who calls where no authentication is asked for: whoever reaches the address, with every role, for every tenant."""
