"""A refold of a long log, killed in its middle: how much the next start folds again, and how fast a fold is.

POINTSMAN_REFOLD_EPISODES sets the log's length; 100,000 take some ten minutes.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import dataclass

from pointsman_learner.codec import encode
from pointsman_service.adapters.sqlite.storage import open_storage
from pointsman_service.config import parse
from pointsman_service.ports import NewEpisode
from pointsman_service.process.declaring import declare

EPISODES = int(os.environ.get("POINTSMAN_REFOLD_EPISODES", "4000"))
SAVE_S = 1.0


@dataclass(frozen=True, slots=True)
class Saved:
    """A checkpoint: the position that it is the fold of."""

    position: int


def saved(folder) -> Saved:
    """The newest checkpoint's."""
    with sqlite3.connect(folder / "pointsman.db", timeout=30) as db:
        row = db.execute("SELECT max(position) FROM checkpoints").fetchone()
    db.close()
    return Saved(row[0] or 0)


def until_saved(folder, position) -> float:
    """Wait for a checkpoint at or beyond a position; seconds that it took."""
    start = time.perf_counter()
    while saved(folder).position < position:
        time.sleep(0.05)
    return time.perf_counter() - start


async def fill(folder, settings, an_episode) -> int:
    """A log of so many episodes that no learner has read; its last position."""
    await declare(settings)
    storage = open_storage(folder)
    for first in range(0, EPISODES, 200):
        names = range(first, min(first + 200, EPISODES))
        await asyncio.gather(*(storage.log.append_episode(NewEpisode(an_episode(f"e{i}"))) for i in names))
    end = await storage.log.end()
    await storage.close()
    return end


def learner(settings) -> subprocess.Popen:
    """As the service starts it."""
    child = subprocess.Popen(
        [sys.executable, "-m", "pointsman_service.process.learner"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    child.stdin.write(settings.model_dump_json().encode() + b"\n")
    child.stdin.flush()
    return child


def test_a_refold_that_is_killed_goes_on(tmp_path, an_episode, record_property, capsys):
    """The next start begins at the last checkpoint, not at the log's first event."""
    storage = {"folder": str(tmp_path), "synchronous": "normal"}
    settings = parse({"storage": storage, "learner": {"checkpoint_interval_s": SAVE_S}})
    end = asyncio.run(fill(tmp_path, settings, an_episode))
    child = learner(settings)
    until_saved(tmp_path, end // 2)
    child.send_signal(signal.SIGKILL)
    child.wait()
    amid = saved(tmp_path).position
    again = learner(settings)
    rest_s = until_saved(tmp_path, end)
    again.terminate()
    assert again.wait(20) == 0
    report = (
        f"{end} events, {len(encode(an_episode('e')))} bytes an episode; killed with {amid} saved;"
        f" the next start folded {end - amid} in {rest_s:.1f} s, its own start included"
    )
    record_property("refold", report)
    with capsys.disabled():
        sys.stdout.write(f"\n{report}\n")
    assert end // 2 <= amid < end
