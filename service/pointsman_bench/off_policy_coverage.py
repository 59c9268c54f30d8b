"""Whether off-policy intervals keep their promise: logs drawn from recorded outcomes, where the answer is known.

One half of the queries fits a predictor per model. A logging policy explores around it by inverse-gap weighting; a
target policy, greedy on another predictor that saw half as much, is to be valued. Each replay draws queries from the
other half with replacement, logs one model's outcome for each, and estimates the target's mean; its true mean on that
half is known, since every model's outcome is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pointsman_learner.evaluation.off_policy import Estimate, doubly_robust, ips, snips
from pointsman_learner.exploration.inverse_gap import inverse_gap
from pointsman_learner.types import FloatArray
from pointsman_service.ports import Embedder
from pointsman_service.replay.outcome_table import OutcomeTable

from pointsman_bench.markdown import table as as_table
from pointsman_bench.stream import contexts_of

LOGGED = 1000
"""Decisions in one log."""
GAMMA = 20.0
CONTROL = 0.1
RIDGE = 10.0


def coverage_report(table: OutcomeTable, embedder: Embedder, replays: int, seed: int = 0) -> tuple[dict[str, Any], str]:
    """What belongs into report.json, and report.md."""
    truth, found = covered(table, embedder, replays, seed)
    estimators = {
        name: {
            "coverage": float(np.mean([e.low <= truth <= e.high for e in each])),
            "width": float(np.mean([e.high - e.low for e in each])),
            "bias": float(np.mean([e.mean for e in each]) - truth),
        }
        for name, each in found.items()
    }
    report = {
        "table": table.name,
        "models": list(table.model_names),
        "replays": replays,
        "logged": LOGGED,
        "confidence": 0.95,
        "truth": truth,
        "estimators": estimators,
    }
    rows = ([name, f"{e['coverage']:.1%}", f"{e['width']:.4f}", f"{e['bias']:+.4f}"] for name, e in estimators.items())
    page = (
        f"# Off-policy estimates: {table.name}\n\n{replays} logs of {LOGGED} decisions each, simulated from recorded "
        f"outcomes; the target policy's true mean quality is {truth:.4f}. 95 % intervals.\n\n"
        f"{as_table(['estimator', 'covers it', 'mean width', 'bias'], rows)}\n"
    )
    return report, page


def covered(
    table: OutcomeTable, embedder: Embedder, replays: int, seed: int
) -> tuple[float, dict[str, list[Estimate]]]:
    """The target's true mean, and every replay's estimates."""
    rng = np.random.default_rng((seed, 84))
    router = exploring_router(table, embedder, rng)
    predicted, logging, scores = router.predicted, router.chances, router.scores
    half = router.fitted[: max(1, len(router.fitted) // 2)]
    other = _predict(router.x[half], table.scores[half], router.x[router.held])
    target = np.eye(len(table.models))[other.argmax(axis=1)]
    truth = float((target * scores).sum(axis=1).mean())
    found: dict[str, list[Estimate]] = {"ips": [], "snips": [], "doubly_robust": []}
    for _ in range(replays):
        i = rng.integers(len(scores), size=LOGGED)
        chosen = (logging[i].cumsum(axis=1) > rng.random((LOGGED, 1))).argmax(axis=1)
        reward, p, t = scores[i, chosen], logging[i, chosen], target[i, chosen]
        found["ips"].append(ips(reward, p, t))
        found["snips"].append(snips(reward, p, t))
        mixed = (target[i] * predicted[i]).sum(axis=1)
        found["doubly_robust"].append(doubly_robust(reward, p, t, predicted[i, chosen], mixed))
    return truth, found


@dataclass(frozen=True, slots=True)
class ExploringRouter:
    """A router that was fitted on one half of the queries, and explores around what it foretells of the other.

    x: (n, F) features of all; fitted, held: rows of the halves. Of the held half, (k, m) each: scores, what was
    recorded; predicted, what it foretells of them; chances, how likely it calls each model.
    """

    x: FloatArray
    fitted: NDArray[np.intp]
    held: NDArray[np.intp]
    scores: FloatArray
    predicted: FloatArray
    chances: FloatArray


def exploring_router(table: OutcomeTable, embedder: Embedder, rng: np.random.Generator) -> ExploringRouter:
    """By inverse-gap weighting, and a share of chances evenly. rng: of the halves."""
    x = np.array([[*c.embedding, *c.surface, 1.0] for c in contexts_of(table, embedder)], dtype=float)
    rows = rng.permutation(len(table))
    fitted, held = rows[: len(rows) // 2], rows[len(rows) // 2 :]
    predicted = _predict(x[fitted], table.scores[fitted], x[held])
    everyone = np.ones(len(table.models), dtype=bool)
    drawn = np.array([inverse_gap(q, GAMMA, everyone) for q in predicted])
    chances = (1 - CONTROL) * drawn + CONTROL / len(table.models)
    return ExploringRouter(x, fitted, held, table.scores[held], predicted, chances)


def _predict(x: FloatArray, y: FloatArray, at: FloatArray) -> FloatArray:
    """(k, m) what is foretold at k queries of m models: ridge regressions around each model's mean, in [0, 1]."""
    mean = y.mean(axis=0)
    theta = np.linalg.solve(x.T @ x + RIDGE * np.eye(x.shape[1]), x.T @ (y - mean))
    return np.asarray(np.clip(mean + at @ theta, 0.0, 1.0), dtype=float)
