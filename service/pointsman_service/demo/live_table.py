"""What is seen while the demo runs: a live table on a terminal, plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import wrap
from types import TracebackType
from typing import Self

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.live import Live
from rich.table import Table

from pointsman_service.demo.scoreboard import Score, Scoreboard

RECENT = 300
"""How many of the latest answers the "recent" row is about."""
SCORES_WIDTH, SHARE_WIDTH = 43, 11
"""Columns of a terminal: of the policies' names and scores together, and of each model's share."""
_LINES = 10


class Progress:
    """Shows a scoreboard that is filling up. On a terminal four times a second, elsewhere ten lines in all."""

    def __init__(self, console: Console, board: Scoreboard, expected: int) -> None:
        """expected: prompts in all."""
        self._console, self._board, self._expected = console, board, expected
        self._live = Live(console=console, get_renderable=self._table, refresh_per_second=4, transient=True)
        self._said = 0

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._console.is_terminal:
            self._live.stop()

    def update(self) -> None:
        """Tell that an answer came in."""
        tenth = len(self._board) * _LINES // self._expected
        if not self._console.is_terminal and tenth > self._said:
            self._said = tenth
            self._console.print(_line(self._board), highlight=False, soft_wrap=True)

    def _table(self) -> Table:
        return scores_table(self._board, f"{len(self._board):,} of {self._expected:,} prompts", self._console.width)


def scores_table(board: Scoreboard, title: str, columns: int, twin: Scoreboard | None = None) -> Table:
    """Pointsman over all and over the latest answers, beside the fixed policies on the same prompts.

    columns: to fit into; where they are few, the shares of the models are left out. twin: the one that learns nothing.
    """
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("policy", no_wrap=True)
    for heading in ("quality", "$/1,000", "utility"):
        table.add_column(heading, justify="right", no_wrap=True)
    shown = board.models if columns >= SCORES_WIDTH + SHARE_WIDTH * len(board.models) else ()
    for model in shown:
        table.add_column("\n".join(wrap(_short(model), SHARE_WIDTH - 1)), justify="right", no_wrap=True)
    _add(table, "Pointsman", board.pointsman(), board.shares(), shown, style="bold")
    recent = slice(max(0, len(board) - RECENT), None)
    _add(table, f"  last {RECENT}", board.pointsman(recent), board.shares(recent), shown, style="bold green")
    if twin is not None:
        _add(table, "learning off", twin.pointsman(), twin.shares(), shown)
    for name, policy in _shown(board).items():
        among = board.fixed[policy]
        shares = {m: (m in among) / len(among) for m in board.models}
        _add(table, name, board.fixed_score(policy), shares, shown)
    return table


def _short(model: str) -> str:
    return model.rpartition("/")[2]


def _shown(board: Scoreboard) -> dict[str, str]:
    """Fixed policies by the name they are shown under; a model that is cheapest or best is shown once."""
    named = {"cheapest": "cheapest", "best": "best", "random": "random"}
    seen = {board.fixed[policy] for policy in named}
    return named | {f"always {_short(m)[:7]}": m for m in board.models if (m,) not in seen}


def _add(
    table: Table, name: str, score: Score, shares: Mapping[str, float], shown: Sequence[str], *, style: str = ""
) -> None:
    numbers = (f"{score.quality:.3f}", f"{score.cost_usd_per_1k:.2f}", f"{score.utility:.4f}")
    table.add_row(name, *numbers, *(f"{shares[m]:.0%}" for m in shown), style=style)


def _line(board: Scoreboard) -> str:
    recent = slice(max(0, len(board) - RECENT), None)
    own, shares = board.pointsman(recent), board.shares(recent)
    fixed = ", ".join(
        f"{name} {board.fixed_score(policy, recent).utility:.3f}" for name, policy in _shown(board).items()
    )
    mix = ", ".join(f"{_short(m)} {share:.0%}" for m, share in shares.items())
    return (
        f"{len(board):>5} prompts | last {min(RECENT, len(board))}: quality {own.quality:.3f}, "
        f"${own.cost_usd_per_1k:.2f} per 1,000, utility {own.utility:.3f} ({fixed}) | {mix}"
    )
