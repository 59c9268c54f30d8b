"""Changes on the way, as a file names them: a model gets worse or is replaced, a price moves, a model comes or goes."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pointsman_service.errors import ConfigurationError

KINDS = ("degrade", "replace", "price", "bill", "add", "remove")
MOST = 1e9
"""No position and no factor is larger: no stream is that long, and what is multiplied stays finite."""
_NEEDS = {
    "degrade": ("rate", "times"),
    "replace": ("by",),
    "price": ("times",),
    "bill": ("times",),
    "add": (),
    "remove": (),
}


@dataclass(frozen=True, slots=True)
class StreamEvent:
    """What happens to `model` from query `at` on: a fraction of the stream below 1, else a position.

    degrade: its mean quality falls to `rate`, or to `times` what it was, on all queries or those of `category`;
    replace: it answers as model `by` does; price: every call costs `times` as much, and its list prices move with it;
    bill: every call costs `times` as much, and nobody is told; add: it was not there before; remove: it leaves.
    """

    at: float
    kind: str
    model: str
    rate: float | None = None
    times: float | None = None
    by: str | None = None
    category: str | None = None

    def position(self, queries: int) -> int:
        """Index of the first query that it touches."""
        return int(self.at * queries) if self.at < 1 else int(self.at)

    @property
    def told(self) -> str:
        """In words, for reports."""
        match self.kind:
            case "degrade":
                low = f"{self.rate:g}" if self.rate is not None else f"{self.times:g} of it"
                return f"{self.model} falls to {low}" + (f" on {self.category}" if self.category else "")
            case "replace":
                return f"{self.model} answers as {self.by}"
            case "price":
                return f"{self.model} costs {self.times:g} of what it did"
            case "bill":
                return f"{self.model} bills {self.times:g} of what it did"
            case _:
                return f"{self.model} {'arrives' if self.kind == 'add' else 'leaves'}"


def read_events(path: Path) -> tuple[StreamEvent, ...]:
    """From JSON (a list, or an object with "events") or TOML ([[events]]).

    Raises ConfigurationError that names file, entry and field.
    """
    try:
        text = path.read_text(encoding="utf-8")
        content: Any = tomllib.loads(text) if path.suffix == ".toml" else json.loads(text)
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigurationError(f"--events {path}: cannot be read ({error})") from error
    entries = content.get("events") if isinstance(content, dict) else content
    if not isinstance(entries, list) or not entries:
        raise ConfigurationError(f"--events {path}: expected a list of events, as [[events]] tables or a JSON list")
    return tuple(_event(path, i, e) for i, e in enumerate(entries, 1))


def in_order(events: Sequence[StreamEvent], queries: int) -> tuple[StreamEvent, ...]:
    """By their positions in a stream of so many queries."""
    return tuple(sorted(events, key=lambda e: e.position(queries)))


def check_models(events: Sequence[StreamEvent], models: Sequence[str], others: Sequence[str]) -> None:
    """Raises ConfigurationError where an event is about a model that is not in the pool, or `by` not in the table."""
    for event in events:
        if event.model not in models:
            raise ConfigurationError(f"--events: model {event.model!r} is not in the pool")
        if event.by is not None and event.by not in others:
            raise ConfigurationError(f"--events: by {event.by!r} is not in the table")
    if {e.model for e in events if e.kind == "add"} >= set(models):
        raise ConfigurationError("--events: some model must be there from the start")


def _event(path: Path, number: int, entry: Any) -> StreamEvent:  # noqa: ANN401 - from outside
    wrong = next(_faults(entry), None)
    if wrong is not None:
        raise ConfigurationError(f"--events {path}, event {number}, {wrong[0]}: {wrong[1]}")
    return StreamEvent(**{**entry, "at": float(entry["at"])})


def _faults(entry: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401
    """Field and fault, the first first."""
    if not isinstance(entry, Mapping):
        yield "event", "expected a table with at, kind and model"
        return
    for name in sorted(set(entry) - {"at", "kind", "model", "rate", "times", "by", "category"}):
        yield name, "unknown; there are at, kind, model, rate, times, by and category"
    if not _amount(entry.get("at")):
        yield "at", f"expected a position up to {MOST:,.0f}, or a fraction of the stream below 1"
    if not isinstance(entry.get("model"), str):
        yield "model", "expected a model's name"
    kind = entry.get("kind")
    if kind not in KINDS:
        yield "kind", f"expected one of {', '.join(KINDS)}"
    else:
        yield from _faults_of_kind(kind, entry)


def _faults_of_kind(kind: str, entry: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    given = [name for name in ("rate", "times", "by") if name in entry]
    allowed = _NEEDS[kind]
    if len(given) != min(1, len(allowed)) or not set(given) <= set(allowed):
        yield given[0] if given else "kind", f"{kind} takes {' or '.join(allowed) or 'neither rate, times nor by'}"
    for name in {"rate", "times"} & set(given):
        if not _amount(entry[name]) or (kind == "degrade" and entry[name] > 1):
            yield (
                name,
                "expected a share from 0 to 1" if kind == "degrade" else f"expected a number from 0 to {MOST:,.0f}",
            )
    if "category" in entry and (kind != "degrade" or not isinstance(entry["category"], str)):
        yield "category", "expected a category of the table, for degrade alone"
    if "by" in given and not isinstance(entry["by"], str):
        yield "by", "expected a model's name"


def _amount(value: Any) -> bool:  # noqa: ANN401
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= MOST
