"""Where this door listens, and how it stops."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from pointsman_service.domain.host_port import joined
from pointsman_service.domain.tls_files import TlsFiles
from pointsman_service.errors import ConfigurationError
from pointsman_service.http.border import Border
from pointsman_service.http.connections import Connections
from pointsman_service.observability.structured_log import structlog

BACKLOG = 1_024
LOOK_S = 1.0
"""Seconds between two looks at the certificates' files."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class HttpOptions:
    """Where to listen and how. port 0 takes a free one; reuse_port: several processes share the port.

    tls: None for plain text. connections: at once. grace_s: how long calls may finish at a stop.
    """

    host: str = "127.0.0.1"
    port: int = 0
    reuse_port: bool = False
    tls: TlsFiles | None = None
    connections: int = 1_000
    grace_s: float = 10.0


class HttpServer:
    """Serves one border at one address. `start` once, `stop` once."""

    def __init__(self, border: Border, options: HttpOptions) -> None:
        self._options = options
        self._border = border
        self._connections: Connections | None = None
        self._server: asyncio.Server | None = None
        self._watches: list[asyncio.Task[None]] = []

    async def start(self) -> int:
        """Listen; the port. Raises ConfigurationError where the address cannot be had, or its certificate not used."""
        options = self._options
        context = None if options.tls is None else _context_of(options.tls)
        self._connections = Connections(self._border.handle, options.connections, context)
        try:
            self._server = await asyncio.get_running_loop().create_server(
                self._connections,
                options.host,
                options.port,
                backlog=BACKLOG,
                reuse_port=options.reuse_port or None,
            )
        except OSError as error:
            raise ConfigurationError(
                f"cannot listen on {joined(options.host, options.port)}: choose another [http] host or port, or stop"
                " what holds it"
            ) from error
        self._watches = [asyncio.create_task(self._connections.watch(), name="slow readers of http")]
        if options.tls is not None:
            renewing = _renew(self._connections, options.tls)
            self._watches.append(asyncio.create_task(renewing, name="certificate of http"))
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Take no new connections, let running requests finish for grace_s, then cancel them."""
        if self._server is None or self._connections is None:
            return
        self._server.close()
        self._connections.pre_shutdown()
        await self._connections.shutdown(self._options.grace_s)
        for watch in self._watches:
            watch.cancel()


def _context_of(files: TlsFiles) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    try:
        context.load_cert_chain(files.cert, files.key)
        if files.client_ca is not None:
            context.load_verify_locations(files.client_ca)
            context.verify_mode = ssl.CERT_REQUIRED
    except OSError as error:  # of which ssl's errors are
        raise ConfigurationError(f"{files.section}.tls: the certificate cannot be used: {error}") from error
    return context


async def _renew(connections: Connections, files: TlsFiles) -> None:
    """Have later handshakes use what is renewed; files that cannot be used leave what was before. Does not end."""
    seen = _stamps(files)
    while True:
        await asyncio.sleep(LOOK_S)
        # Half of a new pair may be there; whoever watches the certificates tells that.
        with suppress(OSError, ConfigurationError):
            stamps = _stamps(files)
            if stamps != seen:
                connections.tls = _context_of(files)
                seen = stamps


def _stamps(files: TlsFiles) -> Sequence[tuple[int, int]]:
    stats = [path.stat() for path in (files.cert, files.key, files.client_ca) if path is not None]
    return [(each.st_mtime_ns, each.st_ino) for each in stats]
