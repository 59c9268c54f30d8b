"""The composition root: from settings to a running service, and its orderly end.

replay provider (where no model is configured)     in this process
router: gRPC server over the application           in this process, or `workers` of them on one port
learner                                            a process of its own, supervised
"""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass

from pointsman_service.config.entries import ModelSection
from pointsman_service.config.sections import Settings
from pointsman_service.domain import ModelConfig
from pointsman_service.errors import ConfigurationError
from pointsman_service.observability import configure_logging
from pointsman_service.observability.structured_log import structlog
from pointsman_service.process.declaring import declare
from pointsman_service.process.supervisor import ChildSpec, Supervisor

LEARNER = "pointsman_service.process.learner"
LEARNER_NICENESS = 10  # requests come first; learning takes what is left
WORKER = "pointsman_service.process.worker"
WORKERS_READY_S = 60.0
ENDING_S = 10.0  # for a worker to flush its log and go, after its calls have finished

_log: structlog.stdlib.BoundLogger = structlog.get_logger("pointsman")


@dataclass(frozen=True, slots=True)
class Running:
    """A service that serves. settings: as they took effect; learner: None where it is switched off."""

    host: str
    port: int
    settings: Settings
    learner: Supervisor | None
    workers: tuple[Supervisor, ...] = ()

    @property
    def address(self) -> str:
        """HOST:PORT."""
        return f"{self.host}:{self.port}"

    def expect_end(self) -> None:
        """The service is about to stop: a child that ends is not started again."""
        for child in (self.learner, *self.workers):
            if child is not None:
                child.expect_end()


def serve_forever(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT, then drain. Blocks. Raises what `running` raises."""
    configure_logging(settings.observability)
    asyncio.run(serve(settings))


async def serve(settings: Settings, on_ready: Callable[[Running], None] = lambda _running: None) -> None:
    """Serve until SIGTERM or SIGINT, then drain: no new calls, running ones finish, the log is flushed.

    A signal during the start ends the start. SIGHUP, also of a terminal that closes, is told and ignored.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loop.add_signal_handler(signal.SIGHUP, _log.warning, "SIGHUP is ignored: the configuration is read at the start")
    async with AsyncExitStack() as stack:
        service = await _unless(stop, stack.enter_async_context(running(settings)))
        if service is not None:
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
    async with AsyncExitStack() as stack:
        settings = await _with_replay(settings, stack)
        for line in await declare(settings):
            _log.warning(line)
        # First of all, since it imports the most; it waits for the storage like everybody else.
        learner = await _with_learner(settings, stack) if settings.learner.enabled else None
        if settings.server.workers == 1:
            from pointsman_service.process.worker import serving  # noqa: PLC0415 - while the learner starts beside it

            port = await stack.enter_async_context(serving(settings))
            service = Running(settings.server.host, port, settings, learner)
        else:
            service = await _with_workers(settings, learner, stack)
        _log.info("serving", address=service.address, folder=str(settings.storage.folder))
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


def with_replayed_models(settings: Settings, recorded: tuple[ModelConfig, ...], url: str) -> Settings:
    """The settings with the recorded models in place of the configured ones of the same names, or as the models.

    Recorded judges that name no address get the provider's. Raises ConfigurationError for a model not in the table.
    """
    by_name = {m.name: m for m in recorded}
    unknown = [m.name for m in settings.models if m.name not in by_name]
    if unknown:
        raise ConfigurationError(f"models: {unknown[0]!r} is not in the replay table, which has {', '.join(by_name)}")
    names = [m.name for m in settings.models] or list(by_name)
    judges = settings.judges and [
        j.model_copy(update={"options": {"url": url, **j.options}}) if j.kind == "recorded" else j
        for j in settings.judges
    ]
    return settings.model_copy(update={"models": [ModelSection.of(by_name[n]) for n in names], "judges": judges})


async def _with_learner(settings: Settings, stack: AsyncExitStack) -> Supervisor:
    child = Supervisor(ChildSpec("learner", LEARNER, settings.model_dump_json(), LEARNER_NICENESS))
    stack.push_async_callback(child.stop)
    await child.start()
    return child


async def _with_workers(settings: Settings, learner: Supervisor | None, stack: AsyncExitStack) -> Running:
    """Workers that share one port, each a process."""
    server = settings.server
    port = stack.enter_context(_reserved(server.host, server.port))
    settings = settings.model_copy(update={"server": server.model_copy(update={"port": port})})
    ready = [asyncio.Event() for _ in range(server.workers)]
    stop_s = server.drain_s + server.grace_s + ENDING_S
    workers = [
        Supervisor(
            ChildSpec(f"worker-{i}", WORKER, _of_worker(settings, i).model_dump_json(), stop_s=stop_s),
            lambda _line, e=ready[i]: e.set(),  # type: ignore[misc]
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
    return Running(server.host, port, settings, learner, tuple(workers))


def _of_worker(settings: Settings, index: int) -> Settings:
    """Each worker's metrics have a port of their own, counted up from the configured one."""
    observability = settings.observability
    if not observability.prometheus_port:
        return settings
    port = observability.prometheus_port + index
    return settings.model_copy(update={"observability": observability.model_copy(update={"prometheus_port": port})})


async def _stop_together(workers: Sequence[Supervisor]) -> None:
    """One after the other they would drain one after the other, and new calls would go to the last."""
    await asyncio.gather(*(worker.stop() for worker in workers))


@contextmanager
def _reserved(host: str, port: int) -> Iterator[int]:
    """Hold a port for the workers (any free one for 0) without listening on it."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        try:
            holder.bind((host, port))
        except OSError as e:
            raise ConfigurationError(f"cannot listen on {host}:{port}: {e}") from e
        yield int(holder.getsockname()[1])
