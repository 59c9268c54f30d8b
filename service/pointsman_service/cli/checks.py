"""What `pointsman doctor` looks at: each check is one finding, which says what to do where something is wrong."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from pointsman_service.adapters.keys import troubles, variables_of
from pointsman_service.adapters.prices import PriceBook
from pointsman_service.adapters.sqlite_storage import DATABASE_NAME, Storage, StorageSettings, open_storage
from pointsman_service.config import Settings
from pointsman_service.config.in_force import known, unpriced
from pointsman_service.errors import ConfigurationError, CorruptSnapshot, PointsmanError

LOW_DISK_BYTES = 2**30


@dataclass(frozen=True, slots=True)
class Finding:
    """One check. good: False stops a start, or loses something. facts: what else programs may want to know."""

    check: str
    good: bool
    text: str
    facts: Mapping[str, object] = field(default_factory=dict)


def examine(settings: Settings) -> Iterator[Finding]:
    """All checks but the fold's, in the order in which a start would meet them. Changes nothing."""
    yield _models(settings)
    yield _prices(settings)
    yield _keys(settings)
    yield judges_of(settings)
    yield from _storage(settings)
    yield _port(settings)


@contextmanager
def reading(settings: Settings) -> Iterator[Storage | None]:
    """The storage opened read-only, None where nothing was ever stored."""
    folder = Path(settings.storage.folder)
    if not (folder / DATABASE_NAME).exists():
        yield None
        return
    storage = open_storage(folder, StorageSettings(read_only=True))
    try:
        yield storage
    finally:
        storage.close_blocking()


def _models(settings: Settings) -> Finding:
    models = settings.model_configs()
    if not models:
        return Finding("models", good=True, text="none configured: recorded answers of the replay table stand in")
    missing = [m.name for m in models if m.adapter == "litellm" and find_spec("litellm") is None]
    if missing:
        return Finding("models", good=False, text=f"{', '.join(missing)} need litellm: pip install litellm")
    return Finding("models", good=True, text=", ".join(m.name for m in models if m.enabled))


def _prices(settings: Settings) -> Finding:
    """A model without a known price would be taken for free; the start refuses it, unless it says so."""
    facts = PriceBook()
    models = [known(m, facts) for m in settings.model_configs()]
    wrong = [f"{key}: {why}" for key, why in unpriced(models)]
    if wrong:
        return Finding("prices", good=False, text="; ".join(wrong))
    unknown = ", ".join(m.name for m in models if m.prices is None)
    text = f"not known of {unknown}: counted as dear as the dearest" if unknown else "known of every model"
    return Finding("prices", good=True, text=text)


def _keys(settings: Settings) -> Finding:
    models = settings.model_configs()
    found = troubles(models, os.environ)
    wanted = ", ".join(sorted(variables_of(models))) or "no model needs one"
    text = "; ".join(trouble.text for trouble in found) or wanted
    return Finding("keys", good=not any(trouble.fatal for trouble in found), text=text)


def judges_of(settings: Settings) -> Finding:
    """Whether a start could make each configured judge: its kind, its model, its options."""
    from pointsman_service.judges.build import check_judge

    try:
        served = _as_served(settings)
        models = {m.name: m for m in served.model_configs()}
        for judge in served.judge_configs():
            check_judge(judge, models)
    except ConfigurationError as error:
        return Finding("judges", good=False, text=str(error))
    return Finding("judges", good=True, text=", ".join(j.name for j in settings.judge_configs()) or "none")


def _storage(settings: Settings) -> Iterator[Finding]:
    folder = Path(settings.storage.folder)
    yield _folder(folder)
    try:
        with reading(settings) as storage:
            yield Finding("log", good=True, text=f"{folder / DATABASE_NAME} opens" if storage else "none yet")
            if storage is not None:
                yield _snapshot(storage)
                yield from _changes(storage, settings)
    except PointsmanError as error:
        yield Finding("log", good=False, text=str(error))


def _folder(folder: Path) -> Finding:
    there = next(p for p in (folder, *folder.resolve().parents) if p.exists())
    if not there.is_dir() or not os.access(there, os.W_OK):
        return Finding("storage", good=False, text=f"{there} cannot be written; choose another [storage] folder")
    free = shutil.disk_usage(there).free
    text = f"{folder}, {free / 2**30:.1f} GiB free"
    if free < LOW_DISK_BYTES:
        return Finding("storage", good=False, text=f"{text}: make room, a full disk stops the log")
    return Finding("storage", good=True, text=text)


def _snapshot(storage: Storage) -> Finding:
    version = storage.snapshots.active_version()
    if version is None:
        return Finding("snapshot", good=True, text="none yet: the static policy decides")
    try:
        payload = storage.snapshots.load(version)
    except CorruptSnapshot as error:
        return Finding("snapshot", good=False, text=f"{error}; `pointsman snapshots rollback` to another")
    pinned = ", pinned: `pointsman snapshots follow` undoes it" if storage.snapshots.pinned() else ""
    return Finding("snapshot", good=True, text=f"version {version}, {len(payload):,} bytes{pinned}")


def _changes(storage: Storage, settings: Settings) -> Iterator[Finding]:
    """Whoever edits the file should know which of its values a run-time change hides, or stands against."""
    from pointsman_service.process.declaring import hidden_by_changes

    try:
        for line in hidden_by_changes(storage, _as_served(settings)):
            yield Finding("changes", good=True, text=line)
    except ConfigurationError as error:
        yield Finding("changes", good=False, text=str(error))


def _as_served(settings: Settings) -> Settings:
    """The settings with the models that recorded answers stand in for, where a start would have them."""
    if not settings.on_replay:
        return settings
    from pointsman_service.process.compose import with_replayed_models
    from pointsman_service.replay.failures import FailureRates
    from pointsman_service.replay.provider import ReplayBehaviour, ReplayProvider
    from pointsman_service.replay.sources import open_table

    table = open_table(settings.replay.table, pool=settings.replay.pool)
    provider = ReplayProvider(table, ReplayBehaviour(settings.replay.latency, FailureRates.parse("0"), 0), port=0)
    return with_replayed_models(settings, provider.model_configs(), provider.url)


def _port(settings: Settings) -> Finding:
    host, port = settings.server.host, settings.server.port
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return Finding("port", good=_serves(host, port), text=_held(host, port, error))
    return Finding("port", good=True, text=f"{host}:{port} is free")


def _held(host: str, port: int, error: OSError) -> str:
    if _serves(host, port):
        return f"a Pointsman is serving at {host}:{port}"
    return f"{host}:{port} cannot be had ({error.strerror}): stop what holds it, or choose another [server] port"


def _serves(host: str, port: int) -> bool:
    import grpc
    from grpc_health.v1 import health_pb2, health_pb2_grpc

    with grpc.insecure_channel(f"{host}:{port}") as channel:
        request = health_pb2.HealthCheckRequest(service="pointsman.v1.RouterService")
        try:
            answer = health_pb2_grpc.HealthStub(channel).Check(request, timeout=2.0)
        except grpc.RpcError:
            return False
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)
