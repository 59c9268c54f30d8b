"""Where the service listens: for callers, and for operators."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, model_validator

from pointsman_service.config.constrained import (
    MONTH_S,
    Concurrency,
    EnvironmentName,
    HttpUrl,
    LimitedSection,
    Seconds,
    Section,
    Wait,
)
from pointsman_service.domain.nameable import Nameable
from pointsman_service.domain.tls_files import TlsFiles

LAST_PORT = 65_535

Pattern = Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[^\s/@]+$")]
Port = Annotated[int, Field(ge=0, le=LAST_PORT)]


class TlsSection(Section):
    """`[server.tls]`: PEM files, read again when they change.

    client_ca: of whom a client must have a certificate. require_client_cert: None where that is said by client_ca.
    """

    cert: Path
    key: Path
    client_ca: Path | None = None
    require_client_cert: bool | None = None

    @model_validator(mode="after")
    def _clients_are_checked_by_somebody(self) -> Self:
        if bool(self.require_client_cert) is not (self.client_ca is not None) and self.require_client_cert is not None:
            raise ValueError("require_client_cert and client_ca go together: whose certificates a client may have")
        return self

    def files(self, section: str) -> TlsFiles:
        """As the server takes them."""
        return TlsFiles(section, self.cert, self.key, self.client_ca)


def _several(given: object) -> object:
    """One pattern may stand by itself."""
    return [given] if isinstance(given, str) and not given.startswith("[") else given


class ServerSection(LimitedSection):
    """`[server]`: where callers ask, when clients connect anew, how it stops, and what it takes on at most.

    reflection: whether tools may ask which services there are. insecure: other machines may reach it though nothing
    asks who calls. The limits are of all workers together; queue_wait_s: seconds that a call may have to wait for its
    turn to begin, beyond which it is refused at once.
    """

    host: str = "127.0.0.1"
    port: Port = 50051
    tls: TlsSection | None = None
    reflection: bool = True
    insecure: bool = False
    workers: Annotated[int, Field(ge=1, le=64)] = 1
    drain_s: Annotated[float, Field(ge=0.0, le=600.0)] = 0.5
    grace_s: Annotated[float, Field(ge=0.0, le=600.0)] = 10.0
    max_connection_age_s: Annotated[float, Field(ge=0.0, le=MONTH_S)] = 1800.0
    max_connection_age_grace_s: Annotated[float, Field(ge=0.0, le=MONTH_S)] = 300.0
    max_message_chars: Annotated[int, Field(ge=1, le=10_000_000)] = 200_000
    max_messages: Annotated[int, Field(ge=1, le=20_000)] = 2_000
    max_json_chars: Annotated[int, Field(ge=100, le=10_000_000)] = 200_000
    max_part_bytes: Annotated[int, Field(ge=1, le=256 << 20)] = 20 << 20
    max_tools: Annotated[int, Field(ge=0, le=4_096)] = 256
    default_deadline_s: Seconds = 120.0
    concurrency: Concurrency | None = 1000
    queue_wait_s: Wait = 1.0


class EmbeddingsSection(Section):
    """`[http.embeddings]`: where embeddings are passed through to, and the models there that may be asked."""

    base_url: HttpUrl
    api_key_env: EnvironmentName | None = None
    models: Annotated[list[str], Field(min_length=1, max_length=100)]


class HttpSection(Section):
    """`[http]`: the OpenAI-compatible door, for callers over HTTP; off unless it has a port.

    port: None for no such door; 0 is any free one. tls: None for the server's. embeddings: None passes none through.
    """

    host: str = "127.0.0.1"
    port: Port | None = None
    tls: TlsSection | None = None
    embeddings: EmbeddingsSection | None = None


class AdminSection(Section):
    """`[admin]`: where operators ask and metrics are, and what their changes may name.

    port: None for the one after `server.port`; 0 is any free one. tls: None for the server's. key_env_pattern: of
    variables whose keys a change may use, beside those of the file. base_url_hosts: to which it may send, with keys as
    well; None for those of this machine, without.
    """

    host: str = "127.0.0.1"
    port: Port | None = None
    tls: TlsSection | None = None
    key_env_pattern: Annotated[list[Pattern], Field(max_length=100), BeforeValidator(_several)] = Field(
        default_factory=lambda: ["*_API_KEY"]
    )
    base_url_hosts: Annotated[list[Pattern], Field(max_length=1000), BeforeValidator(_several)] | None = None

    def nameable(self) -> Nameable:
        """As the application knows it."""
        hosts = None if self.base_url_hosts is None else tuple(self.base_url_hosts)
        return Nameable(tuple(self.key_env_pattern), hosts)
