"""Writes an outcome table as the folder that `tables.load_table` reads."""

from __future__ import annotations

import csv
import gzip
import io
import json
import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO

import numpy as np

from pointsman_service.machine.draft_folder import draft_folder
from pointsman_service.replay.outcome_table import OutcomeTable, RecordedModel

AMOUNTS = ("cost_usd", "input_tokens", "output_tokens", "latency_ms")
"""Columns of outcomes.csv beside the score, none of them negative; all but the first are optional."""
OF_A_MODEL = ("input_per_1m", "output_per_1m", "time_to_first_token_ms", "tokens_per_second")
"""Figures of a model in models.json, none of them negative, the last above 0; all are optional."""
_COLUMNS = ("query_id", "model", "score", *AMOUNTS)


def write_table(folder: str | Path, table: OutcomeTable, *, compress: bool = True) -> None:
    """Write a table so that `load_table` reads the same one back. Creates the folder; same bytes for the same table."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    write = _write_gzip if compress else _write_plain
    _write_plain(folder / "models.json", _models_text(table.models))
    write(folder / "queries.jsonl", _json_lines(_query_rows(table)))
    write(folder / "outcomes.csv", _csv_text(_outcome_rows(table)))
    if table.responses.recorded.any():
        write(folder / "responses.jsonl", _json_lines(_response_rows(table)))
    if table.verdicts:
        write(folder / "verdicts.csv", _csv_text(_verdict_rows(table)))


@dataclass(frozen=True, slots=True)
class Outcome:
    """One answer of one model to a query of its own. amounts: as AMOUNTS, None where not known, but for the cost."""

    query_id: str
    prompt: str
    model: str
    score: float
    amounts: tuple[float, float | None, float | None, float | None]


class OutcomeWriter:
    """Writes a table as its outcomes come, one a query, so that a long one takes no memory.

    The folder has its name once `finish` was called; what ends before leaves nothing.
    """

    def __init__(self, folder: Path) -> None:
        """folder: a new one, its owner's alone. Raises LogUnavailable, here and later, where it cannot be written."""
        self._folder, self._stack = folder, ExitStack()
        self.outcomes = 0

    def __enter__(self) -> Self:
        self._draft = self._stack.enter_context(draft_folder(self._folder))
        self._files = self._stack.enter_context(ExitStack())
        self._queries, rows = (
            self._files.enter_context(_packed(self._draft / n)) for n in ("queries.jsonl", "outcomes.csv")
        )
        self._rows = csv.writer(rows, lineterminator="\n")
        self._rows.writerow(_COLUMNS)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        return self._stack.__exit__(kind, error, trace)

    def add(self, outcome: Outcome) -> None:
        """One more."""
        query = {"query_id": outcome.query_id, "prompt": outcome.prompt}
        self._queries.write(json.dumps(query, ensure_ascii=False) + "\n")
        cells = (_cell(math.nan if amount is None else amount) for amount in outcome.amounts)
        self._rows.writerow([outcome.query_id, outcome.model, _cell(outcome.score), *cells])
        self.outcomes += 1

    def finish(self, models: Sequence[RecordedModel]) -> None:
        """models: all that the outcomes name."""
        self._files.close()
        _write_plain(self._draft / "models.json", _models_text(models))
        self._draft.rename(self._folder)


def _packed(path: Path) -> TextIO:
    # mtime=0: the same table gives the same bytes.
    packed = gzip.GzipFile(f"{path}.gz", "wb", mtime=0)
    return io.TextIOWrapper(packed, encoding="utf-8", newline="")


def _models_text(models: Sequence[RecordedModel]) -> str:
    return json.dumps({m.name: _without_none(m) for m in models}, indent=1, ensure_ascii=False) + "\n"


def _without_none(m: RecordedModel) -> dict[str, Any]:
    figures = (m.input_usd_per_million, m.output_usd_per_million, m.time_to_first_token_ms, m.tokens_per_second)
    known = {key: value for key, value in zip(OF_A_MODEL, figures, strict=True) if value is not None}
    return {"provider": m.provider, **known}


def _query_rows(table: OutcomeTable) -> Iterator[dict[str, Any]]:
    columns = (table.query_ids, table.prompts, table.categories, table.references)
    for query, prompt, category, reference in zip(*columns, strict=True):
        row = {"query_id": query, "prompt": prompt, "category": category}
        yield row if reference is None else {**row, "reference": reference}


def _outcome_rows(table: OutcomeTable) -> Iterator[list[str]]:
    yield list(_COLUMNS)
    grids = (table.scores, table.costs_usd, table.input_tokens, table.output_tokens, table.latency_ms)
    for i, j in np.argwhere(np.isfinite(table.scores)):
        yield [table.query_ids[i], table.model_names[j], *(_cell(grid[i, j]) for grid in grids)]


def _response_rows(table: OutcomeTable) -> Iterator[dict[str, Any]]:
    for i, j in np.argwhere(table.responses.recorded):
        text = table.responses.text(int(i), int(j))
        yield {"query_id": table.query_ids[i], "model": table.model_names[j], "response": text}


def _verdict_rows(table: OutcomeTable) -> Iterator[list[str]]:
    yield ["query_id", "model", "judge", "score"]
    for judge, scores in table.verdicts.items():
        for i, j in np.argwhere(np.isfinite(scores)):
            yield [table.query_ids[i], table.model_names[j], judge, _cell(scores[i, j])]


def _cell(value: float) -> str:
    return "" if math.isnan(value) else repr(int(value) if float(value).is_integer() else float(value))


def _json_lines(rows: Iterable[dict[str, Any]]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _csv_text(rows: Iterable[list[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def _write_plain(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def _write_gzip(path: Path, text: str) -> None:
    # mtime=0: the same table gives the same bytes.
    path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(text.encode("utf-8"), mtime=0))
