"""`pointsman prune`: what is old leaves the log, now, or is only counted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pointsman_service.cli import output
from pointsman_service.cli.failures import Misuse
from pointsman_service.cli.options import AsJson, Config, Operator
from pointsman_service.cli.settings import settings_of
from pointsman_service.cli.times import seconds

if TYPE_CHECKING:
    from pointsman_service.config import Settings

DAY_S = 86_400.0


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="prune", epilog="Example: pointsman prune --dry-run --older-than 30d")(prune)


def prune(
    older_than: Annotated[
        str | None, typer.Option("--older-than", help="An age, like 30d. [default: [storage] retention_days]")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go, and what would stay.")] = False,
    operator: Operator = None,
    config: Config = None,
    folder: Annotated[Path | None, typer.Option(help="Over [storage] folder.")] = None,
    as_json: AsJson = False,
) -> None:
    """Remove old episodes with all that is about them. Beside a running service, or without one.

    What was learnt stays, and so do their sums in `stats`, by day, tenant, model and kind of query. An episode that the
    learner has not saved yet waits. The file does not shrink: what was freed is used again.
    """
    import time

    from pointsman_service.cli.connection import operator_named

    settings = settings_of(config, folder=folder)
    now = time.time()
    before = now - (seconds(older_than) if older_than else settings.storage.retention_days * DAY_S)
    found = _planned(settings, before) if dry_run else _pruned(settings, before, operator_named(operator))
    output.as_json(found) if as_json else output.facts(found)


def _planned(settings: Settings, before: float) -> dict[str, object]:
    from pointsman_service.domain.moments import written
    from pointsman_service.process.start_checks import reading

    with reading(settings) as storage:
        if storage is None:
            raise _nothing_there(settings)
        plan = storage.prune_plan(before)
    return {
        "episodes": plan.episodes,
        "from": None if plan.oldest is None else written(plan.oldest),
        "to": None if plan.newest is None else written(plan.newest),
        "size_mb": round(plan.size_bytes / 1e6, 3),
        "waiting": plan.waiting,
        "stays": "what was learnt, and sums by day, tenant, model and kind of query",
    }


def _pruned(settings: Settings, before: float, by: str) -> dict[str, object]:
    from pointsman_service.cli.progress import working
    from pointsman_service.process.opening import is_stored, storage_of
    from pointsman_service.process.pruning import prune_by

    if not is_stored(settings.storage.folder):
        raise _nothing_there(settings)
    storage = storage_of(settings, make=False)
    try:
        with working("pruning"):
            pruned = prune_by(storage, settings, before, by)
    finally:
        storage.close_blocking()
    return {"episodes": pruned.episodes, "through": pruned.through, "waiting": pruned.waiting}


def _nothing_there(settings: Settings) -> Misuse:
    from pointsman_service.process.opening import DATABASE_NAME

    return Misuse(
        f"{settings.storage.folder} has no {DATABASE_NAME}, so there is nothing to prune; name the [storage] folder of "
        "a service with --folder or --config"
    )
