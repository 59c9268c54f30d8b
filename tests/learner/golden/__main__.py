"""Digests of the learner's state and decisions on a fixed log: a move that should change nothing changes none of them.

    python -m tests.learner.golden                                  on the starter table, some seconds
    python -m tests.learner.golden --table FOLDER --queries 1500    on an outcome table, some minutes
    python -m tests.learner.golden --without                        with every part switched off in turn, too
    python -m tests.learner.golden --each                           a digest for each part of the state

Digests are equal to the bit on one machine with one NumPy; another machine's last bits may differ. Take the reference
where the change is tried, before it.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy loads

import argparse
import hashlib
import time
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from importlib import import_module
from pathlib import Path

from pointsman_learner.learner import JOBS, Learner
from pointsman_learner.parts import Parts
from pointsman_learner.settings import LearnerSettings
from pointsman_service.replay.outcome_table import OutcomeTable
from pointsman_service.replay.tables import load_table

from tests.learner.golden.decisions import decisions
from tests.learner.golden.log import GoldenLog
from tests.learner.golden.state import state_of

STARTER = Path(__file__).parents[3] / "service/pointsman_service/replay/starter"
JOBS_EVERY = 150
"""Events after which each scheduled job is asked what it would change; what it would is applied."""


@dataclass
class Golden:
    """A log's fold and the decisions on it. events: folded; fold_s, decide_s: CPU seconds that either took."""

    learner: Learner
    proposed: list[str]
    events: int
    fold_s: float
    state: str = ""
    decided: str = ""
    read_back: str = ""
    decide_s: float = 0.0


def golden(table: OutcomeTable, queries: int, number: int, seed: int = 0, parts: Parts = Parts()) -> Golden:  # noqa: B008
    """Fold a log of so many queries and take so many decisions on what was learnt."""
    log = GoldenLog(table, queries, seed)
    found = fold(log, LearnerSettings(parts=parts))
    found.state = digest(name.encode() + content for name, content in state_of(found.learner))
    taken = found.learner.snapshot()
    names = table.model_names
    start = time.process_time()
    texts = list(decisions(taken, log.queries, names, number, seed))
    found.decide_s = time.process_time() - start
    found.decided = digest([*(p.encode() for p in found.proposed), *texts])
    again = type(taken).from_bytes(taken.to_bytes(), 7)
    found.read_back = digest(decisions(again, log.queries, names, number // 4, seed))
    return found


def fold(log: GoldenLog, settings: LearnerSettings) -> Golden:
    """Learn the log, and let the jobs do their work."""
    import_module("river.linear_model")  # what is imported when it is first needed is no part of the time
    import_module("river.drift")
    learner, proposed, events = Learner(settings), [], 0
    start = time.process_time()
    for event, episode in log.events():
        learner.apply_one(event, episode)
        events += 1
        for job in JOBS if events % JOBS_EVERY == 0 else ():
            if (change := learner.propose(job, float(events), log.totals)) is not None:
                proposed.append(repr(change))
                learner.apply_one(change)
    return Golden(learner, proposed, events, time.process_time() - start)


def digest(parts: Iterable[bytes]) -> str:
    """Hex sha256, the first 16."""
    whole = hashlib.sha256()
    for part in parts:
        whole.update(part)
        whole.update(b"\0")
    return whole.hexdigest()[:16]


def _line(name: str, found: Golden, number: int) -> str:
    speed = f"{found.events / found.fold_s:.0f} events/s, {1e3 * found.decide_s / number:.3f} ms a decision"
    jobs = f"{len(found.proposed)} changes by jobs"
    return f"{name:16} state {found.state}  decisions {found.decided}  read back {found.read_back}  {jobs}, {speed}"


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--table", type=Path, default=STARTER, help="folder of an outcome table")
    parser.add_argument("--pool", type=lambda text: tuple(text.split(",")), help="models of it, with commas between")
    parser.add_argument("--queries", type=int, default=240)
    parser.add_argument("--decisions", type=int, default=2000)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--without", action="store_true")
    parser.add_argument("--each", action="store_true")
    asked = parser.parse_args()
    table = load_table(asked.table, pool=asked.pool, read_texts=False).complete()
    for seed in range(asked.seeds):
        found = golden(table, asked.queries, asked.decisions, seed)
        print(_line(f"unified, seed {seed}", found, asked.decisions))  # noqa: T201
        for name, content in state_of(found.learner) if asked.each else ():
            print(f"  {name:24} {digest([content])}")  # noqa: T201
    for part in fields(Parts) if asked.without else ():
        off = replace(Parts(), **{part.name: False})
        found = golden(table, asked.queries // 2, asked.decisions // 4, 0, off)
        print(_line(f"-{part.name}", found, asked.decisions // 4))  # noqa: T201


if __name__ == "__main__":
    main()
