"""Scores that stand in files of their own, as Langfuse's blob storage writes them, of calls in others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from pointsman_service.advice.langfuse import langfuse_scores
from pointsman_service.advice.logged_call import Damaged, LoggedCall, Score
from pointsman_service.advice.records import Record, records
from pointsman_service.errors import ConfigurationError

MOST_SCORES = 1_000_000
"""They are held by their calls' ids: some 200 MB."""


class ScoresBeside:
    """By the id of the call; one of a whole trace counts where the trace has one call."""

    def __init__(
        self,
        paths: Sequence[Path],
        calls: Callable[[], Iterable[LoggedCall]],
        damaged: Callable[[Damaged], None] = lambda _place: None,
    ) -> None:
        """calls: all of the log, gone through once more where some scores are of traces.

        damaged: told of each place in a file that cannot be read.
        Raises ConfigurationError for a file that cannot be opened, has no score, or too many.
        """
        self._of_call: dict[str, list[Score]] = {}
        self._of_trace: dict[str, list[Score]] = {}
        self._damaged = damaged
        for path in paths:
            if not self._read(path):
                raise ConfigurationError(f"--scores {path}: has no score: expected Langfuse's export of scores")
        if self._of_trace:
            self._forget_shared(calls())

    def of(self, call: LoggedCall) -> Sequence[Score]:
        """The words on a call."""
        return (*self._of_call.get(call.call, ()), *self._of_trace.get(call.trace, ()))

    def _read(self, path: Path) -> int:
        found = 0
        for record in records(path):
            told = _scores_of(record)
            if isinstance(told, Damaged):
                self._damaged(replace(told, why=f"of {path.name} {told.why}"))
                continue
            for call, trace, score in told:
                (self._of_call if call else self._of_trace).setdefault(call or trace, []).append(score)
            found += len(told)
            if found > MOST_SCORES:
                raise ConfigurationError(f"--scores {path}: has more than {MOST_SCORES:,} scores; give fewer")
        return found

    def _forget_shared(self, calls: Iterable[LoggedCall]) -> None:
        met: set[str] = set()
        for call in calls:
            if call.trace in met:
                self._of_trace.pop(call.trace, None)
            elif call.trace in self._of_trace:
                met.add(call.trace)


def _scores_of(record: Record | Damaged) -> list[tuple[str, str, Score]] | Damaged:
    if isinstance(record, Damaged):
        return record
    try:
        return list(langfuse_scores(record.fields))
    except RecursionError:
        return Damaged(record.line, "is nested too deep")
