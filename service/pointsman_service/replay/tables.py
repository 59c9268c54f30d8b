"""Outcome tables on disk: a folder of recorded outcomes, read into an `OutcomeTable` and written from one.

| file | fields |
| --- | --- |
| queries.jsonl.gz | query_id, prompt, category?, reference? |
| outcomes.csv.gz | query_id, model, score in [0, 1], cost_usd, input_tokens?, output_tokens?, latency_ms? |
| models.json | {model: {provider?, input_per_1m?, output_per_1m?, time_to_first_token_ms?, tokens_per_second?}} |
| responses.jsonl.gz (optional) | query_id, model, response |
| verdicts.csv.gz (optional) | query_id, model, judge, score in [0, 1] |

Prices are dollars per million tokens. A call whose latency_ms is not there takes its model's time_to_first_token_ms,
and its output_tokens at tokens_per_second, where all three are known. Each file may also be there uncompressed, without
".gz". Further fields are ignored.
"""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from pointsman_learner.types import FloatArray

from pointsman_service.replay.outcome_table import OutcomeTable, RecordedModel, Responses, TableError
from pointsman_service.replay.table_rows import Row, csv_rows, find, json_rows, whole
from pointsman_service.replay.table_writing import AMOUNTS, OF_A_MODEL, write_table

__all__ = [
    "FILES",
    "OutcomeTable",
    "RecordedModel",
    "Responses",
    "TableError",
    "load_table",
    "recorded_models",
    "write_table",
]

FILES = ("queries", "outcomes", "models", "responses", "verdicts")
"""Names of the files that make a table, before the first dot."""


def load_table(
    folder: str | Path, *, pool: Sequence[str] | None = None, with_responses: bool = False, read_texts: bool = True
) -> OutcomeTable:
    """Read a folder, checking every row.

    pool: models to keep, in this order (default: all of models.json in its order). with_responses: keep only queries
    that have an answer text of every model of the pool. read_texts: False skips responses.jsonl, which is the largest
    file. Raises TableError that names file, line and field; for an unknown model of the pool, the nearest known names.
    """
    folder = Path(folder)
    known = _models(_needed(folder, "models.json"))
    models = _pool(known, pool, folder)
    return _Loader(folder, known, models).load(with_responses=with_responses, read_texts=read_texts or with_responses)


def recorded_models(folder: str | Path) -> tuple[str, ...]:
    """Names of all models of a folder's models.json, in its order. Raises TableError."""
    return tuple(_models(_needed(Path(folder), "models.json")))


class _Loader:
    """Reads the files of one folder onto the grid of its queries and the pool's models."""

    def __init__(self, folder: Path, known: Mapping[str, RecordedModel], models: Sequence[RecordedModel]) -> None:
        self._folder, self._known, self._models = folder, known, models
        self._column = {m.name: j for j, m in enumerate(models)}
        self._row: dict[str, int] = {}

    def load(self, *, with_responses: bool, read_texts: bool) -> OutcomeTable:
        prompts, categories, references = self._queries(_needed(self._folder, "queries.jsonl"))
        scores, amounts = self._outcomes(_needed(self._folder, "outcomes.csv"))
        texts = find(self._folder, "responses.jsonl")
        if with_responses and texts is None:
            raise TableError(f"{self._folder}: has no responses.jsonl(.gz), so no query has answer texts")
        table = OutcomeTable(
            name=self._folder.resolve().name,
            query_ids=tuple(self._row),
            prompts=tuple(prompts),
            categories=tuple(categories),
            references=tuple(references),
            models=tuple(self._models),
            scores=scores,
            costs_usd=amounts["cost_usd"],
            input_tokens=amounts["input_tokens"],
            output_tokens=amounts["output_tokens"],
            latency_ms=_latency(self._models, amounts["latency_ms"], amounts["output_tokens"]),
            responses=self._responses(texts if read_texts else None),
            verdicts=self._verdicts(find(self._folder, "verdicts.csv")),
        )
        if not with_responses:
            return table
        table = table.answered()
        if not len(table):
            raise TableError(f"{texts}: no query has an answer text of every model of the pool", file=texts)
        return table

    def _queries(self, path: Path) -> tuple[list[str], list[str], list[str | None]]:
        prompts: list[str] = []
        categories: list[str] = []
        references: list[str | None] = []
        for row in json_rows(path):
            query = row.name("query_id")
            if query in self._row:
                raise row.wrong("query_id", f"{query!r} was there before")
            self._row[query] = len(prompts)
            prompts.append(row.name("prompt"))
            categories.append(row.optional_text("category") or "")
            references.append(row.optional_text("reference"))
        if not prompts:
            raise TableError(f"{path}: has no queries", file=path)
        return prompts, categories, references

    def _outcomes(self, path: Path) -> tuple[FloatArray, dict[str, FloatArray]]:
        scores, amounts = self._grid(), {field: self._grid() for field in AMOUNTS}
        seen: set[tuple[str, str]] = set()
        for row in csv_rows(path, ("query_id", "model", "score", "cost_usd")):
            query, model = self._pair(row, seen)
            score, cost = row.score("score"), row.amount("cost_usd")
            rest = [row.optional_amount(field) for field in AMOUNTS[1:]]
            if (column := self._column.get(model)) is None:
                continue
            at = self._row[query], column
            scores[at] = score
            for field, value in zip(AMOUNTS, (cost, *rest), strict=True):
                amounts[field][at] = value
        return scores, amounts

    def _responses(self, path: Path | None) -> Responses:
        texts = self._texts(path) if path else ()
        return Responses.pack(len(self._row), len(self._models), texts)

    def _texts(self, path: Path) -> Iterator[tuple[int, int, str]]:
        seen: set[tuple[str, str]] = set()
        for row in json_rows(path):
            query, model = self._pair(row, seen)
            text = row.text("response")
            if (column := self._column.get(model)) is not None:
                yield self._row[query], column, text

    def _verdicts(self, path: Path | None) -> dict[str, FloatArray]:
        verdicts: dict[str, FloatArray] = {}
        seen: set[tuple[str, str, str]] = set()
        for row in csv_rows(path, ("query_id", "model", "judge", "score")) if path else ():
            query, model = self._pair(row, None)
            judge, score = row.name("judge"), row.score("score")
            if (query, model, judge) in seen:
                raise row.wrong("judge", f"{judge!r} judged this answer before")
            seen.add((query, model, judge))
            grid = verdicts.setdefault(judge, self._grid())
            if (column := self._column.get(model)) is not None:
                grid[self._row[query], column] = score
        return verdicts

    def _pair(self, row: Row, seen: set[tuple[str, str]] | None) -> tuple[str, str]:
        query, model = row.name("query_id"), row.name("model")
        if query not in self._row:
            raise row.wrong("query_id", f"{query!r} is not in queries.jsonl")
        if model not in self._known:
            raise row.wrong("model", f"{model!r} is not in models.json{_near(model, self._known)}")
        if seen is not None:
            if (query, model) in seen:
                raise row.wrong("model", f"{model!r} on query {query!r} was there before")
            seen.add((query, model))
        return query, model

    def _grid(self) -> FloatArray:
        return np.full((len(self._row), len(self._models)), math.nan)


def _latency(models: Sequence[RecordedModel], recorded: FloatArray, output_tokens: FloatArray) -> FloatArray:
    """(n, m) milliseconds: as recorded, else by the model's pace."""
    by_pace = np.column_stack([m.latency_ms(output_tokens[:, j]) for j, m in enumerate(models)])
    return np.where(np.isnan(recorded), by_pace, recorded)


def _models(path: Path) -> dict[str, RecordedModel]:
    try:
        content = json.loads(whole(path))
    except (OSError, ValueError, RecursionError) as error:
        raise TableError(f"{path}: is not JSON ({error})", file=path) from error
    if not isinstance(content, dict) or not content:
        raise TableError(f"{path}: expected an object with an entry for each model", file=path)
    models: dict[str, RecordedModel] = {}
    for name, entry in content.items():
        if not isinstance(entry, dict):
            raise TableError(f"{path}, {name}: expected an object", file=path, field=name)
        row = Row(path, 1, {f"{name}.{key}": value for key, value in entry.items()})
        amounts = [row.optional_amount(f"{name}.{key}") for key in OF_A_MODEL]
        if amounts[-1] == 0.0:
            raise row.wrong(f"{name}.tokens_per_second", "expected a number above 0, found 0")
        known = [None if math.isnan(amount) else amount for amount in amounts]
        models[name] = RecordedModel(name, row.optional_text(f"{name}.provider") or "", *known)
    return models


def _pool(known: Mapping[str, RecordedModel], pool: Sequence[str] | None, folder: Path) -> list[RecordedModel]:
    names = list(known) if pool is None else list(pool)
    if not names:
        raise TableError("pool: names no model")
    if unknown := [name for name in names if name not in known]:
        each = ", ".join(f"{name!r}{_near(name, known)}" for name in unknown)
        raise TableError(f"pool: not in {folder / 'models.json'}: {each}", field="pool")
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise TableError(f"pool: named twice: {', '.join(twice)}", field="pool")
    return [known[name] for name in names]


def _near(name: str, known: Iterable[str]) -> str:
    by_lower = {k.lower(): k for k in known}
    near = difflib.get_close_matches(name.lower(), by_lower, n=3, cutoff=0.5)
    return f" (near: {', '.join(by_lower[n] for n in near)})" if near else ""


def _needed(folder: Path, stem: str) -> Path:
    path = find(folder, stem)
    if path is None:
        raise TableError(f"{folder}: is not an outcome table, {stem} is missing", file=folder)
    return path
