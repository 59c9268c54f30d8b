"""One process that serves: its application behind gRPC, and what it watches. Alone, or one of several on a port."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import ExitStack, asynccontextmanager, suppress
from typing import TYPE_CHECKING

from pointsman_service.application.model_registry import ModelRegistry
from pointsman_service.config.sections import Settings
from pointsman_service.errors import ConfigurationError, LogUnavailable
from pointsman_service.observability import Watching, watching_of
from pointsman_service.observability.structured_log import structlog
from pointsman_service.process.child import run_child, tell_parent
from pointsman_service.process.supervised import all_running
from pointsman_service.process.wiring import App, build_app
from pointsman_service.rpc.interceptors import ignore_call
from pointsman_service.rpc.server import RpcServer, ServerOptions
from pointsman_service.rpc.validation import Limits

if TYPE_CHECKING:
    from pointsman_service.observability.metrics import Metrics

READY = "serving"
SNAPSHOT_POLL_S = 0.1
CONFIGURATION_POLL_S = 0.1
LOG_POLL_S = 1.0

_log: structlog.stdlib.BoundLogger = structlog.get_logger("pointsman")


@asynccontextmanager
async def serving(settings: Settings, *, reuse_port: bool = False) -> AsyncGenerator[int, None]:
    """Serve inside the block; the port. At its end: no new calls, running ones finish, the log is flushed.

    Raises ConfigurationError, NewerSchema, LogUnavailable where it cannot start.
    """
    models = ModelRegistry()
    watching = watching_of(settings.observability, models)
    app = build_app(settings, watching.observer, models)
    finished = watching.metrics.call_finished if watching.metrics else ignore_call
    server = RpcServer(app, _options(settings, reuse_port=reuse_port), finished)
    try:
        if _through_litellm(models):
            await _loaded(app)
        async with all_running(_watches(app, models, watching)):
            with _metrics_port(settings, watching.metrics):
                port = await server.start()
                gc.freeze()  # what a start leaves stays; without this the collector looks through it again and again
                try:
                    yield port
                finally:
                    await server.stop()
    finally:
        await app.close()


async def serve_one_of_many(settings: Settings, stop: asyncio.Event) -> None:
    """A worker beside others on the same port, until told to stop."""
    async with serving(settings, reuse_port=True):
        tell_parent(READY)
        await stop.wait()


def _options(settings: Settings, *, reuse_port: bool) -> ServerOptions:
    server = settings.server
    limits = Limits(text_chars=server.max_message_chars)
    return ServerOptions(
        host=server.host,
        port=server.port,
        reuse_port=reuse_port,
        drain_s=server.drain_s,
        grace_s=server.grace_s,
        max_connection_age_s=server.max_connection_age_s,
        max_connection_age_grace_s=server.max_connection_age_grace_s,
        limits=limits,
    )


def _watches(app: App, models: ModelRegistry, watching: Watching) -> Mapping[str, Callable[[], Awaitable[object]]]:
    watches: dict[str, Callable[[], Awaitable[object]]] = {
        "snapshot watch": lambda: app.snapshots.watch(SNAPSHOT_POLL_S),
        "configuration watch": lambda: app.configuration.watch(CONFIGURATION_POLL_S),
    }
    if not _through_litellm(models):
        watches["litellm"] = lambda: _load_when_needed(app, models)
    if (metrics := watching.metrics) is not None:
        watches["log gauges"] = lambda: _watch_log(app, metrics)
    return watches


def _through_litellm(models: ModelRegistry) -> bool:
    return any(m.adapter == "litellm" and m.enabled for m in models.values())


async def _loaded(app: App) -> None:
    """Load litellm now: later, the seconds that takes would be those of the first calls."""
    try:
        await app.preload()
    except ConfigurationError as e:
        # Other models can answer; a call through litellm fails with the same words.
        _log.error("litellm cannot be loaded", why=str(e))


async def _load_when_needed(app: App, models: ModelRegistry) -> None:
    """A model that needs litellm may be configured later. Does not end."""
    needed = False
    while True:
        if not needed and _through_litellm(models):
            needed = True
            await _loaded(app)
        await asyncio.sleep(CONFIGURATION_POLL_S)


async def _watch_log(app: App, metrics: Metrics) -> None:
    while True:
        with suppress(LogUnavailable):  # a gauge that cannot be read now keeps its last value
            newest = app.storage.snapshots.list(1)
            learnt = newest[0].position if newest else 0
            metrics.log_seen(await app.storage.log.end() - learnt, app.storage.log.waiting())
        await asyncio.sleep(LOG_POLL_S)


def _metrics_port(settings: Settings, metrics: Metrics | None) -> ExitStack:
    stack = ExitStack()
    port = settings.observability.prometheus_port
    if metrics is not None and port is not None:
        try:
            listening = metrics.serve(port, settings.server.host)
        except OSError as e:
            raise ConfigurationError(f"observability.prometheus_port: cannot listen on {port}: {e}") from e
        stack.callback(listening.stop)
        _log.info("metrics", port=listening.port)
    return stack


if __name__ == "__main__":
    run_child(serve_one_of_many)
