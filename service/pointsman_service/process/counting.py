"""Where processes count, and the one port at which all of it is served. Imported only where metrics are on."""

from __future__ import annotations

import os
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path

from prometheus_client import CollectorRegistry

from pointsman_service.application.access import Access
from pointsman_service.config.sections import Settings
from pointsman_service.domain.tls_files import TlsFiles
from pointsman_service.errors import ConfigurationError, PermissionDenied, Unauthenticated
from pointsman_service.observability.changes_told import ChangesTold
from pointsman_service.observability.exposition import (
    counted_in,
    counting_environment,
    counting_folder,
    has_ended,
    serve,
    together,
)
from pointsman_service.observability.metrics import Metrics
from pointsman_service.observability.operator_facts import Part
from pointsman_service.observability.service_facts import ServiceFacts
from pointsman_service.observability.structured_log import structlog
from pointsman_service.process.supervisor import Supervisor

_log: structlog.stdlib.BoundLogger = structlog.get_logger("pointsman")


@dataclass(frozen=True, slots=True)
class Counting:
    """metrics: what this process counts in, where it serves alone; folder: where workers do, where it has some."""

    settings: Settings
    metrics: Metrics | None
    folder: Path | None

    def environment(self, process: str) -> Mapping[str, str]:
        """What a worker of this name needs in its environment."""
        return {} if self.folder is None else counting_environment(self.folder, process)

    def has_ended(self, process: str) -> None:
        """A worker has."""
        if self.folder is not None:
            has_ended(self.folder, process)

    @contextmanager
    def served(
        self, changes: ChangesTold, children: Sequence[Supervisor], access: Access
    ) -> Generator[tuple[ServiceFacts, int | None]]:
        """Serve inside the block, to operators. What is to be kept up to date, and the port.

        Raises ConfigurationError where the port cannot be had.
        """
        facts = ServiceFacts(version("pointsman"), lambda: _parts(children), changes.holding)
        counted = self.metrics.registry if self.metrics is not None else counted_in(self.folder or Path())
        port = self.settings.observability.prometheus_port
        with ExitStack() as stack:
            if self.settings.observability.otel == "otlp":
                _send(self.settings, together([counted, facts]), stack)
            if port is not None:
                try:
                    may_read, host = partial(_may_read, access), self.settings.admin.host
                    listening = serve([counted, facts], port, host, may_read, self._tls())
                except OSError as e:
                    raise ConfigurationError(f"observability.prometheus_port: cannot listen on {port}: {e}") from e
                stack.callback(listening.stop)
                port = listening.port
                _log.info("metrics", port=port)
            yield facts, port

    def _tls(self) -> TlsFiles | None:
        """Operators' certificate, by which metrics are encrypted, too."""
        tls = self.settings.admin.tls or self.settings.server.tls
        return None if tls is None else tls.files("admin")


@contextmanager
def counting_of(settings: Settings) -> Generator[Counting]:
    """Where this service counts, inside the block."""
    if settings.server.workers == 1:
        yield Counting(settings, Metrics(), None)
        return
    with counting_folder() as folder:
        yield Counting(settings, None, folder)


def _send(settings: Settings, registry: CollectorRegistry, stack: ExitStack) -> None:
    from pointsman_service.observability.otlp import exporter  # noqa: PLC0415 - only where they are sent
    from pointsman_service.observability.otlp_metrics import Sending  # noqa: PLC0415

    try:
        stack.callback(Sending(exporter("metrics", settings.observability.otlp_endpoint), registry).stop)
    except ConfigurationError as e:  # whoever serves has found the exporter of spans, or has said so already
        _log.warning("metrics are not sent by OTLP", why=str(e))


def _may_read(access: Access, authorization: str | None) -> bool:
    """Whether whoever sends this header is an operator, or nobody has to say who it is."""
    try:
        access.require(access.identify([] if authorization is None else [authorization]), "admin")
    except (Unauthenticated, PermissionDenied):
        return False
    return True


def _parts(children: Sequence[Supervisor]) -> list[Part]:
    return [Part("main", os.getpid()), *(Part(c.name, c.pid, c.restarts) for c in children)]
