"""The contract's rules over a real socket, as any language meets them: each file of vectors/ is one rule's.

A vector is a story of calls. `step.call` and `step.request` are made as grpcurl would; `expect` is held against code,
details, response(s) and trailers (see `matching`). `save` remembers parts of the response, `repeat` makes the call (or
the `steps` within) so many times, `eventually_s` tries again until all is as expected: what the learner does takes its
time. `restart` stops the service and starts it on the same folder. A file's `service` holds the configuration that its
vectors share.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from pointsman_service.config import parse
from pointsman_service.process.compose import running

from .dynamic import DynamicClient
from .matching import at, differences, filled

FILES = sorted((Path(__file__).parent / "vectors").glob("*.json"))
VECTORS = [(file, vector) for file in FILES for vector in json.loads(file.read_text())["vectors"]]
RULES = (
    *("presence", "idempotency", "lists", "changes", "streams", "content", "time", "who_and_what", "errors"),
    *("names_and_options", "server_manners"),
)


def test_every_rule_of_the_contract_has_a_vector():
    """A rule without one could be broken unseen."""
    assert {file.stem for file in FILES} == set(RULES)


@pytest.mark.parametrize(("file", "vector"), VECTORS, ids=[f"{f.stem}: {v['name']}" for f, v in VECTORS])
async def test_vector(file, vector, tmp_path):
    """What the vector's name says."""
    sections = json.loads(file.read_text()).get("service", {})
    sections = {**sections, **vector.get("service", {})}
    settings = parse(
        {
            # A process that takes as long to start as all others, where nothing of what it does is looked at.
            "learner": {"enabled": "eventually_s" in json.dumps(vector)},
            **sections,
            "storage": {"folder": str(tmp_path / "data"), **sections.get("storage", {})},
            "server": {"port": 0, "grace_s": 2.0, **sections.get("server", {})},
            "observability": {"log_level": "error"},
        }
    )
    saved = {}
    stories = [[]]
    for step in vector["steps"]:
        if step.get("restart"):
            stories.append([])
        else:
            stories[-1].append(step)
    for story in stories:
        async with running(settings) as service:
            client = DynamicClient(service.address, service.admin_address)
            try:
                await _play_all(client, story, saved)
            finally:
                await client.close()


async def _play_all(client, steps, saved):
    for i, step in enumerate(steps):
        for _ in range(step.get("repeat", 1)):
            if "steps" in step:
                await _play_all(client, step["steps"], saved)
            else:
                await _play(client, step, saved, f"step {i} ({step['call']})")


async def _play(client, step, saved, where):
    outcome = await _eventually(client, step, saved, where)
    for name, path in step.get("save", {}).items():
        saved[name] = at(outcome["response"], path)
        assert saved[name] is not None, f"{where}: there is no {path} in {outcome}"


async def _eventually(client, step, saved, where):
    loop = asyncio.get_running_loop()
    until = loop.time() + step.get("eventually_s", 0.0)
    while True:
        outcome = (
            await client.call(
                step["call"],
                filled(step.get("request", {}), saved),
                metadata=filled(step.get("metadata", {}), saved),
                timeout_s=step.get("timeout_s", 30.0),
                cancel_after=step.get("cancel_after"),
            )
        ).as_json()
        wrong = differences(filled({"code": "OK", **step.get("expect", {})}, saved), outcome)
        if not wrong:
            return outcome
        assert loop.time() < until, f"{where}: " + "; ".join(wrong) + f"\n{json.dumps(outcome, indent=1)}"
        await asyncio.sleep(0.05)
