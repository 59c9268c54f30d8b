"""One table for every proof: what was to be reached, what was, and whether that is enough."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TextIO

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Row:
    """One target. ok None: it could not be looked at here, and `reached` says why; that fails nothing.

    said: a word of its own, where neither "ok" nor "MISSED" is right.
    """

    what: str
    target: str
    reached: str
    ok: bool | None
    said: str = ""

    @property
    def word(self):
        return self.said or {True: "ok", False: "MISSED", None: "not tried"}[self.ok]


def no_more_than(what, most, reached, unit=""):
    """A row whose figure may be at most `most`."""
    return Row(what, f"<= {most:g}{unit}", f"{reached:g}{unit}", reached <= most)


def report(title, rows):
    """Print the table; the exit code: 1 where a target was missed.

    >>> report("Nothing", [])
    0
    """
    if rows:
        table = Table(title=title, title_justify="left")
        for head in ("what", "target", "reached", "ok"):
            table.add_column(head, overflow="fold")
        for row in rows:
            table.add_row(row.what, row.target, row.reached, row.word)
        Console(width=120, markup=False).print(table)
    return int(any(row.ok is False for row in rows))


@dataclass
class Progress:
    """A line on `out` every so many seconds, so that a long proof is seen to live."""

    out: TextIO
    every_s: float = 10.0
    _began: float = field(default_factory=time.monotonic)
    _said: float = float("-inf")

    def say(self, text, *, now=False):
        """Say it, unless something was said a moment ago."""
        moment = time.monotonic()
        if now or moment - self._said >= self.every_s:
            self._said = moment
            print(f"  {moment - self._began:7.1f} s  {text}", file=self.out, flush=True)
