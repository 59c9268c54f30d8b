"""The composition root: from settings to a running service, and its orderly end.

replay provider (where no model is configured)     in this process
router: gRPC server over the application           in this process, or `workers` of them on one port
learner                                            a process of its own, supervised
WhatIf, GetSavings                                 a process for each while it lasts, see `evaluator`
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial

from pointsman_service.config.openness import open_lines, refuse_open
from pointsman_service.config.sections import Settings
from pointsman_service.domain.host_port import joined
from pointsman_service.errors import ConfigurationError
from pointsman_service.observability import configure_logging
from pointsman_service.observability.structured_log import structlog
from pointsman_service.process.child_lines import hearing, learner_line
from pointsman_service.process.declaring import declare
from pointsman_service.process.descriptors import ask_for_descriptors
from pointsman_service.process.folder_lock import only_service
from pointsman_service.process.lives import ChildHealth
from pointsman_service.process.operator_watch import Levels, TellingOperator, telling_operator
from pointsman_service.process.ports import Listening, reserved
from pointsman_service.process.reloading import Reloading
from pointsman_service.process.replayed_models import with_replayed_models
from pointsman_service.process.supervised import all_running
from pointsman_service.process.supervisor import ChildSpec, Supervisor
from pointsman_service.process.vitals import LEARNER_LIMITS

LEARNER = "pointsman_service.process.learner"
LEARNER_NICENESS = 10  # requests come first; learning takes what is left
WORKER = "pointsman_service.process.worker"
WORKERS_READY_S = 60.0
TELL_S = 0.5
ENDING_S = 12.0  # for a worker to flush its log and go, after its calls have finished

_log: structlog.stdlib.BoundLogger = structlog.get_logger("pointsman")


@dataclass(frozen=True, slots=True)
class Running:
    """A service that serves. settings: as they took effect. learner, metrics_port: None where switched off."""

    ports: Listening
    settings: Settings
    learner: Supervisor | None
    workers: tuple[Supervisor, ...] = ()
    metrics_port: int | None = None

    @property
    def address(self) -> str:
        """HOST:PORT for callers."""
        return joined(self.settings.server.host, self.ports.callers)

    @property
    def admin_address(self) -> str:
        """HOST:PORT for operators."""
        return joined(self.settings.admin.host, self.ports.admin)

    @property
    def http_address(self) -> str | None:
        """HOST:PORT for callers over HTTP, None where that is off."""
        return None if self.ports.http is None else joined(self.settings.http.host, self.ports.http)

    def expect_end(self) -> None:
        """The service is about to stop: a child that ends is not started again."""
        for child in self.children:
            child.expect_end()

    @property
    def children(self) -> tuple[Supervisor, ...]:
        """Every process beside this one."""
        return self.workers if self.learner is None else (self.learner, *self.workers)


def serve_forever(settings: Settings, reread: Callable[[], Settings] | None = None) -> None:
    """Serve until SIGTERM or SIGINT, then drain. Blocks. Raises what `running` raises.

    reread: the file and the environment once more, on SIGHUP.
    """
    configure_logging(settings.observability)
    ask_for_descriptors()
    asyncio.run(serve(settings, reread=reread))


async def serve(
    settings: Settings,
    on_ready: Callable[[Running], None] = lambda _running: None,
    reread: Callable[[], Settings] | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT, then drain: no new calls, running ones finish, the log is flushed.

    A signal during the start ends the start. SIGUSR1 has every process write debug lines, SIGUSR2 what is configured.
    SIGHUP reads the file again by `reread`, as soon as the service serves.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    levels = Levels()
    loop.add_signal_handler(signal.SIGUSR1, levels.change, "debug")
    loop.add_signal_handler(signal.SIGUSR2, levels.change, None)
    hangup = asyncio.Event()
    if reread is not None:
        loop.add_signal_handler(signal.SIGHUP, hangup.set)
    else:
        loop.add_signal_handler(signal.SIGHUP, _log.warning, "SIGHUP is ignored: there is nothing to read again")
    async with AsyncExitStack() as stack:
        service = await _unless(stop, stack.enter_async_context(running(settings)))
        if service is not None:
            levels.reach(service.children)
            if reread is not None:
                reloading = Reloading(service.settings, reread, hangup, levels.configure)
                await stack.enter_async_context(all_running({"reading the file again": reloading.watch}))
            on_ready(service)
            await stop.wait()
            service.expect_end()
            _log.info("draining", drain_s=settings.server.drain_s, grace_s=settings.server.grace_s)
    _log.info("stopped")


async def _unless(stop: asyncio.Event, starting: Coroutine[None, None, Running]) -> Running | None:
    """What is starting, once it has; None, and the start unwound, where it is to stop before."""
    start, stopped = asyncio.ensure_future(starting), asyncio.ensure_future(stop.wait())
    await asyncio.wait((start, stopped), return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if start.done():
        return start.result()
    start.cancel()
    await asyncio.wait((start,))
    return None if start.cancelled() else start.result()


@asynccontextmanager
async def running(settings: Settings) -> AsyncGenerator[Running, None]:
    """A service that serves inside the block.

    Raises ConfigurationError, NewerSchema, LogUnavailable where it cannot start; nothing is left running then.
    """
    refuse_open(settings)
    async with AsyncExitStack() as stack:
        if settings.tls_files():
            from pointsman_service.process.certificate_watch import certificates_watched  # noqa: PLC0415 - see there

            await stack.enter_async_context(certificates_watched(settings))
        stack.enter_context(only_service(settings.storage.folder))
        settings = await _with_replay(settings, stack)
        for line in (*await declare(settings), *open_lines(settings)):
            _log.warning(line)
        # First of all, since it imports the most; it waits for the storage like everybody else.
        learner = await _with_learner(settings, stack) if settings.learner.enabled else None
        telling = await stack.enter_async_context(telling_operator(settings))
        if settings.server.workers == 1:
            from pointsman_service.process.worker import serving  # noqa: PLC0415 - while the learner starts beside it

            metrics = telling.counting.metrics if telling.counting else None
            ports = await stack.enter_async_context(serving(settings, telling.changes, metrics, _health_of(learner)))
            service = Running(ports, settings, learner)
        else:
            service = await _with_workers(settings, learner, telling, stack)
        metrics_port = await stack.enter_async_context(telling.of(service.children))
        service = replace(service, metrics_port=metrics_port)
        over_http = {} if service.http_address is None else {"http": service.http_address}
        folder = str(settings.storage.folder)
        _log.info("serving", address=service.address, admin=service.admin_address, **over_http, folder=folder)
        yield service


async def _with_replay(settings: Settings, stack: AsyncExitStack) -> Settings:
    """Start the replay provider where it stands in for providers, and configure its models."""
    if not settings.on_replay:
        return settings
    from pointsman_service.replay.failures import FailureRates  # noqa: PLC0415 - only where it is used
    from pointsman_service.replay.provider import ReplayBehaviour, ReplayProvider  # noqa: PLC0415
    from pointsman_service.replay.sources import open_table  # noqa: PLC0415

    replay = settings.replay
    behaviour = ReplayBehaviour(replay.latency, FailureRates.parse(replay.failures), replay.seed)
    table = open_table(replay.table, pool=replay.pool)
    provider = await stack.enter_async_context(ReplayProvider(table, behaviour, port=replay.port))
    _log.warning("answers are recorded ones: no model is called", table=table.name, provider=provider.base_url)
    return with_replayed_models(settings, provider.model_configs(), provider.url)


async def _with_learner(settings: Settings, stack: AsyncExitStack) -> Supervisor:
    child = Supervisor(
        ChildSpec("learner", LEARNER, settings.model_dump_json(), LEARNER_NICENESS, vitals=LEARNER_LIMITS)
    )
    stack.push_async_callback(child.stop)
    await child.start()
    return child


def _health_of(learner: Supervisor | None) -> Callable[[], ChildHealth]:
    """How it does; one that is switched off does well."""
    return (lambda: ChildHealth(well=True, why="")) if learner is None else learner.health


async def _tell_workers(learner: Supervisor | None, workers: Sequence[Supervisor]) -> None:
    """Tell each how the learner does, for ever: they answer when somebody asks for it."""
    health = _health_of(learner)
    while True:
        for worker in workers:
            worker.mention(learner_line(health()))
        await asyncio.sleep(TELL_S)


async def _with_workers(
    settings: Settings, learner: Supervisor | None, telling: TellingOperator, stack: AsyncExitStack
) -> Running:
    """Workers that share the ports, each a process."""
    server, admin, http = settings.server, settings.admin, settings.http
    ports = stack.enter_context(reserved(server, admin, http))
    held = {
        "server": server.model_copy(update={"port": ports.callers}),
        "admin": admin.model_copy(update={"port": ports.admin}),
        "http": http.model_copy(update={"port": ports.http}),
    }
    settings = settings.model_copy(update=held)
    ready = [asyncio.Event() for _ in range(server.workers)]
    stop_s = server.drain_s + server.grace_s + ENDING_S
    workers = [
        Supervisor(
            ChildSpec(
                name := f"worker-{i}",
                WORKER,
                settings.model_dump_json(),
                stop_s=stop_s,
                environment=telling.counting.environment(name) if telling.counting else {},
            ),
            hearing(name, telling.changes, ready[i].set),
            partial(telling.has_ended, name),
        )
        for i in range(server.workers)
    ]
    stack.push_async_callback(_stop_together, workers)
    try:
        for worker in workers:
            await worker.start()
        await asyncio.wait_for(asyncio.gather(*(e.wait() for e in ready)), WORKERS_READY_S)
    except TimeoutError as e:
        raise ConfigurationError("the workers did not start; their log lines say why") from e
    await stack.enter_async_context(all_running({"news of the learner": lambda: _tell_workers(learner, workers)}))
    return Running(ports, settings, learner, tuple(workers))


async def _stop_together(workers: Sequence[Supervisor]) -> None:
    """One after the other they would drain one after the other, and new calls would go to the last."""
    await asyncio.gather(*(worker.stop() for worker in workers))
