"""Judges of a replay: real ones on recorded texts, recorded verdicts, or simulated ones that are named so."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pointsman_learner.belief.judges import AGREEMENT
from pointsman_learner.normal import cdf, quantile
from pointsman_learner.types import FloatArray, Judge
from pointsman_service.errors import ConfigurationError
from pointsman_service.ports import Embedder
from pointsman_service.replay.outcome_table import OutcomeTable

from pointsman_bench.stream import Stream, contexts_of, format_scores, keys_of


@dataclass(frozen=True, slots=True)
class JudgeSpec:
    """What --judges asked for. names: of real and recorded judges; simulated: (AUC, correlation, how many)."""

    names: tuple[str, ...] = ()
    simulated: tuple[float, float, int] | None = None

    @classmethod
    def parse(cls, text: str) -> JudgeSpec:
        """From "none", "format,agreement", names of recorded judges, or "simulated:AUC,CORRELATION,N".

        >>> JudgeSpec.parse("simulated:0.85,0.5,3").simulated
        (0.85, 0.5, 3)
        """
        if text == "none":
            return cls()
        if text.startswith("simulated:"):
            try:
                auc, correlation, number = text.removeprefix("simulated:").split(",")
                spec = (float(auc), float(correlation), int(number))
            except ValueError:
                raise ConfigurationError(f"--judges {text}: write simulated:AUC,CORRELATION,N") from None
            if not (0.5 < spec[0] < 1 and 0 <= spec[1] <= 1 and spec[2] >= 1):
                raise ConfigurationError(f"--judges {text}: AUC in (0.5, 1), correlation in [0, 1], at least one judge")
            return cls(simulated=spec)
        return cls(names=tuple(n.strip() for n in text.split(",") if n.strip()))


def prepare(
    table: OutcomeTable,
    embedder: Embedder,
    spec: JudgeSpec,
    verdict_cost_usd: float,
    verdict_ms: float | None = None,
) -> Stream:
    """Work out contexts, keys and judges' scores.

    verdict_cost_usd, verdict_ms: what one recorded or simulated verdict costs, and takes, None where nobody knows.
    """
    contexts = contexts_of(table, embedder)
    judges: list[Judge] = []
    scores: dict[str, FloatArray] = {}
    keys = None
    for name in spec.names:
        if name in {"format", AGREEMENT} and not table.responses.recorded.any():
            raise ConfigurationError(f"--judges {name}: judges recorded texts, and {table.name} has none of this pool")
        if name == AGREEMENT:
            keys = keys_of(table)
            judges.append(Judge(AGREEMENT))
        elif name == "format":
            scores[name] = format_scores(table)
            judges.append(Judge(name))
        elif name in table.verdicts:
            scores[name] = table.verdicts[name]
            judges.append(Judge(name, verdict_cost_usd, verdict_ms or 0.0))
        else:
            known = ", ".join(["format", AGREEMENT, "simulated:AUC,CORRELATION,N", *table.verdicts])
            raise ConfigurationError(f"--judges: {name!r} is unknown; this table has {known}")
    simulated: tuple[str, ...] = ()
    if spec.simulated is not None:
        drawn = simulated_scores(table, *spec.simulated)
        scores |= drawn
        judges += [Judge(name, verdict_cost_usd, verdict_ms or 0.0) for name in drawn]
        simulated = tuple(drawn)
    return Stream(table, contexts, tuple(judges), scores, keys, simulated, verdict_ms=verdict_ms)


def simulated_scores(table: OutcomeTable, auc: float, correlation: float, number: int) -> dict[str, FloatArray]:
    """Scores of `number` judges drawn around the recorded outcomes, seeded by (query, model, judge).

    Two normal distributions, right answers' sqrt(2) Phi^-1(AUC) above wrong ones', squashed to [0, 1]; what judges have
    in common of one answer beyond its outcome gives their correlation.
    """
    separation = float(np.sqrt(2) * quantile(np.array(auc)))
    common = _noise(table, "common")
    found = {}
    for k in range(number):
        own = _noise(table, f"judge-{k + 1}")
        noise = np.sqrt(correlation) * common + np.sqrt(1 - correlation) * own
        found[f"simulated-{k + 1}"] = np.asarray(cdf(separation * (table.scores - 0.5) + noise), dtype=float)
    return found


def verdict_cost(table: OutcomeTable, judge_model: str | None, per_1k: float | None) -> float:
    """Dollars a verdict: given, or as one call of `judge_model` that reads prompt and answer."""
    if per_1k is not None:
        return per_1k / 1000.0
    if judge_model is None:
        return 0.0
    model = next((m for m in table.models if m.name == judge_model), None)
    if model is None:
        raise ConfigurationError(f"--judge-model: {judge_model!r} is not in the pool; use --judge-cost instead")
    return float(np.nanmean(table.costs_usd[:, table.model_names.index(judge_model)]))


def verdict_latency(table: OutcomeTable, judge_model: str | None) -> float | None:
    """Milliseconds a verdict, as one call of `judge_model`; None where nobody knows."""
    if judge_model not in table.model_names:
        return None
    took = table.latency_ms[:, table.model_names.index(judge_model)]
    return None if np.isnan(took).all() else float(np.nanmean(took))


def _noise(table: OutcomeTable, label: str) -> FloatArray:
    """(n, m) standard normal draws that depend on query, model and label alone."""
    seeds = [
        int.from_bytes(hashlib.blake2b(f"{label}\0{m}".encode(), digest_size=8).digest()) for m in table.model_names
    ]
    rows = [int.from_bytes(hashlib.blake2b(q.encode(), digest_size=8).digest()) for q in table.query_ids]
    uniform = _splitmix(np.array(rows, dtype=np.uint64)[:, None] ^ np.array(seeds, dtype=np.uint64)[None, :])
    return quantile(np.clip(uniform, 1e-9, 1 - 1e-9))


def _splitmix(x: NDArray[np.uint64]) -> FloatArray:
    """Uniform in [0, 1) from 64-bit seeds. Steele, Lea & Flood (2014)."""
    with np.errstate(over="ignore"):
        z = x + np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    return np.asarray((z >> np.uint64(11)).astype(float) / 2.0**53, dtype=float)


def named(judges: Sequence[Judge]) -> str:
    """For reports."""
    return ", ".join(j.name for j in judges) or "none"
