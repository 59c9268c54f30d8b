"""`pointsman doctor`: whether the service can start here, and whether what is learnt is what was logged."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pointsman_service.cli import output
from pointsman_service.cli.options import AsJson, Config
from pointsman_service.cli.settings import settings_of

if TYPE_CHECKING:
    from pointsman_service.config import Settings
    from pointsman_service.process.start_checks import Finding


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        name="doctor", short_help="Check what a start would meet.", epilog="Example: pointsman doctor --verify"
    )(doctor)


def doctor(
    config: Config = None,
    folder: Annotated[Path | None, typer.Option(help="Over [storage] folder.")] = None,
    verify: Annotated[bool, typer.Option("--verify", help="Fold the whole log again and compare.")] = False,
    live: Annotated[bool, typer.Option("--live", help="Call each model and judge: costs a few tokens each.")] = False,
    as_json: AsJson = False,
) -> None:
    """Check models, keys, storage, snapshot and port; exit with 1 where something is wrong. Changes nothing.

    With --live, each model is called at each of its places, plainly and as a stream, each ability that is declared is
    tried, and each judge judges once.
    """
    from pointsman_service.observability.log_lines import configure_logging
    from pointsman_service.process.start_checks import examine

    settings = settings_of(config, folder=folder)
    configure_logging(settings.observability)  # standard output is the report's
    findings = [*examine(settings), *(_folds(settings) if verify else []), *(_called(settings) if live else [])]
    if as_json:
        output.as_json([{"check": f.check, "good": f.good, "text": f.text, **f.facts} for f in findings])
    else:
        for f in findings:
            _tell(f)
    if not all(f.good for f in findings):
        raise typer.Exit(1)


def _called(settings: Settings) -> list[Finding]:
    import asyncio

    from pointsman_service.cli.progress import working
    from pointsman_service.process.live_checks import live_findings

    with working("calling models and judges"):
        return asyncio.run(live_findings(settings))


def _tell(finding: Finding) -> None:
    first, *more = output.wrapped(finding.text, output.width() - 16)
    typer.echo(f"{'ok   ' if finding.good else 'WRONG'} {finding.check:<9} {first}")
    for line in more:
        typer.echo(f"{'':<16}{line}")


def _folds(settings: Settings) -> list[Finding]:
    from pointsman_service.cli.progress import working
    from pointsman_service.process.start_checks import Finding, reading
    from pointsman_service.process.verify import verify, verify_configuration

    with reading(settings) as storage:
        if storage is None:
            return [Finding("fold", good=True, text="nothing was logged yet")]
        with working("folding the whole log"):
            result = verify(storage.log, storage.checkpoints, settings.learner.policy)
            in_force = verify_configuration(storage.log, storage.configuration)
    said = "what is in force is the fold of the log" if in_force else "NOT EQUAL: restore a backup of the database"
    return [Finding("fold", good=result.holds, text=str(result)), Finding("config", good=in_force, text=said)]
