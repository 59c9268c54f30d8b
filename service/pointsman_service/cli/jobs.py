"""`pointsman jobs`: the scheduled jobs, and running one now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from pointsman_service.cli import output
from pointsman_service.cli.options import DEFAULT_ADDRESS, Address, AsJson
from pointsman_service.cli.times import as_text

if TYPE_CHECKING:
    from pointsman.v1 import Job

app = typer.Typer(name="jobs", help="List the scheduled jobs, or run one now.", no_args_is_help=True)


@app.command("list", epilog="Example: pointsman jobs list")
def list_jobs(address: Address = DEFAULT_ADDRESS, as_json: AsJson = False) -> None:
    """List the jobs with their last runs."""
    from pointsman import v1

    from pointsman_service.cli.connection import connect

    with connect(address) as service:
        jobs = [_facts(j) for j in service.call(v1.ListJobsRequest()).jobs]
    if as_json:
        output.as_json(jobs)
        return
    rows = [(j["name"], j["interval_s"], j["next_run_at"], j["ended_at"], j["outcome"], j["detail"]) for j in jobs]
    output.as_table(("job", "every s", "next run", "last run", "outcome", "detail"), rows, empty="no job is scheduled")


@app.command("run", epilog="Example: pointsman jobs run recalibrate")
def run_job(
    name: Annotated[str, typer.Argument(help="The job's name, as `jobs list` shows it.")],
    address: Address = DEFAULT_ADDRESS,
    as_json: AsJson = False,
) -> None:
    """Ask that a job runs now. `jobs list` tells how it went."""
    from pointsman import v1

    from pointsman_service.cli.connection import connect

    with connect(address) as service:
        job = _facts(service.call(v1.RunJobRequest(name=name)).job)
    output.as_json(job) if as_json else typer.echo(f"{name} is asked for; `pointsman jobs list` tells how it went")


def _facts(job: Job) -> dict[str, Any]:
    from pointsman.v1 import JobOutcome

    def at(field: str) -> str | None:
        return as_text(getattr(job, field)) if job.HasField(field) else None

    outcome = JobOutcome.Name(job.outcome).removeprefix("JOB_OUTCOME_").lower()
    return {
        "name": job.name,
        "interval_s": job.interval_s,
        "next_run_at": at("next_run_at"),
        "started_at": at("started_at"),
        "ended_at": at("ended_at"),
        "outcome": "never ran" if outcome == "unspecified" else outcome,
        "detail": job.detail_json,
    }
