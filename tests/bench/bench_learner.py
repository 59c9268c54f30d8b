"""What deciding, learning and replaying take of a processor: without a service, in this process.

python -m tests.bench.bench_learner
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy loads, as services and benches have it

import sys
import time
from collections.abc import Callable, Sequence

import numpy as np
from msgspec.structs import replace
from pointsman_learner.context.query import make_context
from pointsman_learner.events import ModelPut
from pointsman_learner.learner import Learner
from pointsman_learner.snapshot import Snapshot
from pointsman_learner.types import Constraints, Context
from pointsman_service.adapters.embedder_wordllama import shared_embedder
from pointsman_service.replay.tables import load_table

from tests.learner.golden.__main__ import STARTER
from tests.learner.golden.log import JUDGES, GoldenLog

QUERIES = 500
"""Of the mixed log: as many episodes, with feedback, outcomes, and changes of configuration between."""
MODELS = (5, 9, 20, 80)
TOKENS = (30, 300, 3_000, 30_000)
TYPICAL_TOKENS = 30
SENTENCE = "Explain in two sentences how a hash table resolves collisions and which way you would choose. "
REPEATS = 5


def quickest_us(call: Callable[[int], object], n: int) -> float:
    """Microseconds of a call, in the quickest of some runs of n: noise only adds."""
    found = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        for i in range(n):
            call(i)
        found.append((time.perf_counter() - began) / n * 1e6)
    return min(found)


def mixed_log() -> GoldenLog:
    """Made without the learner, of the starter table."""
    return GoldenLog(load_table(STARTER, read_texts=False).complete(), QUERIES)


def events_per_s(log: GoldenLog) -> float:
    """Folded a CPU second, from nothing."""
    events = list(log.events())
    learner = Learner()
    began = time.process_time()
    for event, about in events:
        learner.apply_one(event, about)
    return len(events) / (time.process_time() - began)


def snapshot_of(models: int) -> Snapshot:
    """Of a learner that has so many models and learnt the mixed log of them."""
    table = load_table(STARTER, read_texts=False).complete()
    learner = Learner()
    for event, about in GoldenLog(table, QUERIES).events():
        learner.apply_one(event, about)
    names = [m for m in learner.estimates.models if m.enabled]
    for m in names[models:]:
        learner.apply_one(ModelPut(0.0, replace(m, enabled=False)))
    for k in range(models - len(names)):
        learner.apply_one(ModelPut(0.0, replace(names[k % len(names)], name=f"more-{k}")))
    return learner.snapshot()


def text_of(tokens: int) -> str:
    """So long, at four characters a token."""
    return (SENTENCE * (4 * tokens // len(SENTENCE) + 1))[: 4 * tokens]


def context_of(text: str) -> Context:
    """As the service makes it."""
    embedder = shared_embedder()
    return make_context(text, {}, embedder.embed(text), embedder.feature_version)


def decide_us(snapshot: Snapshot, tokens: int = TYPICAL_TOKENS, n: int = 200) -> float:
    """Microseconds of one decision, embedding included: another text each time."""
    rng, constraints = np.random.default_rng(0), Constraints(judges=JUDGES, cost_weight=20.0, max_steps=4)
    texts = [f"{i} {text_of(tokens)}" for i in range(n)]
    return quickest_us(lambda i: snapshot.decide(context_of(texts[i]), constraints, rng), n)


def run() -> dict[str, float]:
    """Everything."""
    found = {"events_per_s": events_per_s(mixed_log())}
    of_nine = snapshot_of(9)
    for models in MODELS:
        found[f"decide_us_{models}_models"] = decide_us(of_nine if models == 9 else snapshot_of(models))
    for tokens in TOKENS:
        found[f"decide_us_{tokens}_tokens"] = decide_us(of_nine, tokens, n=200 if tokens < 3_000 else 20)
    return found


def main(argv: Sequence[str] = ()) -> None:
    """Print the figures."""
    del argv
    for name, value in run().items():
        sys.stdout.write(f"{name:<24} {value:>10.1f}\n")


if __name__ == "__main__":
    main()
