"""`pointsman backup`, `pointsman restore`: the folder as it is now, elsewhere, and back again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pointsman_service.cli import output
from pointsman_service.cli.options import AsJson, Config
from pointsman_service.cli.settings import settings_of

if TYPE_CHECKING:
    from pointsman_service.process.backups import Manifest


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(name="backup", epilog="Example: pointsman backup backups/tuesday")(backup)
    app.command(name="restore", epilog="Example: pointsman restore backups/monday --folder restored")(restore)


def backup(
    to: Annotated[Path, typer.Argument(help="A folder that does not exist yet.")],
    config: Config = None,
    folder: Annotated[Path | None, typer.Option(help="Over [storage] folder.")] = None,
    as_json: AsJson = False,
) -> None:
    """Copy the log and what is learnt from it, beside a running service, and check the copy.

    It is of one moment. What a backup has in it is what the log has: texts, unless store_prompts keeps none.
    """
    import time

    from pointsman_service.cli.progress import counted
    from pointsman_service.process.backups import back_up

    source = Path(settings_of(config, folder=folder).storage.folder)
    with counted(f"backing up {source}") as progress:
        manifest = back_up(source, to, time.time(), progress)
    _tell(manifest, as_json=as_json)


def restore(
    backup: Annotated[Path, typer.Argument(help="The folder of a backup.")],
    folder: Annotated[Path, typer.Option("--folder", help="Where it goes: a new or empty folder.")],
    force: Annotated[
        bool, typer.Option("--force", help="Set aside what the folder has, in a folder inside of it.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Put a backup back. Refused where the backup is damaged, or a service has the folder.

    `pointsman doctor --folder FOLDER --verify` then proves that what is learnt is the fold of the log.
    """
    import time

    from pointsman_service.cli.progress import working
    from pointsman_service.process.backups import restore as put_back

    with working(f"restoring {backup}"):
        manifest = put_back(backup, folder, time.time(), force=force)
    _tell(manifest, as_json=as_json)


def _tell(manifest: Manifest, *, as_json: bool) -> None:
    from pointsman_service.domain.moments import written

    size = sum(file.size_bytes for file in manifest.files)
    found = {
        "made_at": written(manifest.made_at),
        "size_bytes": size,
        "episodes": manifest.rows.get("episodes", 0),
        "log_end": manifest.log_end,
        "learnt_to": manifest.learnt_to,
        "files": len(manifest.files),
    }
    output.as_json(found) if as_json else output.facts(found)
