"""Outcome tables by name: "starter" (ships with the package), "paretobandit" (of that package), or a folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pointsman_service.replay.outcome_table import OutcomeTable, TableError
from pointsman_service.replay.paretobandit_table import load_paretobandit_table
from pointsman_service.replay.tables import load_table

STARTER_FOLDER = Path(__file__).parent / "starter"
"""A small table of our own making, see its SOURCE.md: for a first minute and for tests, not for figures."""


def open_table(source: str | Path, *, pool: Sequence[str] | None = None) -> OutcomeTable:
    """The table of this name or folder. pool: models to keep, of a folder's or the starter's. Raises TableError.

    >>> len(open_table("starter").models)
    3
    """
    if str(source) == "paretobandit":
        if pool is not None:
            raise TableError("pool: cannot be chosen of the table paretobandit, which always has its three models")
        return load_paretobandit_table()
    if str(source) == "starter":
        return load_table(STARTER_FOLDER, pool=pool)
    if not Path(source).is_dir():
        raise TableError(f'{source}: is not a folder; expected one, or "starter", or "paretobandit"')
    return load_table(source, pool=pool)
