"""TLS for the metrics: the operators' certificate, read again when its files change."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Sequence
from contextlib import suppress

from pointsman_service.domain.tls_files import TlsFiles


class Encrypted:
    """Wraps connections. Raises OSError, of which ssl's errors are, where the files cannot be used at first."""

    def __init__(self, files: TlsFiles) -> None:
        self._files = files
        self._seen, self._context = self._stamps(), _context_of(files)

    def wrapped(self, connection: socket.socket) -> ssl.SSLSocket:
        """The connection, whose handshake is made when it is first read: who says nothing holds nobody up."""
        # Half of a new pair may be there; whoever watches the certificates tells that. The last good one stays.
        with suppress(OSError):
            stamps = self._stamps()
            if stamps != self._seen:
                self._context, self._seen = _context_of(self._files), stamps
        return self._context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)

    def _stamps(self) -> Sequence[tuple[int, int]]:
        paths = (self._files.cert, self._files.key, self._files.client_ca)
        stats = [path.stat() for path in paths if path is not None]
        return [(each.st_mtime_ns, each.st_ino) for each in stats]


def _context_of(files: TlsFiles) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(files.cert, files.key)
    if files.client_ca is not None:
        context.load_verify_locations(files.client_ca)
        context.verify_mode = ssl.CERT_REQUIRED
    return context
