"""API keys: how one is written, what is kept of it, and whether a text is one.

`pm_<id>_<secret>`: the id finds the key, the secret proves it. What is kept is the SHA-256 of the whole text: the
secret is 256 bits of chance, which no dictionary has and nobody can try out, so a slow hash (bcrypt, argon2) would
defend nothing and cost every call milliseconds. A text of other length or letters is no key, and is not hashed.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass

from pointsman_service.domain.identity import NO_LIMITS, Identity, Limits, Role

ID_BYTES = 6
"""48 bits: two of a million keys share an id with a chance of .2 %; making one looks that its id is free."""
SECRET_BYTES = 32
"""256 bits, as the hash."""

OVERLAP_S = 3_600.0
"""How long the secret before is taken where nobody says: time to put the next one everywhere, and to go home."""
LONGEST_OVERLAP_S = 30 * 86_400.0

"""A month, within which a secret that is still in use somewhere is found."""

PATTERN = rf"pm_[0-9a-f]{{{2 * ID_BYTES}}}_[0-9a-f]{{{2 * SECRET_BYTES}}}"
ID_PATTERN = rf"[0-9a-f]{{{2 * ID_BYTES}}}"
HASH_PATTERN = r"[0-9a-f]{64}"

_KEY = re.compile(PATTERN)
_LENGTH = len("pm__") + 2 * (ID_BYTES + SECRET_BYTES)
_ID = slice(len("pm_"), len("pm_") + 2 * ID_BYTES)
_NOBODYS = "0" * 64


@dataclass(frozen=True, slots=True)
class MadeKey:
    """A key that was just made. text: what its owner keeps, and nobody else; sha256: what is kept of it, in hex."""

    id: str
    text: str
    sha256: str


def make_key(chance: Callable[[int], bytes], key_id: str | None = None) -> MadeKey:
    """A new key, or for a key_id its next secret. chance: so many random bytes, `os.urandom` but in tests.

    >>> made = make_key(lambda count: bytes(count))
    >>> made.id, made.text[:20], id_of(made.text) == made.id, made.sha256 == digest_of(made.text)
    ('000000000000', 'pm_000000000000_0000', True, True)
    """
    key_id = key_id or chance(ID_BYTES).hex()
    text = f"pm_{key_id}_{chance(SECRET_BYTES).hex()}"
    return MadeKey(key_id, text, digest_of(text))


def id_of(text: str) -> str | None:
    """The id in a key; None for a text that is none.

    >>> id_of("pm_000000000000_" + "a" * 64), id_of("pm_0_a"), id_of("x" * 100_000)
    ('000000000000', None, None)
    """
    return text[_ID] if len(text) == _LENGTH and _KEY.fullmatch(text) else None


def digest_of(text: str) -> str:
    """What is kept of a key: 64 hex digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def same_digest(text: str, *kept: str | None) -> bool:
    """Whether a key's digest is one of those kept. Takes as long whichever it is, and where it is none.

    >>> same_digest("a", digest_of("a"), None), same_digest("a", digest_of("b"), None)
    (True, False)
    """
    digest = digest_of(text)
    found = [hmac.compare_digest(digest, one or _NOBODYS) for one in kept]
    return any(found)


@dataclass(frozen=True, slots=True)
class ApiKey:
    """One key as it is in force; times are seconds since the epoch.

    name: unique, as people and events call it. sha256: of the key's text; previous_sha256: of the one before a
    rotation, which is taken until previous_until. expires_at: None for never; created_at, rotated_at: None where nobody
    said so.
    """

    name: str
    id: str
    sha256: str
    tenant: str = "default"
    roles: tuple[Role, ...] = ()
    acts_for: tuple[str, ...] = ()
    limits: Limits = NO_LIMITS
    expires_at: float | None = None
    created_at: float | None = None
    rotated_at: float | None = None
    previous_sha256: str | None = None
    previous_until: float | None = None

    def is_opened_by(self, text: str, now: float) -> bool:
        """Whether a text is this key, or what it was before a rotation whose overlap is not over."""
        overlaps = self.previous_until is not None and now < self.previous_until
        return same_digest(text, self.sha256, self.previous_sha256 if overlaps else None)

    def has_expired(self, now: float) -> bool:
        """Whether it is to be refused for its age."""
        return self.expires_at is not None and now >= self.expires_at

    @property
    def identity(self) -> Identity:
        """Whom it stands for."""
        return Identity(
            key_id=f"key:{self.id}",
            name=self.name,
            tenant=self.tenant,
            roles=frozenset(self.roles),
            acts_for=frozenset(self.acts_for),
            limits=self.limits,
        )
