"""Decisions on a learnt state under constraints of every sort, as text that differs where anything in them does."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from pointsman_learner.actions import AskJudge, CallModel
from pointsman_learner.codec import to_builtins
from pointsman_learner.types import Constraints, NoModelFits, Step

from tests.learner.golden.log import JUDGES, Query


def constraints_of(names: Sequence[str]) -> tuple[Constraints, ...]:
    """What callers ask for: judges of every sort, limits, prices, a session's model, a model that is down."""
    free, paid = JUDGES[:2], JUDGES[1:]
    return (
        Constraints(judges=free, tenant="acme"),
        Constraints(cost_weight=20.0, judges=paid),
        Constraints(cost_weight=200.0, judges=JUDGES, max_steps=3),
        Constraints(cost_weight=2.0, judges=(JUDGES[0],), max_steps=2),
        Constraints(cost_weight=20.0),
        Constraints(cost_weight=20.0, judges=free, sticky_model=names[1]),
        Constraints(cost_weight=50.0, judges=free, latency_weight=0.05, deadline_ms=3000.0),
        Constraints(judges=paid, tenant="acme", min_quality=0.6),
        Constraints(cost_weight=10.0, judges=JUDGES, availability={names[0]: 0.4, names[-1]: 0.0}),
        Constraints(cost_weight=10.0, judges=free, models=tuple(names[:2]), max_cost_usd=0.01, max_latency_ms=9000.0),
    )


def decisions(policy: Any, queries: Sequence[Query], names: Sequence[str], number: int, seed: int) -> Iterator[bytes]:
    """So many first calls and next actions, one after the other, each with all that is logged of it."""
    rng = np.random.default_rng((seed, 92))
    return itertools.islice(_endless(policy, queries, names, rng), number)


def _endless(policy: Any, queries: Sequence[Query], names: Sequence[str], rng: np.random.Generator) -> Iterator[bytes]:
    for n, constraints in enumerate(itertools.cycle(constraints_of(names))):
        query = queries[n % len(queries)]
        try:
            decision = policy.decide(query.context, constraints, rng)
        except NoModelFits as e:
            yield str(e).encode()
            continue
        yield _text(decision)
        steps: list[Step] = []
        for _ in range(12):
            try:
                action = policy.next_action(query.context, decision, steps, constraints, rng)
            except NoModelFits as e:
                yield str(e).encode()
                break
            yield type(action).__name__.encode() + _text(action)
            if isinstance(action, CallModel):
                steps.append(_called(query, action.model, constraints))
            elif isinstance(action, AskJudge):
                steps[action.index] = _asked(query, steps[action.index], action.judge)
            else:
                yield json.dumps(policy.believe(query.context, steps)).encode()
                break


def _called(query: Query, model: str, constraints: Constraints) -> Step:
    """The model's answer with the verdicts of the judges that are free."""
    known = next((s for s in query.steps if s.model == model), Step(model, 1e-3, 900.0))
    free = {j.name for j in constraints.judges if j.free}
    return _with(known, [v for v in known.verdicts if v.judge in free])


def _asked(query: Query, step: Step, judge: str) -> Step:
    known = next((s for s in query.steps if s.model == step.model), step)
    return _with(step, [*step.verdicts, *(v for v in known.verdicts if v.judge == judge)])


def _with(step: Step, verdicts: Sequence[Any]) -> Step:
    return Step(step.model, step.cost_usd, step.latency_ms, 50, 200, tuple(verdicts))


def _text(value: object) -> bytes:
    return json.dumps(to_builtins(value)).encode()
