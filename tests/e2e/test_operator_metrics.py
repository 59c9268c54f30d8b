"""Metrics of a whole service: one port for all of its processes, whatever becomes of a worker."""

import asyncio
import os
import signal
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from pointsman import AsyncClient
from pointsman_service.demo.processes import free_port
from pointsman_service.domain.api_keys import make_key
from prometheus_client.parser import text_string_to_metric_families

QUERIES = 6


def scraped(port, **headers):
    """Samples by name, each with its labels and value."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}/metrics", headers=headers)
    text = urllib.request.urlopen(request).read().decode()
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, []).append((sample.labels, sample.value))
    return found


def total(samples, name, **labels):
    """Sum over the series that have these labels."""
    return sum(v for has, v in samples.get(name, []) if labels.items() <= has.items())


async def ask(address):
    """One query on a connection of its own, so that each worker gets some."""
    async with AsyncClient(address) as client:
        done = await client.complete("2 + 2?")
        await client.feedback(done.episode_id, thumb=True)


@pytest.mark.parametrize("workers", [1, 2])
async def test_all_processes_are_scraped_at_one_port(process, until, workers):
    """What was answered is counted when its caller has the answer; a killed worker's counts stay, its place is told."""
    port = free_port()
    sections = {"server": {"workers": workers}, "observability": {"prometheus_port": port, "log_level": "error"}}
    sections["tenants"] = {"default": {"ceiling_usd": 1000.0, "period_s": 3600.0}}
    async with process(**sections) as service:
        await asyncio.gather(*(ask(service.address) for _ in range(QUERIES)))
        found = await asyncio.to_thread(scraped, port)
        assert total(found, "pointsman_rpcs_total", method="Complete", code="OK") == QUERIES
        assert total(found, "pointsman_feedback_total") == QUERIES
        assert total(found, "pointsman_told_quality_count") == QUERIES
        assert total(found, "pointsman_tokens_total", tenant="default") > 0
        names = {labels["process"] for labels, _ in found["process_cpu_seconds_total"]}
        assert names == {"main", "learner"} | ({f"worker-{i}" for i in range(workers)} if workers > 1 else set())
        assert not any(name.endswith("_created") for name in found)

        async def looked():
            return total(await asyncio.to_thread(scraped, port), "pointsman_budget_ceiling_usd", tenant="default") > 0

        await until(looked, 30)
        if workers > 1:
            await a_worker_is_killed(service, port, until)


async def test_metrics_are_for_operators_where_keys_are_asked_for(process, until):
    """A key that may call may not look at what all tenants spend."""
    port, ops, app = free_port(), make_key(os.urandom), make_key(os.urandom)
    roles = {"ops": (ops, ["admin"]), "app": (app, ["call"])}
    keys = {name: {"id": key.id, "sha256": key.sha256, "roles": may} for name, (key, may) in roles.items()}
    sections = {"auth": {"enabled": True}, "keys": keys}
    async with process(observability={"prometheus_port": port}, **sections):
        headers = {"Authorization": f"Bearer {ops.text}"}

        async def let_in():
            # The main process knows keys a moment after those who serve do.
            try:
                return "pointsman_build_info" in await asyncio.to_thread(lambda: scraped(port, **headers))
            except urllib.error.HTTPError:
                return False

        await until(let_in, 20)
        for wrong in ({}, {"Authorization": f"Bearer {app.text}"}, {"Authorization": f"Bearer {ops.text}x"}):
            with pytest.raises(urllib.error.HTTPError, match="401"):
                scraped(port, **wrong)


async def a_worker_is_killed(service, port, until):
    """And replaced."""
    child = next(p for p in children_of(service._process.pid) if "worker" in command_of(p))
    os.kill(child, signal.SIGKILL)

    async def replaced():
        found = await asyncio.to_thread(scraped, port)
        assert total(found, "pointsman_rpcs_total", method="Complete", code="OK") >= QUERIES
        return total(found, "pointsman_process_restarts_total") == 1 and total(found, "pointsman_process_up") == 4

    await until(replaced, 60)
    await asyncio.gather(*(ask(service.address) for _ in range(QUERIES)))
    found = await asyncio.to_thread(scraped, port)
    assert total(found, "pointsman_rpcs_total", method="Complete", code="OK") == 2 * QUERIES


def children_of(pid):
    """Process ids."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def command_of(pid):
    """Its arguments."""
    return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
