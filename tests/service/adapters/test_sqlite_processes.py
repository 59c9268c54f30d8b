"""Several processes on one file, and one that is killed amid its writes. Real processes, real kills."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from pointsman_learner.events import OperatorActed
from pointsman_service.adapters.sqlite.ceilings import Ceiling
from pointsman_service.adapters.sqlite.storage import open_storage
from pointsman_service.errors import BudgetExhausted
from pointsman_service.ports import NewEpisode

CONFTEST = Path(__file__).parents[2] / "conftest.py"

APPENDER = """
import asyncio, itertools, pathlib, runpy, sys
from pointsman_service.adapters.sqlite.storage import StorageSettings, open_storage
from pointsman_service.ports import NewEpisode

folder, conftest, name, count, synchronous = sys.argv[1:6]
maker = runpy.run_path(conftest)

async def main():
    storage = open_storage(pathlib.Path(folder), StorageSettings(synchronous=synchronous))
    numbers = iter(range(int(count))) if int(count) else itertools.count()
    async def worker():
        for i in numbers:
            episode = maker["make_episode"](f"{name}-{i}", request_id=f"{name}-{i}")
            position = await storage.log.append_episode(NewEpisode(episode, prompt="p" * 500))
            feedback = maker["make_feedback"](f"f-{name}-{i}", f"{name}-{i}")
            second, _ = await storage.log.append_feedback(feedback)
            sys.stdout.write(f"{name}-{i} {position} {second}\\n")
            sys.stdout.flush()
    await asyncio.gather(*(worker() for _ in range(8)))
    await storage.close()

asyncio.run(main())
"""

SPENDER = """
import asyncio, pathlib, sys
from pointsman_service.adapters.sqlite.storage import open_storage
from pointsman_service.errors import BudgetExhausted
from pointsman_service.ports import Reservation

async def main():
    storage = open_storage(pathlib.Path(sys.argv[1]))
    sys.stdin.readline()
    results = await asyncio.gather(
        *(storage.ledger.reserve("acme", 0.01, 100.0) for _ in range(80)), return_exceptions=True)
    await storage.close()
    print(sum(isinstance(r, Reservation) for r in results), sum(isinstance(r, BudgetExhausted) for r in results))

asyncio.run(main())
"""


def a_ceiling(usd: float) -> OperatorActed:
    """What an operator sets for "acme", dollars an hour."""
    put = {"tenants.acme": True, "tenants.acme.ceiling_usd": usd, "tenants.acme.period_s": 3600.0}
    return OperatorActed(1.0, "ann", "CreateTenant", put=put)


def start(code: str, *arguments: object) -> subprocess.Popen[str]:
    """A Python process that runs `code`, with pipes."""
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


@pytest.mark.parametrize("synchronous", ["full", "normal"])
async def test_every_acknowledged_event_survives_kill_9(tmp_path, synchronous):
    """A process is killed amid its traffic; what it had acknowledged is in the log, whole, and nothing is by half."""
    writer = start(APPENDER, tmp_path, CONFTEST, "w", 0, synchronous)
    acknowledged = [writer.stdout.readline() for _ in range(300)]
    os.kill(writer.pid, signal.SIGKILL)
    acknowledged += writer.stdout.read().splitlines(keepends=True)
    assert writer.wait() == -signal.SIGKILL
    if not acknowledged[-1].endswith("\n"):  # the kill cut the line, not the log
        acknowledged.pop()

    storage = open_storage(tmp_path)
    logged = {x.position: x for x in storage.log.read(0, limit=1_000_000)}
    assert sorted(logged) == list(range(1, len(logged) + 1))
    for line in acknowledged:
        episode_id, position, feedback_position = line.split()
        assert logged[int(position)].event.episode_id == episode_id
        assert logged[int(feedback_position)].event.request_id == f"f-{episode_id}"
        assert logged[int(feedback_position)].episode.episode_id == episode_id
        stored = await storage.log.episode_of_request("acme", episode_id)
        assert (stored.position, stored.prompt) == (int(position), "p" * 500)
    assert await storage.log.end() == len(logged)
    await storage.close()


async def test_a_reader_never_misses_a_position_that_commits_later(tmp_path):
    """Two processes append while a third follows the log: it sees every position once, in order, without a gap."""
    storage = open_storage(tmp_path)
    writers = [start(APPENDER, tmp_path, CONFTEST, name, 150, "full") for name in ("a", "b")]
    seen: list[int] = []
    ids: set[str] = set()
    while len(seen) < 2 * 2 * 150:
        page = storage.log.read(seen[-1] if seen else 0, limit=37)
        seen += [x.position for x in page]
        ids |= {x.event.episode_id for x in page}
        await asyncio.sleep(0.0 if page else 0.001)  # a look that never rests takes the writers' time
        assert any(w.poll() is None for w in writers) or page or len(seen) == 600, "the writers died"
    outputs = [w.communicate()[0].split("\n") for w in writers]
    assert [w.returncode for w in writers] == [0, 0]
    assert seen == list(range(1, 601))
    assert ids == {line.split()[0] for output in outputs for line in output if line}
    await storage.close()


async def test_a_request_id_is_answered_once_over_all_processes(tmp_path, an_episode):
    """Two workers get the same retry: the second is told of the first one's episode."""
    first, second = open_storage(tmp_path), open_storage(tmp_path)
    results = await asyncio.gather(
        first.log.append_episode(NewEpisode(an_episode("e1", request_id="r"))),
        second.log.append_episode(NewEpisode(an_episode("e2", request_id="r"))),
        return_exceptions=True,
    )
    assert sorted(type(r).__name__ for r in results) == ["DuplicateRequest", "int"]
    await first.close()
    await second.close()


async def test_a_ceiling_holds_over_processes(tmp_path):
    """Three processes ask at once for more than there is: together they get exactly the ceiling."""
    first = open_storage(tmp_path)
    await first.log.append(a_ceiling(1.0))
    await first.close()
    spenders = [start(SPENDER, tmp_path) for _ in range(3)]
    for spender in spenders:
        spender.stdin.write("go\n")
        spender.stdin.flush()
    counts = [tuple(map(int, spender.communicate()[0].split())) for spender in spenders]
    assert sum(granted for granted, _ in counts) == 100
    assert sum(refused for _, refused in counts) == 3 * 80 - 100
    storage = open_storage(tmp_path)
    with pytest.raises(BudgetExhausted):
        await storage.ledger.reserve("acme", 0.01, 100.0)
    await storage.close()


async def test_a_pin_and_a_ceiling_are_seen_by_every_process_at_once(tmp_path):
    """What an operator sets in one worker holds in all of them."""
    first, second = open_storage(tmp_path), open_storage(tmp_path)
    first.snapshots.put(b"one", 1, 1.0)
    first.snapshots.put(b"two", 2, 2.0)
    first.snapshots.activate(1, 3.0)
    assert second.snapshots.active_version() == 1
    await first.log.append(a_ceiling(0.5))
    assert second.ledger.ceiling("acme") == Ceiling(0.5, 3600.0, "acme")
    await first.close()
    await second.close()
