"""Certificates of an address: read from their files, and again at a handshake once they have changed.

A pair that cannot be used leaves the one before in force: a rotation that went wrong stops nobody. Connections that are
open stay as they are.

gRPC asks for the certificates at each handshake, in a thread of its own (`grpc.dynamic_ssl_server_credentials`); so who
renews them by any means (certbot, cert-manager's mounts) need not tell the service.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import grpc
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization

from pointsman_service.domain.tls_files import TlsFiles
from pointsman_service.errors import ConfigurationError

LOOK_S = 1.0
"""Seconds between two looks at the files, however many handshakes there are."""


@dataclass(frozen=True, slots=True)
class Pair:
    """What the files hold, checked: the key is that of the certificate. expires: of the chain, what ends first."""

    key: bytes
    chain: bytes
    client_ca: bytes | None
    expires: datetime


def read_pair(files: TlsFiles) -> Pair:
    """What is in the files now. Raises ConfigurationError, naming the setting of the file at fault."""
    chain, key = _read(files, "cert", files.cert), _read(files, "key", files.key)
    certificates = _certificates(files, "cert", chain)
    try:
        private = serialization.load_pem_private_key(key, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as e:
        # Of what is in the file nothing is repeated.
        raise _wrong(files, "key", files.key, "holds no private key in PEM without a passphrase") from e
    if _public(private.public_key()) != _public(certificates[0].public_key()):
        raise _wrong(files, "key", files.key, f"is not the key of the certificate in {files.cert}")
    client_ca = None if files.client_ca is None else _read(files, "client_ca", files.client_ca)
    if client_ca is not None:
        _certificates(files, "client_ca", client_ca)
    return Pair(key, chain, client_ca, min(c.not_valid_after_utc for c in certificates))


class Certificates:
    """The pair in force. on_change: told of a new one, or why it is not taken; once for each state of the files."""

    def __init__(
        self,
        files: TlsFiles,
        on_change: Callable[[Pair | ConfigurationError], None] = lambda _news: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Raises ConfigurationError where there is no pair to begin with."""
        self._files, self._on_change, self._clock = files, on_change, clock
        self._seen, self.pair = _state(files), read_pair(files)
        self._looked_at = clock()

    def look(self) -> Pair | None:
        """The new pair where the files have changed and hold one, None where what is in force stays."""
        now, state = self._clock(), None
        if now - self._looked_at >= LOOK_S:
            self._looked_at, state = now, _state(self._files)
        if state is None or state == self._seen:
            return None
        self._seen = state
        try:
            self.pair = read_pair(self._files)
        except ConfigurationError as refused:
            self._on_change(refused)
            return None
        self._on_change(self.pair)
        return self.pair

    def credentials(self) -> grpc.ServerCredentials:
        """For an address; each handshake looks."""

        def fetch() -> Any:  # noqa: ANN401 - grpc has no types
            new = self.look()
            return None if new is None else _configuration(new)

        required = self.pair.client_ca is not None
        return grpc.dynamic_ssl_server_credentials(_configuration(self.pair), fetch, required)


def _configuration(pair: Pair) -> Any:  # noqa: ANN401 - grpc has no types
    return grpc.ssl_server_certificate_configuration([(pair.key, pair.chain)], pair.client_ca)


def _state(files: TlsFiles) -> tuple[object, ...]:
    """By which a changed file is known, also one that was put in its place."""
    return tuple(_stat(path) for path in (files.cert, files.key, files.client_ca) if path is not None)


def _stat(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def _read(files: TlsFiles, name: str, path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as e:
        raise _wrong(files, name, path, f"cannot be read: {e.strerror}") from e


def _certificates(files: TlsFiles, name: str, pem: bytes) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(pem)
    except ValueError as e:
        raise _wrong(files, name, getattr(files, name), "holds no certificate in PEM") from e


def _public(key: Any) -> bytes:  # noqa: ANN401 - of any kind
    encoded: bytes = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return encoded


def _wrong(files: TlsFiles, name: str, path: Path, what: str) -> ConfigurationError:
    return ConfigurationError(f"{files.section}.tls.{name}: {path} {what}")
