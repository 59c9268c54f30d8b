"""TLS of a client: what the service's certificate is checked by, and the client's own certificate."""

from __future__ import annotations

import os
from pathlib import Path

import grpc

from pointsman.arguments import invalid

CA_VARIABLE, CERT_VARIABLE, KEY_VARIABLE = "POINTSMAN_TLS_CA", "POINTSMAN_TLS_CERT", "POINTSMAN_TLS_KEY"


def credentials_of(ca: object, cert: object, key: object) -> grpc.ChannelCredentials | None:
    """For files in PEM; what is None comes from the environment. None where nothing says that there is TLS.

    ca: of the certificates that the service may have, "system" for those that this machine trusts. cert, key: the
    client's own, where the service asks for one. Raises InvalidRequest for a file that cannot be read.
    """
    roots = _read("tls_ca", CA_VARIABLE, ca)
    chain, private = _read("tls_cert", CERT_VARIABLE, cert), _read("tls_key", KEY_VARIABLE, key)
    if (chain is None) != (private is None):
        raise invalid("tls_cert", "goes together with tls_key: a certificate is of no use without its key")
    if roots is None and chain is None:
        return None
    return grpc.ssl_channel_credentials(roots or None, private, chain)


def _read(path: str, variable: str, given: object) -> bytes | None:
    """The file's bytes, none for "system", None where nobody names one."""
    said, where = (given, path) if given is not None else (os.environ.get(variable) or None, variable)
    if said is None:
        return None
    if said == "system" and path == "tls_ca":
        return b""
    if not isinstance(said, str | os.PathLike):
        raise invalid(where, f"must be the path of a file in PEM, not {type(said).__name__}")
    try:
        return Path(said).read_bytes()
    except OSError as error:
        raise invalid(where, f"{said} cannot be read: {error.strerror}") from error
