"""Trouble made on purpose: judges that are wrong on one kind of query."""

from __future__ import annotations

import difflib
from dataclasses import replace

import numpy as np
from pointsman_service.errors import ConfigurationError

from pointsman_bench.stream import Stream


def invert_judges(stream: Stream, category: str) -> Stream:
    """Every judge's score becomes one minus it on the queries of one category; keys of agreement stay.

    Raises ConfigurationError for an unknown category, or where no judge gives scores.
    """
    known = sorted(set(stream.table.categories))
    if category not in known:
        near = difflib.get_close_matches(category, known, n=3, cutoff=0.3)
        raise ConfigurationError(
            f"--wrong-judge: no query is of {category!r}; there are {', '.join(near or known[:8])}"
        )
    if not stream.scores:
        raise ConfigurationError("--wrong-judge: none of the --judges gives scores")
    wrong = np.array([c == category for c in stream.table.categories])[:, None]
    return replace(stream, scores={name: np.where(wrong, 1.0 - s, s) for name, s in stream.scores.items()})
