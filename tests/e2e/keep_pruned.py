"""Writes the folder that a release left behind pruned: what an upgrade has to go on from.

Only the code of that release can write it, in an environment of its own:

    git worktree add --detach /tmp/released COMMIT_OF_THE_RELEASE
    make -C /tmp/released install
    /tmp/released/.venv/bin/python tests/e2e/keep_pruned.py 0.2.0

A service lives on two models of the starter table, with a tenant that has a budget; the job `prune` removes nearly all
of its log; it lives on, and stops. Beside the folder stands what the release expected of each query that its log still
has, by the state that pruning left: `expected.json`. As a release's log, it is written once.
"""

from __future__ import annotations

import asyncio
import io
import json
import lzma
import sqlite3
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from pointsman import AsyncClient, v1
from pointsman_learner.learner import Learner
from pointsman_service.config import parse
from pointsman_service.process.compose import running
from pointsman_service.process.fold import Mark
from pointsman_service.process.opening import storage_of
from pointsman_service.replay.sources import open_table

LOGS = Path(__file__).parent / "logs"
MODELS = ["starter-small", "starter-large"]
PRUNED, KEPT = 72, 6  # queries: enough to find clusters of the traffic among
TAXONOMY = """
[[node]]
id = "numbers"
title = "Numbers"
description = "Problems that have a number as their answer."

[[node]]
id = "numbers.stories"
title = "Word problems"
description = "A short story with numbers and a question."
examples = ["A train leaves at 9:00 and arrives at 11:20. How long does it take?"]

[[node]]
id = "words"
title = "Words"
description = "Texts that are translated, rewritten, summed up or sorted."
examples = ["Translate into French: Where is the station?"]
"""
EXPECTED = ("quality", "sd", "cost", "latency", "share", "mean", "var")


def settings_in(folder: Path) -> Any:
    """Of a service that keeps a log for a tenth of a second."""
    taxonomy = folder.parent / "taxonomy.toml"
    taxonomy.write_text(TAXONOMY, encoding="utf-8")
    return parse(
        {
            "server": {"port": 0},
            "storage": {"folder": str(folder), "retention_days": 1e-6},
            "learner": {"taxonomy": str(taxonomy), "policy": {"exploration": 0.05}},
            "replay": {"pool": MODELS},
            "tenants": {"team-a": {"usd_per_thousand": 0.5}},
        }
    )


def prompts() -> Iterator[str]:
    """Recorded ones first, then ones that no model was recorded on."""
    recorded = list(open_table("starter").prompts)
    yield from recorded
    yield from (f"{prompt} Answer briefly." for prompt in recorded)


async def ask(client: AsyncClient, prompt: str, n: int) -> None:
    """One query, and what somebody says of every third answer."""
    answer = await client.complete(prompt, request_id=f"kept-{n}")
    if n % 3 == 0:
        await client.feedback(answer.episode_id, thumb=n % 4 != 0, request_id=f"kept-{n}")


async def live(settings: Any) -> None:
    """Be asked, prune, be asked."""
    asked = list(prompts())[: PRUNED + KEPT]
    async with running(settings) as service, AsyncClient(service.address, tenant="team-a") as client:
        for n, prompt in enumerate(asked[:PRUNED]):
            await ask(client, prompt, n)
        await _until(settings, lambda storage, end: any(s.position == end for s in storage.snapshots.list(1)))
        await client.call(v1.RunJobRequest(job="prune"))
        await _until(settings, lambda storage, _end: storage.checkpoints.base() is not None)
        for n, prompt in enumerate(asked[PRUNED:], PRUNED):
            await ask(client, prompt, n)


async def _until(settings: Any, holds: Callable[[Any, int], bool]) -> None:
    """Wait for what the learner does; holds: of the storage and the log's end. Raises TimeoutError."""
    storage = storage_of(settings)
    async with asyncio.timeout(300.0):
        while not holds(storage, await storage.log.end()):  # noqa: ASYNC110 - another process does it
            await asyncio.sleep(0.2)
    await asyncio.sleep(2.0)  # for the rest of what it does
    await storage.close()


async def live_and_tell(settings: Any) -> dict[str, Any]:
    """Be asked; then what the release says, by the state that pruning left, of what is still in the log."""
    await live(settings)
    storage = storage_of(settings)
    base = storage.checkpoints.base()
    assert base is not None, "nothing was pruned"
    episodes = [(e.position, e.event.context) for e in storage.log.read(0, 1000) if e.event.kind == "episode"]
    await storage.close()
    return told(Mark.from_bytes(base[0]), episodes)


def told(mark: Mark, episodes: Sequence[tuple[int, Any]]) -> dict[str, Any]:
    """What a state says of the contexts of episodes at these positions, and of all of them."""
    learner = Learner.from_bytes(mark.state)
    k = learner.known
    found = {
        position: {name: getattr(k.expect(context), name).tolist() for name in EXPECTED}
        for position, context in episodes
    }
    return {
        "position": mark.position,
        "models": [m.name for m in k.models],
        "episodes": found,
        "joint": [k.joint.rho, k.joint.collides, k.joint.differs],
        "cost_weight": k.cost_weight("team-a", None),
        "format_odds": [k.judges.log_odds({"format": s}, 0) for s in (0.0, 1.0)],
        "labels": k.labels,
        "answered": k.episodes,
        "events": learner.events,
        "residuals": len(learner.growth.lessons),
        "decisions": len(learner.record.decisions),
    }


def _leave_one(folder: Path) -> None:
    """Of checkpoints the one that pruning made, of snapshots the active one: as after a stop at once, and small."""
    with sqlite3.connect(folder / "pointsman.db") as log:
        ((through,),) = log.execute("SELECT through FROM pruned")
        log.execute("DELETE FROM checkpoints WHERE position != ?", (through,))
        log.execute("DELETE FROM snapshots WHERE version != (SELECT max(version) FROM snapshots)")
        log.commit()
        log.execute("PRAGMA journal_mode = delete")
        log.execute("VACUUM")
        for table in ("checkpoints", "snapshots"):
            named = {name for (name,) in log.execute(f"SELECT file FROM {table}")}
            for file in (folder / table).iterdir():
                if file.name not in named:
                    file.unlink()


def main(version: str) -> None:
    """Write logs/VERSION-pruned.tar.xz. Raises FileExistsError where that release has one."""
    kept = LOGS / f"{version}-pruned.tar.xz"
    if kept.exists():
        raise FileExistsError(f"{kept}: what a release left is written once")
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made) / "data"
        settings = settings_in(folder)
        expected = json.dumps(asyncio.run(live_and_tell(settings)), indent=1).encode()
        _leave_one(folder)
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as tar:
            for part in ("pointsman.db", "checkpoints", "snapshots"):
                tar.add(folder / part, f"data/{part}")
            tar.add(folder.parent / "taxonomy.toml", "taxonomy.toml")
            about = tarfile.TarInfo("expected.json")
            about.size = len(expected)
            tar.addfile(about, io.BytesIO(expected))
        kept.write_bytes(lzma.compress(packed.getvalue(), preset=9 | lzma.PRESET_EXTREME))


if __name__ == "__main__":
    main(sys.argv[1])
