"""What `pointsman doctor` looks at: each check is one finding, which says what to do where something is wrong."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from pointsman_learner.packing import OtherFormat
from pointsman_learner.snapshot import Snapshot

from pointsman_service.adapters.callers.keys import troubles, variables_of
from pointsman_service.adapters.prices.book import PriceBook
from pointsman_service.adapters.sqlite.storage import check_whole
from pointsman_service.config import Settings
from pointsman_service.config.in_force import known, unpriced
from pointsman_service.config.openness import open_lines, refuse_open
from pointsman_service.errors import ConfigurationError, CorruptSnapshot, PointsmanError
from pointsman_service.judges.build import check_judge
from pointsman_service.process.certificate_watch import expiry_lines
from pointsman_service.process.declaring import hidden_by_changes
from pointsman_service.process.fold import Mark
from pointsman_service.process.opening import DATABASE_NAME, Storage, is_stored, opened
from pointsman_service.process.replayed_models import as_served
from pointsman_service.rpc.probing import is_serving

LOW_DISK_BYTES = 2**30
NAMED_EVENTS = 5


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
    yield prices_of(settings)
    yield _keys(settings)
    yield judges_of(settings)
    yield from _storage(settings)
    yield _openness(settings)
    yield from _certificates(settings)
    yield from _ports(settings)


@contextmanager
def reading(settings: Settings) -> Iterator[Storage | None]:
    """The storage opened read-only, None where nothing was ever stored."""
    folder = Path(settings.storage.folder)
    if not is_stored(folder):
        yield None
        return
    with opened(folder, read_only=True) as storage:
        yield storage


def _models(settings: Settings) -> Finding:
    models = settings.model_configs()
    if not models:
        return Finding("models", good=True, text="none configured: recorded answers of the replay table stand in")
    missing = [m.name for m in models if m.adapter == "litellm" and find_spec("litellm") is None]
    if missing:
        return Finding("models", good=False, text=f"{', '.join(missing)} need litellm: pip install litellm")
    return Finding("models", good=True, text=", ".join(m.name for m in models if m.enabled))


def prices_of(settings: Settings) -> Finding:
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
    try:
        served = as_served(settings)
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
                yield _whole(folder)
                yield from _set_aside(storage)
                yield _snapshot(storage)
                yield from _changes(storage, settings)
    except PointsmanError as error:
        yield Finding("log", good=False, text=str(error))


def _whole(folder: Path) -> Finding:
    """Whether SQLite finds every page of the file in order, however long that takes."""
    found = check_whole(folder)
    text = (
        "every page is in order"
        if found is None
        else f"{folder / DATABASE_NAME} is damaged ({found}): restore a backup"
    )
    return Finding("file", good=found is None, text=text)


def _set_aside(storage: Storage) -> Iterator[Finding]:
    """Events that teach nothing: one that cannot be read is damage, one that cannot be learnt from is none."""
    newest = storage.checkpoints.latest()
    if newest is None:
        return
    try:
        mark = Mark.from_bytes(newest[0])
    except ValueError:
        return  # of another format: the next start folds anew, and says so
    poison = [p for p in mark.skipped if p not in mark.unread]
    if mark.unread:
        text = f"{_events(mark.unread)} cannot be read, set aside: restore a backup, or start the version that wrote it"
        yield Finding("events", good=False, text=text, facts={"unreadable": list(mark.unread)})
    if poison:
        yield Finding("events", good=True, text=f"{_events(poison)} cannot be learnt from, set aside")


def _events(positions: Sequence[int]) -> str:
    """In words, the first of them by name."""
    named = ", ".join(str(p) for p in positions[:NAMED_EVENTS])
    more = f" and {len(positions) - NAMED_EVENTS} more" if len(positions) > NAMED_EVENTS else ""
    return f"{len(positions)} event{'s' if len(positions) > 1 else ''} (position {named}{more})"


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
    is_pinned = storage.snapshots.pinned()
    try:
        Snapshot.from_bytes(payload, version)
    except ValueError as error:
        what = f"version {version} is of a format that this version does not read ({error})"
        if isinstance(error, OtherFormat) and not is_pinned:  # as every upgrade finds it that changes the format
            text = f"{what}: listed prices decide at the start, until the learner has made another"
            return Finding("snapshot", good=True, text=text)
        return Finding("snapshot", good=False, text=f"{what}: `pointsman snapshots follow`")
    pinned = ", pinned: `pointsman snapshots follow` undoes it" if is_pinned else ""
    return Finding("snapshot", good=True, text=f"version {version}, {len(payload):,} bytes{pinned}")


def _changes(storage: Storage, settings: Settings) -> Iterator[Finding]:
    """Whoever edits the file should know which of its values a run-time change hides, or stands against."""
    try:
        for line in hidden_by_changes(storage, as_served(settings)):
            yield Finding("changes", good=True, text=line)
    except ConfigurationError as error:
        yield Finding("changes", good=False, text=str(error))


def _openness(settings: Settings) -> Finding:
    try:
        refuse_open(settings)
    except ConfigurationError as error:
        return Finding("access", good=False, text=str(error))
    lines = list(open_lines(settings))
    return Finding("access", good=True, text="; ".join(lines) or "each call is asked for a key")


def _certificates(settings: Settings) -> Iterator[Finding]:
    if not settings.tls_files():
        return
    try:
        lines = list(expiry_lines(settings))
    except ConfigurationError as error:
        yield Finding("certificates", good=False, text=str(error))
        return
    yield Finding("certificates", good=not lines, text="; ".join(lines) or "none expires soon")


def _ports(settings: Settings) -> Iterator[Finding]:
    """Both addresses: of callers, and of operators."""
    server, admin = settings.server, settings.admin
    wanted = (server.port + 1 if server.port else 0) if admin.port is None else admin.port
    yield _port("port", "server", server.host, server.port)
    yield _port("admin port", "admin", admin.host, wanted)


def _port(name: str, section: str, host: str, port: int) -> Finding:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return Finding(name, good=is_serving(f"{host}:{port}"), text=_held(section, host, port, error))
    return Finding(name, good=True, text=f"{host}:{port} is free")


def _held(section: str, host: str, port: int, error: OSError) -> str:
    if is_serving(f"{host}:{port}"):
        return f"a Pointsman is serving at {host}:{port}"
    return f"{host}:{port} cannot be had ({error.strerror}): stop what holds it, or choose another [{section}] port"
