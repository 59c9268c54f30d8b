"""Every client whose toolchain is here does what the vectors say, its package what the README says. CI leaves none out.

These are the vectors that need no service of their own: restarts, kills and what waits are played by `make clients`,
which builds, lints and tests each client as well, and which `.ci/run` requires.
"""

from __future__ import annotations

import os
import re
import sqlite3
from pathlib import Path

import pytest
from pointsman_service.config import parse
from pointsman_service.process.compose import running

from .book import Client, clients, setups, vectors
from .checks import ran
from .packages import INTO
from .performance import Performance
from .table import table

NAMES = ["python", "python-asyncio", "go", "node", "java"]
QUICK = [vector for vector in vectors() if not vector.get("alone") and not vector.get("lane")]


@pytest.mark.parametrize("name", NAMES)
async def test_a_client_does_what_the_vectors_say(name, tmp_path):
    """What went wrong stands below the table."""
    client = _here(name, tmp_path)
    results = await Performance(QUICK, setups(), tmp_path).of([client])
    wrong = [f"{r.vector['where']} {r.vector['name']}: {r.wrong}" for r in results if r.wrong]
    assert not wrong, "\n".join([table(results), *wrong])


@pytest.mark.parametrize("name", sorted(INTO))
async def test_a_package_runs_in_an_empty_project(name, tmp_path):
    """The README's first program: an answer, its price, and a thumb with its comment in the service's log.

    Which model answers is drawn, and a small one may be wrong.

    In the package is what runs, the README and the licence, and nothing else. It stands in this file, so that it comes
    after the client's own build: two builds of one client at once would trip over each other.
    """
    client = _here(name, tmp_path)
    assert await ran(client, client.build or ("true",)) is None
    run = INTO[name](tmp_path)
    settings = parse(
        {"storage": {"folder": str(tmp_path / "data")}, "server": {"port": 0}, "learner": {"enabled": False}}
    )
    async with running(settings) as service:
        printed = await run({"POINTSMAN_ADDRESS": service.address})
    for said in printed:
        assert re.search(r"Answer: \d+.* starter-\w+ \S*[0-9.]+([eE]-\d+)?\]?\n$", said, re.DOTALL), said
    with sqlite3.connect(tmp_path / "data" / "pointsman.db") as log:
        words = log.execute("SELECT source, value, comment FROM episode_feedback").fetchall()
    assert words == [("thumb", 1.0, "right and fast")] * len(printed)


def _here(name: str, built: Path) -> Client:
    """The client; where the machine lacks its programs the test is skipped, and fails in CI."""
    (client,) = clients([name], built)
    if client.missing:
        left_out = f"{' and '.join(client.missing)} not on the PATH; left out: the client for {name}"
        if os.environ.get("CI") == "true":
            pytest.fail(left_out)
        pytest.skip(left_out)
    return client
