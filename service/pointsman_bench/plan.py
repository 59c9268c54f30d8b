"""What one bench run is to do, and the fingerprint by which an interrupted one is continued."""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar

import pointsman_learner
import pointsman_service
from pointsman_learner.types import Constraints
from pointsman_service.errors import ConfigurationError
from pointsman_service.replay.known_outcomes import DEFAULT_SIZE
from pointsman_service.replay.tables import FILES

from pointsman_bench.events import StreamEvent
from pointsman_bench.jobs import GROWTH, QUERIES_PER_DAY

ON, OFF = "on", "off"
"""Of --priors."""

_Value = TypeVar("_Value", str, float)


@dataclass(frozen=True, slots=True)
class Plan:
    """All that decides the figures.

    budgets: dollars per 1,000 queries. order: query ids, or None for the seed's shuffle (`shuffle`) or the table's own
    order. measure_from: first query that counts, absolute or as a fraction below 1; None for the middle.
    wrong_judge: category on which judges are inverted; flip: share of feedback that is; malice: answers of its own that
    a caller of another tenant thumbs down just before the first query that counts. warm_start: share of each
    stream that the learner knows beforehand, as a prior of `effective_sample_size` outcomes a model, and that is not
    replayed. jobs: the scheduled jobs that the learner runs, at the service's intervals under so many queries_per_day.
    baseline: as `baseline_of` takes it; alpha: share of its utility that may be lost to learning. together: queries
    that the learner decides as one batch. latency_weight: mu, utility per second that the learner's queries ask for.
    subsample: queries of the table, drawn by the seed, that each stream is made of. priors: "on" for what the public
    results that ship foretell, "off", or another table's file.
    """

    table: str
    pool: tuple[str, ...] | None = None
    with_responses: bool = False
    judges: str = "none"
    judge_model: str | None = None
    judge_cost: float | None = None
    policies: tuple[str, ...] = ()
    budgets: tuple[float, ...] = ()
    seeds: int = 3
    feedback_rate: float = 0.2
    feedback_delay: int = 50
    flip: float = 0.0
    malice: int = 0
    wrong_judge: str | None = None
    order: tuple[str, ...] | None = None
    shuffle: bool = True
    measure_from: float | None = None
    limit: int | None = None
    events: tuple[StreamEvent, ...] = field(default=())
    warm_start: float = 0.0
    effective_sample_size: float = DEFAULT_SIZE
    jobs: tuple[str, ...] = (GROWTH,)
    queries_per_day: float = QUERIES_PER_DAY
    baseline: str | None = None
    alpha: float = Constraints().alpha
    together: int = 1
    priors: str = OFF
    latency_weight: float | None = None
    subsample: int | None = None

    def __post_init__(self) -> None:
        checks = (
            (self.pool is None or len(self.pool) > 0, "--pool: names no model"),
            (not (twice := named_twice(self.pool or ())), f"--pool: named twice: {', '.join(twice)}"),
            (self.seeds >= 1, "--seeds: at least 1"),
            (0 <= self.feedback_rate <= 1, "--feedback-rate: a share from 0 to 1"),
            (self.feedback_delay >= 0, "--feedback-delay: a number of queries, 0 or more"),
            (0 <= self.flip <= 1, "--flip: a share from 0 to 1"),
            (self.malice >= 0, "--malice: a number of answers, 0 or more"),
            (all(0 < b < math.inf for b in self.budgets), "--budget: dollars per 1,000 queries, above 0 and finite"),
            (not (again := named_twice(self.budgets)), f"--budget: given twice: {', '.join(f'{b:g}' for b in again)}"),
            (0 <= self.warm_start < 1, "--warm-start: a share of the stream, from 0 to below 1"),
            (
                0 < self.effective_sample_size < math.inf,
                "--effective-sample-size: outcomes a model, above 0 and finite",
            ),
            (self.limit is None or self.limit >= 2, "--limit: at least 2 queries"),
            (self.subsample is None or self.subsample >= 2, "--subsample: at least 2 queries"),
            (self.subsample is None or self.order is None, "--subsample: not together with --order, which names all"),
            (0 < self.queries_per_day < math.inf, "--queries-per-day: above 0 and finite"),
            (0 <= self.alpha < 1, "--alpha: a share from 0 to below 1"),
            (
                self.latency_weight is None or 0 <= self.latency_weight < math.inf,
                "--latency-weight: utility per second, 0 or more and finite",
            ),
            (self.together >= 1, "--together: a number of queries, at least 1"),
            (
                self.judge_cost is None or 0 <= self.judge_cost < math.inf,
                "--judge-cost: dollars per 1,000 verdicts, 0 or more and finite",
            ),
            (
                self.measure_from is None or 0 <= self.measure_from < math.inf,
                "--measure-from: a position, 0 or more and finite",
            ),
        )
        for right, why in checks:
            if not right:
                raise ConfigurationError(why)

    def first_measured(self, queries: int) -> int:
        """Index of the first query that counts."""
        start = 0.5 if self.measure_from is None else self.measure_from
        return min(int(start * queries) if start < 1 else int(start), queries - 1)

    def fingerprint(self) -> str:
        """Changes with the code, the table's files and whatever in the plan could change one result."""
        facts = asdict(self)
        for name in ("policies", "budgets", "seeds"):
            facts.pop(name)
        said = json.dumps(facts, sort_keys=True, default=str)
        priors = "" if self.priors in {ON, OFF} else Path(self.priors).read_text(encoding="utf-8")
        return hashlib.sha256((said + priors + _code() + _files(self.table)).encode()).hexdigest()[:16]


def named_twice(values: Sequence[_Value]) -> list[_Value]:
    """What is among the values more than once, each a single time.

    >>> named_twice(["a", "b", "a", "a"])
    ['a']
    """
    return [value for value, times in Counter(values).items() if times > 1]


@cache
def _code() -> str:
    """Digest of the sources of learner, service and bench and of their data, as they were when first asked for."""
    digest = hashlib.sha256()
    roots = (Path(pointsman_learner.__file__).parent, Path(pointsman_service.__file__).parent, Path(__file__).parent)
    for root in roots:
        for source in sorted(p for p in root.rglob("*") if p.suffix in {".py", ".toml"}):
            digest.update(source.read_bytes())
    return digest.hexdigest()


@cache
def _files(table: str) -> str:
    """Digest of the table's files, as they were when first asked for; of one that a package carries, its version."""
    if not Path(table).is_dir():
        return version(table)
    digest = hashlib.sha256()
    for file in sorted(p for p in Path(table).iterdir() if p.name.partition(".")[0] in FILES):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Job:
    """One replay.

    budget: dollars per 1,000 queries; world: how many of the events are in force from the start on (the
    learner of hindsight), None where they happen when they happen.
    """

    policy: str
    budget: float
    seed: int
    world: int | None = None

    @property
    def file_name(self) -> str:
        """Of its stored trace."""
        readable = "".join(c if c.isalnum() or c in "-." else "_" for c in self.policy)[:60]
        digest = hashlib.sha256(repr(self).encode()).hexdigest()[:8]
        return f"{readable}-{self.budget:g}-{self.seed}-{digest}.npz"
