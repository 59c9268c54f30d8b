"""The HTTP door of one process, wired where the configuration asks for it; loaded only there."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pointsman_service.application.turnstile import Turnstile
from pointsman_service.config.sections import Settings
from pointsman_service.domain import ModelConfig
from pointsman_service.domain.request_limits import Limits
from pointsman_service.process.descriptors import HTTP_SHARE, most_connections
from pointsman_service.process.wiring import App

if TYPE_CHECKING:
    from pointsman_service.http.door import HttpDoor
    from pointsman_service.observability.metrics import Metrics


def http_door(
    app: App,
    settings: Settings,
    models: Mapping[str, ModelConfig],
    finished: Callable[[str, str, float], None],
    metrics: Metrics | None,
    *,
    turnstile: Turnstile,
    reuse_port: bool,
) -> HttpDoor | None:
    """The door over this application, None where the configuration has no port for it."""
    http, server = settings.http, settings.server
    if http.port is None:
        return None
    from pointsman_service.adapters.callers.openai_embeddings import EmbeddingsOpenAI  # noqa: PLC0415
    from pointsman_service.http.door import HttpDoor, HttpParts  # noqa: PLC0415 - aiohttp's server, only where it serves
    from pointsman_service.http.server import HttpOptions  # noqa: PLC0415

    passed = http.embeddings
    embedding = None if passed is None else EmbeddingsOpenAI(passed.base_url, passed.api_key_env)
    tls = http.tls.files("http") if http.tls else server.tls.files("server") if server.tls else None
    parts = HttpParts(
        router=app.router,
        feedback=app.feedback,
        models=models,
        may_use=lambda tenant: app.tenants.of(tenant).models,
        access=app.access,
        turnstile=turnstile,
        health=lambda: app.health.parts,
        finished=finished,
        limits=limits_of(settings),
        savings=app.admin.get_savings,
        deadline_s=server.default_deadline_s,
        metrics=None if metrics is None else partial(_exposed, metrics),
        embedding=embedding,
        embedding_models=() if passed is None else passed.models,
    )
    options = HttpOptions(
        host=http.host,
        port=http.port,
        reuse_port=reuse_port,
        tls=tls,
        connections=most_connections(HTTP_SHARE),
        grace_s=server.grace_s,
    )
    return HttpDoor(parts, options, () if embedding is None else (embedding.close,))


def _exposed(metrics: Metrics) -> bytes:
    """What this process counted, or, where several count in files, all of them."""
    from prometheus_client import generate_latest  # noqa: PLC0415 - only where metrics are on

    from pointsman_service.observability.exposition import FOLDER_VARIABLE, counted_in, together  # noqa: PLC0415

    folder = os.environ.get(FOLDER_VARIABLE)
    return generate_latest(together([counted_in(Path(folder))]) if folder else metrics.registry)


def limits_of(settings: Settings) -> Limits:
    """What a request may hold, through either door."""
    server = settings.server
    return Limits(
        text_chars=server.max_message_chars,
        json_chars=server.max_json_chars,
        messages=server.max_messages,
        part_bytes=server.max_part_bytes,
        tools=server.max_tools,
    )
