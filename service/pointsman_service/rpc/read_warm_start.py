"""Outcomes that are known beforehand, checked and as values."""

from __future__ import annotations

from itertools import islice

from pointsman import v1
from pointsman_learner.belief.judges import AGREEMENT
from pointsman_learner.types import KnownOutcome

from pointsman_service.domain.names import MAX_NAME
from pointsman_service.domain.operations import KnownQuery
from pointsman_service.domain.request_limits import DEAREST_USD, MOST_MS, Limits
from pointsman_service.errors import Fault
from pointsman_service.rpc.presence import Told
from pointsman_service.rpc.read_query import read_hints
from pointsman_service.rpc.validation import Violations

_MAX_KNOWN_QUERIES = 100


def read_warm_start(request: v1.WarmStartRequest, limits: Limits) -> tuple[str | None, tuple[KnownQuery, ...]]:
    """The batch's id, and what is known. Raises InvalidRequest with every violation."""
    wrong = Violations()
    request_id = Told(request, "", wrong).identifier("request_id")
    if not request.queries:
        wrong.add("queries", "must hold at least one query", Fault.REQUIRED)
    wrong.at_most("queries", len(request.queries), _MAX_KNOWN_QUERIES)
    wrong.raise_if_any()
    queries = tuple(_query(f"queries[{i}].", q, limits, wrong) for i, q in enumerate(request.queries))
    judges = {judge for query in queries for outcome in query.outcomes for judge in outcome.scores}
    # What a judge is worth is kept for ever.
    wrong.at_most("queries judge_scores", len(judges), limits.labels)
    wrong.raise_if_any()
    return request_id, queries


def _query(path: str, query: v1.KnownQuery, limits: Limits, wrong: Violations) -> KnownQuery:
    if not query.prompt or query.prompt.isspace():
        wrong.add(f"{path}prompt", "must not be empty", Fault.REQUIRED)
    wrong.text(f"{path}prompt", query.prompt, limits.text_chars)
    if not query.outcomes:
        wrong.add(f"{path}outcomes", "must hold at least one outcome", Fault.REQUIRED)
    wrong.at_most(f"{path}outcomes", len(query.outcomes), limits.models)
    told = query.outcomes[: limits.models]
    wrong.names(f"{path}outcomes.model", [o.model for o in told], limits.models)
    outcomes = tuple(_outcome(f"{path}outcomes[{i}].", o, limits, wrong) for i, o in enumerate(told))
    return KnownQuery(query.prompt, outcomes, read_hints(f"{path}hints.", query.hints, wrong))


def _outcome(path: str, outcome: v1.KnownOutcome, limits: Limits, wrong: Violations) -> KnownOutcome:
    given = Told(outcome, path, wrong)
    for field in ("quality", "weight"):
        if not outcome.HasField(field):
            wrong.add(f"{path}{field}", "must be given", Fault.REQUIRED)
    return KnownOutcome(
        model=outcome.model,
        quality=given.between("quality", 0.0, 1.0) or 0.0,
        weight=given.above_zero("weight", 1.0) or 0.0,
        cost_usd=given.between("cost_usd", 0.0, DEAREST_USD),
        latency_ms=given.between("latency_ms", 0.0, MOST_MS),
        scores=_scores(path, outcome, limits, wrong),
    )


def _scores(path: str, outcome: v1.KnownOutcome, limits: Limits, wrong: Violations) -> dict[str, float]:
    wrong.at_most(f"{path}judge_scores", len(outcome.judge_scores), limits.labels)
    if AGREEMENT in outcome.judge_scores:
        wrong.add(
            f"{path}judge_scores",
            f'must not hold "{AGREEMENT}", which compares answers and has no score',
            Fault.NOT_ALLOWED,
        )
    scores = dict(islice(outcome.judge_scores.items(), limits.labels))
    for judge, score in scores.items():
        wrong.identifier(f"{path}judge_scores key", judge, MAX_NAME)
        wrong.between(f'{path}judge_scores["{judge[:MAX_NAME]}"]', score, 0.0, 1.0)
    return scores
