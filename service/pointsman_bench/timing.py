"""How long a query waits for its answer: calls one after another, and seconds, where they are known."""

from __future__ import annotations

import math
from collections.abc import Sequence

from pointsman_learner.types import Step, waited_ms

from pointsman_bench.stream import READERS, Stream


def depth_of(steps: Sequence[Step]) -> int:
    """Calls one after another, judges that are models among them: those that are free are called together.

    >>> from pointsman_learner.types import Verdict
    >>> free, paid = (Verdict("rubric"), Verdict("pairs")), Verdict("panel", cost_usd=0.1)
    >>> depth_of([Step("a", 0.0, 0.0, verdicts=(*free, paid)), Step("b", 0.0, 0.0, verdicts=(Verdict("format"),))])
    4
    >>> depth_of([Step("a", 0.0, 0.0), Step("b", 0.0, 0.0, at_once=True)])
    1
    """
    return sum((not step.at_once) + _verdicts_in_turn(step) for step in steps)


def seconds_of(stream: Stream, t: int, steps: Sequence[Step]) -> float:
    """The same in seconds of query t; NaN where nobody knows what some call, or some verdict, took."""
    names, took = stream.table.model_names, stream.table.latency_ms[t]
    is_known = all(math.isfinite(took[names.index(s.model)]) for s in steps)
    is_known = is_known and all(v.latency_ms is not None for s in steps for v in s.verdicts)
    return waited_ms(steps) / 1e3 if is_known else math.nan


def _verdicts_in_turn(step: Step) -> int:
    asked = [v for v in step.verdicts if v.judge not in READERS]
    paid = sum(bool(v.cost_usd) for v in asked)
    return paid + (paid < len(asked))
