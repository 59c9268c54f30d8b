"""One process that serves: its application behind gRPC, and what it watches. Alone, or one of several on a port."""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from pointsman_service.application.model_registry import ModelRegistry
from pointsman_service.application.turnstile import Turnstile
from pointsman_service.config.sections import Settings
from pointsman_service.errors import ConfigurationError, LogUnavailable
from pointsman_service.observability import Watching, counts, watching_of
from pointsman_service.observability.changes_told import Changes
from pointsman_service.observability.structured_log import structlog
from pointsman_service.process.child import run_child, tell_parent
from pointsman_service.process.child_lines import ToldToParent
from pointsman_service.process.descriptors import CALLERS_SHARE, OPERATORS_SHARE, most_connections
from pointsman_service.process.health_watch import HealthWatch
from pointsman_service.process.heart import Heart
from pointsman_service.process.http_wiring import http_door, limits_of
from pointsman_service.process.lives import ChildHealth
from pointsman_service.process.ports import Listening
from pointsman_service.process.supervised import all_running
from pointsman_service.process.wiring import App, build_app
from pointsman_service.rpc.gate import Gate
from pointsman_service.rpc.interceptors import ignore_call
from pointsman_service.rpc.server import RpcServer, ServerOptions

if TYPE_CHECKING:
    from pointsman_service.observability.metrics import Metrics

READY = "serving"
ENDING_S = 10.0  # to flush the log and go, after the calls have finished
SNAPSHOT_POLL_S = 0.1
CONFIGURATION_POLL_S = 0.1
LOG_POLL_S = 1.0
LOOP_POLL_S = 0.25

SWITCH_S = 0.001
"""How long a thread that works on a large request goes on when the event loop wants the interpreter: Python's own 5 ms
are all that a call may be held up."""

_log: structlog.stdlib.BoundLogger = structlog.get_logger("pointsman")


@asynccontextmanager
async def serving(
    settings: Settings,
    changes: Changes | None = None,
    metrics: Metrics | None = None,
    learner: Callable[[], ChildHealth | None] = lambda: None,
    *,
    reuse_port: bool = False,
) -> AsyncGenerator[Listening, None]:
    """Serve inside the block; the ports. At its end: no new calls, running ones finish, the log is flushed.

    changes: hears what operators should; without it, lines are written here. metrics: where to count, if at all.
    learner: how it does, as far as is known here.

    Raises ConfigurationError, NewerSchema, LogUnavailable where it cannot start.
    """
    sys.setswitchinterval(SWITCH_S)
    models = ModelRegistry()
    watching = watching_of(settings.observability, models, changes, metrics)
    app = build_app(settings, watching.observer, models, shared=reuse_port)
    finished = watching.metrics.call_finished if watching.metrics else ignore_call
    turnstile = Turnstile(app.admission, app.requesters)
    server = RpcServer(app, _options(settings, reuse_port=reuse_port), finished, app.access, Gate(turnstile))
    door = http_door(app, settings, models, finished, watching.metrics, turnstile=turnstile, reuse_port=reuse_port)
    health = HealthWatch(app.health, app.storage.condition, app.storage.log, learner, watching.observer)
    health.tell_now()
    app.health.listen(server.health.tell)
    try:
        if _through_litellm(models):
            await _loaded(app)
        async with all_running(
            {
                **_watches(app, models, watching, learns=settings.learner.enabled),
                "log look": health.look,
                "health": health.tell,
            }
        ):
            ports = Listening(*await server.start())
            try:
                ports = ports if door is None else ports._replace(http=await door.start())
                gc.freeze()  # what a start leaves stays; without this the collector looks through it again and again
                yield ports
            finally:
                stops = [server.stop()] if door is None else [server.stop(), door.stop(settings.server.drain_s)]
                await asyncio.gather(*stops)
    finally:
        await app.close()


async def serve_one_of_many(settings: Settings, stop: asyncio.Event, heart: Heart) -> None:
    """A worker beside others on the same port, until told to stop. The main process serves what it counts."""
    if counts(settings.observability):
        from pointsman_service.observability.exposition import count_in_files  # noqa: PLC0415 - only where metrics are on

        count_in_files()
    heart.orphan_s = settings.server.drain_s + settings.server.grace_s + ENDING_S
    told, learner = ToldToParent(tell_parent), lambda: heart.heard.learner
    async with serving(settings, told, learner=learner, reuse_port=True):
        tell_parent(READY)
        await stop.wait()


def _options(settings: Settings, *, reuse_port: bool) -> ServerOptions:
    server = settings.server
    tls = server.tls.files("server") if server.tls else None
    return ServerOptions(
        host=server.host,
        port=server.port,
        admin_host=settings.admin.host,
        admin_port=settings.admin.port,
        reuse_port=reuse_port,
        reflection=server.reflection,
        tls=tls,
        admin_tls=settings.admin.tls.files("admin") if settings.admin.tls else tls,
        drain_s=server.drain_s,
        grace_s=server.grace_s,
        max_connection_age_s=server.max_connection_age_s,
        max_connection_age_grace_s=server.max_connection_age_grace_s,
        connections=most_connections(CALLERS_SHARE),
        admin_connections=most_connections(OPERATORS_SHARE),
        limits=limits_of(settings),
    )


def _watches(
    app: App, models: ModelRegistry, watching: Watching, *, learns: bool
) -> Mapping[str, Callable[[], Awaitable[object]]]:
    watches: dict[str, Callable[[], Awaitable[object]]] = {
        "snapshot watch": lambda: app.snapshots.watch(SNAPSHOT_POLL_S),
        "configuration watch": lambda: app.configuration.watch(CONFIGURATION_POLL_S),
        "log watch": lambda: _watch_log(app, watching.metrics, learns=learns),
    }
    if not _through_litellm(models):
        watches["litellm"] = lambda: _load_when_needed(app, models)
    if (metrics := watching.metrics) is not None:
        watches["reach gauges"] = lambda: _watch_reach(app, models, metrics)
        watches["event loop lag"] = lambda: _watch_loop(metrics)
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


async def _watch_log(app: App, metrics: Metrics | None, *, learns: bool) -> None:
    while True:
        with suppress(LogUnavailable):  # a gauge that cannot be read now keeps its last value
            newest = app.storage.snapshots.list(1)
            learnt = newest[0].position if newest else 0
            behind = await app.storage.log.end() - learnt
            if learns:
                app.backlog.heard(behind)
            if metrics is not None:
                metrics.log_seen(behind, app.storage.log.waiting())
        await asyncio.sleep(LOG_POLL_S)


async def _watch_reach(app: App, models: ModelRegistry, metrics: Metrics) -> None:
    while True:
        for name, model in list(models.items()):
            metrics.places_seen(name, app.deployments.reach(model).chance, app.deployments.states(model))
        await asyncio.sleep(LOG_POLL_S)


async def _watch_loop(metrics: Metrics) -> None:
    clock = asyncio.get_running_loop().time
    while True:
        due = clock() + LOOP_POLL_S
        await asyncio.sleep(LOOP_POLL_S)
        metrics.loop_late(clock() - due)


if __name__ == "__main__":
    run_child(serve_one_of_many)
