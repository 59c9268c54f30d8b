"""The public keys of an issuer of tokens, from a file that is read again when it changes.

Whoever renews the file (a sidecar, a cron job) has nothing to tell the service. A file that cannot be read, or has no
key that may be used, changes nothing: the keys before it stay, and one line says so.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import jwt

from pointsman_service.errors import ConfigurationError
from pointsman_service.observability.structured_log import structlog

LOOK_S = 1.0
"""Between two looks at the file: a key that the issuer withdraws is taken so long."""

FAMILIES: Mapping[str, str] = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}
"""Kinds of keys by the beginning of the algorithms that they are for. Symmetric ones ("oct") are not among them."""

_log = structlog.get_logger(__name__)


Keys = Mapping[str | None, tuple[jwt.PyJWK, ...]]
"""By id; None for those that have none. Several may have one id: RFC 7517 (4.5) only advises against it."""


class JwksFile:
    """Keys by id. clock: seconds that only go forward.

    Raises ConfigurationError where there is nothing to begin with.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._clock = clock
        self._looked_at = clock()
        self._seen = self._state()
        self.keys: Keys = _read(path)

    def changed(self) -> bool:
        """Look, at most once in LOOK_S seconds; whether the keys are others now."""
        now = self._clock()
        if now - self._looked_at < LOOK_S:
            return False
        self._looked_at = now
        state = self._state()
        if state == self._seen:
            return False
        self._seen = state
        try:
            self.keys = _read(self._path)
        except ConfigurationError as e:
            _log.error("the issuer's keys cannot be read; those before stay", why=str(e))
            return False
        _log.info("the issuer's keys changed", file=str(self._path), keys=sum(map(len, self.keys.values())))
        return True

    def _state(self) -> tuple[int, int, int] | None:
        try:
            stat = self._path.stat()
        except OSError:
            return None
        return stat.st_mtime_ns, stat.st_size, stat.st_ino


def _read(path: Path) -> Keys:
    where = f"auth.jwt.jwks_file: {path}"
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))["keys"]
        keys = [key for entry in entries if (key := _key(entry)) is not None]
    except (OSError, ValueError, TypeError, KeyError, AttributeError, jwt.PyJWTError) as e:
        raise ConfigurationError(f"{where} is no JSON Web Key Set ({type(e).__name__}: {e})") from e
    if not keys:
        raise ConfigurationError(f"{where} has no public key for signatures (RSA, EC or OKP)")
    by_id: dict[str | None, tuple[jwt.PyJWK, ...]] = {}
    for key in keys:
        by_id[key.key_id] = (*by_id.get(key.key_id, ()), key)
    return by_id


def _key(entry: Mapping[str, str]) -> jwt.PyJWK | None:
    """None for what signs nothing that is taken: secrets, keys for encryption, kinds and curves of tomorrow.

    A key that is not understood is passed over, as RFC 7517 (5) says: the others are good.
    """
    if entry.get("kty") not in FAMILIES.values() or entry.get("use", "sig") != "sig":
        return None
    if "verify" not in entry.get("key_ops", ["verify"]) or not isinstance(entry.get("kid"), str | None):
        return None
    try:
        return jwt.PyJWK(dict(entry))
    except jwt.PyJWTError as e:
        _log.warning(
            "a key of the issuer is not understood and passed over", kid=entry.get("kid"), why=type(e).__name__
        )
        return None
