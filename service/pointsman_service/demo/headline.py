"""The run in one sentence: quality and cost beside the best model's, as they came out."""

from __future__ import annotations

from collections.abc import Collection

from pointsman_service.demo.scoreboard import Scoreboard

SAME = 0.05
"""Per cent of quality below which a difference is none: it would be said as 0.0."""


def headline(board: Scoreboard, outage: Collection[int] = ()) -> str:
    """Over the whole run, what learning cost included, against always asking the model that hindsight finds best.

    outage: prompts that are left out, since nobody could ask one of the models then: who only asks that one would have
    got errors, and no lack of quality looks small beside those.

    >>> import numpy as np
    >>> from pointsman_service.demo.scoreboard import Answered
    >>> board = Scoreboard(("small", "large"), np.array([[0.5, 0.8]]), np.array([[0.001, 0.010]]), 1.0)
    >>> board.add(Answered(0, "large", 0.84, 0.004, 0.0, 1, 0, None, 0))
    >>> headline(board)
    'This run had 5.0 % more quality than always asking the best model (large), at 40 % of its cost.'
    """
    board = board.without(outage)
    best = board.fixed["best"][0]
    own, fixed = board.pointsman(), board.fixed_score("best")
    more = 100.0 * (own.quality / fixed.quality - 1.0) if fixed.quality else 0.0
    cost = 100.0 * own.cost_usd_per_1k / fixed.cost_usd_per_1k if fixed.cost_usd_per_1k else 100.0
    if abs(more) < SAME:
        said = "the same quality as"
    else:
        said = f"{abs(more):.1f} % {'more' if more > 0 else 'less'} quality than"
    apart = " (outage left out)" if outage else ""
    name = best.rpartition("/")[2]
    return f"This run had {said} always asking the best model ({name}), at {cost:.0f} % of its cost{apart}."
