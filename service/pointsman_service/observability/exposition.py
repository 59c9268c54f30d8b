"""Metrics over HTTP, at one address for all processes.

One serving process counts in its own memory. Several count in files of one folder, each under its name, which the main
process reads together when it is asked: nothing waits for anything, a killed worker's counts stay, and the one that
replaces it goes on from them. The folder is in memory where the machine has such a place: a full disk must not end a
process that only counts.
"""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from socketserver import ThreadingMixIn
from threading import Thread
from typing import Any, Protocol
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import CollectorRegistry, make_wsgi_app, values
from prometheus_client.metrics_core import CounterMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

from pointsman_service.domain.tls_files import TlsFiles
from pointsman_service.observability.encrypted import Encrypted
from pointsman_service.observability.structured_log import structlog

FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
NAME_VARIABLE = "PROMETHEUS_MULTIPROC_NAME"
_PREFIX = "pointsman-metrics-"
_IN_MEMORY = Path("/dev/shm")  # noqa: S108 - only whether there is one; what is made in it has a name of chance

_log: structlog.stdlib.BoundLogger = structlog.get_logger("pointsman")

Allowed = Callable[[str | None], bool]
"""Whether a request with this Authorization header may read the metrics."""


class Listening(Protocol):
    """The HTTP server of the metrics."""

    @property
    def port(self) -> int:
        """Where."""

    def stop(self) -> None:
        """Stop listening."""


def anyone(_authorization: str | None) -> bool:
    """Where nobody has to say who it is."""
    return True


def serve(
    collectors: Sequence[Collector], port: int, host: str, allowed: Allowed = anyone, tls: TlsFiles | None = None
) -> Listening:
    """Listen in a thread of its own. Raises OSError where the port is taken, or a certificate cannot be used."""
    refused = Refused()
    application = _guarded(make_wsgi_app(together([*collectors, refused])), allowed, refused)
    server = make_server(host, port, application, _Server6 if ":" in host else _Server, _Quiet)
    server.encrypted = None if tls is None else Encrypted(tls)
    thread = Thread(target=server.serve_forever, name="pointsman-metrics", daemon=True)
    thread.start()
    return _Listening(server, thread)


def together(collectors: Sequence[Collector]) -> CollectorRegistry:
    """One registry of all."""
    registry = CollectorRegistry()
    for collector in collectors:
        registry.register(_Unchecked(collector))
    return registry


@contextmanager
def counting_folder() -> Iterator[Path]:
    """A folder in which processes count; gone when the block ends. Those of services that were killed go, too."""
    within = _IN_MEMORY if os.access(_IN_MEMORY, os.W_OK) else Path(tempfile.gettempdir())
    _sweep(within)
    folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=within))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def counting_environment(folder: Path, process: str) -> Mapping[str, str]:
    """What a child has to find in its environment to count there. process: its name, the same in its next life."""
    return {FOLDER_VARIABLE: str(folder), NAME_VARIABLE: process}


def count_in_files() -> None:
    """Count in the files that the environment names, where it does. To be called before anything counts."""
    name = os.environ.get(NAME_VARIABLE)
    if name and os.environ.get(FOLDER_VARIABLE):
        values.ValueClass = values.MultiProcessValue(lambda: name)  # type: ignore[no-untyped-call]


def counted_in(folder: Path) -> Collector:
    """What all processes counted in the folder."""
    return MultiProcessCollector(None, str(folder))  # type: ignore[no-untyped-call] # prometheus_client has no types there


def has_ended(folder: Path, process: str) -> None:
    """Of a process that has ended, what it counted stays, and what it said of this moment goes."""
    mark_process_dead(process, str(folder))  # type: ignore[no-untyped-call]


class _Unchecked(Collector):
    """A collector that is not asked what it has when it is registered."""

    def __init__(self, collector: Collector) -> None:
        self._collector = collector

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterable[Metric]:
        return self._collector.collect()


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True  # a scraper that reads slowly holds up neither the others nor a stop
    encrypted: Encrypted | None = None

    def get_request(self) -> tuple[socket.socket, Any]:
        """The next connection, encrypted where that is asked for."""
        connection, address = super().get_request()
        return (connection if self.encrypted is None else self.encrypted.wrapped(connection)), address

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401, ARG002 - the base class's signature
        """A scraper that went away, or speaks no TLS: no traceback of ours."""
        _log.debug("metrics: a connection failed", of=client_address, exc_info=True)


class _Server6(_Server):
    address_family = socket.AF_INET6


class _Quiet(WSGIRequestHandler):
    timeout = 10  # seconds for a request to come: who says nothing must not hold the others up for ever

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401 - the base class's signature
        """No line per request."""


class Refused(Collector):
    """How often the port was asked without a key that opens it: a series of the port itself."""

    def __init__(self) -> None:
        self.count = 0  # by the one thread that listens

    def collect(self) -> Iterator[Metric]:
        """See Collector."""
        told = "Requests for metrics without a key that may read them"
        yield CounterMetricFamily("pointsman_metrics_refused", told, self.count)


def _guarded(application: Any, allowed: Allowed, refused: Refused) -> Any:  # noqa: ANN401 - WSGI's own types say no more
    def guarded(environ: Mapping[str, Any], start_response: Any) -> Iterable[bytes]:  # noqa: ANN401
        if allowed(environ.get("HTTP_AUTHORIZATION")):
            answer: Iterable[bytes] = application(environ, start_response)
            return answer
        refused.count += 1
        start_response("401 Unauthorized", [("WWW-Authenticate", "Bearer"), ("Content-Type", "text/plain")])
        return [b"metrics need a key with the role admin\n"]

    return guarded


def _sweep(within: Path) -> None:
    for left in within.glob(f"{_PREFIX}*"):
        pid = left.name.removeprefix(_PREFIX).partition("-")[0]
        if pid.isdigit() and not Path(f"/proc/{pid}").exists() and left.stat().st_uid == os.getuid():
            shutil.rmtree(left, ignore_errors=True)


class _Listening:
    def __init__(self, server: WSGIServer, thread: Thread) -> None:
        self._server = server
        self._thread = thread

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
