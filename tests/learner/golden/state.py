"""The learner's state as a list of named bytes: what a golden digest is made of.

The names are fixed and the accessors follow the code, so that a move which changes nothing but names changes no digest.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
from pointsman_learner.codec import to_builtins
from pointsman_learner.learner import Learner

_EFFECTS = (
    "shared", "shared_var", "shared_prior", "own", "own_var", "own_prior", "evidence", "ratio_sum", "ratio_n",
)  # fmt: skip


def state_of(learner: Learner) -> Iterator[tuple[str, bytes]]:
    """Every part, in a fixed order."""
    e = learner.estimates
    arrays: dict[str, Any] = {f"effects.{name}": getattr(e.effects, name) for name in _EFFECTS}
    arrays |= {"moments.mean": e.moments.mean, "moments.square": e.moments.square, "moments.n": e.moments.n}
    arrays |= {"clusters.centers": e.clusters.centers, "clusters.counts": e.clusters.counts}
    arrays |= {"waiting": e.clusters.waiting}
    for name in ("histogram", "labels", "sums", "scatter", "pairs"):
        arrays[f"judges.{name}"] = getattr(e.judges, name)
    arrays |= {"odds.theta": e.odds.theta, "odds.cov": e.odds.cov}
    arrays |= {"recalibration.theta": e.recalibration.theta, "recalibration.cov": e.recalibration.cov}
    arrays |= {"joint": [e.joint.rho, e.joint.collides, e.joint.differs], "doubt": e.trust.doubt()}
    arrays |= {"tuning": e.tuning.log_weight, "trust": e.trust.log_weight}
    arrays |= {"counts": [e.keyed, e.labels, e.episodes, learner.events]}
    arrays |= {"router.mean": e.router.mean, "router.cov": e.router.cov}
    for name, rows in (("odds", e.outcomes.odds), ("recalibration", e.outcomes.recalibration)):
        arrays[f"outcomes.{name}"] = np.array(list(rows))
    arrays |= {"drift": e.drift.seen(), "alarms": e.drift.alarms}
    for name, array in arrays.items():
        yield name, np.asarray(array, dtype=float).tobytes()
    yield "growth", e.residuals.to_bytes()
    yield "sources", e.sources.to_bytes()
    yield "trials", learner.record.digest()
    for name, value in (
        ("judge names", e.judges.names),
        ("models", e.models),
        ("taxonomy", [e.taxonomy.version, e.taxonomy.nodes]),
        ("pacers", {tenant: to_builtins(pacer) for tenant, pacer in e.pacers.items()}),
    ):
        yield name, json.dumps(to_builtins(value), sort_keys=True).encode()
