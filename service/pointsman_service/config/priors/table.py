"""Reads a table of public results: what many models reached in a few categories.

A TOML file: `date` (of the latest result) and `sources` (texts), a [[category]] table each with id, description, and
optionally mean and sd, and [models] with a list of scores by name, in the categories' order, nan where there is none.
More is better. A score counts by how far it is from the category's mean, in its sd; of a category that gives neither
they are those of its scores. See `public_results.toml` beside this module. Errors name file and field.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from statistics import fmean, pstdev
from typing import Any

from pointsman_service.errors import ConfigurationError

SHIPPED = "public_results.toml"
_FIELDS = frozenset({"date", "sources", "category", "models"})


@dataclass(frozen=True, slots=True)
class Category:
    """One kind of task that results are of."""

    id: str
    description: str
    mean: float
    sd: float


@dataclass(frozen=True, slots=True)
class ResultsTable:
    """scores: by model, then by category's id, in standard deviations; a category that a model lacks is not in it."""

    name: str
    date: str
    sources: Sequence[str]
    categories: Sequence[Category]
    scores: Mapping[str, Mapping[str, float]]


def read_results(path: Path | None = None) -> ResultsTable:
    """The table of a file, None for the one that ships. Raises ConfigurationError, naming file and field."""
    name = SHIPPED if path is None else str(path)
    try:
        text = (
            files("pointsman_service.config.priors").joinpath(SHIPPED).read_text(encoding="utf-8")
            if path is None
            else path.read_text(encoding="utf-8")
        )
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"public results {name}: cannot be read: {error}") from error
    return parse_results(text, name)


def parse_results(text: str, name: str) -> ResultsTable:
    """As `read_results`, from text. name: what errors call it.

    >>> table = parse_results('''
    ... date = "2026-07-01"
    ... sources = ["ours"]
    ... models = { small = [40.0], large = [60.0] }
    ... [[category]]
    ... id = "code"
    ... description = "Programs."
    ... ''', "mine.toml")
    >>> table.scores
    {'small': {'code': -1.0}, 'large': {'code': 1.0}}
    """
    wrong = f"public results {name}"
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{wrong}: is not TOML: {error}") from error
    if unknown := sorted(found.keys() - _FIELDS):
        raise ConfigurationError(f"{wrong}: {unknown[0]}: is unknown (known: {', '.join(sorted(_FIELDS))})")
    date, sources, models = found.get("date"), found.get("sources"), found.get("models")
    if not isinstance(date, str) or not date.strip():
        raise ConfigurationError(f"{wrong}: date: must be a text, such as 2026-07-01")
    if not isinstance(sources, list) or not sources or not all(isinstance(s, str) and s.strip() for s in sources):
        raise ConfigurationError(f"{wrong}: sources: must be a list of texts, at least one")
    if not isinstance(models, dict) or not models:
        raise ConfigurationError(f"{wrong}: models: must be a table of lists of scores, at least one")
    named = _categories(wrong, found.get("category"))
    for model, row in models.items():
        _check_row(f"{wrong}: models.{model}", row, len(named))
    categories = [_category(wrong, table, [row[c] for row in models.values()]) for c, table in enumerate(named)]
    scores = {
        model: {c.id: (s - c.mean) / c.sd for c, s in zip(categories, row, strict=True) if not math.isnan(s)}
        for model, row in models.items()
    }
    return ResultsTable(name, date, tuple(sources), tuple(categories), scores)


def _categories(wrong: str, found: object) -> list[dict[str, Any]]:
    if not isinstance(found, list) or not found:
        raise ConfigurationError(f"{wrong}: category: at least one [[category]] is needed")
    for i, table in enumerate(found):
        for field in ("id", "description"):
            if not isinstance(table.get(field), str) or not table[field].strip():
                raise ConfigurationError(f"{wrong}: category {i + 1}: {field}: must be a text that is not empty")
        if unknown := sorted(table.keys() - {"id", "description", "mean", "sd"}):
            raise ConfigurationError(f"{wrong}: category {table['id']}: {unknown[0]}: is unknown")
        for field in ("mean", "sd"):
            if field in table and not _is_number(table[field]):
                raise ConfigurationError(f"{wrong}: category {table['id']}: {field}: must be a finite number")
    ids = [table["id"] for table in found]
    if twice := next((i for i in ids if ids.count(i) > 1), None):
        raise ConfigurationError(f"{wrong}: category {twice}: is there twice")
    return found


def _category(wrong: str, table: Mapping[str, Any], column: Sequence[float]) -> Category:
    told = [score for score in column if not math.isnan(score)]
    mean = float(table["mean"]) if "mean" in table else fmean(told) if told else 0.0
    sd = float(table["sd"]) if "sd" in table else pstdev(told) if told else 0.0
    if not sd > 0.0:
        raise ConfigurationError(f"{wrong}: category {table['id']}: sd: must be above 0; every score there is the same")
    return Category(table["id"], table["description"].strip(), mean, sd)


def _check_row(where: str, row: object, width: int) -> None:
    if not isinstance(row, list) or len(row) != width:
        raise ConfigurationError(f"{where}: must be a list of {width} scores, one a category")
    for score in row:
        if not (_is_number(score) or (isinstance(score, float) and math.isnan(score))):
            raise ConfigurationError(f"{where}: {score!r} is no finite number, nor nan for one that is not known")
    if all(math.isnan(score) for score in row):
        raise ConfigurationError(f"{where}: has no score at all")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
