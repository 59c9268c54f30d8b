"""The judged outcomes that the PyPI package `paretobandit` carries, as an outcome table.

Three real models on about 3,600 real prompts of public benchmarks; each score is an LLM judge's. No answer texts, no
token counts, no list prices.
"""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from pointsman_learner.types import FloatArray

from pointsman_service.replay.outcome_table import OutcomeTable, RecordedModel, Responses, TableError
from pointsman_service.replay.table_rows import Row, json_rows

PARTS = ("val", "test_holdout")
"""The parts that are read by default, in this order."""


def load_paretobandit_table(parts: Sequence[str] = PARTS, *, examples: Path | None = None) -> OutcomeTable:
    """The outcomes of the named parts, one after the other; query ids are "val:0", "val:1" and so on.

    parts: of "val" and "test_holdout". examples: folder of the .jsonl files, by default the installed package's.
    Raises TableError: for another part, where the package is missing (what to install), and for a wrong row.
    """
    if not parts or (wrong := [part for part in parts if part not in PARTS]):
        raise TableError(f"parts: expected some of {', '.join(PARTS)}, found {', '.join(wrong) if parts else 'none'}")
    folder = examples or _installed_examples()
    ids, rows = zip(*((query, row) for part in parts for query, row in _part(folder, part)), strict=True)
    models = tuple(rows[0].fields["arms"])
    return OutcomeTable(
        name="paretobandit",
        query_ids=ids,
        prompts=tuple(row.name("prompt") for row in rows),
        categories=tuple(row.optional_text("source") or "" for row in rows),
        references=(None,) * len(rows),
        models=tuple(RecordedModel(model, model.partition("/")[0]) for model in models),
        scores=np.array([[_arm(row, model).score("reward") for model in models] for row in rows]),
        costs_usd=np.array([[_arm(row, model).amount("cost") for model in models] for row in rows]),
        input_tokens=_missing(rows, models),
        output_tokens=_missing(rows, models),
        latency_ms=_missing(rows, models),
        responses=Responses.pack(len(rows), len(models), ()),
        verdicts={},
    )


def _installed_examples() -> Path:
    # find_spec of a top-level package runs none of its code; importing it would load scikit-learn.
    spec = importlib.util.find_spec("pareto_bandit")
    if spec is None or not spec.submodule_search_locations:
        raise TableError(
            "the recorded outcomes are in the package paretobandit, which is missing: pip install 'pointsman[demo]'"
        )
    return Path(next(iter(spec.submodule_search_locations))) / "data" / "examples"


def _part(folder: Path, part: str) -> Iterator[tuple[str, Row]]:
    empty = True
    for number, row in enumerate(json_rows(folder / f"{part}.jsonl")):
        arms = row.fields.get("arms")
        if not isinstance(arms, dict) or not arms:
            raise row.wrong("arms", "expected an object with an entry for each model")
        yield f"{part}:{number}", row
        empty = False
    if empty:
        raise TableError(f"{folder / part}.jsonl: has no rows", file=folder)


def _arm(row: Row, model: str) -> Row:
    arm = row.fields["arms"].get(model)
    if not isinstance(arm, dict):
        raise row.wrong(f"arms.{model}", "expected an object with reward and cost")
    return Row(row.path, row.line, arm)


def _missing(rows: Sequence[Row], models: Sequence[str]) -> FloatArray:
    return np.full((len(rows), len(models)), math.nan)
