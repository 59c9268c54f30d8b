"""Tokens (JWT) of one issuer: who signed them, for whom, until when; and whom their claims say they stand for.

Only signatures of private keys are taken, each by a key of its own kind, so that neither `none` nor an HMAC with a
public key is one. Keys come from the file alone: `jku`, `x5u` and `jwk` in a token's header are not looked at.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt

from pointsman_service.adapters.tokens.jwks_file import FAMILIES, JwksFile
from pointsman_service.domain.identity import EVERY_TENANT, NO_LIMITS, ROLES, SUBJECT_PREFIX, Identity, Limits
from pointsman_service.domain.names import is_name
from pointsman_service.errors import Unauthenticated

REMEMBERED = 1_024
"""Tokens whose signatures are not checked again: an RSA signature costs a tenth of a millisecond, and a client uses one
token for an hour."""
MAX_SUBJECT = 200
MOST_TRIED = 8
"""Keys that are tried on one token: each costs a tenth of a millisecond, and anybody may send a token."""
CURVES: Mapping[str, str] = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521", "ES256K": "secp256k1"}
"""RFC 7518 (3.4), RFC 8812 (3.2)."""
REQUIRED = ("iss", "aud", "sub", "exp")


@dataclass(frozen=True, slots=True)
class JwtRules:
    """What is asked of a token; as the section `[auth.jwt]` has it. roles: what one can give at most."""

    issuer: str
    audience: str
    jwks_file: Path
    algorithms: tuple[str, ...]
    leeway_s: float = 30.0
    max_age_s: float | None = None
    tenant_claim: str = "tenant"
    roles_claim: str = "roles"
    acts_for_claim: str = "acts_for"
    roles: frozenset[str] = frozenset({"call", "feedback", "read"})
    limits: Limits = NO_LIMITS


class JwtVerifier:
    """Implements `ports.TokenVerifier`. Raises ConfigurationError where the issuer's keys cannot be read."""

    def __init__(self, rules: JwtRules) -> None:
        self._rules = rules
        self._file = JwksFile(rules.jwks_file)
        self._known: dict[bytes, tuple[Identity, float]] = {}

    def verify(self, token: str, now: float) -> Identity:
        """See the port."""
        if self._file.changed():
            self._known.clear()
        digest = hashlib.sha256(token.encode("utf-8", "replace")).digest()
        known = self._known.get(digest)
        if known is None:
            claims = self._checked(token)
            known = self._identity(claims), self._end(claims)
            if len(self._known) >= REMEMBERED:
                del self._known[next(iter(self._known))]
            self._known[digest] = known
        identity, end = known
        if now >= end:
            raise Unauthenticated("the token has expired; ask its issuer for another")
        return identity

    def _checked(self, token: str) -> Mapping[str, Any]:
        try:
            algorithm, keys = self._keys_of(jwt.get_unverified_header(token))
            return self._signed_by_one(token, algorithm, keys)
        except jwt.PyJWTError as e:
            raise Unauthenticated(f"the token is not valid: {_why(e)}") from e
        except (TypeError, ValueError, RecursionError, OverflowError) as e:
            raise Unauthenticated("the token is not valid: it cannot be read") from e

    def _signed_by_one(self, token: str, algorithm: str, keys: Sequence[jwt.PyJWK]) -> Mapping[str, Any]:
        """The claims, checked by the first key whose signature it is. Raises PyJWTError."""
        for key in keys:
            try:
                return self._signed_by(token, algorithm, key)
            except (jwt.InvalidSignatureError, jwt.InvalidKeyError):
                continue
        raise jwt.InvalidSignatureError

    def _signed_by(self, token: str, algorithm: str, key: jwt.PyJWK) -> Mapping[str, Any]:
        rules = self._rules
        claims: Mapping[str, Any] = jwt.decode(
            token,
            key.key,
            algorithms=[algorithm],
            audience=rules.audience,
            issuer=rules.issuer,
            leeway=rules.leeway_s,
            options={"require": [*REQUIRED, *(("iat",) if rules.max_age_s is not None else ())]},
        )
        return claims

    def _keys_of(self, header: Mapping[str, Any]) -> tuple[str, Sequence[jwt.PyJWK]]:
        """The algorithm, and the keys that may have signed it, MOST_TRIED of them at most. Raises InvalidTokenError.

        `kid` is a hint (RFC 7515, 4.1.4): a token without one may be any key's, one with a `kid` those keys' that have
        it, or where none has it, those that have none. Only keys that are for its algorithm are among them.
        """
        algorithm, keys = header.get("alg"), self._file.keys
        if algorithm not in self._rules.algorithms:
            raise jwt.InvalidAlgorithmError("its algorithm is not one of auth.jwt.algorithms")
        if "crit" in header:
            raise jwt.InvalidTokenError("its header demands what is not known here")
        kid = header.get("kid")
        if kid is None:
            named: Sequence[jwt.PyJWK] = [key for each in keys.values() for key in each]
        else:
            named = (keys.get(kid) or keys.get(None, ())) if isinstance(kid, str) else ()
        if not named:
            raise jwt.InvalidKeyError("its key is none of the issuer's")
        fitting = [key for key in named if _is_for(key, algorithm)]
        if not fitting:
            raise jwt.InvalidAlgorithmError("its algorithm is not that of its key")
        return algorithm, fitting[:MOST_TRIED]

    def _end(self, claims: Mapping[str, Any]) -> float:
        try:
            end = float(claims["exp"])
            if self._rules.max_age_s is not None:
                end = min(end, float(claims["iat"]) + self._rules.max_age_s)
        except OverflowError as e:  # JSON's whole numbers have no end
            raise Unauthenticated("the token is not valid: its times are no times") from e
        return end + self._rules.leeway_s

    def _identity(self, claims: Mapping[str, Any]) -> Identity:
        rules, subject = self._rules, claims["sub"]
        tenant = claims.get(rules.tenant_claim)
        if not (isinstance(subject, str) and subject.isprintable() and 0 < len(subject.strip()) <= MAX_SUBJECT):
            raise Unauthenticated(f"the token is not valid: sub must be a name of at most {MAX_SUBJECT} characters")
        if tenant is not None and not (isinstance(tenant, str) and is_name(tenant)):
            raise Unauthenticated(f"the token is not valid: {rules.tenant_claim} must be a tenant's name")
        name = f"{SUBJECT_PREFIX}{subject}"
        return Identity(
            key_id=name,
            name=name,
            tenant=tenant,
            roles=frozenset(_words(claims.get(rules.roles_claim))) & frozenset(ROLES) & rules.roles,
            acts_for=frozenset(w for w in _words(claims.get(rules.acts_for_claim)) if w == EVERY_TENANT or is_name(w)),
            limits=rules.limits,
        )


def _is_for(key: jwt.PyJWK, algorithm: str) -> bool:
    """Whether signatures of this algorithm can be the key's: by its kind, its curve, and what it states itself."""
    told = key._jwk_data  # noqa: SLF001 - PyJWK tells an algorithm that it guesses, too
    return (
        key.key_type == FAMILIES[algorithm[:2]]
        and told.get("alg") in {None, algorithm}
        and CURVES.get(algorithm) in {None, told.get("crv")}
    )


def _words(claim: object) -> Sequence[str]:
    """A list of texts, or words in one text as OAuth's scopes are; nothing for anything else.

    >>> _words("call read"), _words(["call", 7]), _words({"call": True})
    (['call', 'read'], ['call'], [])
    """
    if isinstance(claim, str):
        return claim.split()
    return [word for word in claim if isinstance(word, str)] if isinstance(claim, list) else []


_WHY: Mapping[type[jwt.PyJWTError], str] = {
    jwt.ExpiredSignatureError: "it has expired",
    jwt.InvalidSignatureError: "its signature is not the issuer's",
    jwt.InvalidKeyError: "its signature is not the issuer's",
    jwt.InvalidAudienceError: "its issuer or its audience is another",
    jwt.InvalidIssuerError: "its issuer or its audience is another",
    jwt.ImmatureSignatureError: "it is not valid yet",
    jwt.InvalidAlgorithmError: "its algorithm is not taken",
}


def _why(error: jwt.PyJWTError) -> str:
    """In few words, without what the token holds."""
    if isinstance(error, jwt.MissingRequiredClaimError):
        return f"it has no {error.claim}"
    return _WHY.get(type(error), "it cannot be read")
