"""The table of a run, made ready: read, priced, judged, and brought into each seed's order."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pointsman_learner.events import WarmStarted
from pointsman_service.config.priors.known import KnownBeforehand
from pointsman_service.config.priors.table import read_results
from pointsman_service.errors import ConfigurationError
from pointsman_service.ports import Embedder
from pointsman_service.replay.known_outcomes import known_outcomes
from pointsman_service.replay.outcome_table import OutcomeTable
from pointsman_service.replay.paretobandit_table import load_paretobandit_table
from pointsman_service.replay.tables import load_table, recorded_models

from pointsman_bench.events import check_models
from pointsman_bench.judging import JudgeSpec, prepare, verdict_cost, verdict_latency
from pointsman_bench.noise import invert_judges
from pointsman_bench.plan import OFF, ON, Plan
from pointsman_bench.stream import Stream, take

PARETOBANDIT = "paretobandit"
"""Instead of a folder: the outcomes that the package of that name carries, validation part first, then test."""


@dataclass(frozen=True, slots=True)
class Source:
    """What all workers share.

    stream: in the table's order; nodes: of the taxonomy, placed; others: the same queries with the columns of models
    that stand in for one of the pool by an event; beforehand: what public results foretell; recorded: queries that the
    table has, those included that are left out because a model has no outcome there.
    """

    stream: Stream
    nodes: Sequence[Mapping[str, Any]]
    others: Stream | None = None
    recorded: int = 0
    beforehand: KnownBeforehand | None = None


def beforehand_of(plan: Plan) -> KnownBeforehand | None:
    """What public results foretell, None where the plan goes without. Raises ConfigurationError for a wrong table."""
    if plan.priors == OFF:
        return None
    return KnownBeforehand(read_results(None if plan.priors == ON else Path(plan.priors)))


def read_source(
    plan: Plan, embedder: Embedder, nodes: Sequence[Mapping[str, Any]], beforehand: KnownBeforehand | None = None
) -> Source:
    """Read and prepare. Raises ConfigurationError or TableError for what cannot be."""
    stand_ins = tuple(dict.fromkeys(e.by for e in plan.events if e.by is not None))
    recorded = _recorded(plan)
    table = _complete(plan, recorded)
    spec = JudgeSpec.parse(plan.judges)
    verdict = (
        verdict_cost(table, plan.judge_model, plan.judge_cost),
        verdict_latency(table, plan.judge_model),
    )
    others = None
    if stand_ins:
        check_models(plan.events, table.model_names, _known_models(plan.table))
        wide = read_table(replace(plan, pool=tuple(dict.fromkeys([*table.model_names, *stand_ins]))))
        table = table.take(_rows_of(wide.query_ids, table.query_ids))
        others = prepare(wide, embedder, spec, *verdict)
    else:
        check_models(plan.events, table.model_names, ())
    stream = prepare(table, embedder, spec, *verdict)
    if plan.wrong_judge is not None:
        stream = invert_judges(stream, plan.wrong_judge)
        others = None if others is None else invert_judges(others, plan.wrong_judge)
    return Source(stream, nodes, others, len(recorded), beforehand)


def pool_of(asked: str | None, table: str) -> tuple[str, ...] | None:
    """Models by name, with commas between; or so many of the table's, drawn by a seed: "12", or "12:3" for seed 3.

    None for all. Raises ConfigurationError where there are not so many.
    """
    if asked is None or not (drawn := re.fullmatch(r"([0-9]+)(?::([0-9]+))?", asked.strip())):
        return None if asked is None else tuple(name.strip() for name in asked.split(",") if name.strip())
    number, known = int(drawn[1]), _known_models(table)
    if not 2 <= number <= len(known):
        raise ConfigurationError(f"--pool {asked}: from 2 to {len(known)} models can be drawn from {table}")
    rows = np.random.default_rng((int(drawn[2] or 0), 86)).choice(len(known), number, replace=False)
    return tuple(known[m] for m in np.sort(rows))


def read_table(plan: Plan) -> OutcomeTable:
    """The queries that every model of the pool was run on."""
    return _complete(plan, _recorded(plan))


def _recorded(plan: Plan) -> OutcomeTable:
    """The pool's columns, with the queries that only some of its models were run on."""
    if plan.table == PARETOBANDIT:
        table = _with_list_prices(load_paretobandit_table())
        return table if plan.pool is None else _columns(table, plan.pool)
    folder = _folder(plan.table)
    texts = plan.with_responses or "format" in plan.judges or "agreement" in plan.judges
    return load_table(folder, pool=plan.pool, with_responses=plan.with_responses, read_texts=texts)


def _known_models(table: str) -> Sequence[str]:
    """All models of the table, those outside the pool too."""
    if table == PARETOBANDIT:
        return load_paretobandit_table().model_names
    return recorded_models(_folder(table))


def _folder(table: str) -> Path:
    if not Path(table).is_dir():
        raise ConfigurationError(f"{table}: is neither a folder with an outcome table nor {PARETOBANDIT!r}")
    return Path(table)


def _complete(plan: Plan, recorded: OutcomeTable) -> OutcomeTable:
    table = recorded.complete()
    if len(table) < 2:
        raise ConfigurationError(f"{plan.table}: no two queries have an outcome of every model of the pool")
    return table


def order_of(plan: Plan, table: OutcomeTable, seed: int) -> NDArray[np.intp]:
    """Rows of the table in the order of one seed's stream.

    Raises ConfigurationError where more are to be drawn than there are.
    """
    if plan.order is not None:
        rows = _rows_of(plan.order, table.query_ids)
    elif not plan.shuffle:
        rows = np.arange(len(table))
    elif plan.table == PARETOBANDIT:
        rng = np.random.default_rng(seed)
        parts = np.array([q.partition(":")[0] != "val" for q in table.query_ids])
        rows = np.concatenate([rng.permutation(np.flatnonzero(parts == test)) for test in (False, True)])
    else:
        rows = np.random.default_rng(seed).permutation(len(table))
    if plan.subsample is not None:
        if plan.subsample > len(rows):
            raise ConfigurationError(f"--subsample {plan.subsample}: the table has {len(rows)} queries")
        drawn = np.random.default_rng((seed, 85)).choice(len(rows), plan.subsample, replace=False)
        rows = rows[np.sort(drawn)]
    return rows[: plan.limit]


def known_rows(plan: Plan, table: OutcomeTable) -> int:
    """How many queries at the head of a stream are known beforehand, and not replayed.

    Raises ConfigurationError where a share was asked for that is no query.
    """
    queries = _queries(plan, table)
    known = int(plan.warm_start * queries)
    if plan.warm_start > 0 and not known:
        raise ConfigurationError(f"--warm-start {plan.warm_start:g}: is less than one of {queries} queries")
    return known


def ordered(plan: Plan, source: Source, seed: int) -> tuple[Stream, Stream | None]:
    """One seed's stream, and the stand-ins' in the same order."""
    rows = order_of(plan, source.stream.table, seed)[known_rows(plan, source.stream.table) :]
    return take(source.stream, rows), None if source.others is None else take(source.others, rows)


def known_beforehand(plan: Plan, source: Source, seed: int) -> WarmStarted | None:
    """What the learner knows of the queries that come before one seed's stream, None where there are none."""
    rows = order_of(plan, source.stream.table, seed)[: known_rows(plan, source.stream.table)]
    if not len(rows):
        return None
    stream = take(source.stream, rows)
    table = replace(stream.table, verdicts=stream.scores)  # those of judges that are asked here, simulated ones too
    known = known_outcomes(table, plan.effective_sample_size, seed)
    return WarmStarted("bench", 0.0, tuple((stream.contexts[row], outcomes) for row, outcomes in known))


def check_measured(plan: Plan, table: OutcomeTable) -> None:
    """Raises ConfigurationError where measuring would begin at the last query, or after it: one tells nothing."""
    start, queries = plan.measure_from, _queries(plan, table) - known_rows(plan, table)
    if start is not None and queries - int(start * queries if start < 1 else start) < 2:
        raise ConfigurationError(f"--measure-from {start:g}: leaves fewer than 2 of {queries} queries to be measured")


def _queries(plan: Plan, table: OutcomeTable) -> int:
    """How many are asked, those that are known beforehand with them."""
    queries = plan.subsample or len(table if plan.order is None else plan.order)
    return queries if plan.limit is None else min(queries, plan.limit)


def default_measure_from(plan: Plan, table: OutcomeTable) -> float | None:
    """Where measuring starts when nothing is said: the test part of ParetoBandit's data, else the middle."""
    if plan.table != PARETOBANDIT or any((plan.limit, plan.order, plan.subsample)):
        return None
    return float(max(0, sum(q.startswith("val:") for q in table.query_ids) - known_rows(plan, table)))


def default_budgets(table: OutcomeTable) -> tuple[float, ...]:
    """Three budgets between the cheapest and the best model, dollars per 1,000 queries, to two digits.

    Raises ConfigurationError where the best model is free: nothing says then what money may be spent.
    """
    cost, quality = table.costs_usd.mean(axis=0) * 1000, table.scores.mean(axis=0)
    best, cheapest = float(cost[int(np.argmax(quality))]), float(cost.min())
    span = max(best, 2 * cheapest) - cheapest
    if span <= 0:
        free = "the best" if cost.any() else "every"
        raise ConfigurationError(f"{free} model of the pool is free: give --budget")
    return tuple(float(f"{cheapest + share * span:.2g}") for share in (0.6, 0.3, 0.08))


def _rows_of(asked: Sequence[str], known: Sequence[str]) -> NDArray[np.intp]:
    index = {q: i for i, q in enumerate(known)}
    unknown = [q for q in asked if q not in index]
    if unknown:
        raise ConfigurationError(f"--order: {len(unknown)} queries are not in the table, the first is {unknown[0]!r}")
    return np.array([index[q] for q in asked], dtype=np.intp)


def _columns(table: OutcomeTable, pool: Sequence[str]) -> OutcomeTable:
    unknown = [m for m in pool if m not in table.model_names]
    if unknown:
        raise ConfigurationError(f"--pool: {unknown[0]!r} is not among {', '.join(table.model_names)}")
    return table.of_models([table.model_names.index(m) for m in pool])


def _with_list_prices(table: OutcomeTable) -> OutcomeTable:
    """With the prices that the package's own configuration lists, as an operator would configure them."""
    found = find_spec("pareto_bandit")
    assert found is not None and found.submodule_search_locations  # its table was read  # noqa: PT018
    listed = json.loads((Path(found.submodule_search_locations[0]) / "config" / "models.json").read_bytes())["models"]
    prices = {m["model_id"]: (m["input_cost_per_m"], m["output_cost_per_m"]) for m in listed}
    models = tuple(
        replace(m, input_usd_per_million=prices[m.name][0], output_usd_per_million=prices[m.name][1])
        if m.name in prices
        else m
        for m in table.models
    )
    return replace(table, models=models)
