"""`pointsman jobs`: the scheduled jobs, and running one now."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pointsman_service.cli import output
from pointsman_service.cli.messages import plain
from pointsman_service.cli.names import job_names
from pointsman_service.cli.options import DEFAULT_ADDRESS, AdminAddress, AsJson, Limit, Operator
from pointsman_service.cli.tables import Column, as_table

if TYPE_CHECKING:
    from pointsman import Client

app = typer.Typer(name="jobs", help="List the scheduled jobs, or run one now.", no_args_is_help=True)

POLL_S = 0.2


@app.command("list", epilog="Example: pointsman jobs list")
def list_jobs(limit: Limit = None, address: AdminAddress = DEFAULT_ADDRESS, as_json: AsJson = False) -> None:
    """List the jobs with their last runs."""
    from pointsman_service.cli.connection import connect

    with connect(address) as service:
        jobs = _every(service, limit)
    if as_json:
        output.as_json(jobs)
        return
    headings = (
        "job",
        Column("every s", 3),
        Column("next run", 2),
        "last run",
        "outcome",
        Column("detail", 1, text=True),
    )
    rows = [
        (
            *(j["job"], j["interval_s"], _second(j["next_run_time"]), _second(j["end_time"])),
            *((j["outcome"] or "").replace("_", " "), j["detail"]),
        )
        for j in jobs
    ]
    as_table(headings, rows, empty="no job is scheduled")


@app.command("run", epilog="Example: pointsman jobs run recalibrate --wait")
def run_job(
    name: Annotated[str, typer.Argument(help="The job's name, as `jobs list` shows it.", autocompletion=job_names)],
    wait: Annotated[bool, typer.Option("--wait", help="Until it has ended; exit with 1 where it fails.")] = False,
    timeout: Annotated[float, typer.Option(min=1, help="With --wait: seconds that it may take.")] = 600.0,
    operator: Operator = None,
    address: AdminAddress = DEFAULT_ADDRESS,
    as_json: AsJson = False,
) -> None:
    """Ask that a job runs now."""
    from pointsman import v1

    from pointsman_service.cli.connection import connect
    from pointsman_service.cli.progress import working

    with connect(address, operator=operator) as service:
        before = _last_end(_named(service, name)) if wait else None  # a repeated call may answer after the run
        job = plain(service.call(v1.RunJobRequest(job=name)).job)
        if wait:
            with working(f"{name} runs"):
                job = _ended(service, name, before, timeout)
    if as_json:
        output.as_json(job)
    elif wait:
        output.facts({k: _second(v) if k.endswith("_time") else v for k, v in job.items()})
    else:
        output.note(f"{name} is asked for; `pointsman jobs list` tells how it went")
    if wait and job["outcome"] == "failed":
        raise typer.Exit(1)


def _last_end(job: Mapping[str, Any] | None) -> str | None:
    """When it last ended; None where it never ran, or there is no such job."""
    return None if job is None else job["end_time"]


def _ended(service: Client, name: str, before: str | None, timeout_s: float) -> dict[str, Any]:
    """The job as soon as its last run ended at another time than `before`. Raises TimeoutError."""
    give_up = time.monotonic() + timeout_s
    while time.monotonic() < give_up:
        job = _named(service, name)
        if job is not None and _last_end(job) != before:
            return job
        time.sleep(POLL_S)
    raise TimeoutError(f"{name} has not ended within {timeout_s:g} s; `pointsman jobs list` tells how it goes")


def _named(service: Client, name: str) -> dict[str, Any] | None:
    return next((job for job in _every(service) if job["job"] == name), None)


def _every(service: Client, limit: int | None = None) -> list[dict[str, Any]]:
    from pointsman import v1

    from pointsman_service.cli.pages import every

    return [plain(job) for job in every(service, v1.ListJobsRequest(), "jobs", limit)]


def _second(at: str | None) -> str | None:
    """RFC 3339 to the second, as tables have it."""
    return at and f"{at[:19].replace('T', ' ')}Z"
