"""A backup put back: checked before anything is written, and the database comes last, so that half is never a start."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from pointsman_service.adapters.sqlite.backup import check_database
from pointsman_service.adapters.sqlite.backup_manifest import Manifest
from pointsman_service.adapters.sqlite.connection import Database
from pointsman_service.adapters.sqlite.errors import reason_of
from pointsman_service.adapters.sqlite.schema import MIGRATIONS
from pointsman_service.adapters.sqlite.storage import DATABASE_NAME
from pointsman_service.domain.moments import written
from pointsman_service.errors import ConfigurationError, LogUnavailable, NewerSchema
from pointsman_service.machine.flushing import flush, flush_one


def restore(backup: Path, folder: Path, now: float, *, force: bool = False) -> Manifest:
    """Put a backup into a folder. force: what the folder has goes into a folder of its own inside of it.

    Raises ConfigurationError where the backup is none or damaged, or the folder is in use or has something in it
    (without force); NewerSchema where a newer version made it; LogUnavailable where the folder cannot be written.
    """
    manifest = Manifest.read(backup)
    if manifest.schema > len(MIGRATIONS):
        raise NewerSchema(
            f"{backup} has schema {manifest.schema}, this version knows {len(MIGRATIONS)}; start the newer version",
            found=manifest.schema,
            known=len(MIGRATIONS),
        )
    manifest.check_files(backup)
    _check_free(folder, force=force)
    try:
        _set_aside(folder, now)
        _put(backup, folder, manifest)
    except OSError as e:
        raise LogUnavailable(f"{folder} cannot be written: {e}", reason="io", path=folder) from e
    return manifest


def _check_free(folder: Path, *, force: bool) -> None:
    if not folder.exists():
        return
    if not folder.is_dir():
        raise ConfigurationError(f"{folder} is no folder")
    if in_use(folder):
        raise ConfigurationError(f"{folder} is in use: stop the service that has it, or restore into another folder")
    if any(folder.iterdir()) and not force:
        raise ConfigurationError(
            f"{folder} is not empty: restore into another folder, or set aside what it has with --force"
        )


def in_use(folder: Path) -> bool:
    """Whether another process has the folder's database open."""
    database = Database(folder / DATABASE_NAME, busy_timeout_s=0.0)
    if not database.path.exists():
        return False
    with closing(database.connect()) as connection:
        try:
            # Every connection to a file in WAL mode holds a shared lock, against which this one cannot be had.
            connection.execute("PRAGMA locking_mode = exclusive")
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("ROLLBACK")
        except sqlite3.OperationalError as e:
            return reason_of(e)[0] == "locked"
        except sqlite3.DatabaseError:  # damaged: that is why it is restored
            return False
    return False


def _set_aside(folder: Path, now: float) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    before = list(folder.iterdir())
    if not before:
        return
    aside = folder / f"before-restore-{written(now).replace(' ', 'T').replace(':', '')}"
    aside.mkdir(mode=0o700)
    for path in before:
        if not path.name.startswith("before-restore-"):
            path.rename(aside / path.name)


def _put(backup: Path, folder: Path, manifest: Manifest) -> None:
    draft = folder / f".{DATABASE_NAME}.draft"
    for file in manifest.files:
        target = draft if file.name == DATABASE_NAME else folder / file.name
        target.parent.mkdir(exist_ok=True, mode=0o700)
        shutil.copyfile(backup / file.name, target)
    with closing(sqlite3.connect(draft, isolation_level=None)) as connection:
        check_database(connection, draft)
        connection.execute("PRAGMA journal_mode = wal")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    flush(folder)
    draft.rename(folder / DATABASE_NAME)
    flush_one(folder)
