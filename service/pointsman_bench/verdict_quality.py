"""How well the judges' combined verdict tells right answers from wrong: before each reference is revealed, or not.

Every recorded answer comes by once, in the seed's order, with its judges' verdicts; the learner says P(right) before it
may learn whether it was, which it does for a share of the answers. So nothing is judged by what it has seen.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pointsman_learner.belief.judges import scores_of
from pointsman_learner.events import EpisodeRecorded, FeedbackRecorded
from pointsman_learner.learner import Learner
from pointsman_learner.settings import LearnerSettings
from pointsman_learner.types import Constraints, FloatArray
from pointsman_service.errors import ConfigurationError

from pointsman_bench.conditions import TENANT
from pointsman_bench.episodes import call
from pointsman_bench.markdown import table
from pointsman_bench.measures import interval
from pointsman_bench.plan import Plan
from pointsman_bench.replay import new_learner
from pointsman_bench.report import clean
from pointsman_bench.source import Source, order_of, ordered
from pointsman_bench.stream import Stream

BINS = 10
REFRESH = 10
"""Queries between snapshots, whose decision an episode needs."""


def verdict_report(plan: Plan, source: Source, threshold: float) -> tuple[dict[str, Any], str]:
    """What belongs into report.json, and report.md. Raises ConfigurationError where no judge gives scores."""
    names = [j.name for j in source.stream.judges if j.name in source.stream.scores]
    if not names:
        raise ConfigurationError("--verdict-quality: name judges that give scores, with --judges")
    figures: dict[str, list[tuple[float, float]]] = {}
    for seed in range(plan.seeds):
        stream, _ = ordered(plan, source, seed)
        learner = new_learner(stream, LearnerSettings(), source.nodes, 1.0)
        believed, alone, right = believe_all(stream, learner, threshold, plan.feedback_rate, seed)
        judged = {name: stream.scores[name].ravel() for name in names}
        scored = np.isfinite(list(judged.values())).all(axis=0)
        rows = {
            "combined": believed,
            "judges alone": alone,
            "plain mean": np.mean(list(judged.values()), axis=0),
            **judged,
        }
        for name, scores in rows.items():
            found = auc(scores[scored], right[scored]), calibration_error(scores[scored], right[scored])
            figures.setdefault(name, []).append(found)
    return _told(plan, source.stream, threshold, figures)


def believe_all(
    stream: Stream, learner: Learner, threshold: float, revealed: float, seed: int
) -> tuple[FloatArray, FloatArray, NDArray[np.bool_]]:
    """(n * m,) P(right) as believed when the answer came by; by the judges alone, at even odds; whether it is right."""
    rng = np.random.default_rng((seed, 83))
    right = stream.table.scores >= threshold
    believed, alone = np.zeros(right.shape), np.zeros(right.shape)
    constraints = Constraints(judges=stream.judges, tenant=TENANT)
    snapshot = learner.snapshot()
    for t, context in enumerate(stream.contexts):
        if t % REFRESH == 0:
            snapshot = learner.snapshot()
        decision = snapshot.decide(context, constraints, rng)
        expected = learner.estimates.expect(context)
        for m, model in enumerate(stream.table.model_names):
            step = call(stream, t, model, 1.0, asked=tuple(stream.scores))
            belief = learner.estimates.beliefs.belief(expected, [step])
            assert belief is not None
            believed[t, m] = float(belief.quality[0])
            odds = learner.estimates.judges.log_odds(scores_of(step))
            alone[t, m] = 1.0 / (1.0 + np.exp(-odds))
            answer = EpisodeRecorded(f"e{t}-{m}", TENANT, float(t), context, decision, (step,), 0, "utility")
            learner.apply_one(answer)
            if rng.random() < revealed:
                said = FeedbackRecorded(f"f{t}-{m}", answer.episode_id, TENANT, float(t), "score", float(right[t, m]))
                learner.apply_one(said, answer)
    return believed.ravel(), alone.ravel(), right.ravel()


def auc(scores: ArrayLike, right: ArrayLike) -> float:
    """P(a right answer scores above a wrong one), ties counted half.

    >>> auc([0.1, 0.4, 0.4, 0.9], [False, True, False, True])
    0.875

    Mann & Whitney (1947).
    """
    s, r = np.asarray(scores, dtype=float), np.asarray(right, dtype=bool)
    values, index, count = np.unique(s, return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - (count - 1) / 2)[index]
    del values
    n1, n0 = int(r.sum()), int((~r).sum())
    return float((rank[r].sum() - n1 * (n1 + 1) / 2) / (n1 * n0)) if n1 and n0 else float("nan")


def calibration_error(believed: ArrayLike, right: ArrayLike) -> float:
    """Expected calibration error over BINS bins of equal width.

    >>> round(calibration_error([0.95, 0.95, 0.05], [True, False, False]), 3)
    0.317

    Naeini, Cooper & Hauskrecht (2015).
    """
    p, r = np.asarray(believed, dtype=float), np.asarray(right, dtype=float)
    bins = np.minimum((p * BINS).astype(int), BINS - 1)
    off = np.abs(np.bincount(bins, weights=r - p, minlength=BINS))
    return float(off.sum() / len(p))


def _told(
    plan: Plan, stream: Stream, threshold: float, figures: dict[str, list[tuple[float, float]]]
) -> tuple[dict[str, Any], str]:
    verdicts = {}
    for name, found in figures.items():
        (a, a_low, a_high), (e, e_low, e_high) = (interval([f[i] for f in found]) for i in (0, 1))
        verdicts[name] = {"auc": a, "auc_ci95": [a_low, a_high], "ece": e, "ece_ci95": [e_low, e_high]}
    report = {
        "table": stream.table.name,
        "queries": len(order_of(plan, stream.table, 0)),
        "models": list(stream.table.model_names),
        "judges": [j.name for j in stream.judges],
        "simulated": list(stream.simulated),
        "seeds": plan.seeds,
        "revealed": plan.feedback_rate,
        "reference_threshold": threshold,
        "verdicts": verdicts,
    }
    rows = ([name, f"{v['auc']:.4f}", f"{v['ece']:.4f}"] for name, v in verdicts.items())
    page = (
        f"# Verdicts: {stream.table.name}\n\nAnswers with a reference score of at least {threshold:g} are right. "
        f"{plan.seeds} seeds; the reference is revealed for {plan.feedback_rate:.0%} of answers, afterwards."
        f"\n\n{table(['score', 'AUC, prequential', 'calibration error'], rows)}\n"
    )
    return clean(report), page
