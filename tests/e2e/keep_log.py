"""Writes the log that a release keeps for ever: `python tests/e2e/keep_log.py 0.2.0`.

One service, one of each thing that a log can hold: routed and answered queries, outcomes told in part, every kind of
feedback, a session's outcome, changes of models, tenants and kinds of queries, outcomes known beforehand, a job. Run it
once, when a version is released; what it wrote is never written again.
"""

from __future__ import annotations

import asyncio
import gzip
import sqlite3
import sys
import tempfile
from pathlib import Path

from google.protobuf.field_mask_pb2 import FieldMask
from pointsman import AsyncClient, v1
from pointsman_service.config import parse
from pointsman_service.process.compose import running

LOGS = Path(__file__).parent / "logs"


async def live(client: AsyncClient) -> None:
    """Everything that a log can hold, once."""
    answered = await client.complete(
        "What is the capital of Australia?",
        request_id="kept-answer",
        session_id="s-1",
        end_user_id="u-1",
        labels={"team": "a"},
        language="en",
    )
    await client.feedback(answered.episode_id, thumb=True, request_id="kept-thumb", end_user_id="u-1")
    second = await client.complete("What is 47 times 68?", dial=0.9)
    await client.feedback(second.episode_id, correction="3196", request_id="kept-correction")
    await client.feedback(second.episode_id, rating=4.0, request_id="kept-rating")
    await client.feedback(second.episode_id, score=0.25, request_id="kept-score")
    routed = await client.route("Write a haiku about rain.", max_latency_ms=60_000.0, latency_weight=0.01)
    await client.report_outcome(routed.episode_id, latency_ms=900.0, request_id="kept-outcome")
    failed = await client.route("Write a limerick.", models=["starter-large"])
    await client.report_outcome(failed.episode_id, failure=("timeout", "no answer in 30 s"))
    await client.record_session_outcome("s-1", score=1.0, request_id="kept-session")
    await operate(client)


async def operate(client: AsyncClient) -> None:
    """Changes at run time, and what is known beforehand."""
    cheaper = v1.Model(model="starter-small", input_usd_per_million=0.05)
    mask = FieldMask(paths=["input_usd_per_million"])
    await client.call(v1.UpdateModelRequest(request_id="kept-price", model=cheaper, update_mask=mask))
    tenant = v1.Tenant(tenant="team-a", ceiling_usd=5.0, models=["starter-small", "starter-large"])
    await client.call(v1.CreateTenantRequest(tenant=tenant))
    node = v1.TaxonomyNode(
        node_id="haiku", parent_id="root", title="Haiku", description="Short poems", examples=["Rain."]
    )
    await client.call(v1.CreateTaxonomyNodeRequest(node=node))
    known = v1.KnownOutcome(model="starter-large", quality=1.0, weight=0.5, cost_usd=0.001)
    await client.call(v1.WarmStartRequest(queries=[v1.KnownQuery(prompt="What is 2 + 2?", outcomes=[known])]))
    await client.call(v1.RunJobRequest(job="recalibrate"))


async def write(folder: Path) -> None:
    """A service on the folder, which lives all of it and stops."""
    settings = parse({"server": {"port": 0}, "storage": {"folder": str(folder)}})
    keeper = (("x-pointsman-operator", "keeper"),)
    async with (
        running(settings) as service,
        AsyncClient(service.address, admin_address=service.admin_address, metadata=keeper) as client,
    ):
        await live(client)


def main(version: str) -> None:
    """Write logs/VERSION.db.gz. Raises FileExistsError where that release has one."""
    kept = LOGS / f"{version}.db.gz"
    if kept.exists():
        raise FileExistsError(f"{kept}: a release's log is written once")
    LOGS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(write(Path(folder)))
        with sqlite3.connect(Path(folder) / "pointsman.db") as log:
            for table in ("snapshots", "snapshot_choice", "checkpoints"):  # their files are made again from the log
                log.execute(f"DELETE FROM {table}")
            log.commit()
            log.execute("PRAGMA journal_mode = delete")
            log.execute("VACUUM")
        kept.write_bytes(gzip.compress((Path(folder) / "pointsman.db").read_bytes(), mtime=0))


if __name__ == "__main__":
    main(sys.argv[1])
